"""What we ask Shopify. Fields of an order carry REST's names, so that a webhook and an answer read alike.

Lists ask for their first page with $after = null; `LISTS` holds each as a fragment that also asks for the next page.
`refunds` and `fulfillments` have no pages: without `first` they come whole.
"""

from collections.abc import Iterable

_BAG = "{ shopMoney { amount } presentmentMoney { amount currencyCode } }"
_SHOP = "{ shopMoney { amount } }"  # where what the buyer saw is not asked for: every object costs
_NEXT = "pageInfo { hasNextPage endCursor }"
_PLACE = """{ name company address1 address2 city province province_code: provinceCode zip
    country_code: countryCodeV2 phone }"""
_DISCOUNTS = f"discount_allocations: discountAllocations {{ amount: allocatedAmountSet {_BAG} }}"
_TAXES = f"tax_lines: taxLines {{ price: priceSet {_SHOP} channel_liable: channelLiable }}"
_RETURNED = """id ... on ReturnLineItem { quantity reason: returnReasonDefinition { name }
        packed: fulfillmentLineItem { lineItem { id } } }"""
_TO_FULFIL = "id remainingQuantity lineItem { id }"

LISTS = {
    "line_items": f"""... on Order {{ line_items: lineItems(first: 100, after: $after) {{ nodes {{
        id product {{ id }} variant {{ id }} sku name variant_title: variantTitle
        properties: customAttributes {{ key value }} quantity current_quantity: currentQuantity
        price: originalUnitPriceSet {_BAG} requires_shipping: requiresShipping
        {_TAXES} {_DISCOUNTS} }} {_NEXT} }} }}""",
    "shipping_lines": f"""... on Order {{ shipping_lines: shippingLines(first: 50, after: $after,
        includeRemovals: true) {{ nodes {{ title price: originalPriceSet {_BAG} {_TAXES}
        {_DISCOUNTS} }} {_NEXT} }} }}""",
    "refund_line_items": f"""... on Refund {{ refund_line_items: refundLineItems(first: 100, after: $after) {{
        nodes {{ id lineItem {{ id }} quantity restock_type: restockType location {{ id }}
        subtotal: subtotalSet {_BAG} total_tax: totalTaxSet {_BAG} }} {_NEXT} }} }}""",
    "refund_shipping_lines": f"""... on Refund {{ refund_shipping_lines: refundShippingLines(first: 20,
        after: $after) {{ nodes {{ subtotal_amount_set: subtotalAmountSet {_BAG}
        tax_amount_set: taxAmountSet {_BAG} }} {_NEXT} }} }}""",
    "order_adjustments": f"""... on Refund {{ order_adjustments: orderAdjustments(first: 20, after: $after) {{
        nodes {{ amount: amountSet {_BAG} tax_amount: taxAmountSet {_BAG} }} {_NEXT} }} }}""",
    "transactions": f"""... on Refund {{ transactions(first: 50, after: $after) {{
        nodes {{ kind status amount_set: amountSet {_BAG} }} {_NEXT} }} }}""",
    "packed": f"""... on Fulfillment {{ packed: fulfillmentLineItems(first: 100, after: $after) {{
        nodes {{ lineItem {{ id }} quantity }} {_NEXT} }} }}""",
    # Few at once: what a query may cost is counted before it runs, and lists inside a list multiply.
    "returns": f"""... on Order {{ returns(first: 5, after: $after) {{ nodes {{ id name status
        lines: returnLineItems(first: 20) {{ nodes {{ {_RETURNED} }} {_NEXT} }}
        exchanged: exchangeLineItems(first: 20) {{ nodes {{ lineItems {{ id }} }} {_NEXT} }} }} {_NEXT} }} }}""",
    "fulfillment_orders": f"""... on Order {{ fulfillment_orders: fulfillmentOrders(first: 10, after: $after) {{
        nodes {{ id status location: assignedLocation {{ location {{ id }} }}
        holds: fulfillmentHolds {{ reason: displayReason }}
        items: lineItems(first: 20) {{ nodes {{ {_TO_FULFIL} }} {_NEXT} }} }} {_NEXT} }} }}""",
    "items": f"""... on FulfillmentOrder {{ items: lineItems(first: 100, after: $after) {{
        nodes {{ {_TO_FULFIL} }} {_NEXT} }} }}""",
    "lines": f"""... on Return {{ lines: returnLineItems(first: 100, after: $after) {{
        nodes {{ {_RETURNED} }} {_NEXT} }} }}""",
    "exchanged": f"""... on Return {{ exchanged: exchangeLineItems(first: 100, after: $after) {{
        nodes {{ lineItems {{ id }} }} {_NEXT} }} }}""",
}
ORDER = f"""query ($id: ID!, $after: String) {{ order(id: $id) {{
    id name updated_at: updatedAt created_at: createdAt cancelled_at: cancelledAt closed_at: closedAt
    cancel_reason: cancelReason test currency: currencyCode presentment_currency: presentmentCurrencyCode
    taxes_included: taxesIncluded duties_included: dutiesIncluded financial_status: displayFinancialStatus
    fulfillment_status: displayFulfillmentStatus current_total_price: currentTotalPriceSet {_SHOP}
    total_outstanding: totalOutstandingSet {_SHOP} returns(first: 1) {{ nodes {{ id }} }}
    note note_attributes: customAttributes {{ key value }} email phone customer_locale: customerLocale
    customer {{ id first_name: firstName last_name: lastName }}
    shipping_address: shippingAddress {_PLACE} billing_address: billingAddress {_PLACE}
    total_price: totalPriceSet {_BAG} total_price_set: totalPriceSet {_BAG} total_tax: totalTaxSet {_BAG}
    total_tip_received: totalTipReceivedSet {_SHOP} original_total_duties_set: originalTotalDutiesSet {_BAG}
    original_total_additional_fees_set: originalTotalAdditionalFeesSet {_BAG}
    {LISTS["line_items"]} {LISTS["shipping_lines"]}
    refunds {{ id note created_at: createdAt {LISTS["refund_line_items"]} {LISTS["transactions"]}
        {LISTS["refund_shipping_lines"]} {LISTS["order_adjustments"]} }}
    fulfillments {{ id status shipment_status: displayStatus tracking: trackingInfo {{ company number url }}
        {LISTS["packed"]} }} }} }}"""
# What an event names that does not name its order.
OWNER = """query ($id: ID!) { node(id: $id) {
    ... on FulfillmentOrder { order { id } } ... on Return { order { id } } } }"""
ORDERS = f"""query ($query: String!, $first: Int!, $after: String) {{
    orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {{
        nodes {{ id updatedAt }} {_NEXT} }} }}"""
ORDER_IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { id } } }"
SET_STOCK = """mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } } }"""
FULFIL = """mutation ($parcel: FulfillmentInput!) {
    fulfillmentCreate(fulfillment: $parcel) { userErrors { message } } }"""
TRACK = """mutation ($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean!) {
    fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
        userErrors { message } } }"""
VARIANTS = f"""query ($after: String) {{ productVariants(first: 100, after: $after) {{
    nodes {{ id sku title barcode selectedOptions {{ value }} product {{ id title }} inventoryItem {{ id }} }}
    {_NEXT} }} }}"""
_VARIANT = "id sku title barcode selectedOptions { value } product { id title } inventoryItem { id }"
BY_SKU = f"query ($query: String!) {{ productVariants(first: 10, query: $query) {{ nodes {{ {_VARIANT} }} }} }}"
PRICES = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { id price compareAtPrice } } }"
CONTENTS = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { id title barcode product { title }
    inventoryItem { measurement { weight { unit value } } } } } }"""
CREATE = f"""mutation ($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {{
    productSet(identifier: $identifier, input: $input, synchronous: true) {{
        product {{ variants(first: 1) {{ nodes {{ {_VARIANT} }} }} }} userErrors {{ field message }} }} }}"""
ACCESS = "query { shop { currencyCode } currentAppInstallation { accessScopes { handle } } }"
LOCATIONS = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Location { id } } }"
SUBSCRIPTIONS = f"""query ($after: String) {{ webhookSubscriptions(first: 100, after: $after) {{
    nodes {{ id topic uri }} {_NEXT} }} }}"""
SUBSCRIBE = """mutation ($topic: WebhookSubscriptionTopic!, $to: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $to) { userErrors { message } } }"""
REDIRECT = """mutation ($id: ID!, $to: WebhookSubscriptionInput!) {
    webhookSubscriptionUpdate(id: $id, webhookSubscription: $to) { userErrors { message } } }"""
UNSUBSCRIBE = "mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"


def next_page(field: str) -> str:
    """The page of one list of an order, a refund or a fulfilment that begins after $after."""
    return f"query ($id: ID!, $after: String) {{ node(id: $id) {{ {LISTS[field]} }} }}"


def set_variants(products: int, titled: Iterable[int]) -> str:
    """Variants $v<n> of each product $p<n>, and the titles $t<n> of those that are named."""
    asked = "".join(f"$p{n}: ID! $v{n}: [ProductVariantsBulkInput!]! " for n in range(products))
    asked += "".join(f"$t{n}: ProductUpdateInput! " for n in titled)
    parts = [
        f"m{n}: productVariantsBulkUpdate(productId: $p{n}, variants: $v{n}) {{ userErrors {{ field message code }} }}"
        for n in range(products)
    ]
    parts += [f"t{n}: productUpdate(product: $t{n}) {{ userErrors {{ field message }} }}" for n in titled]
    return f"mutation ({asked.strip()}) {{ {' '.join(parts)} }}"


def levels(locations: Iterable[str]) -> str:
    """What is available of the inventory items $ids: `at<n>` is null where an item is not stocked at location n."""
    fields = " ".join(
        f'at{n}: inventoryLevel(locationId: "gid://shopify/Location/{location}") '
        '{ quantities(names: ["available"]) { quantity } }'
        for n, location in enumerate(locations)
    )
    return f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on InventoryItem {{ id {fields} }} }} }}"
