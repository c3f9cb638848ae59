"""Raw payloads in the bucket: kept as they came, under a name made of what they are."""

from datetime import datetime
from typing import TYPE_CHECKING

from orderbridge.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEPT = "raw/"


class Archive:
    def __init__(self, client: "S3Client", settings: Settings) -> None:
        self.client, self.bucket = client, settings.raw_bucket

    def keep(self, store: str, id: str, received_at: datetime, body: bytes, *, lies: str = "") -> str:
        """Store raw bytes and return their key; the same bytes of the same day get the same key.

        lies  key under which they lie already, "" if nowhere; what is only parked goes after two weeks
        """
        return lies if lies.startswith(_KEPT) else self._put(f"{_KEPT}{store}/{received_at:%Y/%m/%d}/{id}", body)

    def park(self, id: str, body: bytes) -> str:
        """Lay a body that is too large for a message aside until it is processed; returns its key."""
        return self._put(f"inbound/{id}", body)

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def _put(self, key: str, body: bytes) -> str:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key
