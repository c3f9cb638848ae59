"""Four times a day: look whether every shop still sends its webhooks, and put right what it deleted or switched off."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.settings import Settings
from orderbridge.subscribing import check_all

BUDGET = 120.0  # seconds of the function's 300; the last store, all of whose webhooks are gone, may need the rest
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    checked = check_all(bridge, BUDGET)
    metrics.add_metric("SubscriptionsFailed", MetricUnit.Count, checked.failed)
    (logger.error if checked.failed else logger.info)("checked", **vars(checked))
    return vars(checked)
