"""Whether whoever asks may deploy: by IAM's own simulation, with resources that are named as the stack's would be.

Policies of the organisation are seen by it as far as IAM knows them; a policy with a condition on something that only a
real call tells (a network, a tag) cannot be judged, and is said so.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterator
from typing import Any

from cli.checks.finding import Finding, all_of
from cli.checks.rights import by_resource

ABOUT = "permissions"


def check(sts: Any, iam: Any, stack: str) -> list[Finding]:
    who = sts.get_caller_identity()
    arn = who["Arn"]
    if arn.endswith(":root"):
        return [Finding("unknown", ABOUT, "you are the account's root user, whose rights IAM does not judge")]
    partition = arn.split(":")[1]
    place = {"region": sts.meta.region_name, "account": who["Account"], "stack": stack}
    principal = _principal(iam, arn)
    denied: set[str] = set()
    unclear: set[str] = set()
    for resource, actions in by_resource().items():
        target = f"arn:{partition}:{resource.format(**place)}"
        for result in _simulated(iam, principal, sorted(actions), target):
            if result["EvalDecision"] != "allowed":
                (unclear if _depends(result) else denied).add(result["EvalActionName"])
    found = all_of(
        ABOUT, [f"{arn} may not: {', '.join(sorted(denied))}"] if denied else [], f"{arn} may deploy {stack}"
    )
    if unclear:
        found = [f for f in found if f.state == "wrong"]
        found.append(Finding("unknown", ABOUT, f"it depends on the call itself: {', '.join(sorted(unclear))}"))
    return found


def _principal(iam: Any, arn: str) -> str:
    """The role behind a session: only it has policies. Its path is not in the session's name."""
    kind, _, rest = arn.split(":")[5].partition("/")
    if kind != "assumed-role":
        return arn
    role: str = iam.get_role(RoleName=rest.split("/")[0])["Role"]["Arn"]
    return role


def _simulated(iam: Any, principal: str, actions: list[str], resource: str) -> Iterator[dict[str, Any]]:
    pages = iam.get_paginator("simulate_principal_policy")
    for page in pages.paginate(PolicySourceArn=principal, ActionNames=actions, ResourceArns=[resource]):
        yield from page["EvaluationResults"]


def _depends(result: dict[str, Any]) -> bool:
    """Whether a policy has a condition on something that a simulation is not told."""
    parts = [result, *result.get("ResourceSpecificResults", [])]
    return any(part.get("MissingContextValues") for part in parts)
