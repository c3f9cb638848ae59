"""Every minute: ring again for what stayed undone, and publish the live metrics."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.settings import Settings
from orderbridge.sweeping import sweep

logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    swept = sweep(bridge)
    metrics.add_metric("OldestToDoSeconds", MetricUnit.Seconds, swept.oldest_todo_seconds)
    metrics.add_metric("OldestPollSeconds", MetricUnit.Seconds, swept.oldest_poll_seconds)
    metrics.add_metric("OldestDecisionSeconds", MetricUnit.Seconds, swept.oldest_decision_seconds)
    metrics.add_metric("Braked", MetricUnit.Count, swept.braked)
    metrics.add_metric("HeldPrices", MetricUnit.Count, swept.held_prices)
    metrics.add_metric("ListingsTrue", MetricUnit.Percent, 100 * swept.share_true)
    logger.info("swept", **vars(swept))
    return vars(swept)
