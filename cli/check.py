"""`orderbridge check`: what is wrong before a deploy, in plain words; exit code 1 if anything is."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.checks import credentials, parameters, permissions, quota, schedules
from cli.checks.finding import Finding
from cli.connection import Connection
from cli.output import AsJson, as_json, connection, say
from cli.refusals import REFUSED, in_words
from local.template import ROOT
from orderbridge.errors import BridgeError

_MARKS = {"good": "good", "wrong": "WRONG", "unknown": "could not be checked"}


def check(
    ctx: typer.Context,
    config: Annotated[Path, typer.Option(help="What `sam deploy` reads.")] = ROOT / "samconfig.toml",
    json: AsJson = False,
) -> None:
    """Look before a deploy: quotas, rights, parameters, schedules, secrets, and whether shops accept them."""
    to = connection(ctx)
    # Without an identity nothing else can be asked, and this is said as a refusal.
    to.client("sts").get_caller_identity()
    found = [finding for about, ask in _checks(to, config) for finding in asked(about, ask)]
    if json:
        as_json(found)
    else:
        for finding in found:
            say(f"{_MARKS[finding.state]}: {finding.about}: {finding.said}")
    if any(finding.state == "wrong" for finding in found):
        raise typer.Exit(REFUSED)


def _checks(to: Connection, config: Path) -> list[tuple[str, Callable[[], Iterable[Finding]]]]:
    stack, client = to.name, to.client
    return [
        (parameters.ABOUT, lambda: parameters.check(stack, config)),
        (permissions.ABOUT, lambda: permissions.check(client("sts"), client("iam"), stack)),
        (quota.ABOUT, lambda: quota.check(client("lambda"), _stores(to))),
        (schedules.ABOUT, lambda: schedules.check(client("cloudformation"), client("scheduler"), stack)),
        (credentials.ABOUT, lambda: credentials.check(to.bridge)),
    ]


def asked(about: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check finds until it can ask no more: no right, no such service, no stack yet."""
    found: list[Finding] = []
    try:
        for finding in ask():  # one by one, as what came before an error counts
            found.append(finding)
    except (BotoCoreError, ClientError) as error:
        found.append(Finding("unknown", about, in_words(error)[0]))
    except BridgeError as error:
        found.append(Finding("unknown", about, error.reason))
    return found


def _stores(to: Connection) -> int:
    """Before the first deploy the merchant has none; the first one will come."""
    try:
        return max(1, len(to.bridge.control.stores()))
    except (BridgeError, BotoCoreError, ClientError):
        return 1
