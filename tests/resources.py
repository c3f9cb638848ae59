"""The tables, queues, bucket, secret and roles of template.yaml, without its functions, made in the engine in 20 ms.

CloudFormation itself makes them and resolves every variable that the functions get, so that a test sees exactly the
names, keys, settings and permissions that a deployment has.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from local.deploy import OFFLINE
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
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::ApiGatewayV2::Api",
}


@dataclass(frozen=True)
class _Function:
    """What the template says of one function: its variables, each a value or an expression, and its role."""

    variables: dict[str, Any]
    role: dict[str, Any]


def _functions(template: dict[str, Any]) -> dict[str, _Function]:
    """By the name of their folder."""
    common = template["Globals"]["Function"]["Environment"]["Variables"]
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            given = resource["Properties"]
            variables = {**common, **given["Environment"]["Variables"]}
            found[variables["POWERTOOLS_SERVICE_NAME"]] = _Function(variables, given["Role"])
    return found


def _state_template(whole: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The part of the template that keeps state, with `wanted` as its outputs, numbered."""
    return {
        "Parameters": whole["Parameters"],
        "Conditions": whole["Conditions"],
        "Resources": {k: r for k, r in whole["Resources"].items() if r["Type"] in STATE_TYPES},
        "Outputs": {f"Value{n}": {"Value": value} for n, value in enumerate(wanted.values())},
    }


@cache
def _client(service: str, url: str) -> Any:
    """Made once: a client takes 50 ms."""
    return session().client(service, endpoint_url=url)


@dataclass(frozen=True)
class Aws:
    """One engine with fresh state.

    env    every variable that any function is told, and the engine's root user
    roles  ARN by function
    """

    url: str
    env: dict[str, str] = field(repr=False)
    roles: dict[str, str] = field(repr=False)
    told: dict[str, set[str]] = field(repr=False)

    def env_of(self, function: str) -> dict[str, str]:
        """The environment of one function: its own variables only, and its role, which the engine enforces."""
        sts = _client("sts", self.url)
        given = sts.assume_role(RoleArn=self.roles[function], RoleSessionName="test")["Credentials"]
        return {
            **{name: value for name, value in self.env.items() if name in self.told[function]},
            **sdk(self.url),
            "POWERTOOLS_SERVICE_NAME": function,
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

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
        whole = load()
        self._functions = _functions(whole)
        variables = {name: v for function in self._functions.values() for name, v in function.variables.items()}
        roles = {f"role of {name}": function.role for name, function in self._functions.items()}
        self._wanted = {**variables, **roles}
        self._url, self._body = url, json.dumps(_state_template(whole, self._wanted))
        self._cloudformation = _client("cloudformation", url)

    def make(self) -> Aws:
        """Create the state; the engine must be empty (`Engine.reset`)."""
        self._cloudformation.create_stack(
            StackName="state", TemplateBody=self._body, Parameters=OFFLINE, Capabilities=["CAPABILITY_IAM"]
        )
        stack = self._cloudformation.describe_stacks(StackName="state")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        values = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        found = {name: values[f"Value{n}"] for n, name in enumerate(self._wanted)}
        roles = {name: found.pop(f"role of {name}") for name in self._functions}
        told = {name: set(function.variables) for name, function in self._functions.items()}
        return Aws(self._url, {**found, **sdk(self._url)}, roles, told)


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
