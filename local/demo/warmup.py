"""Starts the functions by their own triggers before anything is shown: the demo shows the bridge, not cold starts."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import requests

from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop


def knock(pool: ThreadPoolExecutor, outputs: Mapping[str, str]) -> list[Future[requests.Response]]:
    """Two calls that are refused: receive_webhook knows no such address, api no such caller."""
    calls = [("POST", f"{outputs['WebhookUrl']}/nobody"), ("GET", f"{outputs['ApiUrl']}/health")]
    return [pool.submit(requests.request, method, url, timeout=60) for method, url in calls]


def greet(shops: Mapping[str, Shop]) -> None:
    """An event that the bridge knows and ignores, through receive_webhook to process_deliveries."""
    for shop in shops.values():
        if isinstance(shop, ShopifyShop):
            shop.send_rubbish(b"{}", "products/update")
