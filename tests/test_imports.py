"""What a function imports is paid for at every cold start."""

import subprocess
import sys

import pytest

from local.template import ROOT

READING = ("orderbridge.plain", "orderbridge.language", "orderbridge.places", "phonenumbers", "anyascii", "opencc")
CHILD = "import functions.{function}.app, sys; print(*sys.modules, sep=chr(10))"


@pytest.mark.parametrize(
    "function", ["receive_webhook", "process_deliveries", "publish_changes", "update_store", "sweep"]
)
def test_what_only_readers_need_is_loaded_by_no_other(function: str) -> None:
    env = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/orderbridge/python'}", "AWS_DEFAULT_REGION": "eu-central-1"}
    child = [sys.executable, "-c", CHILD.format(function=function)]
    loaded = subprocess.run(child, env=env, capture_output=True, text=True, check=True).stdout.split()
    assert f"functions.{function}.app" in loaded
    assert not [name for name in loaded if name.startswith(READING)]
