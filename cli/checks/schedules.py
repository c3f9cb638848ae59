"""Whether the stack's schedules are there and on: without them nothing is polled, pulled, swept or converted."""

from collections.abc import Iterator
from typing import Any

from cli.checks.finding import Finding, all_of

ABOUT = "schedules"
_KIND = "AWS::Scheduler::Schedule"


def check(cloudformation: Any, scheduler: Any, stack: str) -> list[Finding]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    names = [resource["PhysicalResourceId"] for resource in found if resource["ResourceType"] == _KIND]
    if not names:
        return [Finding("wrong", ABOUT, f"the stack {stack} has none: deploy it again")]
    return all_of(ABOUT, _wrong(scheduler, names), f"all {len(names)} are on")


def _wrong(scheduler: Any, names: list[str]) -> Iterator[str]:
    for name in names:
        try:
            state = scheduler.get_schedule(Name=name)["State"]
        except scheduler.exceptions.ResourceNotFoundException:
            yield f"{name} was deleted by hand: put it back, or deploy the stack under another name"
            continue
        if state != "ENABLED":
            yield f"{name} is {state.lower()}: turn it on in EventBridge Scheduler"
