"""Stream of the stock table: what changed becomes to-dos and bells."""

import os
from typing import Any

from aws_lambda_powertools import Logger

from orderbridge.announcing import announce, marks_of
from orderbridge.bridge import Bridge
from orderbridge.publishing import changes_of, publish
from orderbridge.settings import Settings

logger = Logger()
bridge = Bridge(Settings.from_env(os.environ))


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    changes = [change for record in event["Records"] if (change := changes_of(record))]
    marks = [mark for record in event["Records"] if (mark := marks_of(record))]
    if changes:
        logger.info("published", changes=len(changes), todos=publish(bridge, changes))
    if marks:
        logger.info("announced", changes=len(marks), todos=announce(bridge, marks))
    return {"batchItemFailures": []}
