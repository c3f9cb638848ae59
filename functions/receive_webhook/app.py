"""POST /webhooks/{token}: verify the raw bytes, make it durable, answer. POST /webhooks/erp/{token}: read the ERP."""

import os
from typing import Any

from aws_lambda_powertools import Logger

from orderbridge.archive import Archive
from orderbridge.aws import client
from orderbridge.queues import Queues
from orderbridge.receiving import Receiver, respond
from orderbridge.settings import Settings
from orderbridge.vault import Vault

logger = Logger()
settings = Settings.from_env(os.environ)
receiver = Receiver(
    Vault(client("secretsmanager"), settings),
    Queues(client("sqs"), settings),
    Archive(lambda: client("s3"), settings),
)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer, seen = respond(receiver, event)
    logger.info({"status": answer["statusCode"], **seen})
    return answer
