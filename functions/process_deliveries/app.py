"""Inbound queue: each delivery becomes a canonical order and one conditional transaction."""

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bridge import Bridge
from orderbridge.deliveries import process_record
from orderbridge.errors import BridgeError, described
from orderbridge.settings import Settings

logger = Logger()
bridge = Bridge(Settings.from_env(os.environ))
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _count(name: str, **dimensions: str) -> None:
    with single_metric(name, MetricUnit.Count, 1, default_dimensions=dimensions):
        pass  # it is written at the end


def _one(record: dict[str, Any]) -> None:
    for done in process_record(bridge, record):
        logger.info("order", store=done.store, order=done.order, outcome=done.outcome, revision=done.revision)
        if done.quarantined:
            _count("Quarantined")
        if done.new:
            _count("Orders", stage=bridge.settings.stage)  # several stages may share an account


def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    answer = process_partial_response(event=event, record_handler=_one, processor=processor, context=context)
    for _, error, _ in processor.exceptions:
        logger.error("failed", **described(error))
        if not isinstance(error, BridgeError):  # a bug or a limit: a deploy watches what its new version does
            version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            _count("Failed", stage=bridge.settings.stage, version=version)
    return answer
