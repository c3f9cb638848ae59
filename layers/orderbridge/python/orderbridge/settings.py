"""Names of the merchant's own AWS resources, as the template hands them to each function."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """Physical names and addresses of tables, queues, bucket and secrets of one stage, and what the merchant reads in.

    A function is given only the variables that it uses; the others stay "" and any use of them is refused
    by AWS with the empty name in the message.
    """

    stage: str = ""
    stack: str = ""
    orders_table: str = ""
    stock_table: str = ""
    control_table: str = ""
    inbound_queue_url: str = ""
    bells_queue_url: str = ""
    polls_queue_url: str = ""
    pulls_queue_url: str = ""
    erp_bells_queue_url: str = ""
    reconcile_queue_url: str = ""
    raw_bucket: str = ""
    secret_prefix: str = ""
    time_zone: str = "UTC"
    base_currency: str = "USD"
    language: str = "en"
    translator: str = "offline"
    translate_terminology: str = ""
    kept_names: str = ""
    ecb_url: str = ""
    second_rates_url: str = ""
    webhook_url: str = ""
    notifications_queue_arn: str = ""
    bus_platform: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read from a mapping of environment variables: the field names in upper case."""
        return cls(**{f.name: env[f.name.upper()] for f in fields(cls) if f.name.upper() in env})
