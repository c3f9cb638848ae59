"""Whether the secrets of every store, the ERP and the operators are there, and open what they should."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cli.checks.finding import Finding, all_of
from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, UnknownStore
from orderbridge.operations import stores
from orderbridge.tables.movements import EMBEDDED
from orderbridge.vault import TOKEN

ABOUT = "credentials"
_TOKEN = 'put {{"token": "..."}} into {}/operator in Secrets Manager'
_DENIED = ("AccessDeniedException", "AccessDenied")


def check(bridge: Bridge) -> Iterator[Finding]:
    """Asks every shop and the ERP."""
    yield from _secret("the operators' API", bridge.vault.operator_token, _TOKEN.format(bridge.vault.prefix))
    for store in sorted(bridge.control.stores()):
        yield from _of_store(bridge, store)
    name = bridge.control.erp()
    if name != EMBEDDED:
        yield from _of_erp(bridge, name)


def _of_store(bridge: Bridge, store: str) -> Iterator[Finding]:
    again = f"enter it with `orderbridge store add {store} --update`"

    def signing() -> Any:
        token = bridge.vault.api(store).get(TOKEN, "")
        return bridge.vault.inbound(token)["keys"][0]

    missing = [*_secret(store, lambda: bridge.vault.api(store), again)]
    if platforms.load(bridge.control.store(store).platform).INBOUND is not None:
        missing = missing or [*_secret(f"the webhooks of {store}", signing, again)]
    yield from missing or all_of(store, stores.check(bridge, store), "its secrets are there, the shop accepts them")


def _of_erp(bridge: Bridge, name: str) -> Iterator[Finding]:
    about, again = f"ERP {name}", f"enter it with `orderbridge erp connect {name}`"
    if missing := [*_secret(about, lambda: bridge.vault.erp(name), again)]:
        yield from missing
        return
    try:
        bridge.erp.skus("")
    except BridgeError as error:
        yield Finding("wrong", about, f"{error.reason}; {again}")
    else:
        paused = bridge.control.erp_paused()
        yield from all_of(about, [f"it is paused: {paused}"] if paused else [], "its secret is there, it accepts it")


def _secret(about: str, read: Callable[[], Any], again: str) -> Iterator[Finding]:
    """Nothing where it can be read."""
    try:
        read()
    except UnknownStore:
        yield Finding("wrong", about, f"its secret is missing; {again}")
    except (json.JSONDecodeError, KeyError, IndexError, AttributeError):
        # Their own text might quote the secret.
        yield Finding("wrong", about, f"its secret is there, but not as we wrote it; {again}")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _DENIED:
            yield Finding("unknown", about, "you may not read its secret")
        else:
            look = "look at it in Secrets Manager: is it to be deleted, is its key there?"
            yield Finding("wrong", about, f"its secret cannot be read ({code}); {look}")
