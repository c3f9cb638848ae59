"""Deploys template.yaml to the local engine as `sam deploy` would, in one step and without an account.

The engine does the SAM transform itself. An update does not move its aliases, so deploy into a fresh engine.
"""

import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.engine import session
from local.layers import folder_zip, layer_zip, stand_in
from local.template import ROOT, load

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

STACK = "orderbridge"
_BUCKET = "orderbridge-artifacts"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


# Nothing outside is called: the rates that come along convert.
OFFLINE: list["ParameterTypeDef"] = [
    {"ParameterKey": name, "ParameterValue": ""} for name in ("EcbUrl", "SecondRatesUrl")
]


class DeployFailed(RuntimeError):
    """CloudFormation refused the stack; the message holds its reasons."""


def deploy(url: str, stage: str = "dev", time_zone: str = "UTC") -> dict[str, str]:
    """Build, upload and create the stack `orderbridge` in the engine at `url`; returns the stack's outputs."""
    s3 = session().client("s3", endpoint_url=url)
    s3.create_bucket(Bucket=_BUCKET)
    template = _reachable(load(), url)
    for logical_id, resource in template["Resources"].items():
        if property_name := _CODE.get(resource["Type"]):
            zipped = _package(logical_id, resource, ROOT / resource["Properties"][property_name])
            s3.upload_file(str(zipped), _BUCKET, zipped.name)
            resource["Properties"][property_name] = f"s3://{_BUCKET}/{zipped.name}"
    cloudformation = session().client("cloudformation", endpoint_url=url)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=uploaded(url, template),
        Parameters=[
            {"ParameterKey": "Stage", "ParameterValue": stage},
            {"ParameterKey": "TimeZone", "ParameterValue": time_zone},
            *OFFLINE,
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    outputs = _wait(cloudformation)
    # It demands TLS, which the engine has none of. What the engine enforces are the roles of the functions.
    s3.delete_bucket_policy(Bucket=outputs["RawBucket"])
    return outputs


def uploaded(url: str, template: dict[str, Any]) -> str:
    """Where CloudFormation finds a template: of one inside a request it takes 51,200 bytes only.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    s3, key = session().client("s3", endpoint_url=url), f"{uuid.uuid4().hex}.json"
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key=key, Body=json.dumps(template).encode())
    return f"{url}/{_BUCKET}/{key}"


def _package(logical_id: str, resource: dict[str, Any], folder: Path) -> Path:
    if resource["Type"] == "AWS::Serverless::LayerVersion":
        return stand_in(layer_zip(logical_id, folder))
    return folder_zip(folder)


def _wait(cloudformation: "CloudFormationClient", patience: float = 60.0) -> dict[str, str]:
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.05)
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    reasons = [
        f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events if e.get("ResourceStatusReason")
    ]
    raise DeployFailed("; ".join(reasons) or f"no end after {patience:.0f} s")


def _reachable(template: dict[str, Any], url: str) -> dict[str, Any]:
    """The template, with the HTTP API's address as every client can resolve it.

    The engine names <id>.execute-api.localhost:PORT, which few resolvers know; it also answers by path.
    """
    by_path = f"{url}/_aws/execute-api/${{HttpApi}}/$default"
    made: dict[str, Any] = json.loads(json.dumps(template).replace("${HttpApi.ApiEndpoint}", by_path))
    return made
