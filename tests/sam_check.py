"""`make sam-local`: one event of every function and platform through the real `sam local`, see docs/local.md.

What sam prints is read, because it ends with 0 also when the function failed; and the tables are looked at: an order
that was sent must be in them. Exit code 0 only if all of it is right.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from local.template import ROOT, load
from orderbridge import platforms
from orderbridge.bridge import Bridge
from tests.platforms.cases import body, store_file
from tests.sam_local import DOCKER_BRIDGE, MACHINE, OPERATOR_TOKEN, held_up
from tests.send_event import send

# A new order of each platform: one for `sam local invoke`, one for `sam local start-api`.
_ORDERS = {
    "shopify": ("orders_create", "orders_create_gift"),
    "woocommerce": ("order_created", "order_created_jpy"),
}
_IMAGE = f"public.ecr.aws/lambda/python:3.13-{MACHINE}"
_API = "http://127.0.0.1:3000"
_PATIENCE = 60.0  # seconds, for a container to start or an order to arrive
_NO_DOCKER = """No Docker engine answers: {words}
`sam local` runs each function in a container. Install an engine (https://docs.docker.com/engine/install/) and start it;
where no image can be pulled, docs/local.md says how to make one."""


def main() -> int:
    if reason := _without_docker():
        print(_NO_DOCKER.format(words=reason))
        return 1
    with held_up(_gateway()) as bridge:
        _sam("build", {"ORDERBRIDGE_TARGET": MACHINE})
        wrong = [reason for reason in (*_invoked(bridge), *_served(bridge)) if reason]
    print("\n".join(wrong) or "sam local: every function and platform answers as it should")
    return bool(wrong)


def _without_docker() -> str:
    """Why no container can run, "" if one can."""
    if not shutil.which("docker"):
        return "there is no `docker` command"
    asked = subprocess.run(["docker", "version", "-f", "{{.Server.Version}}"], capture_output=True, text=True)
    return (asked.stderr or asked.stdout).strip() if asked.returncode else ""


def _gateway() -> str:
    """Our address as containers see it; older engines do not say it of their usual network."""
    found = ["docker", "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}"]
    return subprocess.run(found, capture_output=True, text=True, check=True).stdout.strip() or DOCKER_BRIDGE


def _invoked(bridge: Bridge) -> Iterator[str]:
    """What is wrong, after each function and platform."""
    for function, event in _events():
        began = time.monotonic()
        done = _sam("local invoke", {}, function, "--event", str(event.relative_to(ROOT)), *_pulled())
        wrong = _wrong(done.stdout)
        print(f"{function} {event.name}: {wrong or 'right'}, {time.monotonic() - began:.1f} s", flush=True)
        yield f"{function} {event.name}: {wrong}\n{done.stderr[-2000:]}" if wrong else ""
    for name, (order, _) in _ORDERS.items():
        yield _arrived(bridge, name, order)


def _events() -> Iterator[tuple[str, Path]]:
    """(function, event): each function of the template has one in events/, the receiver one of each platform."""
    for function, resource in load()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            folder = resource["Properties"]["CodeUri"].strip("/").rsplit("/", 1)[-1]
            if folder == "receive_webhook":
                yield from ((function, _order(name, _ORDERS[name][0])) for name in _calling())
            else:
                yield function, ROOT / f"events/{folder}.json"


def _calling() -> list[str]:
    """Platforms that call an address of ours; the others' messages lie in events/receive_notification.json."""
    return [name for name in platforms.names() if platforms.load(name).INBOUND is not None]


def _order(platform: str, name: str) -> Path:
    return ROOT / f"events/{platform}/{name}.json"


def _wrong(printed: str) -> str:
    """What of a function's answer is not as it should be; the last line of JSON is the answer."""
    lines = [line for line in printed.splitlines() if line.startswith(("{", "null"))]
    if not lines:
        return "no answer"
    answer = json.loads(lines[-1]) or {}
    if "errorType" in answer or "errorMessage" in answer:
        return f"{answer.get('errorType')}: {answer.get('errorMessage')}"
    if answer.get("batchItemFailures") or answer.get("statusCode", 200) != 200:
        return lines[-1]
    return ""


def _arrived(bridge: Bridge, platform: str, name: str) -> str:
    """Whether the order of this event is in the table, after a while."""
    store = store_file(platform)["store"]["id"]
    order = str(json.loads(body(json.loads(_order(platform, name).read_text())))["id"])
    give_up = time.monotonic() + _PATIENCE
    while bridge.orders.load(store, order) is None:
        if time.monotonic() > give_up:
            return f"order {order} of {platform} ({name}) is not in the table"
        time.sleep(0.5)
    return ""


def _served(bridge: Bridge) -> Iterator[str]:
    """What is wrong with the HTTP API, asked over HTTP."""
    with _api():
        asked = requests.get(f"{_API}/api/health", headers={"authorization": f"Bearer {OPERATOR_TOKEN}"}, timeout=60)
        yield "" if asked.status_code == 200 else f"GET /api/health: {asked.status_code} {asked.text}"
        for platform, (_, order) in _ORDERS.items():
            forged = send(_API, _order(platform, order), spoiled=True)
            yield "" if forged.status_code == 401 else f"a forged webhook of {platform}: {forged.status_code}"
            answer = send(_API, _order(platform, order))
            print(f"start-api, {platform} {order}: {answer.status_code}", flush=True)
            wrong = "" if answer.status_code == 200 else f"{answer.status_code} {answer.text}"
            yield f"a webhook of {platform}: {wrong}" if wrong else _arrived(bridge, platform, order)


@contextmanager
def _api() -> Iterator[None]:
    """`sam local start-api`, and none of its containers afterwards."""
    command = ["sam", "local", "start-api", "--config-env", "local", "--port", _API.rsplit(":", 1)[-1], *_pulled()]
    with (ROOT / "build/sam-local.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=_env({}), stdout=log, stderr=log)
        try:
            _until_it_listens(process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=_PATIENCE)
            label = ["docker", "ps", "-aq", "--filter", "label=sam.cli.container.type=lambda"]
            left = subprocess.run(label, capture_output=True, text=True, check=True).stdout.split()
            if left:
                subprocess.run(["docker", "rm", "-f", *left], capture_output=True, check=True)


def _until_it_listens(process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            requests.get(_API, timeout=60)
            return
        except requests.ConnectionError:
            time.sleep(0.5)
    raise RuntimeError(f"sam local start-api does not listen:\n{(ROOT / 'build/sam-local.log').read_text()[-2000:]}")


def _pulled() -> list[str]:
    """An image that is here is not asked for again: its registry may be out of reach."""
    there = subprocess.run(["docker", "image", "inspect", _IMAGE], capture_output=True)
    return [] if there.returncode else ["--skip-pull-image"]


def _sam(command: str, more: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    called = ["sam", *command.split(), "--config-env", "local", *arguments]
    done = subprocess.run(called, cwd=ROOT, env=_env(more), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(called)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done


def _env(more: dict[str, str]) -> dict[str, str]:
    """Functions find the engine by their own variable; sam itself must not ask it."""
    kept = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    return {**kept, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1", **more}


if __name__ == "__main__":
    sys.exit(main())
