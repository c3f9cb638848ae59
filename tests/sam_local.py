"""`python -m tests.sam_local [ADDRESS]`: a stack that `sam local` can work on, until Ctrl-C. See docs/local.md.

Starts the engine where containers reach it, deploys the stack for its tables, queues and secrets, connects the test
stores whose webhooks lie in events/, and writes what sam needs:

template.sam-local.json  template.yaml for this machine's processor, with AWS_ENDPOINT_URL declared: sam passes no
                         variable to a function that the template does not declare
build/sam-local.json     the variables of every function in the deployed stack, for --env-vars
"""

import json
import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.deploy import STACK, deploy
from local.engine import Engine, session
from local.template import ROOT, load
from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.settings import Settings
from orderbridge.tables.accounts import Accounts
from tests.platforms.cases import SECRET, store_file

DOCKER_BRIDGE = "172.17.0.1"
OPERATOR_TOKEN = "test-operator-token"  # as in events/api.json
MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
_VARIABLES = ROOT / "build" / "sam-local.json"
_TEMPLATE = ROOT / "template.sam-local.json"


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else DOCKER_BRIDGE
    with held_up(address) as bridge:
        print(f"The engine listens on {bridge.dynamodb.meta.endpoint_url}. Now, in another shell:\n")
        print(f"  ORDERBRIDGE_TARGET={MACHINE} sam build --config-env local")
        print("  sam local invoke Sweep --config-env local --event events/sweep.json")
        print("  sam local start-api --config-env local", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


@contextmanager
def held_up(address: str) -> Iterator[Bridge]:
    """The stack on an engine at this address of ours, until the end of the block; the bridge works on it."""
    # sam gives functions made-up credentials, and no role: there is nothing to enforce.
    with Engine(host=address, AUTH="false") as engine:
        deploy(engine.url)
        variables = _variables(engine.url)
        bridge = Bridge(
            Settings.from_env(variables["Api"]), lambda name: session().client(name, endpoint_url=engine.url)
        )
        connect_test_stores(bridge)
        _VARIABLES.write_text(json.dumps(variables, indent=2))
        _TEMPLATE.write_text(json.dumps(_template(), indent=2))
        yield bridge


def _template() -> dict[str, Any]:
    template = load()
    function = template["Globals"]["Function"]
    function["Architectures"] = [MACHINE]
    function["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = ""
    return template


def _variables(url: str) -> dict[str, dict[str, str]]:
    """What the deployed functions find in their environment, by logical id."""
    cloudformation: Any = session().client("cloudformation", endpoint_url=url)
    functions: Any = session().client("lambda", endpoint_url=url)
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    found = {}
    for resource in made:
        if resource["ResourceType"] == "AWS::Lambda::Function":
            name = resource["PhysicalResourceId"]
            given = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            found[resource["LogicalResourceId"]] = {**given, "AWS_ENDPOINT_URL": url}
    return found


def connect_test_stores(bridge: Bridge) -> None:
    """The stores of tests/recordings, under the tokens, the signing secret and the operator's token of events/."""
    bridge.vault.client.put_secret_value(
        SecretId=f"{bridge.vault.prefix}/operator", SecretString=json.dumps({"token": OPERATOR_TOKEN})
    )
    for name in platforms.names():
        kind, given = platforms.load(name), store_file(name)
        store = Store.model_validate(given["store"])
        bridge.control.add_store(store)
        if kind.INBOUND is not None:
            signed = {"keys": [kind.signing_key(SECRET)], "spec": vars(kind.INBOUND)}
            bridge.vault.put_inbound(f"test-token-{name}", {"store": store.id, "platform": name, **signed})
        bridge.vault.put_api(store.id, given["credentials"])
        if kind.supports("account"):
            credentials = kind.Credentials.model_validate(given["credentials"])
            Accounts(bridge.control).save(store, kind.account(store, credentials))


if __name__ == "__main__":
    main()
