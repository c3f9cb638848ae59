"""A bell: serve one store's to-dos, most urgent first."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.pushing import serve
from orderbridge.settings import Settings

BUDGET = 20.0  # seconds of the function's 30
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    for record in event["Records"]:
        who = record["body"]
        served = serve(bridge, who.removeprefix("store#"), BUDGET)
        if served.more:
            bridge.queues.ring(who)
        logger.info("served", **vars(served))
        metrics.add_metric("Rejected", MetricUnit.Count, served.rejected)
        metrics.add_metric("Drift", MetricUnit.Count, served.drift)
    return {"batchItemFailures": []}
