"""What the documents name exists, and the two READMEs say the same."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from local.template import ROOT, load

PAGES = [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")]
GROUPS = (
    "price|product|store|listing|rule|kit|order|decide|sku|stock|policy|brake|reconcile|erp|rates|todo|quarantine|dlq"
)
COMMANDS = sorted(
    {found for page in PAGES for found in re.findall(rf"orderbridge ((?:{GROUPS}) [a-z]+)", page.read_text())}
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_alarm_is_in_the_runbook() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    alarms = [name for name, r in load()["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    assert [name for name in alarms if name not in text and not name.endswith("Throttles")] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist(command: str) -> None:
    assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0


def test_the_readmes_have_the_same_parts_and_commands() -> None:
    english, chinese = ((ROOT / name).read_text() for name in ("README.md", "README.zh.md"))
    for what in (r"^##? ", r"^\d\. \*\*", r"^\| "):
        assert len(re.findall(what, english, re.MULTILINE)) == len(re.findall(what, chinese, re.MULTILINE))
    for line in re.findall(r"^(?:make|orderbridge|export) [^#\n]+", english, re.MULTILINE):
        assert line.strip() in chinese
