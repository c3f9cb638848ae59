"""How large the layer of third-party packages is as Lambda gets it, and how long a second `make run` takes."""

import subprocess
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, Goal
from local.template import ROOT

_MB = 1024 * 1024


def layer() -> Figure:
    """Built as `sam build` does, for arm64 and python3.13; bytecode needs a Python 3.13 on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        make = ["make", "--silent", "build-Dependencies", f"ARTIFACTS_DIR={folder}", f"PYTHON={_python()}"]
        subprocess.run(make, cwd=ROOT / "layers/dependencies", check=True, capture_output=True, timeout=600)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size, compiled = sum(path.stat().st_size for path in files), any(path.suffix == ".pyc" for path in files)
    note = "" if compiled else "without bytecode, which would add a sixth: there is no Python 3.13 here to write it"
    return Figure("dependencies layer, unzipped", size / _MB, "MB", None, 50, Goal.MOST, note)


def second_run() -> Figure:
    """`make run ONCE=1` once more, when the layers are built."""
    make = ["make", "--silent", "run", "ONCE=1"]
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        subprocess.run(make, cwd=ROOT, check=True, capture_output=True, timeout=600)
        seconds.append(time.monotonic() - began)
    return Figure("a second `make run ONCE=1`", seconds[1], "s", None, 15, Goal.MOST)


def _python() -> str:
    return str(ROOT / ".venv/bin/python")
