"""Zips for the local engine: functions as they are, layers built for the engine's own Python and kept by content.

The engine unpacks a layer anew, file by file in its own Python, for every process of every function: 0.6 s each time
for ours, while everything else waits. So it is given a stand-in: a .pth file (https://docs.python.org/3/library/site.html)
that leads to the folder where the layer lies unpacked, once.
"""

import hashlib
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

from local.engine import PYTHON
from local.template import ROOT

CACHE = ROOT / "build" / "local"


class BuildFailed(RuntimeError):
    """A layer could not be built; the message holds what `make` said."""


def layer_zip(logical_id: str, folder: Path) -> Path:
    """Build the layer by its Makefile, as `sam build` does, unless its content was built before."""
    built = CACHE / f"{logical_id}-{_content_hash(folder)}.zip"
    if not built.exists():
        with tempfile.TemporaryDirectory() as artifacts:
            _make(logical_id, folder, Path(artifacts))
            _zip(Path(artifacts), built)
    return built


def stand_in(layer: Path) -> Path:
    """The zip of one .pth file that puts what a layer's zip holds in front of the engine's own packages."""
    unpacked, zipped = layer.with_suffix(""), layer.with_suffix(".pth.zip")
    if not zipped.exists():
        with zipfile.ZipFile(layer) as archive:
            archive.extractall(unpacked)
        line = f"import sys; sys.path.insert(0, {str(unpacked / 'python')!r})"
        with tempfile.TemporaryDirectory() as folder:
            site = Path(folder) / "python/lib/python3/site-packages"
            site.mkdir(parents=True)
            (site / f"{layer.stem}.pth").write_text(line)
            _zip(Path(folder), zipped)
    return zipped


def folder_zip(folder: Path) -> Path:
    """The zip of a function's folder."""
    zipped = CACHE / f"{folder.name}-{_content_hash(folder)}.zip"
    if not zipped.exists():
        _zip(folder, zipped)
    return zipped


def _make(logical_id: str, folder: Path, artifacts: Path) -> None:
    made = subprocess.run(
        ["make", "--silent", f"build-{logical_id}", f"ARTIFACTS_DIR={artifacts}", f"PYTHON={PYTHON.absolute()}"],
        cwd=folder,
        env={**os.environ, "ORDERBRIDGE_TARGET": "host"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    if made.returncode:
        raise BuildFailed(f"{folder.name}: {made.stdout[-2000:]}{made.stderr[-2000:]}")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _content_hash(folder: Path) -> str:
    """Of the sources and of the Python that they are built for."""
    digest = hashlib.sha256((PYTHON.parent.parent / "pyvenv.cfg").read_bytes())
    for path in _files(folder):
        if "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _zip(folder: Path, target: Path) -> None:
    """Uncompressed, for the engine unpacks it for every function; renamed at the end, so never half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(part, "w") as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder))
    part.rename(target)
