"""Every day when the ECB has published: read the exchange rates."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.refreshing import refresh
from orderbridge.settings import Settings

BUDGET = 30.0  # seconds of the function's 60 for orders that waited for a rate
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    refreshed = refresh(bridge, BUDGET)
    metrics.add_metric("RatesFailed", MetricUnit.Count, refreshed.failed)
    (logger.error if refreshed.failed else logger.info)("refreshed", **vars(refreshed))
    return vars(refreshed)
