"""What the bridge costs by the month while nothing is sold."""

from collections import Counter
from collections.abc import Callable

from bench.day import STORES, Day
from local.template import load
from orderbridge.prices import ALARM, METRIC, PRICES, SECRET
from simulation.wiring import Queue, Schedule

_MONTH = 30 * 24 * 3600  # seconds
# Lambda looks at a queue with five pollers, each waiting 20 s for a message:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_LOOKS = 5 * _MONTH / 20
_METRICS = 17  # of ours, in one stage


def standing() -> dict[str, float]:
    """What -> US dollars by the month, for what is there, whatever it does."""
    kinds = Counter(resource["Type"] for resource in load()["Resources"].values())
    alarms, secrets = kinds["AWS::CloudWatch::Alarm"], 2 * STORES + 2
    return {
        f"{alarms} alarms": float(alarms * ALARM),
        f"{_METRICS} metrics": float(_METRICS * METRIC),
        f"{secrets} secrets: two of each store, the ERP's, the operators'": float(secrets * SECRET),
    }


def running(made: Day, cents: Callable[[], float]) -> dict[str, float]:
    """The same for what runs by itself. `cents` is what the meter has counted since it was reset, for one run."""
    dollars: dict[str, float] = {}
    for function, wired in sorted(made.wired.items()):
        for schedule in [source for source in wired.sources if isinstance(source, Schedule)]:
            made.meter.reset()
            made.invoke(function, schedule.event)
            made.drain()
            runs = _MONTH / schedule.seconds
            dollars[f"{function}, {schedule.name}, {runs:,.0f} times"] = runs * cents() / 100
    queues = {s.name for wired in made.wired.values() for s in wired.sources if isinstance(s, Queue)}
    looks = len(queues) * _LOOKS
    price = float(PRICES["SQS requests, FIFO"])
    dollars[f"Lambda's {looks:,.0f} looks at {len(queues)} empty queues"] = looks * price
    return dollars
