"""template.yaml as plain data: the short forms (!Ref, !Sub) as the long ones ({"Ref": ..}, {"Fn::Sub": ..})."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


class _Loader(yaml.SafeLoader):
    """A loader of its own, so that other users of PyYAML do not learn CloudFormation's tags."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(None, None, f"!{tag} of a mapping", node.start_mark)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """The whole template, before SAM's transform."""
    template: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # a SafeLoader that knows the tags
    return template
