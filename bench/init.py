"""How long a function's module takes to import in a fresh process, beside the least that any of ours must import.

In seconds of this machine's CPU, in a process with a clean environment: variables and `.pth` files of whoever starts it
would falsify it. It is not the time of Lambda; its ratio to the floor is what counts.
"""

import subprocess
import sys
from statistics import median

from local.template import ROOT

_LIBRARY = ROOT / "layers/orderbridge/python"
FLOOR = "import boto3; from aws_lambda_powertools import Logger; Logger(); boto3.client('sqs')"
_RUNS = 9
_CHILD = """
import resource
{work}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


def init(function: str) -> tuple[float, float]:
    """(CPU seconds to import a function, those of the floor): medians of pairs that are run in turn."""
    pairs = [(_run(f"import functions.{function}.app"), _run(FLOOR)) for _ in range(_RUNS + 1)][1:]
    return median(ours for ours, _ in pairs), median(floor for _, floor in pairs)


def _run(work: str) -> float:
    env = {"PYTHONPATH": f"{ROOT}:{_LIBRARY}", "AWS_DEFAULT_REGION": "eu-central-1"}
    child = [sys.executable, "-c", _CHILD.format(work=work)]
    done = subprocess.run(child, env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)
