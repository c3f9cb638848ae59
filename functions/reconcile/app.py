"""Every night, and a message to go on: compare platforms, our record and the ERP, and ask for repairs."""

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.bridge import Bridge
from orderbridge.reconcile.running import begin, go_on
from orderbridge.settings import Settings

BUDGET = 60.0  # seconds of the function's 180; a slow shop may take the rest for its last page
logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "Records" not in event:
        run = begin(bridge, datetime.now(UTC))
        bridge.queues.reconcile_on()
        logger.info("begun", run=run.id)
        return {"run": run.id}
    went = go_on(bridge, BUDGET)
    if went.more:
        bridge.queues.reconcile_on()
    metrics.add_metric("ForAPerson", MetricUnit.Count, went.for_a_person)
    logger.info("compared", **vars(went))
    records = event["Records"] if went.wait else []
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}
