"""How a command refuses: plain words, an exit code, no traceback."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from cli.connection import Connection
from cli.main import app
from tests.cli.conftest import Run
from tests.resources import Aws


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "show", "shopify-us", "1"),
        ("sku", "explain", "none"),
        ("sku", "explain", "a#b"),
        ("store", "check", "nobody"),
        ("store", "pause", "nobody"),
        ("store", "add", "nobody", "--update"),
        ("listing", "import", "nobody"),
        ("listing", "map", "nobody", "1#2", "A"),
        ("kit", "define", "SET", "A=none"),
        ("kit", "define", "SET", "A=0"),
        ("stock", "receive", "A", "HMA", "1", "--reference", "r"),
        ("stock", "count", "A", "HMA", "1", "--reference", "r", "--as-of", "soon"),
        ("stock", "movements", "none"),
        ("quarantine", "show", "none"),
        ("quarantine", "release", "none"),
    ],
)
def test_a_refusal_is_two_lines_and_exit_code_1(run: Run, arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    first, second = refused.stderr.splitlines()
    assert first.startswith("Refused: ")
    assert second


@pytest.mark.parametrize(
    "arguments", [("stock", "fly"), ("stock", "receive", "A"), ("store", "add", "a", "--color", "red")]
)
def test_a_command_that_does_not_exist_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def denied(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (denied("ExpiredTokenException"), "your AWS session has ended"),
        (denied("InvalidClientTokenId"), "AWS does not know these credentials"),
        (denied("AccessDenied"), "your AWS user may not do this (DescribeStacks)"),
        (denied("Throttling"), "AWS refused DescribeStacks: no (Throttling)"),
        (NoCredentialsError(), "there are no complete AWS credentials"),
        (EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached"),
    ],
)
def test_what_aws_refuses_in_plain_words(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Connection, "client", refuse)
    refused = CliRunner().invoke(app, ["health"])
    assert refused.exit_code == 1
    assert words in refused.stderr


def test_a_stack_that_is_not_there(aws: Aws) -> None:
    refused = CliRunner().invoke(app, ["--stack", "nothing", "health"])
    assert (refused.exit_code, "there is no stack 'nothing' in us-east-1" in refused.stderr) == (1, True)
    refused = CliRunner().invoke(app, ["--stack", "state", "health"])
    assert (refused.exit_code, "'state' is none of ours" in refused.stderr) == (1, True)


def test_no_local_bridge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cli.connection.LOCAL", tmp_path / "local.json")
    refused = CliRunner().invoke(app, ["--local", "health"])
    assert (refused.exit_code, "start `make run` first" in refused.stderr) == (1, True)
