"""A bell: hand the merchant's ERP the orders that it has to be told of."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.handing import serve
from orderbridge.settings import Settings

BUDGET = 15.0  # seconds of the function's 45: a call that began within it may take twice 13
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """However many bells ring at once, one look at the list answers them all."""
    served = serve(bridge, BUDGET)
    if served.more:
        bridge.queues.ring_erp()
    logger.info("served", bells=len(event["Records"]), **vars(served))
    metrics.add_metric("Refused", MetricUnit.Count, served.refused)
    metrics.add_metric("TextsNotTranslated", MetricUnit.Count, served.untranslated)
    return {"batchItemFailures": []}
