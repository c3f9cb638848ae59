"""Where everything listens, and what to type to go on. Secrets lie in files, not on the screen."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local.demo.screen import Screen
from local.deploy import STACK
from local.engine import REGION
from local.shops.shop import Shop
from local.template import ROOT
from orderbridge.bridge import Bridge

_LOCAL = ROOT / "build/local.json"  # tells `orderbridge --local` where to look
_SECRETS = ROOT / "build/demo"


@contextmanager
def published(url: str, bridge: Bridge, shops: Mapping[str, Shop]) -> Iterator[None]:
    """Files for the command line and for curl, as long as the demo runs."""
    secrets = {"operator-token": bridge.vault.operator_token()}
    secrets |= {f"{store}.secret": shop.webhook_secret for store, shop in shops.items()}
    _SECRETS.mkdir(parents=True, mode=0o700, exist_ok=True)
    files = {_LOCAL: json.dumps({"endpoint": url, "region": REGION, "stack": STACK})}
    files |= {_SECRETS / name: secret for name, secret in secrets.items()}
    try:
        for path, text in files.items():
            path.touch(0o600)
            path.write_text(text)
        yield
    finally:
        for path in files:
            path.unlink(missing_ok=True)


def show(screen: Screen, url: str, api: str, addresses: Mapping[str, str], shops: Mapping[str, Shop]) -> None:
    words = screen.words
    rows = [(words("engine_at"), url), (words("api_at"), api)]
    rows += [(words("webhooks_of", store=store), address) for store, address in addresses.items()]
    rows += [(words("shop_at", store=store), f"{shop.url}   {shop.url}/_demo/state") for store, shop in shops.items()]
    screen.pairs("endpoints", rows)
    first = next(iter(shops))
    screen.pairs("try", list(_commands(screen, api, first, shops[first].url, addresses[first])))


def _commands(screen: Screen, api: str, store: str, shop: str, address: str) -> Iterator[tuple[str, str]]:
    words, folder = screen.words, _SECRETS.relative_to(ROOT)
    basket = shlex.quote(json.dumps({"sku": "HP-MUG-01", "quantity": 2}))
    yield words("next_order"), f"curl -X POST {shop}/_demo/sell -d {basket}"
    signature = f'$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$(cat {folder}/{store}.secret)" -binary | base64)'
    headers = f'-H "X-Shopify-Topic: orders/create" -H "X-Shopify-Hmac-Sha256: {signature}"'
    yield words("next_webhook"), f"BODY='{{\"id\": 1}}'; curl -i '{address}' {headers} -d \"$BODY\""
    token = f'-H "Authorization: Bearer $(cat {folder}/operator-token)"'
    yield words("next_health"), f"curl {token} '{api}/health'"
    yield words("next_cli"), ".venv/bin/orderbridge --local sku explain HP-MUG-01"
