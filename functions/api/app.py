"""ANY /api/{proxy+}: what operators see and do."""

import os
from typing import Any

from aws_lambda_powertools import Logger

from orderbridge.bridge import Bridge
from orderbridge.routes import respond
from orderbridge.settings import Settings

logger = Logger()
bridge = Bridge(Settings.from_env(os.environ))


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer = respond(bridge, event)
    logger.info("asked", path=event.get("rawPath", ""), status=answer["statusCode"])
    return answer
