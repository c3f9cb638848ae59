"""Inbound queue: each delivery becomes a canonical order and one conditional transaction."""

import os
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bridge import Bridge
from orderbridge.deliveries import process_record
from orderbridge.errors import BridgeError
from orderbridge.settings import Settings

logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _one(record: dict[str, Any]) -> None:
    for done in process_record(bridge, record):
        logger.info("order", store=done.store, order=done.order, outcome=done.outcome, revision=done.revision)
        metrics.add_metric("Quarantined", MetricUnit.Count, int(done.quarantined))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    answer = process_partial_response(event=event, record_handler=_one, processor=processor, context=context)
    for kind, error, trace in processor.exceptions:
        # Only our own words: the text of any other error may quote a buyer's data.
        reason = error.reason if isinstance(error, BridgeError) else ""
        where = [f"{frame.name}:{frame.lineno}" for frame in extract_tb(trace)]
        logger.error("failed", error=kind.__name__ if kind else "", reason=reason, where=where)
    return answer
