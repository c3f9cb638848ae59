"""Errors in plain words and as exit codes: 0 done, 1 refused, 2 used in a way that does not exist."""

from typing import Any

import typer
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from rich.console import Console
from typer.core import TyperGroup

from orderbridge.errors import BridgeError

REFUSED = 1
_KEYS = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class Group(TyperGroup):
    """Shows a refusal as two lines instead of a traceback, whose variables might hold secrets."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BridgeError as error:
            _say(error.reason, error.next_action)
        except (BotoCoreError, ClientError) as error:
            _say(*in_words(error))
        raise typer.Exit(REFUSED)


def _say(reason: str, next_action: str) -> None:
    out = Console(stderr=True, highlight=False)
    out.print(f"Refused: {reason}", style="red", markup=False, soft_wrap=True)
    out.print(next_action, markup=False, soft_wrap=True)


def in_words(error: BotoCoreError | ClientError) -> tuple[str, str]:
    """What AWS, or the way to it, did not like, and what to do."""
    if isinstance(error, ClientError):
        return _of_aws(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "there are no complete AWS credentials", "Run `aws configure`, or `aws sso login`."
    if isinstance(error, NoRegionError):
        return "no AWS region is set", "Set AWS_REGION, or `region` in your AWS profile."
    if isinstance(error, ProfileNotFound):
        return str(error), "Check AWS_PROFILE; `aws configure list-profiles` shows what there is."
    if isinstance(error, ConnectionError):
        return f"AWS cannot be reached: {error}", "Check the network, and AWS_ENDPOINT_URL if it is set."
    return f"the AWS library says: {error}", "Check your AWS configuration."


def _of_aws(error: ClientError) -> tuple[str, str]:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code.startswith(("ExpiredToken", "RequestExpired")):
        return "your AWS session has ended", "Sign in again: `aws sso login`, or renew the session's keys."
    if code in _KEYS:
        return (
            "AWS does not know these credentials",
            "Check AWS_PROFILE and the access key: `aws sts get-caller-identity`.",
        )
    if code in _DENIED:
        return f"your AWS user may not do this ({error.operation_name}): {message}", "Ask for that permission."
    return (
        f"AWS refused {error.operation_name}: {message} ({code})",
        "Read what AWS says; try again if it is throttling.",
    )
