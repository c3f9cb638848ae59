"""The third sentence of the stock rule's laws: on hand and counted belong to one instant of the ERP.

A pair that never was together in the ERP counts a unit twice or never, for as long as it stands; the next snapshot puts
it right, so that nothing of it is left to be seen at the end. Every state of a level comes by in the table's stream.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Pair = tuple[int, int]  # units on hand, units of our documents that were shipped


class Instants:
    def __init__(self) -> None:
        self._seen: dict[str, set[Pair]] = {}

    def look(self, image: Mapping[str, Any]) -> None:
        """One record's new image, as the stream has it."""
        if image.get("sk") == {"S": "LEVEL"} and "snapshot" in image:
            sku = str(image["pk"]["S"]).removeprefix("SKU#")
            self._seen.setdefault(sku, set()).add((_sum(image, "on_hand#"), _sum(image, "counted#")))

    def strange(self, instants: Mapping[str, Sequence[Sequence[int]]]) -> Iterator[str]:
        """What is wrong with each pair that was written, "" if nothing; `instants` are all that the ERP ever had."""
        for sku, pairs in sorted(self._seen.items()):
            true = {(on_hand, shipped) for on_hand, shipped in instants[sku]}
            for pair in sorted(pairs):
                yield "" if pair in true else f"{sku}: {pair[0]} on hand and {pair[1]} shipped never were together"


def _sum(image: Mapping[str, Any], name: str) -> int:
    return sum(int(value["N"]) for key, value in image.items() if key.startswith(name))
