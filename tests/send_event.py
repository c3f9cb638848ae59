"""`python -m tests.send_event URL FILE...`: send webhooks of events/ over HTTP, byte for byte as they were signed."""

import json
import sys
from pathlib import Path

import requests

from tests.platforms.cases import body


def main() -> None:
    url, *files = sys.argv[1:]
    for name in files:
        answer = send(url, Path(name))
        print(answer.status_code, name, answer.text)


def send(url: str, path: Path, *, spoiled: bool = False) -> requests.Response:
    """`spoiled`: with one more byte than was signed."""
    event = json.loads(path.read_text())
    sent = body(event) + (b" " if spoiled else b"")
    return requests.post(f"{url}{event['rawPath']}", data=sent, headers=event["headers"], timeout=60)


if __name__ == "__main__":
    main()
