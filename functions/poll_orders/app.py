"""Every five minutes: ask for a poll of each store. A message that asks: read what changed in that store's orders."""

import os
from typing import Any

from aws_lambda_powertools import Logger

from orderbridge.bridge import Bridge
from orderbridge.polling import answer, ask_all
from orderbridge.settings import Settings

BUDGET = 15.0  # seconds of the function's 30; a shop may take as long again for its last page
logger = Logger()
bridge = Bridge(Settings.from_env(os.environ))


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if "Records" not in event:
        asked = ask_all(bridge)
        logger.info("asked", stores=asked)
        return {"asked": asked}
    for record in event["Records"]:
        logger.info("polled", **vars(answer(bridge, record["body"], BUDGET)))
    return {"batchItemFailures": []}
