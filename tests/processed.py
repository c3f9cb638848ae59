"""template.yaml as CloudFormation gets it: the engine's own SAM transform, asked for through a change set."""

import json
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from local.deploy import uploaded
from local.engine import PYTHON, REGION, session
from local.template import load

Resource = dict[str, Any]
Template = dict[str, Any]


def processed(url: str, artifacts: Mapping[str, str] | None = None, template: Template | None = None) -> Template:
    """Resources and outputs after SAM's transform. `artifacts`: another S3 key for the code of a logical id."""
    whole = packaged(template or load(), artifacts or {})
    cloudformation: Any = session().client("cloudformation", endpoint_url=url)
    name = f"shown-{uuid.uuid4().hex}"
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="shown",
        ChangeSetType="CREATE",
        TemplateURL=uploaded(url, whole),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    shown = cloudformation.get_template(StackName=name, ChangeSetName="shown", TemplateStage="Processed")
    return json.loads(json.dumps(shown["TemplateBody"]))  # type: ignore[no-any-return]


# The library is a dependency of the engine, and lives in its environment.
_TRANSFORM = """
import json, sys
from samtranslator.translator.transform import transform
class NoManagedPolicies:
    def load(self):
        return {}
template, parameters = json.load(sys.stdin)
print(json.dumps(transform(template, parameters, NoManagedPolicies())))
"""


def transformed(**parameters: str) -> Template:
    """After SAM's transform with these parameters, whether the engine could deploy it or not (it has no CodeDeploy)."""
    given = json.dumps([packaged(load(), {}), {"AWS::Region": REGION, **parameters}])
    done = subprocess.run(
        [PYTHON, "-c", _TRANSFORM],
        input=given,
        env={"AWS_DEFAULT_REGION": REGION},
        capture_output=True,
        text=True,
        check=True,
    )
    found: Template = json.loads(done.stdout)
    return found


def packaged(template: Template, artifacts: Mapping[str, str]) -> Template:
    """With addresses of code as `sam package` would write them."""
    for logical_id, resource in template["Resources"].items():
        for name in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][name] = f"s3://artifacts/{artifacts.get(logical_id, f'{logical_id}.zip')}"
    return template


def of_type(template: Template, kind: str) -> dict[str, Resource]:
    """Properties by logical id, AWS::<kind>."""
    return {
        id: resource.get("Properties", {})
        for id, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::{kind}"
    }


def named(value: Any) -> Iterator[str]:
    """Every logical id and parameter that a piece of the template refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            yield value["Ref"]
        if isinstance(value.get("Fn::GetAtt"), list):
            yield value["Fn::GetAtt"][0]
        if "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            yield from (part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
        if isinstance(value.get("Fn::If"), list):
            yield value["Fn::If"][0]
        for inner in value.values():
            yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)
