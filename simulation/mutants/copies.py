"""A copy of what Lambda would run, with a bug in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.template import ROOT
from simulation.mutants.bugs import LIBRARY, Bug


class Moved(ValueError):
    """The text that a bug replaces is not, or not only once, in its file: the bug must be written anew."""


@contextmanager
def copy_with(bug: Bug) -> Iterator[Path]:
    """A folder with `functions` and the library, as `Plan.code` wants it, and the tests. Raises Moved."""
    with TemporaryDirectory(prefix="orderbridge-mutant-") as folder:
        code = Path(folder)
        for part in ("functions", LIBRARY, "tests", "local", "simulation"):
            shutil.copytree(ROOT / part, code / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pyproject.toml", "template.yaml"):
            shutil.copy(ROOT / file, code / file)
        for edit in bug.edits:
            changed = code / LIBRARY / edit.file
            text = changed.read_text()
            if text.count(edit.old) != 1:
                raise Moved(f"{bug.name}: {edit.file} has {text.count(edit.old)} times: {edit.old}")
            changed.write_text(text.replace(edit.old, edit.new))
        yield code
