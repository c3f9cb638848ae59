"""The person who looks after the bridge: resumes shops, sends dead letters back, switches webhooks on again."""

from local.shops.woocommerce import WooShop
from orderbridge.decisions import Choice
from orderbridge.errors import BridgeError
from orderbridge.operations import brake, decisions, erps, stores
from simulation.faults import Faults
from simulation.stage import Stage


class Operator:
    name = "operator"

    def __init__(self, stage: Stage, faults: Faults) -> None:
        self._stage, self._faults = stage, faults
        self.resumed = self.redriven = 0

    def step(self) -> str:
        """All rounds; what cannot be done now, because somebody is just changing it, is done in the next."""
        done = list[str]()
        for round in (self._resume, self._redrive, self._switch_on, self._decide):
            try:
                done += round()
            except BridgeError as error:
                done.append(f"not now: {error.reason}")
        return "; ".join(done)

    def _resume(self) -> list[str]:
        """Shops that refused our credentials and take them again."""
        done = []
        for store, _ in self._stage.bridge.control.stores().values():
            if store.paused and not self._faults.refuses(self._stage.world.shops[store.id]):
                stores.resume(self._stage.bridge, store.id)
                self.resumed += 1
                done.append(f"resumed {store.id}")
        if self._stage.bridge.control.erp_paused() and not self._faults.erp_refuses:
            erps.resume(self._stage.bridge)
            done.append("resumed the ERP")
        return done

    def _redrive(self) -> list[str]:
        done = []
        for name, dead in self._stage.dead.items():
            if dead.source and self._stage.depth(dead.url) and (moved := dead.redrive()):
                self.redriven += moved
                done.append(f"sent {moved} back to {name}")
        return done

    def _decide(self) -> list[str]:
        """Parcels of cancelled orders are let go of; a run that the brake has stopped is read anew."""
        bridge, done = self._stage.bridge, list[str]()
        for question in decisions.listed(bridge):
            decisions.make(bridge, question.id, Choice.LET_GO, self.name, "the simulation does not chase parcels")
            done.append(f"let go of {question.id}")
        for stopped in bridge.brakes.stopped():
            brake.discard(bridge, stopped.run, self.name, "look again")
            done.append("let the brake go")
        return done

    def _switch_on(self) -> list[str]:
        """WooCommerce switches a webhook off after five failures in a row."""
        done = []
        for shop in self._stage.shops:
            for hook in shop.subscriptions if isinstance(shop, WooShop) else ():
                if not hook.active:
                    hook.active, hook.failures = True, 0
                    done.append(f"switched a webhook of {shop.name} on")
        return done
