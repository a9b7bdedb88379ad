"""Products and receipts of goods through HTTP: read one, change one, page by page."""

from __future__ import annotations

from base64 import b64encode
from uuid import uuid4

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


def test_a_receipt_is_found_again_under_the_id_that_was_answered(client: httpx.Client, market: Market):
    line = {"product_id": str(market.product_id), "quantity": "2.5"}
    headers, body = keyed(market.vendor), {"lines": [line, line], "reason": "truck of Monday"}
    made = client.post("/api/v1/stock/receipts", json=body, headers=headers)
    assert made.status_code == 201, made.text
    found = client.get(made.headers["Location"], headers=market.vendor.headers)
    assert found.json() == made.json()
    assert (made.json()["kind"], made.json()["reason"]) == ("receipt", "truck of Monday")
    (received,) = made.json()["lines"]
    assert (received["name"], received["unit"], received["quantity"], received["on_hand_after"]) == (
        "Salt",
        "packet",
        "5",
        "1005",
    )
    assert client.post("/api/v1/stock/receipts", json=body, headers=headers).json() == made.json()


def test_a_receipt_that_is_not_there_is_not_found(client: httpx.Client, market: Market):
    answer = client.get(f"/api/v1/stock/receipts/{uuid4()}", headers=market.vendor.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "receipt-not-found")


def test_a_product_is_changed_where_the_version_still_holds(client: httpx.Client, market: Market):
    path, headers = f"/api/v1/products/{market.product_id}", market.vendor.headers
    read = client.get(path, headers=headers).json()
    assert (read["name"], read["is_active"], len(read["offers"])) == ("Salt", True, 1)
    changed = client.patch(path, json={"name": "Rock salt", "version": read["version"]}, headers=headers)
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**read, "name": "Rock salt", "version": changed.json()["version"]}
    assert client.get(path, headers=market.retailer.headers).json()["name"] == "Rock salt"
    stale = client.patch(path, json={"hsn": "2501", "version": read["version"]}, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "version-mismatch")
    assert stale.json()["version"] == changed.json()["version"]
    assert client.get(path, headers=headers).json() == changed.json()


def test_a_price_of_nothing_is_warned_of_and_one_below_it_is_refused_by_name(
    client: httpx.Client, market: Market
):
    path, headers = f"/api/v1/products/{market.product_id}/offers", market.vendor.headers

    def offer(price: str, tier: str | None = None) -> httpx.Response:
        tiers = [] if tier is None else [{"minimum_quantity": "10", "unit_price": tier}]
        terms = {"unit": "packet", "unit_price": price, "tiers": tiers}
        return client.post(path, json=terms, headers=headers)

    def warned(price: str, tier: str | None = None) -> list[str]:
        return [
            one["code"] for one in offer(price, tier).json()["warnings"] if one["code"] != "tax-rate-unknown"
        ]

    assert (warned("0"), warned("11", "0"), warned("11", "10")) == (["price-of-nothing"],) * 2 + ([],)
    (fault,) = (refused := offer("-1")).json()["errors"]
    assert (refused.status_code, fault["reason"]) == (
        422,
        "'-1' is negative; give one that is not, like \"42.50\"",
    )
    offer("11")
    sheet = client.get("/api/v1/offers/sheet", headers=headers).content.decode().replace(",11,", ",0,")
    seen = client.post(
        "/api/v1/offers/sheet/preview",
        json={"sheet": b64encode(sheet.encode()).decode()},
        headers=headers,
    )
    assert "price-of-nothing" in [one["code"] for one in seen.json()["lines"][0]["warnings"]], seen.text


@pytest.mark.parametrize("quantity", ["1e0", " 1 ", "1e9", "1_0", "-1"])
def test_a_proposed_quantity_is_written_as_an_orders_is(client: httpx.Client, market: Market, quantity: str):
    order_id = market.place(client)["id"]
    line = {"line_no": 1, "quantity": quantity}
    answer = client.post(
        f"/api/v1/orders/{order_id}/proposals", json={"lines": [line]}, headers=market.vendor.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_a_product_that_is_no_longer_active_is_shown_by_its_id_and_not_sold(
    client: httpx.Client, market: Market
):
    path, headers = f"/api/v1/products/{market.product_id}", market.vendor.headers
    assert client.patch(path, json={"is_active": False}, headers=headers).json()["is_active"] is False
    assert client.get(path, headers=market.retailer.headers).json()["is_active"] is False
    listed = client.get("/api/v1/products", params={"q": "Salt"}, headers=headers).json()["items"]
    assert str(market.product_id) not in [item["id"] for item in listed]
    refused = client.post("/api/v1/orders", json=market.wish(), headers=keyed(market.retailer))
    assert refused.json()["code"] == "product-unavailable"


@pytest.mark.parametrize("body", [{"name": ""}, {"name": None}, {"sku": "OTHER"}, {"hsn": "x"}])
def test_what_a_product_cannot_become_is_refused(client: httpx.Client, market: Market, body: dict):
    path, headers = f"/api/v1/products/{market.product_id}", market.vendor.headers
    before = client.get(path, headers=headers).json()
    assert client.patch(path, json=body, headers=headers).status_code == 422
    assert client.get(path, headers=headers).json() == before


def test_pages_of_products_are_cut_by_product_and_complete(
    client: httpx.Client, market: Market, person: Register
):
    rival, category = person("vendor"), f"c-{uuid4().hex[:8]}"
    admin = person("admin").headers
    made = []
    for number in range(5):
        product = {"sku": f"{category}-{number}", "name": "Oil", "category": category, "base_unit": "l"}
        made.append(client.post("/api/v1/products", json=product, headers=admin).json()["id"])
    for vendor in (market.vendor, rival):
        for product_id in made:
            offer = {"unit": "l", "unit_price": "90"}
            client.post(f"/api/v1/products/{product_id}/offers", json=offer, headers=vendor.headers)
    seen, cursor = [], None
    while True:
        asked = {"category": category, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/products", params=asked, headers=market.retailer.headers).json()
        assert all(len(item["offers"]) == 2 for item in page["items"])
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made
