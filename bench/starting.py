"""What functions cost: to start and answer the first call, and for every call after it. In seconds of their own CPU."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import certifi

from bench.aws import Aws
from bench.runtime import Environment, clean, layers, python
from local.template import ROOT
from orderbridge import platforms
from orderbridge.model import Store
from tests.platforms import cases

FLOOR = ROOT / "bench/floor"
_RUNS = 7
_CALLS, _ROUNDS = 100, 7
_WEBHOOK = cases.Case("shopify", "orders_fulfilled")  # 22 kB
_CHILD = """
import json, os, sys, time
import boto3
from functions.receive_webhook.app import lambda_handler
count, rounds = map(int, sys.argv[1:])
event, body = json.load(sys.stdin)
client, url = boto3.client("sqs"), os.environ["INBOUND_QUEUE_URL"]
works = (lambda: lambda_handler(event, None)), (lambda: client.send_message(QueueUrl=url, MessageBody=body))
assert lambda_handler(event, None)["statusCode"] == 200
def each(work):
    began = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began) * 1000 / count
print()
print(json.dumps([[each(work) for work in works] for _ in range(rounds + 1)][1:]))
"""
Event = dict[str, Any]


@contextmanager
def aws() -> Iterator[Aws]:
    """As it is for the sample store."""
    given, kind = cases.store_file("shopify"), platforms.load("shopify")
    store = Store.model_validate({**given["store"], "id": "shopify-us"})
    spec = {"store": store.id, "platform": store.platform, "spec": vars(kind.INBOUND)}
    secrets = {"/inbound/": {**spec, "keys": [kind.signing_key(cases.SECRET)]}, "/api/": given["credentials"]}
    row = {"pk": "STORE", "sk": store.id, "document": store.model_dump_json(), "terms": store.terms.model_dump()}
    with Aws(secrets, {("STORE", store.id): row}) as made:
        yield made


def variables(of: Aws, roots: Path) -> dict[str, str]:
    """Of a function; `roots` are the certificates that its clients of AWS read."""
    names = {name: name.lower() for name in ("ORDERS_TABLE", "STOCK_TABLE", "CONTROL_TABLE", "RAW_BUCKET", "STAGE")}
    queues = ("INBOUND", "BELLS", "POLLS", "PULLS", "ERP_BELLS", "RECONCILE")
    urls = {f"{name}_QUEUE_URL": f"{of.url}/000000000000/{name.lower()}.fifo" for name in queues}
    urls["INBOUND_QUEUE_URL"] = f"{of.url}/000000000000/inbound"
    at = {"AWS_ENDPOINT_URL": of.url, "AWS_CA_BUNDLE": str(of.bundle(roots))}
    return {**names, **urls, **at, "SECRET_PREFIX": "orderbridge/dev", "POWERTOOLS_METRICS_NAMESPACE": "Orderbridge"}


def first_answers(function: str, event: Event) -> tuple[float, float]:
    """(CPU seconds of a function until it has answered its first call, those of the floor): medians of pairs."""
    with aws() as made:
        pairs = [
            (_first(ROOT / "functions" / function, event, made), _first(FLOOR, webhook(), made))
            for _ in range(_RUNS + 1)
        ][1:]
    return median(ours for ours, _ in pairs), median(floor for _, floor in pairs)


def _first(folder: Path, event: Event, made: Aws) -> float:
    roots = Path(certifi.where()) if folder == FLOOR else ours()
    with Environment(folder, variables(made, roots)) as environment:
        answer = environment.call(event)
        assert answer.get("statusCode", 200) == 200, answer
        assert not answer.get("batchItemFailures"), answer
        return environment.cpu


def calls() -> tuple[float, float]:
    """(milliseconds of CPU that receive_webhook needs for a call when it is warm, those of a bare send_message with the
    same body, by a client of boto3 as it comes): medians of rounds, in turn, in one process."""
    event = webhook()
    with aws() as made:
        done = subprocess.run(
            [python(), "-c", _CHILD, str(_CALLS), str(_ROUNDS)],
            input=json.dumps([event, cases.body(event).decode()]),
            env={**variables(made, ours()), **clean(), "PYTHONPATH": ":".join(map(str, [ROOT, *layers()]))},
            capture_output=True,
            text=True,
            check=True,
        )
    rounds = json.loads(done.stdout.splitlines()[-1])
    return median(one for one, _ in rounds), median(one for _, one in rounds)


def ours() -> Path:
    """As template.yaml says, beside the packages."""
    return layers()[-1] / "aws-roots.pem"


def webhook() -> Event:
    return _WEBHOOK.event()


def delivery() -> Event:
    """A new order on the inbound queue."""
    found: Event = json.loads((ROOT / "events/process_deliveries.json").read_text())
    return found
