"""The tables, queues, bucket and secret of template.yaml, without its functions, made in the engine in 10 ms.

CloudFormation itself makes them and resolves every variable that the functions get, so that a test sees exactly the
names, keys and settings that a deployment has.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from local.engine import REGION, ROOT_KEY, session
from local.template import load
from orderbridge.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

STATE_TYPES = {
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
_OWN = {"POWERTOOLS_SERVICE_NAME"}  # differs from function to function


def state_template() -> tuple[dict[str, Any], dict[str, str]]:
    """The part of the template that keeps state, and which output holds which variable of the functions."""
    whole = load()
    variables: dict[str, Any] = dict(whole["Globals"]["Function"]["Environment"]["Variables"])
    for resource in whole["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            variables |= resource["Properties"].get("Environment", {}).get("Variables", {})
    outputs = {name.replace("_", ""): name for name in variables if name not in _OWN}
    part = {
        "Parameters": whole["Parameters"],
        "Conditions": whole["Conditions"],
        "Resources": {k: r for k, r in whole["Resources"].items() if r["Type"] in STATE_TYPES},
        "Outputs": {output: {"Value": variables[name]} for output, name in outputs.items()},
    }
    return part, outputs


@cache
def _client(service: str, url: str) -> Any:
    """Made once: a client takes 50 ms."""
    return session().client(service, endpoint_url=url)


@dataclass(frozen=True)
class Aws:
    """One engine with fresh state. `env` is what each function would find in its environment."""

    url: str
    env: dict[str, str] = field(repr=False)

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.env)

    @property
    def dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = _client("dynamodb", self.url)
        return client

    @property
    def sqs(self) -> "SQSClient":
        client: SQSClient = _client("sqs", self.url)
        return client

    @property
    def s3(self) -> "S3Client":
        client: S3Client = _client("s3", self.url)
        return client

    @property
    def secrets(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = _client("secretsmanager", self.url)
        return client


class Maker:
    """Makes the state again and again in one engine."""

    def __init__(self, url: str) -> None:
        part, self._outputs = state_template()
        self._url, self._body = url, json.dumps(part)
        self._cloudformation = _client("cloudformation", url)

    def make(self) -> Aws:
        """Create the state; the engine must be empty (`Engine.reset`)."""
        self._cloudformation.create_stack(StackName="state", TemplateBody=self._body)
        stack = self._cloudformation.describe_stacks(StackName="state")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        found = {self._outputs[o["OutputKey"]]: o["OutputValue"] for o in stack["Outputs"]}
        return Aws(self._url, {**found, **sdk(self._url)})


def sdk(url: str) -> dict[str, str]:
    """What leads boto3, in this process and in those started by a test, to the engine and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "tests",
    }
