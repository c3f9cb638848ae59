"""Leaves out of the built layer what is only read at each cold start: `python slim.py FOLDER`.

botocore describes 400 services, with their manuals, compressed, and where each of them is in every region; a client
reads all of that of its own service, and every first client the list of regions. And each first connection reads the
certificates of 117 authorities (16 ms of CPU, November 2026), of which AWS uses a handful.
"""

import gzip
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# What the functions call; tests/test_layers.py compares.
SERVICES = frozenset({"cloudformation", "cloudwatch", "dynamodb", "s3", "secretsmanager", "sqs", "translate"})
# Who signs for AWS: its own authority, which wants these five in a list of one's own, https://www.amazontrust.com/repository
# (read 2026-11). DigiCert signed for S3 until 2021, https://repost.aws/knowledge-center/s3-cloudfront-certificate-migration;
# it stays, and GlobalSign with it, because nobody says who signs in every partition.
SIGNERS = re.compile(r"Amazon Root CA \d|Starfield Services Root .*|DigiCert Global Root G\d|GlobalSign .*R[36]")
ROOTS = "aws-roots.pem"


def services(data: Path) -> None:
    for folder in [path for path in data.iterdir() if path.is_dir() and path.name not in SERVICES]:
        shutil.rmtree(folder)
    for name in SERVICES:
        *earlier, newest = sorted(path for path in (data / name).iterdir() if path.is_dir())
        for folder in earlier:
            shutil.rmtree(folder)
        (newest / "examples-1.json").unlink(missing_ok=True)
        for packed in newest.glob("*.json.gz"):
            document = json.loads(gzip.decompress(packed.read_bytes()))
            packed.with_suffix("").write_text(json.dumps(without_manual(document), separators=(",", ":")))
            packed.unlink()


def without_manual(document: Any) -> Any:
    """Texts become empty, for botocore wants some of them; a member of this name holds a mapping and stays."""
    if isinstance(document, list):
        return [without_manual(one) for one in document]
    if not isinstance(document, dict):
        return document
    texts = {key: "" for key, value in document.items() if key == "documentation" and isinstance(value, str)}
    return {key: without_manual(value) for key, value in document.items()} | texts


def endpoints(file: Path) -> None:
    document = json.loads(file.read_text())
    for partition in document["partitions"]:
        known = partition["services"].items()
        partition["services"] = {name: service for name, service in known if name in SERVICES}
    file.write_text(json.dumps(document, separators=(",", ":")))


def roots(bundle: Path, to: Path) -> None:
    """certifi writes some lines of comment before each certificate, its name in quotes in one of them."""
    parts = bundle.read_text().split("\n# Issuer:")[1:]
    kept = [part for part in parts if (name := re.search(r'# Label: "(.*)"', part)) and SIGNERS.fullmatch(name[1])]
    if sum("Amazon Root CA" in part for part in kept) < 4:
        sys.exit(f"{bundle} lacks certificates of Amazon's authority: read how it names them, and correct SIGNERS")
    to.write_text("".join(f"# Issuer:{part}\n" for part in kept))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    services(folder / "botocore/data")
    endpoints(folder / "botocore/data/endpoints.json")
    roots(folder / "certifi/cacert.pem", folder / ROOTS)
