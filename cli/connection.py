"""Which bridge the command works on: a stack in an AWS account, or the one of `make run`."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.engine import session as engine_session
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.queues import DeadLetters
from orderbridge.settings import Settings

LOCAL = Path(__file__).parent.parent / "build/local.json"

# What the stack tells of itself -> our setting. Every other setting of the functions is of no use here.
_SETTINGS = {
    "Stage": "stage",
    "OrdersTable": "orders_table",
    "StockTable": "stock_table",
    "ControlTable": "control_table",
    "InboundQueueUrl": "inbound_queue_url",
    "NotificationsQueueArn": "notifications_queue_arn",
    "BellsQueueUrl": "bells_queue_url",
    "PollsQueueUrl": "polls_queue_url",
    "ErpBellsQueueUrl": "erp_bells_queue_url",
    "PullsQueueUrl": "pulls_queue_url",
    "ReconcileQueueUrl": "reconcile_queue_url",
    "RawBucket": "raw_bucket",
    "SecretPrefix": "secret_prefix",
    "TimeZone": "time_zone",
    "BaseCurrency": "base_currency",
    "Language": "language",
    "Translator": "translator",
}
# Told only where they are set: CloudFormation has no empty outputs.
_IF_SET = {"TranslateTerminology": "translate_terminology", "KeptNames": "kept_names"}


@dataclass
class Connection:
    """Nothing is asked of AWS before a command needs it."""

    stack: str
    local: bool

    @cached_property
    def _running(self) -> dict[str, str]:
        """{endpoint, region, stack} of `make run`."""
        try:
            found: dict[str, str] = json.loads(LOCAL.read_text())
        except FileNotFoundError as error:
            raise InvalidInput("nothing runs on this machine: start `make run` first") from error
        return found

    def client(self, service: str) -> Any:
        if self.local:
            return engine_session().client(service, endpoint_url=self._running["endpoint"])
        return boto3.client(service)

    @property
    def name(self) -> str:
        """Of the stack."""
        return self._running["stack"] if self.local else self.stack

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the stack says of itself. Raises InvalidInput when there is no such stack."""
        stack, cloudformation = self.name, self.client("cloudformation")
        try:
            found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            where = cloudformation.meta.region_name
            raise InvalidInput(
                f"there is no stack {stack!r} in {where}: deploy it, or name it with --stack or ORDERBRIDGE_STACK"
            ) from error
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        if missing := _SETTINGS.keys() - outputs.keys():
            raise InvalidInput(f"the stack {stack!r} is none of ours: it does not tell {', '.join(sorted(missing))}")
        return outputs

    @cached_property
    def bridge(self) -> Bridge:
        named = {**_SETTINGS, **_IF_SET}
        settings = {ours: self.outputs[theirs] for theirs, ours in named.items() if theirs in self.outputs}
        return Bridge(Settings(**settings, stack=self.name), self.client)

    @property
    def dead_letters(self) -> dict[str, DeadLetters]:
        sqs, urls = self.client("sqs"), self.outputs
        return {
            "inbound": DeadLetters(sqs, urls["InboundDlqUrl"], urls["InboundQueueUrl"]),
            "notifications": DeadLetters(sqs, urls["NotificationsDlqUrl"], urls["NotificationsQueueUrl"]),
            "bells": DeadLetters(sqs, urls["BellsDlqUrl"], urls["BellsQueueUrl"]),
            "erp": DeadLetters(sqs, urls["ErpBellsDlqUrl"], urls["ErpBellsQueueUrl"]),
            "polls": DeadLetters(sqs, urls["PollsDlqUrl"], urls["PollsQueueUrl"]),
            "pulls": DeadLetters(sqs, urls["PullsDlqUrl"], urls["PullsQueueUrl"]),
            "reconcile": DeadLetters(sqs, urls["ReconcileDlqUrl"], urls["ReconcileQueueUrl"]),
            "stream": DeadLetters(sqs, urls["StreamFailuresUrl"]),
        }
