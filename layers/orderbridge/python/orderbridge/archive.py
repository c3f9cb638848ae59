"""Raw payloads in the bucket: kept as they came, under a name made of what they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from orderbridge.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEPT = "raw/"


class Archive:
    def __init__(self, connect: Callable[[], "S3Client"], settings: Settings) -> None:
        """`connect` is called when the bucket is first used: the receiver hardly ever does, and a client of S3 takes a
        tenth of its cold start."""
        self._connect, self.bucket = connect, settings.raw_bucket

    @cached_property
    def client(self) -> "S3Client":
        return self._connect()

    def copy(self, store: str, id: str, received_at: datetime, body: bytes, *, lies: str = "") -> "Copy":
        """Raw bytes that may be kept; the same bytes of the same day get the same key.

        lies  key under which they lie already, "" if nowhere; what is only parked goes after two weeks
        """
        if lies.startswith(_KEPT):
            return Copy(self, lies, body, kept=True)
        return Copy(self, f"{_KEPT}{store}/{received_at:%Y/%m/%d}/{id}", body)

    def park(self, id: str, body: bytes) -> str:
        """Lay a body that is too large for a message aside until it is processed; returns its key."""
        return self.put(f"inbound/{id}", body)

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def put(self, key: str, body: bytes) -> str:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key


@dataclass
class Copy:
    """Raw bytes of one delivery, kept once something is about to name them: most deliveries say nothing new, and a
    write to the bucket costs as much as eight to a table."""

    archive: Archive
    key: str
    body: bytes
    kept: bool = False

    def keep(self) -> str:
        if not self.kept:
            self.archive.put(self.key, self.body)
            self.kept = True
        return self.key
