"""`orderbridge check`: what is wrong is said and fails, what cannot be asked is said and does not."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cli.check import asked
from cli.checks import credentials, parameters, permissions, quota, schedules
from cli.checks.finding import Finding
from cli.checks.rights import NEEDED, by_resource
from local.engine import REGION
from local.erp.erp import DemoErp
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from tests.cli.conftest import MUG, Run, add
from tests.processed import transformed
from tests.resources import Aws


def said(found: list[Finding], state: str) -> dict[str, str]:
    return {finding.about: finding.said for finding in found if finding.state == state}


@pytest.fixture
def bridge(aws: Aws) -> Bridge:
    return Bridge(aws.settings)


def stub(service: str) -> tuple[Any, Stubber]:
    client = boto3.Session(region_name=REGION).client(service)
    return client, Stubber(client)


def test_a_store_that_works_is_good_and_what_cannot_be_asked_is_said(run: Run, us: ShopifyShop) -> None:
    run("stock", "location", "HAM")
    assert add(run, us).exit_code == 0
    done = run("--stack", "nowhere", "check")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert "good: shopify-us: its secrets are there, the shop accepts them" in lines
    assert "could not be checked: parameters: samconfig.toml deploys no stack of the name nowhere" in lines
    assert any(line.startswith("could not be checked: schedules: ") and "nowhere" in line for line in lines)


def test_what_is_wrong_fails(run: Run, us: ShopifyShop, aws: Aws, bridge: Bridge) -> None:
    run("stock", "location", "HAM")
    add(run, us)
    us.token = "another"
    done = run("--stack", "nowhere", "check", "--json")
    assert done.exit_code == 1
    (wrong,) = [finding for finding in json.loads(done.stdout) if finding["state"] == "wrong"]
    assert wrong["about"] == "shopify-us"
    prefix = bridge.vault.prefix
    aws.secrets.delete_secret(SecretId=f"{prefix}/api/shopify-us", ForceDeleteWithoutRecovery=True)
    assert "its secret is missing; enter it with `orderbridge store add shopify-us --update`" in " ".join(
        said([*credentials.check(bridge)], "wrong").values()
    )


def test_who_is_nobody_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    refused = run("check")
    assert refused.exit_code == 1
    assert "there are no complete AWS credentials" in refused.stderr


def test_each_secret_is_looked_at(run: Run, us: ShopifyShop, aws: Aws, bridge: Bridge) -> None:
    run("stock", "location", "HAM")
    add(run, us)
    prefix = bridge.vault.prefix
    for secret in aws.secrets.list_secrets()["SecretList"]:
        if "/inbound/" in secret["Name"]:
            aws.secrets.delete_secret(SecretId=secret["Name"], ForceDeleteWithoutRecovery=True)
    aws.secrets.put_secret_value(SecretId=f"{prefix}/operator", SecretString="secret, but no JSON")
    bridge.control.save_erp("demo")
    found = [*credentials.check(bridge)]
    wrong = said(found, "wrong")
    assert wrong.keys() == {"the operators' API", "the webhooks of shopify-us", "ERP demo"}
    assert "not as we wrote it" in wrong["the operators' API"]
    assert "secret, but no JSON" not in str(found)


def test_the_erp_is_asked(bridge: Bridge) -> None:
    with DemoErp([MUG]) as erp:
        bridge.vault.put_erp("demo", erp.credentials)
        bridge.control.save_erp("demo")
        assert "ERP demo" in said([*credentials.check(bridge)], "good")
        bridge.control.pause_erp("it refused us")
        assert "it is paused: it refused us" in said([*credentials.check(bridge)], "wrong")["ERP demo"]
        bridge.control.pause_erp("")
    bridge.vault.put_erp("demo", {**erp.credentials, "token": "another"})
    (wrong,) = said([*credentials.check(Bridge(bridge.settings))], "wrong").values()
    assert "enter it with `orderbridge erp connect demo`" in wrong


def test_a_secret_that_only_the_functions_may_read_is_no_failure(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetSecretValue")

    monkeypatch.setattr(bridge.vault.client, "get_secret_value", denied)
    found = [*credentials.check(bridge)]
    assert said(found, "unknown") == {"the operators' API": "you may not read its secret"}
    assert not said(found, "wrong")


@pytest.mark.parametrize(("limit", "state"), [(10, "wrong"), (40, "wrong"), (41, "good"), (1000, "good")])
def test_lambda_must_be_allowed_to_run_what_the_template_starts(limit: int, state: str) -> None:
    # 3 routes with 5 calls; 7 schedules; 5 pollers of each of two standard queues and 5 FIFO queues; 4 shards.
    assert quota.needed(1) == 15 + 7 + 10 + 5 + 4
    assert quota.needed(6) == quota.needed(1) + 2 * 5
    client, answers = stub("lambda")
    with answers:
        answers.add_response("get_account_settings", {"AccountLimit": {"UnreservedConcurrentExecutions": limit}})
        (found,) = quota.check(client, 1)
    assert found.state == state
    assert f" {limit} " in found.said
    assert (state == "wrong") == ("Service Quotas" in found.said)


def test_a_schedule_that_is_off_or_gone_is_named() -> None:
    cloudformation, resources = stub("cloudformation")
    scheduler, answers = stub("scheduler")
    names = ("on", "off", "gone")
    listed = [
        {"LogicalResourceId": n, "PhysicalResourceId": n, "ResourceType": kind, "ResourceStatus": "CREATE_COMPLETE",
         "LastUpdatedTimestamp": "2026-11-29"}
        for n, kind in [*((n, "AWS::Scheduler::Schedule") for n in names), ("role", "AWS::IAM::Role")]
    ]  # fmt: skip
    with resources, answers:
        resources.add_response("list_stack_resources", {"StackResourceSummaries": listed}, {"StackName": "bridge"})
        answers.add_response("get_schedule", {"State": "ENABLED"}, {"Name": "on"})
        answers.add_response("get_schedule", {"State": "DISABLED"}, {"Name": "off"})
        answers.add_client_error("get_schedule", "ResourceNotFoundException", expected_params={"Name": "gone"})
        found = schedules.check(cloudformation, scheduler, "bridge")
        answers.assert_no_pending_responses()
    assert [(f.state, f.said.split(":")[0]) for f in found] == [
        ("wrong", "off is disabled"),
        ("wrong", "gone was deleted by hand"),
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("Stage=dev TimeZone=Europe/Berlin", ""),
        ('Stage="dev" KeptNames="Harbour & Pine,HP"', ""),
        ("ParameterKey=Stage,ParameterValue=prod", ""),
        (["Stage=dev", "LogRetentionDays=7"], ""),
        ("TimeZone=Europe/Berlyn", "no time zone that is known"),
        ("TimeZone=../Berlin", "must look like"),
        ("TimeZone=Europe", "no time zone that is known"),
        ("Stage=production", "one of dev, staging, prod is expected"),
        ("LogRetentionDays=8", "one of 1, 3"),
        ("Timezone=UTC", "Timezone is no parameter"),
        ("BaseCurrency=EURO", "must look like"),
        ("BaseCurrency=XYZ", "no currency of ISO 4217"),
        ("AlarmTopicArn=alarms@example.com", "must look like"),
        ("Stage", "cannot be read"),
        ('Stage="dev', "cannot be read"),
    ],
)
def test_what_samconfig_gives_is_held_against_the_template(tmp_path: Path, given: object, problem: str) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(
        "[default.build.parameters]\ncached = true\n"
        f'[dev.deploy.parameters]\nstack_name = "bridge"\nparameter_overrides = {json.dumps(given)}\n'
        '[prod.deploy.parameters]\nstack_name = "other"\nparameter_overrides = "Rubbish=1"\n'
    )
    found = parameters.check("bridge", config)
    assert {finding.state for finding in found} == {"wrong" if problem else "good"}
    assert problem in found[0].said


def test_a_samconfig_that_is_none(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    assert parameters.check("bridge", config)[0].state == "unknown"
    config.write_text("[dev")
    assert parameters.check("bridge", config)[0].state == "wrong"


def as_user(iam: Any, policy: dict[str, Any]) -> Any:
    """A client of sts, as a user of the engine with this policy."""
    iam.create_user(UserName="deployer")
    allow(iam, policy)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION).client("sts")


def allow(iam: Any, policy: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **policy}]}
    iam.put_user_policy(UserName="deployer", PolicyName="may", PolicyDocument=json.dumps(document))


def test_rights_are_judged_by_the_names_of_the_stack(aws: Aws) -> None:
    iam: Any = boto3.client("iam")
    sts = as_user(iam, {"Action": "*", "Resource": "*"})
    (found,) = permissions.check(sts, iam, "bridge")
    assert (found.state, found.said.endswith("user/deployer may deploy bridge")) == ("good", True)
    functions = "arn:aws:lambda:*:*:function:bridge-*"
    allow(iam, {"Action": ["lambda:*", "sqs:*"], "Resource": [functions, "arn:aws:sqs:*"]})
    (found,) = permissions.check(sts, iam, "bridge")
    assert found.state == "wrong"
    denied = found.said.split(" may not: ")[1].split(", ")
    assert {"dynamodb:CreateTable", "iam:PassRole", "lambda:PublishLayerVersion"} <= {*denied}
    assert not [action for action in denied if action.startswith("sqs:") or action == "lambda:CreateFunction"]


def test_the_role_behind_a_session_is_judged_and_a_condition_is_no_denial() -> None:
    sts, who = stub("sts")
    iam, answers = stub("iam")
    role = "arn:aws:iam::000000000000:role/aws-reserved/sso/Deployer"
    described = {"Path": "/aws-reserved/sso/", "RoleName": "Deployer", "RoleId": "A" * 16, "Arn": role}
    with who, answers:
        arn = "arn:aws:sts::000000000000:assumed-role/Deployer/ada"
        who.add_response("get_caller_identity", {"Arn": arn, "Account": "000000000000", "UserId": "x"})
        described["CreateDate"] = "2026-11-29"
        answers.add_response("get_role", {"Role": described}, {"RoleName": "Deployer"})
        for resource, actions in by_resource().items():
            target = f"arn:aws:{resource.format(region=REGION, account='000000000000', stack='bridge')}"
            results = [
                {"EvalActionName": action, "EvalDecision": "allowed"}
                if action != "iam:PassRole"
                else {"EvalActionName": action, "EvalDecision": "implicitDeny",
                      "MissingContextValues": ["iam:PassedToService"]}
                for action in sorted(actions)
            ]  # fmt: skip
            question = {"PolicySourceArn": role, "ActionNames": sorted(actions), "ResourceArns": [target]}
            answers.add_response("simulate_principal_policy", {"EvaluationResults": results}, question)
        found = permissions.check(sts, iam, "bridge")
        answers.assert_no_pending_responses()
    assert said(found, "unknown") == {"permissions": "it depends on the call itself: iam:PassRole"}
    assert len(found) == 1


def test_every_kind_of_resource_is_asked_for() -> None:
    kinds = {resource["Type"] for resource in transformed(Stage="prod")["Resources"].values()}
    assert kinds - NEEDED.keys() == set()
    assert NEEDED.keys() - kinds == {"AWS::CloudFormation::Stack", "sam deploy"}


def test_what_was_found_before_an_error_counts() -> None:
    def ask() -> Any:
        yield Finding("wrong", "a", "b")
        raise InvalidInput("there is no stack")

    assert asked("x", ask) == [Finding("wrong", "a", "b"), Finding("unknown", "x", "there is no stack")]
