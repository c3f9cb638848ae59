"""The whole of `make run`: the deployed template, three shops, sales until several SKUs are out, all sides agree."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from local.template import ROOT

_PATIENCE = 150.0  # seconds; on a quiet machine 15 are enough


def environment(language: str) -> dict[str, str]:
    return {**os.environ, "LANG": language, "LC_ALL": language}


@pytest.mark.slow
def test_once_ends_by_itself_with_every_quantity_right() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "local.run", "--once"],
        cwd=ROOT,
        env=environment("C.UTF-8"),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]
    assert "ALL SIDES AGREE: 120 of 120" in run.stdout
    for shown in ("sold out: ", "oversold, and the sales are kept", "1 in quarantine", "a repeat, ignored"):
        assert shown in run.stdout


@contextmanager
def up(language: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-u", "-m", "local.run"], cwd=ROOT, env=environment(language), stdout=out, stderr=out
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def wait_for(pattern: str, log: Path, running: subprocess.Popen[bytes]) -> re.Match[str]:
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up and running.poll() is None:
        if found := re.search(pattern, log.read_text()):
            return found
        time.sleep(0.2)
    raise AssertionError(f"{pattern!r} was not shown:\n{log.read_text()[-3000:]}")


@pytest.mark.slow
def test_it_stays_up_sells_the_next_order_and_stops_everything(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    with up("zh_CN.UTF-8", log) as running:
        shop = wait_for(r"curl -X POST (http://127\.0\.0\.1:\d+)/_demo/sell", log, running)[1]
        assert "各方一致：120 个数量中 120 个正确" in log.read_text()
        engine = json.loads((ROOT / "build/local.json").read_text())["endpoint"]
        requests.post(f"{shop}/_demo/sell", json={"sku": "HP-MUG-01", "quantity": 2}, timeout=5).raise_for_status()
        wait_for(r"woo-eu +HP-MUG-01.*94", log, running)  # told to another shop
        asked = subprocess.run(
            [Path(sys.executable).parent / "orderbridge", "--local", "health", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        assert len(json.loads(asked.stdout)["stores"]) == 3
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0
    for address in (shop, engine):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=2)
    assert not (ROOT / "build/local.json").exists()
