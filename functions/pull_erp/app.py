"""Every minute, every night, and a message to go on: read what the ERP has on its shelves."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.pulling import pull
from orderbridge.settings import Settings

BUDGET = 60.0  # seconds of the function's 180; a slow ERP may take the rest for its last page
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    pulled = pull(bridge, BUDGET, full=event.get("run") == "full")
    if pulled.more:
        bridge.queues.pull_on()
    metrics.add_metric("PullAgeSeconds", MetricUnit.Seconds, pulled.age)
    metrics.add_metric("Overtaken", MetricUnit.Count, pulled.overtaken)
    logger.info("pulled", **vars(pulled))
    return {"batchItemFailures": []}
