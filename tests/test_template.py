"""What template.yaml promises, read from it as CloudFormation gets it."""

import ast
import re
from typing import Any

import pytest

from local.engine import Engine
from local.template import ROOT, load
from tests.processed import Template, named, of_type, processed, transformed

FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def template(engine: Engine) -> Template:
    return processed(engine.url)


@pytest.fixture(scope="module")
def functions(template: Template) -> dict[str, dict[str, Any]]:
    return of_type(template, "Lambda::Function")


def _folder(logical_id: str) -> str:
    return re.sub("(?<!^)([A-Z])", r"_\1", logical_id).lower()


def _dead_letter_queues(template: Template) -> dict[str, str]:
    """Dead-letter queue -> the queue or mapping whose failures it keeps."""
    found = {}
    for id, queue in of_type(template, "SQS::Queue").items():
        if "RedrivePolicy" in queue:
            found[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]] = id
    for id, mapping in of_type(template, "Lambda::EventSourceMapping").items():
        if "DestinationConfig" in mapping:
            found[mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]] = id
    return found


def _alarmed(template: Template) -> set[tuple[str, str]]:
    """(metric, name of the queue or function) of every alarm on AWS's own metrics."""
    return {
        (alarm["MetricName"], next(named(alarm["Dimensions"])))
        for alarm in of_type(template, "CloudWatch::Alarm").values()
        if alarm["Namespace"] != "Orderbridge"
    }


def test_every_function_is_a_folder_with_one_app(functions: dict[str, dict[str, Any]]) -> None:
    assert sorted(map(_folder, functions)) == FOLDERS
    uris = {id: r["Properties"]["CodeUri"] for id, r in load()["Resources"].items() if id in functions}
    assert uris == {id: f"functions/{_folder(id)}/" for id in functions}
    for folder in FOLDERS:
        files = [path.name for path in (ROOT / "functions" / folder).iterdir() if path.name != "__pycache__"]
        assert files == ["app.py"]
        tree = ast.parse((ROOT / "functions" / folder / "app.py").read_text())
        assert "lambda_handler" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for id, function in functions.items():
        assert function["Handler"] == "app.lambda_handler"
        assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == _folder(id)
        assert "ReservedConcurrentExecutions" not in function


def test_every_queue_keeps_what_fails(template: Template) -> None:
    queues, dead = of_type(template, "SQS::Queue"), _dead_letter_queues(template)
    for id, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        if id in dead:
            assert queue["MessageRetentionPeriod"] == 14 * 86400
            assert ("ApproximateNumberOfMessagesVisible", id) in _alarmed(template)
        else:
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
            assert ("ApproximateAgeOfOldestMessage", id) in _alarmed(template)
    for dead_id, id in dead.items():
        if id in queues:
            assert queues[dead_id].get("FifoQueue") == queues[id].get("FifoQueue")


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(
    template: Template, functions: dict[str, dict[str, Any]]
) -> None:
    queues, read = of_type(template, "SQS::Queue"), set()
    for mapping in of_type(template, "Lambda::EventSourceMapping").values():
        source = mapping["EventSourceArn"]["Fn::GetAtt"][0]
        if source in queues:
            timeout = functions[mapping["FunctionName"]["Ref"].removesuffix("Aliaslive")]["Timeout"]
            assert queues[source]["VisibilityTimeout"] >= 6 * timeout
            read.add(source)
    assert read == queues.keys() - _dead_letter_queues(template).keys(), "a queue that nobody reads"


def test_the_stream_gives_up_slowly_and_visibly(template: Template) -> None:
    streams = [m for m in of_type(template, "Lambda::EventSourceMapping").values() if "StartingPosition" in m]
    for stream in streams:
        assert stream["BisectBatchOnFunctionError"] is True
        assert stream["MaximumRetryAttempts"] == 5
        assert stream["MaximumRecordAgeInSeconds"] == 3600
        assert stream["FilterCriteria"]["Filters"]
        assert stream["DestinationConfig"]["OnFailure"]
    assert len(streams) == 1
    assert ("IteratorAge", "PublishChanges") in _alarmed(template)


def test_everything_that_calls_a_function_calls_its_alias(
    template: Template, functions: dict[str, dict[str, Any]]
) -> None:
    called = set()
    for mapping in of_type(template, "Lambda::EventSourceMapping").values():
        called.add(mapping["FunctionName"]["Ref"])
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for schedule in of_type(template, "Scheduler::Schedule").values():
        called.add(schedule["Target"]["Arn"]["Ref"])
    permitted = {p["FunctionName"]["Ref"] for p in of_type(template, "Lambda::Permission").values()}
    for integration in of_type(template, "ApiGatewayV2::Integration").values():
        found = re.search(r"/functions/\${(\w+)\.Arn}:live/invocations$", integration["IntegrationUri"]["Fn::Sub"])
        assert found
        called.add(f"{found[1]}Aliaslive")
        assert f"{found[1]}Aliaslive" in permitted
    assert called == {f"{id}Aliaslive" for id in functions}
    assert called == of_type(template, "Lambda::Alias").keys()


def test_a_new_layer_makes_a_new_version_of_every_function(
    engine: Engine, template: Template, functions: dict[str, dict[str, Any]]
) -> None:
    before = of_type(template, "Lambda::Version").keys()
    assert of_type(processed(engine.url), "Lambda::Version").keys() == before, "no change, no new version"
    for layer in ("Dependencies", "Orderbridge"):
        after = of_type(processed(engine.url, {layer: "changed.zip"}), "Lambda::Version").keys()
        assert len(after) == len(functions)
        assert not after & before


@pytest.mark.parametrize("needed", ["AutoPublishAliasAllProperties", "PublishLambdaVersion"])
def test_only_both_settings_together_do_that(engine: Engine, needed: str) -> None:
    def versions(layer_key: str) -> set[str]:
        without = load()
        without["Globals"]["Function"].pop(needed, None)
        without["Resources"]["Orderbridge"]["Properties"].pop(needed, None)
        return set(of_type(processed(engine.url, {"Orderbridge": layer_key}, without), "Lambda::Version"))

    assert versions("1.zip") == versions("2.zip")


def test_what_takes_orders_in_goes_over_to_a_new_version_by_and_by() -> None:
    template = transformed(Stage="prod")
    groups = of_type(template, "CodeDeploy::DeploymentGroup")
    alarms, versions = of_type(template, "CloudWatch::Alarm"), of_type(template, "Lambda::Version")
    assert groups.keys() == {"ReceiveWebhookDeploymentGroup", "ProcessDeliveriesDeploymentGroup"}
    for id, group in groups.items():
        function = id.removesuffix("DeploymentGroup")
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Canary10Percent5Minutes"}
        assert group["ServiceRoleArn"]["Fn::GetAtt"] == ["CodeDeployRole", "Arn"]
        alias = template["Resources"][f"{function}Aliaslive"]
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": id}
        new = alias["Properties"]["FunctionVersion"]["Fn::GetAtt"]
        assert new[0] in versions
        watched = [alarms[alarm["Name"]["Ref"]] for alarm in group["AlarmConfiguration"]["Alarms"]]
        for alarm in watched:
            values = {d["Name"]: d["Value"] for d in alarm["Dimensions"]}
            assert (values.get("ExecutedVersion") or values["version"])["Fn::GetAtt"] == new, "of no other version"
        assert watched[0]["Dimensions"][1] == {"Name": "Resource", "Value": {"Fn::Sub": f"${{{function}}}:live"}}
    assert not [id for id, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role" and "Service" in id]


def test_in_dev_a_new_version_is_there_at_once() -> None:
    assert not [r for r in transformed(Stage="dev")["Resources"].values() if "CodeDeploy" in r["Type"]]
    once = transformed(Stage="prod", Rollout="AllAtOnce")
    for group in of_type(once, "CodeDeploy::DeploymentGroup").values():
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "AllAtOnce"}


def test_receivers_are_kept_started_where_the_merchant_wants_it() -> None:
    aliases = of_type(transformed(Stage="prod", WarmReceivers="2"), "Lambda::Alias")
    kept = {id: alias["ProvisionedConcurrencyConfig"] for id, alias in aliases.items() if len(alias) > 3}
    started = {"ProvisionedConcurrentExecutions": {"Ref": "WarmReceivers"}}
    assert kept == {"ReceiveWebhookAliaslive": {"Fn::If": ["HasWarmReceivers", started, {"Ref": "AWS::NoValue"}]}}
    assert load()["Conditions"]["HasWarmReceivers"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WarmReceivers"}, 0]}]}


def test_every_function_has_its_log_and_its_alarms(template: Template, functions: dict[str, dict[str, Any]]) -> None:
    logs = of_type(template, "Logs::LogGroup")
    for id, function in functions.items():
        log = logs.pop(function["LoggingConfig"]["LogGroup"]["Ref"])
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert function["LoggingConfig"]["SystemLogLevel"] == "WARN", "Lambda's own lines cost more than ours"
        assert {("Errors", id), ("Throttles", id)} <= _alarmed(template)
    assert not logs
    alarms = of_type(template, "CloudWatch::Alarm")
    assert {a["MetricName"] for a in alarms.values() if a["Namespace"] == "Orderbridge"} == {
        "OldestDecisionSeconds",
        "OldestPollSeconds",
        "OldestToDoSeconds",
        "PullAgeSeconds",
        "ForAPerson",
        "RatesFailed",
        "Refused",
        "Braked",
        "HeldPrices",
        "Quarantined",
        "Failed",
        "SubscriptionsFailed",
    }
    assert all("HasAlarmTopic" in named(alarm["AlarmActions"]) for alarm in alarms.values())


def test_state_is_safe(template: Template) -> None:
    for id, table in of_type(template, "DynamoDB::Table").items():
        assert template["Resources"][id]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert template["Resources"][id]["UpdateReplacePolicy"] == "Retain"
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    ((bucket_id, bucket),) = of_type(template, "S3::Bucket").items()
    assert template["Resources"][bucket_id]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert {rule.get("Prefix") for rule in bucket["LifecycleConfiguration"]["Rules"]} == {"raw/", "inbound/", None}
    ((policy),) = of_type(template, "S3::BucketPolicy").values()
    (tls,) = policy["PolicyDocument"]["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_nothing_is_declared_without_work(template: Template) -> None:
    acts_by_itself = {
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::Policy",
        "AWS::Lambda::Permission",
        "AWS::Lambda::EventSourceMapping",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
    }
    resources = template["Resources"]
    used = {name for id, r in resources.items() for name in named(r) if name != id}
    used |= {"Rollout", "CodeDeployRole"}  # by CodeDeploy, see below; dev has none of it
    idle = {id for id, r in resources.items() if r["Type"] not in acts_by_itself} - used
    assert not {id for id in idle if not id.endswith("Aliaslive")}
    assert template["Parameters"].keys() <= {*used, *named(list(load()["Conditions"].values()))}
    conditional = [*resources.values(), *template["Outputs"].values()]
    assert template["Conditions"].keys() <= {*used, *(one["Condition"] for one in conditional if "Condition" in one)}


def test_outputs_are_those_that_the_command_line_reads(template: Template) -> None:
    assert template["Outputs"].keys() == {
        "Stage",
        "TimeZone",
        "BaseCurrency",
        "Language",
        "Translator",
        "TranslateTerminology",
        "KeptNames",
        "WebhookUrl",
        "ApiUrl",
        "OrdersTable",
        "StockTable",
        "ControlTable",
        "InboundQueueUrl",
        "InboundDlqUrl",
        "NotificationsQueueUrl",
        "NotificationsQueueArn",
        "NotificationsDlqUrl",
        "BellsQueueUrl",
        "BellsDlqUrl",
        "ErpBellsQueueUrl",
        "ErpBellsDlqUrl",
        "PollsQueueUrl",
        "PollsDlqUrl",
        "PullsQueueUrl",
        "PullsDlqUrl",
        "ReconcileQueueUrl",
        "ReconcileDlqUrl",
        "StreamFailuresUrl",
        "RawBucket",
        "SecretPrefix",
    }
