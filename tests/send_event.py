"""`python -m tests.send_event URL FILE...`: send webhooks of events/ over HTTP, byte for byte as they were signed."""

import base64
import json
import sys
from pathlib import Path

import requests


def main() -> None:
    url, *files = sys.argv[1:]
    for name in files:
        event = json.loads(Path(name).read_text())
        body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
        answer = requests.post(f"{url}{event['rawPath']}", data=body, headers=event["headers"], timeout=30)
        print(answer.status_code, name, answer.text)


if __name__ == "__main__":
    main()
