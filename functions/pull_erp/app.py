"""Every minute, every night, and a message to go on: what the ERP has on its shelves, its prices and products."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.drawing import draw
from orderbridge.pulling import pull
from orderbridge.settings import Settings

BUDGET, GOODS_BUDGET = 60.0, 30.0  # seconds of the function's 180; a slow ERP may take the rest for its last pages
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    full = event.get("run") == "full"
    pulled = pull(bridge, BUDGET, full=full)
    drawn = draw(bridge, GOODS_BUDGET, full=full)
    if pulled.more or drawn.more:
        bridge.queues.pull_on()
    metrics.add_metric("PullAgeSeconds", MetricUnit.Seconds, pulled.age)
    metrics.add_metric("Overtaken", MetricUnit.Count, pulled.overtaken)
    logger.info("pulled", **vars(pulled))
    logger.info("drawn", **vars(drawn))
    return {"batchItemFailures": []}
