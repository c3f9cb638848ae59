"""The built layers hold what the functions import, and nothing on the way hides that something is missing.

The local engine has its own packages in sight of every function, so a requirement that is missing would pass there.
"""

import ast
import os
import re
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.engine import PYTHON, REGION
from local.layers import layer_zip
from local.template import ROOT

LAYERS = ROOT / "layers"
FUNCTIONS = sorted(path.parent for path in ROOT.glob("functions/*/app.py"))
SHIPPED = [*ROOT.glob("functions/*/app.py"), *(LAYERS / "orderbridge/python").rglob("*.py")]
_CALLS = """
import boto3
from botocore.config import Config
given = dict(
    region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x", endpoint_url="http://127.0.0.1:1",
    config=Config(retries={"total_max_attempts": 1}),
)
calls = {
    "cloudformation": ("describe_stacks", {}), "cloudwatch": ("list_metrics", {}), "dynamodb": ("list_tables", {}),
    "s3": ("put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}), "secretsmanager": ("list_secrets", {}),
    "sqs": ("list_queues", {}), "translate": ("list_terminologies", {}),
}
for service, (call, what) in calls.items():
    try:
        getattr(boto3.client(service, **given), call)(**what)
    except Exception as error:
        print(service, type(error).__name__)
"""
_UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552: the flags after the magic number


@pytest.fixture(scope="module")
def opt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both layers, unpacked one over the other as Lambda does under /opt."""
    folder = tmp_path_factory.mktemp("opt")
    for logical_id, source in (("Dependencies", "dependencies"), ("Orderbridge", "orderbridge")):
        with zipfile.ZipFile(layer_zip(logical_id, LAYERS / source)) as archive:
            archive.extractall(folder)
    return folder


def _imports(tree: ast.AST) -> Iterator[str]:
    """Top-level names imported at run time: not those below `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        yield from _imports(node)


def test_the_layers_hold_every_package_that_is_imported(opt: Path) -> None:
    imported = {name for path in SHIPPED for name in _imports(ast.parse(path.read_text()))}
    held = {path.name.removesuffix(".py") for path in (opt / "python").iterdir()}
    assert imported - sys.stdlib_module_names - held == set()
    assert {"boto3", "orderbridge"} <= imported, "the search finds what is there"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_starts_with_nothing_but_the_layers(opt: Path, function: Path) -> None:
    code = "import app, sys; print(*sorted(m for m in sys.modules if '.' not in m))"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{function}:{opt / 'python'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "POWERTOOLS_METRICS_NAMESPACE": "Orderbridge",
    }
    # -S: without the site-packages of the Python that runs it.
    ran = subprocess.run(
        [PYTHON, "-S", "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    if function.name == "receive_webhook":
        assert "pydantic" not in ran.stdout.split(), "the receiver starts without pydantic"


def test_the_layers_hold_the_data_of_every_aws_service_that_is_used(opt: Path) -> None:
    text = "".join(path.read_text() for path in SHIPPED)
    used = set(re.findall(r"""client\(\s*"([a-z0-9-]+)\"""", text))
    held = {path.name for path in (opt / "python/botocore/data").iterdir() if path.is_dir()}
    assert used == held


def test_every_aws_service_can_be_called_by_what_is_left_of_its_description(opt: Path) -> None:
    """As far as to an address where nobody answers."""
    ran = subprocess.run(
        [PYTHON, "-S", "-c", _CALLS], env={"PYTHONPATH": str(opt / "python")}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert {line.split()[0] for line in ran.stdout.splitlines()} == {
        path.name for path in (opt / "python/botocore/data").iterdir() if path.is_dir()
    }
    assert {line.split()[1] for line in ran.stdout.splitlines()} == {"EndpointConnectionError"}, ran.stdout


def test_the_certificates_that_functions_trust_are_in_the_layer(opt: Path) -> None:
    (path,) = re.findall(r"AWS_CA_BUNDLE: (\S+)", (ROOT / "template.yaml").read_text())
    trusted = ssl.create_default_context(cafile=opt / Path(path).relative_to("/opt")).get_ca_certs()
    names = {part[0][1] for one in trusted for part in one["subject"] if part[0][0] == "commonName"}
    assert {f"Amazon Root CA {n}" for n in range(1, 5)} | {
        "Starfield Services Root Certificate Authority - G2"
    } <= names
    assert len(names) < 15, "the more there are, the longer each client takes to start"


def test_all_code_is_compiled_and_never_checked_against_its_source(opt: Path) -> None:
    sources = list((opt / "python").rglob("*.py"))
    compiled = {path: list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")) for path in sources}
    assert [path for path, found in compiled.items() if len(found) != 1] == []
    assert {found[0].read_bytes()[4:8] for found in compiled.values()} == {_UNCHECKED_HASH}


def test_every_requirement_is_pinned_and_the_pins_are_complete(opt: Path) -> None:
    lines = (LAYERS / "dependencies/requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    here = {canonicalize_name(d.name): d for d in distributions(path=[str(opt / "python")])}
    wanted = [Requirement(text) for d in here.values() for text in d.requires or []]
    for requirement in wanted:
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.13", "extra": ""}):
            found = here.get(canonicalize_name(requirement.name))
            assert found, f"{requirement} is missing"
            assert requirement.specifier.contains(found.version), requirement
    assert len(wanted) > 10
