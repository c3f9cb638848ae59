"""What samconfig.toml gives the template: names and values that CloudFormation, or the bridge, would refuse later."""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cli.checks.finding import Finding, all_of
from local.template import load
from orderbridge.money import exponent

ABOUT = "parameters"


def check(stack: str, config: Path) -> list[Finding]:
    """Of the part of `config` that deploys this stack."""
    try:
        found = tomllib.loads(config.read_text("utf-8"))
    except FileNotFoundError:
        return [Finding("unknown", ABOUT, f"there is no {config.name}")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [Finding("wrong", ABOUT, f"{config.name} is no TOML: {error}")]
    deploys = {name: part["deploy"]["parameters"] for name, part in found.items() if _deploys(part)}
    ours = {name: given for name, given in deploys.items() if given.get("stack_name") == stack}
    if not ours:
        return [Finding("unknown", ABOUT, f"{config.name} deploys no stack of the name {stack}")]
    try:
        given = {name: overrides(parameters.get("parameter_overrides", "")) for name, parameters in ours.items()}
    except ValueError as error:
        return [Finding("wrong", ABOUT, f"parameter_overrides of {config.name} cannot be read: {error}")]
    problems = [f"[{name}] {problem}" for name, values in given.items() for problem in wrong(values)]
    return all_of(ABOUT, problems, f"{config.name} [{', '.join(ours)}] fits template.yaml")


def _deploys(part: Any) -> bool:
    return isinstance(part, dict) and "parameters" in part.get("deploy", {})


def overrides(written: str | list[str]) -> dict[str, str]:
    """Both forms that sam takes: Key=Value and ParameterKey=Key,ParameterValue=Value. Raises ValueError."""
    words = shlex.split(written if isinstance(written, str) else " ".join(written))
    found = {}
    for word in words:
        long = re.fullmatch("ParameterKey=([^,]*),ParameterValue=(.*)", word)
        key, is_pair, value = (long[1], "=", long[2]) if long else word.partition("=")
        if not is_pair:
            raise ValueError(f"{word!r} is no Key=Value")
        found[key] = value
    return found


def wrong(given: Mapping[str, str]) -> Iterator[str]:
    """By the rules of the template, and by what its rules cannot say."""
    known = load()["Parameters"]
    yield from (f"{name} is no parameter of template.yaml" for name in given.keys() - known.keys())
    values = {name: given.get(name, str(rule.get("Default", ""))) for name, rule in known.items()}
    yield from (
        f"{name}={values[name]!r}: {why}" for name, rule in known.items() if (why := _refused(rule, values[name]))
    )
    if not _is_zone(values["TimeZone"]):
        yield f"TimeZone={values['TimeZone']!r} is no time zone that is known; write it as Europe/Berlin"
    if exponent(values["BaseCurrency"]) is None:
        yield f"BaseCurrency={values['BaseCurrency']!r} is no currency of ISO 4217"


def _refused(rule: Mapping[str, Any], value: str) -> str:
    allowed = [str(each) for each in rule.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"one of {', '.join(allowed)} is expected"
    pattern = rule.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        return f"it must look like {pattern}"
    return ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # not there; a path that leads out; a folder
        return False
    return True
