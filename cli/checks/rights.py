"""What a deploy does in AWS, for each kind of resource that the template has."""

_LAMBDA = (
    "CreateFunction UpdateFunctionCode UpdateFunctionConfiguration PublishVersion CreateAlias UpdateAlias AddPermission"
)
_ROLE = "CreateRole GetRole PutRolePolicy DeleteRolePolicy PassRole"

# Type of a resource -> its service, what a deploy does with it, and its ARN behind arn:<partition>.
NEEDED: dict[str, tuple[str, str, str]] = {
    "AWS::CloudFormation::Stack": (
        "cloudformation",
        "CreateChangeSet DescribeChangeSet ExecuteChangeSet DescribeStacks DescribeStackEvents GetTemplateSummary",
        "cloudformation:{region}:{account}:stack/{stack}/*",
    ),
    "sam deploy": ("s3", "PutObject GetObject", "s3:::aws-sam-cli-managed-default-x"),
    "AWS::S3::Bucket": (
        "s3",
        "CreateBucket PutLifecycleConfiguration PutEncryptionConfiguration PutBucketPublicAccessBlock "
        "PutBucketOwnershipControls",
        "s3:::{stack}-x",
    ),
    "AWS::S3::BucketPolicy": ("s3", "PutBucketPolicy", "s3:::{stack}-x"),
    "AWS::Lambda::Function": ("lambda", _LAMBDA, "lambda:{region}:{account}:function:{stack}-x"),
    "AWS::Lambda::Version": ("lambda", "PublishVersion", "lambda:{region}:{account}:function:{stack}-x"),
    "AWS::Lambda::Alias": ("lambda", "CreateAlias UpdateAlias", "lambda:{region}:{account}:function:{stack}-x"),
    "AWS::Lambda::Permission": ("lambda", "AddPermission", "lambda:{region}:{account}:function:{stack}-x"),
    "AWS::Lambda::LayerVersion": (
        "lambda",
        "PublishLayerVersion GetLayerVersion DeleteLayerVersion",
        "lambda:{region}:{account}:layer:orderbridge-x",
    ),
    "AWS::Lambda::EventSourceMapping": (
        "lambda",
        "CreateEventSourceMapping UpdateEventSourceMapping",
        "lambda:{region}:{account}:event-source-mapping:x",
    ),
    "AWS::IAM::Role": ("iam", _ROLE, "iam::{account}:role/{stack}-x"),
    "AWS::IAM::Policy": ("iam", "PutRolePolicy", "iam::{account}:role/{stack}-x"),
    "AWS::DynamoDB::Table": (
        "dynamodb",
        "CreateTable UpdateTable DescribeTable UpdateContinuousBackups UpdateTimeToLive",
        "dynamodb:{region}:{account}:table/{stack}-x",
    ),
    "AWS::SQS::Queue": ("sqs", "CreateQueue SetQueueAttributes GetQueueAttributes", "sqs:{region}:{account}:{stack}-x"),
    "AWS::SQS::QueuePolicy": ("sqs", "SetQueueAttributes GetQueueAttributes", "sqs:{region}:{account}:{stack}-x"),
    "AWS::Events::Rule": (
        "events",
        "PutRule DescribeRule PutTargets",
        "events:{region}:{account}:rule/aws.partner/sellingpartnerapi.amazon.com/x/{stack}-x",
    ),
    "AWS::SecretsManager::Secret": (
        "secretsmanager",
        "CreateSecret UpdateSecret",
        "secretsmanager:{region}:{account}:secret:orderbridge/x",
    ),
    "AWS::Logs::LogGroup": (
        "logs",
        "CreateLogGroup PutRetentionPolicy",
        "logs:{region}:{account}:log-group:/orderbridge/x",
    ),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", "cloudwatch:{region}:{account}:alarm:{stack}-x"),
    "AWS::Scheduler::Schedule": (
        "scheduler",
        "CreateSchedule UpdateSchedule GetSchedule",
        "scheduler:{region}:{account}:schedule/default/orderbridge-x",
    ),
    "AWS::ApiGatewayV2::Api": ("apigateway", "POST PATCH GET", "apigateway:{region}::/apis"),
    "AWS::ApiGatewayV2::Stage": ("apigateway", "POST PATCH", "apigateway:{region}::/apis/x/stages"),
    "AWS::ApiGatewayV2::Route": ("apigateway", "POST PATCH", "apigateway:{region}::/apis/x/routes"),
    "AWS::ApiGatewayV2::Integration": ("apigateway", "POST PATCH", "apigateway:{region}::/apis/x/integrations"),
    "AWS::CodeDeploy::Application": (
        "codedeploy",
        "CreateApplication",
        "codedeploy:{region}:{account}:application:{stack}-x",
    ),
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy",
        "CreateDeploymentGroup UpdateDeploymentGroup CreateDeployment GetDeployment",
        "codedeploy:{region}:{account}:deploymentgroup:{stack}-x/{stack}-x",
    ),
}


def by_resource() -> dict[str, set[str]]:
    """ARN behind arn:<partition>, with {region}, {account} and {stack} -> actions on it."""
    found: dict[str, set[str]] = {}
    for service, actions, resource in NEEDED.values():
        found.setdefault(resource, set()).update(f"{service}:{action}" for action in actions.split())
    return found
