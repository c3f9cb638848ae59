"""Sets the scene: engine, tables and queues of the template, shops with listings, environments, triggers."""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.engine import Engine, session
from local.shops.shop import Shop
from local.template import ROOT, load
from orderbridge.bridge import Bridge
from orderbridge.queues import DeadLetters
from orderbridge.tables.control import ERP, PULL, counterparty
from simulation.book import Book
from simulation.clock import Clock, installed
from simulation.environments import Environment, Environments, Tally
from simulation.erp import ErpProcess
from simulation.instants import Instants
from simulation.merchant import connect_erp, connect_shops, listen
from simulation.people import Parts
from simulation.plan import WORKERS, Plan
from simulation.triggers import QueueTrigger, ScheduleTrigger, StreamTrigger, Trigger
from simulation.wiring import Queue, Schedule, Stream, functions
from tests.gateway import Gateway
from tests.lambdas import Died, Lambdas
from tests.resources import Aws, Maker, sdk
from tests.world import World

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_STARTS_AT = 1_800_000_000.0  # the simulation's clock; a serial run must not depend on the day
_PATIENCE = 12  # seconds until a message that nobody answered for comes back; longer than a function may run here
_RECEIVERS = 4
_STACK = "state"  # see tests.resources


@dataclass
class Stage:
    """Everything that takes part. `triggers` are what starts the functions, schedules apart."""

    plan: Plan
    clock: Clock
    aws: Aws
    world: World
    engine: Engine
    lambdas: Lambdas
    tally: Tally
    environments: Environments
    book: Book
    parts: Parts
    erp: ErpProcess
    sqs: "SQSClient"
    instants: Instants = field(default_factory=Instants)
    triggers: list[Trigger] = field(default_factory=list)
    schedules: list[ScheduleTrigger] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)
    dead: dict[str, DeadLetters] = field(default_factory=dict)

    @property
    def bridge(self) -> Bridge:
        return self.world.bridge

    @property
    def shops(self) -> list[Shop]:
        return list(self.world.shops.values())

    def undone(self) -> list[str]:
        """What has still to be done, in words, the first few of each kind."""
        bridge, control = self.bridge, self.bridge.control
        left = [f"{sku} is dirty" for sku in bridge.stock.dirty_skus(5)]
        left += [f"order {order} of {store} is unfinished" for store, order in bridge.orders.unfinished(5)]
        for who in (ERP, PULL, *map(counterparty, self.world.shops)):
            left += [f"{todo.counterparty} {todo.sk}" for todo in islice(control.todos(who), 5)]
        for store in self.world.shops:
            left += [f"{store} has an open push {push['key']}" for push in control.open_pushes(store)]
        return left

    def waiting(self, *, delayed: bool = True) -> int:
        """Messages that lie on queues or are being worked on, dead ones apart."""
        return sum(self.depth(url, delayed=delayed) for url in self.queues.values())

    def left(self) -> list[str]:
        """What lies on which queue, and what has still to be done, in words."""
        depths = {name: self.depth(url) for name, url in self.queues.items()}
        return [*(f"{depth} messages on {name}" for name, depth in depths.items() if depth), *self.undone()[:10]]

    def depth(self, url: str, *, delayed: bool = True) -> int:
        """`delayed` ones wait for a shop that does not answer."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names += ["ApproximateNumberOfMessagesDelayed"] if delayed else []
        asked = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)  # type: ignore[arg-type]
        return sum(map(int, asked["Attributes"].values()))


@contextmanager
def staged(plan: Plan, folder: Path) -> Iterator[Stage]:
    """`folder` holds the clock."""
    with ExitStack() as ends:
        clock = Clock.make(folder / "clock", _STARTS_AT, 0.0 if plan.serial else plan.rate)
        engine = ends.enter_context(Engine(port=0))
        aws = Maker(engine.url).make()
        lambdas = _lambdas(plan, engine, folder / "clock")
        ends.callback(lambdas.stop)
        tally, wired = Tally(), functions()
        environments = Environments(plan, aws, lambdas, wired, tally)
        client = _clients(engine)
        gateway = ends.enter_context(Gateway(_receivers(environments, ends)))
        world = World(aws, Bridge(aws.settings, client), gateway)
        ends.enter_context(world.ends)
        ends.enter_context(installed(clock))
        parts, shops = connect_shops(plan, world, clock)
        erp = connect_erp(plan, world, parts, folder)
        ends.callback(erp.stop)
        offers = {shop.name: {listing.product.sku for listing in shop.listings} for shop in shops}
        book = Book(offers, lambda store, sku: world.shops[store].listing(sku).available)
        stage = Stage(
            plan, clock, aws, world, engine, lambdas, tally, environments, book, parts, erp, client("sqs")
        )  # fmt: skip
        for shop in shops:
            listen(shop, book, clock)
        _wire(stage, client)
        yield stage


def _lambdas(plan: Plan, engine: Engine, clock: Path) -> Lambdas:
    code = f"{plan.code}:{plan.code / 'layers/orderbridge/python'}:{ROOT}"
    quiet = {"PYTHONWARNINGS": "ignore"}  # Powertools warns of invocations without a metric
    env = {**sdk(engine.url), **quiet, "PYTHONPATH": code, **({"PYTHONHASHSEED": "0"} if plan.serial else {})}
    return Lambdas(env, ("simulation.inside", str(clock)), plan.code)


def _clients(engine: Engine) -> Callable[[str], Any]:
    aws: boto3.Session = session()
    config = Config(max_pool_connections=64)
    made = {name: aws.client(name, endpoint_url=engine.url, config=config) for name in _SERVICES}
    return made.__getitem__


_SERVICES = ("dynamodb", "dynamodbstreams", "sqs", "s3", "secretsmanager", "cloudformation")


def _receivers(environments: Environments, ends: ExitStack) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """receive_webhook behind the gateway: as many at a time as there are environments."""
    free: queue.Queue[Environment] = queue.Queue()
    for index in range(_RECEIVERS):
        free.put(environments.one("receive_webhook", index))

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        environment = free.get()
        try:
            reply = environment.call(event)
        except Died:
            return {"statusCode": 502, "body": ""}
        finally:
            free.put(environment)
        return reply.answer if not reply.error else {"statusCode": 500, "body": ""}

    return answer


def _wire(stage: Stage, client: Callable[[str], Any]) -> None:
    names = _Names(client("cloudformation"))
    dynamodb, streams = client("dynamodb"), client("dynamodbstreams")
    patience, wait = (0, 0) if stage.plan.serial else (_PATIENCE, 3)
    for function, wired in stage.environments.wired.items():
        for source in wired.sources:
            workers = range(1 if stage.plan.serial else WORKERS if function == "process_deliveries" else 2)
            match source:
                case Queue(name):
                    url = stage.queues[name] = names.physical(name)
                    stage.dead |= names.dead(stage.sqs, name, url)
                    for n in range(5) if name == "BellsQueue" and not stage.plan.serial else workers:
                        one = stage.environments.one(function, n)
                        stage.triggers.append(QueueTrigger(stage.sqs, url, source, one, patience, wait))
                case Stream(table):
                    arn = dynamodb.describe_table(TableName=names.physical(table))["Table"]["LatestStreamArn"]
                    stage.triggers.append(
                        StreamTrigger(streams, arn, source, stage.environments.one(function), stage.instants)
                    )
                case Schedule():
                    stage.schedules.append(ScheduleTrigger(source, stage.environments.one(function, 100)))


class _Names:
    """The template's names as the engine made them."""

    def __init__(self, cloudformation: Any) -> None:
        self._cloudformation, self._resources = cloudformation, load()["Resources"]

    def physical(self, name: str) -> str:
        answer = self._cloudformation.describe_stack_resource(StackName=_STACK, LogicalResourceId=name)
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    def dead(self, sqs: "SQSClient", name: str, url: str) -> dict[str, DeadLetters]:
        policy = self._resources[name]["Properties"].get("RedrivePolicy")
        return (
            {name: DeadLetters(sqs, self.physical(policy["deadLetterTargetArn"]["Fn::GetAtt"][0]), url)}
            if policy
            else {}
        )
