"""`python -m local.erp`: the demo ERP as a process of its own, until Ctrl-C.

It stocks what the demo merchant stocks. Its address and token are printed first, as one line of JSON.
"""

import argparse
import json
import signal
import threading
from pathlib import Path

from local.erp.erp import DemoErp
from local.shops.catalogue import LOCATIONS, PRODUCTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="of its faults")
    parser.add_argument("--skus", type=Path, help="JSON: SKU -> location -> units, instead of the demo merchant's")
    parser.add_argument("--settles-after", type=float, default=0.0, help="seconds from a shipment to its stock")
    parser.add_argument("--late", type=float, default=0.0, help="seconds that the feed of changes may be late")
    given = parser.parse_args()
    stock = json.loads(given.skus.read_text()) if given.skus else {product.sku: product.stock for product in PRODUCTS}
    locations = sorted({place for places in stock.values() for place in places} or LOCATIONS)
    erp = DemoErp(stock, locations, seed=given.seed, port=given.port)
    erp.office.shelves.settles_after, erp.office.shelves.late = given.settles_after, given.late
    for sku, places in stock.items():
        for place, units in places.items():
            erp.office.receive(sku, place, units)
    ended = threading.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: ended.set())
    with erp:
        print(json.dumps(erp.credentials), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
