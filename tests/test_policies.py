"""Who may do what: read from the template, and tried in the engine, which enforces the roles."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.engine import REGION, Engine, session
from local.template import load
from tests.processed import Template, named, of_type, processed

STATE = {"DynamoDB::Table", "SQS::Queue", "S3::Bucket"}
SECRETS = {
    "ReceiveWebhook": ["inbound/*"],
    "ReceiveNotification": [],
    "ProcessDeliveries": ["api/*", "token/*"],
    "PublishChanges": [],
    "UpdateStore": ["api/*", "token/*"],
    "PollOrders": ["api/*", "token/*"],
    "PullErp": ["erp/*"],
    "UpdateErp": ["erp/*"],
    "RefreshRates": [],
    "Reconcile": ["api/*", "erp/*", "token/*"],
    "CheckSubscriptions": ["api/*", "inbound/*", "token/*"],
    "Sweep": [],
    "Api": ["operator"],
}


@pytest.fixture(scope="module")
def template(engine: Engine) -> Template:
    return processed(engine.url)


def _statements(role: dict[str, Any]) -> Iterator[tuple[list[str], list[Any]]]:
    """(actions, resources) of everything that a role allows."""
    assert not role.get("ManagedPolicyArns"), "a managed policy allows more than one can see here"
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            action, resource = statement["Action"], statement["Resource"]
            yield (
                action if isinstance(action, list) else [action],
                resource if isinstance(resource, list) else [resource],
            )


def _role(template: Template, function: str) -> dict[str, Any]:
    arn = of_type(template, "Lambda::Function")[function]["Role"]
    return of_type(template, "IAM::Role")[arn["Fn::GetAtt"][0]]


def test_no_role_has_a_wildcard(template: Template) -> None:
    for role in of_type(template, "IAM::Role").values():
        for actions, resources in _statements(role):
            assert not [action for action in actions if "*" in action]
            for resource in resources:
                text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else resource
                if actions in (["cloudwatch:DescribeAlarms"], ["cloudwatch:GetMetricData"]):
                    continue  # reads names, states and numbers; AWS knows no narrower resource
                assert text.count("*") <= 1
                assert "*" not in text or text.endswith("/*"), text
                assert text != "*"


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [f["Role"]["Fn::GetAtt"][0] for f in of_type(template, "Lambda::Function").values()]
    assert len(set(roles)) == len(roles)
    services = {
        role_id: role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
        for role_id, role in of_type(template, "IAM::Role").items()
    }
    assert {role_id for role_id, service in services.items() if service == "lambda.amazonaws.com"} == set(roles)


@pytest.mark.parametrize("function", SECRETS)
def test_a_function_may_touch_what_it_is_told_of(template: Template, function: str) -> None:
    state = {id for kind in STATE for id in of_type(template, kind)}
    told = set(named(of_type(template, "Lambda::Function")[function]["Environment"])) & state
    may = {n for _, resources in _statements(_role(template, function)) for n in named(resources)} & state
    if function == "PublishChanges":
        may -= {"StreamFailuresQueue"}  # Lambda itself writes there, as the function
    if function == "ReceiveNotification":
        may -= {"NotificationsQueue"}  # Lambda itself reads there, as the function
    if function == "CheckSubscriptions":
        told -= {"NotificationsQueue"}  # only its name, to be told to the platform
    assert may == told


@pytest.mark.parametrize("function", SECRETS)
def test_a_function_may_read_only_its_kind_of_secret(template: Template, function: str) -> None:
    read, kept = list[str](), list[str]()
    for actions, resources in _statements(_role(template, function)):
        if [a for a in actions if a.startswith("secretsmanager:")]:
            named = ["operator" if "Fn::GetAtt" in r else r["Fn::Sub"].split("/${Stage}/")[1] for r in resources]
            if actions == ["secretsmanager:GetSecretValue"]:
                read += named
            else:
                assert actions == ["secretsmanager:PutSecretValue", "secretsmanager:CreateSecret"]
                kept += named
    assert read == SECRETS[function]
    assert kept == [secret for secret in SECRETS[function] if secret == "token/*"], "who calls shops keeps their tokens"


def test_the_receiver_knows_no_table(template: Template) -> None:
    actions = {a for actions, _ in _statements(_role(template, "ReceiveWebhook")) for a in actions}
    assert {action.split(":")[0] for action in actions} == {"logs", "secretsmanager", "sqs", "s3"}


def test_the_engine_enforces_the_roles(stack: dict[str, str]) -> None:
    """Without this, the tests of the deployed stack would not show that a permission is missing."""
    url = stack["EngineUrl"]
    cloudformation: Any = session().client("cloudformation", endpoint_url=url)
    role = cloudformation.describe_stack_resource(StackName="orderbridge", LogicalResourceId="ReceiveWebhookRole")
    name = role["StackResourceDetail"]["PhysicalResourceId"]
    sts: Any = session().client("sts", endpoint_url=url)
    given = sts.assume_role(RoleArn=f"arn:aws:iam::000000000000:role/{name}", RoleSessionName="test")["Credentials"]
    as_receiver = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=REGION
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        as_receiver.client("dynamodb", endpoint_url=url).get_item(
            TableName=stack["OrdersTable"], Key={"pk": {"S": "a"}, "sk": {"S": "b"}}
        )
    with pytest.raises(ClientError, match="AccessDenied"):
        as_receiver.client("secretsmanager", endpoint_url=url).get_secret_value(SecretId="orderbridge/dev/operator")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        as_receiver.client("secretsmanager", endpoint_url=url).get_secret_value(SecretId="orderbridge/dev/inbound/x")
    with pytest.raises(ClientError, match="AccessDenied"):
        as_receiver.client("sqs", endpoint_url=url).receive_message(QueueUrl=stack["InboundQueueUrl"])


def test_only_who_asked_for_amazon_translate_may_call_it_and_only_where_texts_are_read() -> None:
    policy = load()["Resources"]["TranslatePolicy"]
    assert policy["Condition"] == "UsesAmazonTranslate"
    assert policy["Properties"]["Roles"] == [{"Ref": "UpdateErpRole"}, {"Ref": "ApiRole"}]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == {"translate:TranslateText", "comprehend:DetectDominantLanguage"}
