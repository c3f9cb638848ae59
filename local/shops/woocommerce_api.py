"""The REST API of a demo WooCommerce shop: /wp-json/wc/v3, as far as a bridge uses it."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from local.shops import oauth, woocommerce_hooks
from local.shops.sales import Listing, Sale
from local.shops.server import Answer, Request
from local.shops.woocommerce_orders import ROOT, Document, note, order, refund, status
from local.shops.woocommerce_products import RowError, find_simple, find_variation, product, update, variation

if TYPE_CHECKING:
    from local.shops.woocommerce import WooShop

T = TypeVar("T")
LONGEST_PAGE = 100
LARGEST_BATCH = 100
STATUSES = frozenset("pending processing on-hold completed cancelled refunded failed".split())


def php_json(document: Any) -> str:
    """As PHP's json_encode: slashes and all but ASCII are escaped."""
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/")


class Refused(Exception):
    """An answer that is an error: status, WordPress code and words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = failure(status, code, message)


def failure(status: int, code: str, message: str) -> Answer:
    return Answer(status, php_json({"code": code, "message": message, "data": {"status": status}}))


class Api:
    """`permissions` of the key: read, write or read_write, as in the shop's settings."""

    def __init__(self, shop: "WooShop") -> None:
        self.shop, self.permissions = shop, "read_write"
        self._nonces: set[str] = set()

    def answer(self, request: Request) -> Answer:
        try:
            self._authenticate(request)
            return self._route(request)
        except Refused as refused:
            return refused.answer

    def _authenticate(self, request: Request) -> None:
        """Basic credentials are not even looked at here: WooCommerce reads them over https only."""
        given = oauth.parameters(request)
        if not given:
            raise Refused(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        shop = self.shop
        wrong = oauth.problem(request, shop.url, shop.consumer_key, shop.consumer_secret, self._nonces)
        if wrong:
            missing = wrong.startswith("Missing")
            code = "missing_parameter" if missing else "error"
            raise Refused(401, f"woocommerce_rest_authentication_{code}", wrong)
        self._nonces.add(given["oauth_nonce"])
        needed = "write" if request.writes else "read"
        if needed not in self.permissions:
            words = f"The API key provided does not have {needed} permissions."
            raise Refused(401, "woocommerce_rest_authentication_error", words)

    def _route(self, request: Request) -> Answer:
        parts = request.path.removeprefix(ROOT + "/").strip("/").split("/")
        match request.method, parts:
            case "GET", ["orders"]:
                return self._orders(request)
            case _, ["orders", number, *rest]:
                return self._order(request, self._sale(number), rest)
            case "GET", ["settings", "general", "woocommerce_currency"]:
                return _ok({"id": "woocommerce_currency", "type": "select", "value": self.shop.currency})
            case "GET", ["data", "currencies", "current"]:
                return _ok({"code": self.shop.currency, "name": self.shop.currency, "symbol": ""})
            case _, ["products", *rest]:
                return self._products(request, rest)
            case _, ["webhooks", *rest]:
                return self._webhooks(request, rest)
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    # orders

    def _orders(self, request: Request) -> Answer:
        shown = [s for s in self.shop.sales.values() if not s.deleted and self._asked_for(s, request)]
        by = {"id": _by_id, "date": _by_creation, "modified": _by_modification}
        orderby = request.argument("orderby", "date")
        if orderby not in by:
            raise Refused(400, "rest_invalid_param", "Invalid parameter(s): orderby")
        shown.sort(key=by[orderby], reverse=request.argument("order", "desc") == "desc")
        return self._page(request, shown, lambda sale: order(sale, self.shop))

    def _asked_for(self, sale: Sale, request: Request) -> bool:
        wanted = request.argument("status", "any").split(",")
        # "any" leaves the trash out, as WordPress does.
        if status(sale) not in wanted and not ("any" in wanted and status(sale) != "trash"):
            return False
        included = {n for n in request.argument("include").split(",") if n}
        if included and str(sale.id) not in included:
            return False
        gmt = request.argument("dates_are_gmt").lower() in {"true", "1"}
        for name, at in (("modified", sale.version), ("", sale.created_at)):
            prefix = f"{name}_" if name else ""
            after, before = request.argument(f"{prefix}after"), request.argument(f"{prefix}before")
            # Both bounds are exclusive: an order of the very second asked for is not in the answer.
            if after and not at > self._time(after, gmt):
                return False
            if before and not at < self._time(before, gmt):
                return False
        return True

    def _time(self, text: str, gmt: bool) -> datetime:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise Refused(400, "rest_invalid_param", "Invalid parameter(s): a date is not ISO 8601") from None
        # A zone in the text is dropped, as WordPress drops it: the flag alone says which clock is meant.
        return time.replace(tzinfo=UTC if gmt else self.shop.zone)

    def _sale(self, number: str) -> Sale:
        sale = self.shop.sales.get(int(number)) if number.isdecimal() else None
        if sale is None or sale.deleted:
            raise Refused(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return sale

    def _order(self, request: Request, sale: Sale, rest: list[str]) -> Answer:
        match request.method, rest:
            case "GET", []:
                return _ok(order(sale, self.shop))
            case "PUT", []:
                return self._change(sale, _json(request))
            case "GET", ["refunds"]:
                newest = list(reversed(sale.refunds))
                return self._page(request, newest, lambda made: refund(sale, made, self.shop))
            case "GET", ["notes"]:
                return _ok([note(made, self.shop) for made in reversed(sale.notes)])
            case "POST", ["notes"]:
                given = _json(request)
                self.shop.write_note(str(sale.id), given["note"], to_buyer=given.get("customer_note", False))
                return Answer(201, php_json(note(sale.notes[-1], self.shop)))
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _change(self, sale: Sale, given: Document) -> Answer:
        """Only the status."""
        if given["status"] not in STATUSES:
            raise Refused(400, "rest_invalid_param", "Invalid parameter(s): status")
        self.shop.set_status(str(sale.id), given["status"])
        return _ok(order(sale, self.shop))

    def _webhooks(self, request: Request, rest: Sequence[str]) -> Answer:
        try:
            match request.method, rest:
                case "GET", []:
                    return self._page(request, self.shop.subscriptions, woocommerce_hooks.shown)
                case "POST", []:
                    made = woocommerce_hooks.create(self.shop, _json(request))
                    return Answer(201, php_json(made))
                case "PUT", [number]:
                    return _ok(woocommerce_hooks.update(self.shop, number, _json(request)))
                case "DELETE", [number]:
                    return _ok(woocommerce_hooks.delete(self.shop, number, request.argument("force")))
        except woocommerce_hooks.HookRefused as refused:
            raise Refused(*refused.args) from None
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    # products

    def _products(self, request: Request, rest: Sequence[str]) -> Answer:
        match request.method, rest:
            case "GET", []:
                return self._page(request, self._included(request, self._parents(), "product_id"), self._product)
            case "POST", []:
                return self._create(_json(request))
            case "POST", ["batch"]:
                return self._batch(request, lambda row: find_simple(self.shop, row), self._product)
            case "GET", [parent]:
                return _ok(self._product(self._parent(parent)))
            case "PUT", [parent]:
                return self._one(request, lambda: find_simple(self.shop, {"id": int(parent)}), self._product)
            case "GET", [parent, "variations"]:
                rows = self.shop.variations(self._parent(parent).product_id)
                return self._page(request, self._included(request, rows, "variant_id"), variation)
            case "POST", [parent, "variations", "batch"]:
                number = self._parent(parent).product_id
                return self._batch(request, lambda row: find_variation(self.shop, number, row), variation)
            case (("GET" | "PUT"), [parent, "variations", one]):
                row = {"id": int(one)}
                return self._one(request, lambda: find_variation(self.shop, int(parent), row), variation)
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _create(self, row: Document) -> Answer:
        """A simple product. A SKU that another one has is refused."""
        if any(row.get("sku") == x.sku for x in self.shop.listings):
            raise Refused(400, "product_invalid_sku", "Invalid or duplicated SKU.")
        listing = self.shop.offer(str(row.get("sku", "")), str(row.get("name", "")))
        listing.draft = row.get("status", "publish") != "publish"
        try:
            update(listing, row)
        except RowError as error:
            raise Refused(error.status, error.code, error.message) from None
        self.shop.listings.append(listing)
        return Answer(201, php_json(self._product(listing)))

    def _parents(self) -> list[Listing]:
        return list({x.product_id: x for x in reversed(self.shop.listings)}.values())

    def _parent(self, number: str) -> Listing:
        for listing in self.shop.listings:
            if str(listing.product_id) == number:
                return listing
        raise Refused(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")

    def _product(self, listing: Listing) -> Document:
        return product(listing, self.shop)

    def _included(self, request: Request, rows: list[Listing], key: str) -> list[Listing]:
        rows = sorted(rows, key=lambda x: int(getattr(x, key)), reverse=request.argument("order", "desc") == "desc")
        wanted = {n for n in request.argument("include").split(",") if n}
        sku = request.argument("sku")
        return [x for x in rows if (not wanted or str(getattr(x, key)) in wanted) and sku in {"", x.sku}]

    def _one(self, request: Request, find: Callable[[], Listing], show: Callable[[Listing], Document]) -> Answer:
        try:
            listing = find()
            if request.method == "PUT":
                update(listing, _json(request))
        except RowError as error:
            raise Refused(error.status, error.code, error.message) from None
        return _ok(show(listing))

    def _batch(
        self, request: Request, find: Callable[[Document], Listing], show: Callable[[Listing], Document]
    ) -> Answer:
        """Row by row: a bad one becomes an error in its place, the others are done."""
        rows = _json(request).get("update", [])
        if len(rows) > LARGEST_BATCH:
            words = f"Unable to accept more than {LARGEST_BATCH} items for this request."
            raise Refused(413, "woocommerce_rest_request_entity_too_large", words)
        done: list[Document] = []
        for row in rows:
            try:
                listing = find(row)
                update(listing, row)
                done.append(show(listing))
            except RowError as error:
                done.append({"id": row.get("id"), "error": error.document()})
        return _ok({"update": done})

    def _page(self, request: Request, rows: Sequence[T], show: Callable[[T], Document]) -> Answer:
        size, page = _whole(request, "per_page", 10, LONGEST_PAGE), _whole(request, "page", 1, None)
        pages = -(-len(rows) // size)
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        if page < pages:
            headers["Link"] = f'<{self.shop.url}{request.path}?page={page + 1}>; rel="next"'
        fields = {name for name in request.argument("_fields").split(",") if name}
        documents = [show(row) for row in rows[(page - 1) * size : page * size]]
        return _ok([{k: v for k, v in d.items() if not fields or k in fields} for d in documents], headers)


def _ok(document: Any, headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, php_json(document), headers or {})


def _json(request: Request) -> Document:
    try:
        document = json.loads(request.body)
    except ValueError:
        raise Refused(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return document if isinstance(document, dict) else {}


def _whole(request: Request, name: str, default: int, most: int | None) -> int:
    text = request.argument(name, str(default))
    if not text.isdecimal() or int(text) < 1 or (most and int(text) > most):
        raise Refused(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
    return int(text)


def _by_id(sale: Sale) -> Any:
    return sale.id


def _by_creation(sale: Sale) -> Any:
    return sale.created_at, sale.id


def _by_modification(sale: Sale) -> Any:
    return sale.version, sale.id
