"""List prices of us-east-1 in US dollars, without free tiers and discounts, looked up in November 2026.

Each service states its own at https://aws.amazon.com/<service>/pricing/. Those pages load their numbers by script, so
most were read from copies and reports of 2025 and 2026 of these pages, and are to be checked before they are quoted.
"""

MILLION, GB = 1_000_000, 1_000_000_000

# Marginal: what one more order uses.
PRICES: dict[str, float] = {
    "DynamoDB write request units": 0.625 / MILLION,  # halved in November 2024
    "DynamoDB read request units": 0.125 / MILLION,
    "SQS requests, standard": 0.40 / MILLION,  # one per 64 KB
    "SQS requests, FIFO": 0.50 / MILLION,
    "S3 writes": 0.005 / 1000,
    "S3 reads": 0.0004 / 1000,
    "Secrets Manager calls": 0.05 / 10_000,
    "Lambda requests": 0.20 / MILLION,
    "Lambda GB-seconds": 0.0000133334,  # arm64
    "HTTP API requests": 1.00 / MILLION,
    "CloudWatch Logs, bytes": 0.50 / GB,
    "data out, bytes": 0.09 / GB,
    "Scheduler invocations": 1.00 / MILLION,
}
# Fixed: per month, whatever is sold.
SECRET, ALARM, METRIC = 0.40, 0.10, 0.30
# Kept: per GB and month. Of a table its storage and its point-in-time recovery.
TABLE_GB, BUCKET_GB = 0.25 + 0.20, 0.023
