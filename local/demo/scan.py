"""The bridge's tables at a glance, for showing them: the bridge itself never scans."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.engine import session
from orderbridge.bridge import Bridge
from orderbridge.model import Kit, Store
from orderbridge.shelves import Shelved
from orderbridge.stock import Level, available
from orderbridge.tables.items import Item, unpack_item
from orderbridge.tables.stock import level_of, shelved_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# What is shown of an order's rows; the documents are left where they are.
_BRIEF = ("pk", "sk", "outcome", "seen", "topic", "revision", "number")


@dataclass
class StockView:
    """All levels, kits and listings; of one instant only when nothing moves."""

    levels: dict[str, Level] = field(default_factory=dict)
    kits: dict[str, Kit] = field(default_factory=dict)
    listed: dict[str, dict[str, Shelved]] = field(default_factory=dict)

    def take(self, item: Item) -> None:
        """A row of the table as it is now."""
        sku, kind = item["pk"].removeprefix("SKU#"), item["sk"].partition("#")[0]
        if kind == "LEVEL":
            self.levels[sku] = level_of(sku, item)
        elif kind == "KIT":
            self.kits[sku] = Kit(sku=sku, components=item["components"])
        elif kind == "LISTING":
            self.listed.setdefault(sku, {})[item["sk"]] = shelved_of(item)

    def ats(self, sku: str, store: Store) -> int:
        """Units that the store should offer, over all its locations."""
        return sum(available(sku, self.levels, self.kits, store, place).number for place in store.locations)

    def listings(self) -> Iterator[Shelved]:
        for listed in self.listed.values():
            yield from listed.values()


class LiveStock(StockView):
    """Follows the table's stream, from its beginning."""

    def __init__(self, bridge: Bridge, url: str) -> None:
        super().__init__()
        self._streams: DynamoDBStreamsClient = session().client("dynamodbstreams", endpoint_url=url)
        table = bridge.dynamodb.describe_table(TableName=bridge.settings.stock_table)["Table"]
        stream = table["LatestStreamArn"]
        shards = self._streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        begin = self._streams.get_shard_iterator(
            StreamArn=stream, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        self._next = begin["ShardIterator"]

    def catch_up(self) -> None:
        """Take in what changed since the last time; the local engine has one shard."""
        while True:
            answer = self._streams.get_records(ShardIterator=self._next, Limit=1000)
            self._next = answer["NextShardIterator"]
            if not answer["Records"]:
                return
            for record in answer["Records"]:
                if image := record["dynamodb"].get("NewImage"):
                    self.take(unpack_item(image))


def stock(bridge: Bridge) -> StockView:
    view = StockView()
    for item in _scan(bridge, bridge.settings.stock_table):
        view.take(item)
    return view


def orders(bridge: Bridge) -> dict[tuple[str, str], list[Item]]:
    """(store, order id) -> its rows, briefly."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in _scan(bridge, bridge.settings.orders_table, _BRIEF):
        _, store, order = item["pk"].split("#", 2)
        found.setdefault((store, order), []).append(item)
    return found


def _scan(bridge: Bridge, table: str, attributes: tuple[str, ...] = ()) -> Iterator[Item]:
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    if attributes:  # by alias, because some of these words are DynamoDB's own
        names = {f"#{n}": name for n, name in enumerate(attributes)}
        request |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    for page in bridge.dynamodb.get_paginator("scan").paginate(**request):
        yield from map(unpack_item, page["Items"])
