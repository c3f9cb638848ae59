"""The least that a function can be which takes a call and makes it durable: the floor of all cold starts."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger

logger = Logger()
sqs = boto3.client("sqs")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    sqs.send_message(QueueUrl=os.environ["INBOUND_QUEUE_URL"], MessageBody=event["body"])
    logger.info("sent")
    return {"statusCode": 200}
