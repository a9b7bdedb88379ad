"""Schemes, agreed prices and tiers over HTTP, up to the explained line of an order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation import clock
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


def scheme(market: Market, client, **changes):
    body = {
        "code": "TEN-ONE",
        "name": "Ten and one",
        "kind": "free_goods",
        "product_id": str(market.product_id),
        "free_goods": {"buy": "10", "unit": "packet", "get": "1", "free_unit": "packet"},
        **changes,
    }
    return client.post("/api/v1/schemes", json=body, headers=market.vendor.headers)


def test_an_order_shows_each_step_of_its_price_and_its_free_goods(client, market: Market):
    assert scheme(market, client).status_code == 201
    agreed = {"retailer_id": str(market.retailer.own), "percent_off": "10"}
    answer = client.post("/api/v1/customer-prices", json=agreed, headers=market.vendor.headers)
    assert answer.status_code == 201
    quoted = client.post(
        "/api/v1/orders/quote", json=market.wish("20"), headers=market.retailer.headers
    ).json()
    assert quoted["total"] == "189.00"
    assert [(line["quantity"], line["amount"], line["is_free"]) for line in quoted["lines"]] == [
        ("20", "189.00", False),
        ("2", "0.00", True),
    ]
    assert [step["kind"] for step in quoted["lines"][0]["steps"]] == ["list", "agreement", "free_goods"]
    order = market.place(client, "20")
    assert order["total"] == "189.00"
    assert order["lines"][0]["steps"] == quoted["lines"][0]["steps"]
    assert (order["lines"][1]["free_with_line"], order["lines"][1]["unit_price"]) == (1, "0")


def test_a_scheme_is_listed_until_it_is_ended(client, market: Market):
    scheme(market, client)
    asked = {"vendor_id": str(market.vendor.own)}
    seen = client.get("/api/v1/schemes", params=asked, headers=market.retailer.headers).json()["items"]
    assert [(one["code"], one["terms"]["get"]) for one in seen] == [("TEN-ONE", "1")]
    ended = client.post("/api/v1/schemes/TEN-ONE/end", headers=market.vendor.headers)
    assert ended.status_code == 204
    assert client.get("/api/v1/schemes", params=asked, headers=market.retailer.headers).json()["items"] == []


def test_a_scheme_to_come_is_shown_to_its_vendor_alone(client, market: Market):
    begins, later = ((clock.now() + timedelta(days=days)).isoformat() for days in (3, 4))
    assert scheme(market, client, valid_from=begins).status_code == 201
    asked = {"vendor_id": str(market.vendor.own), "at": later}
    seen = [
        client.get("/api/v1/schemes", params=asked, headers=one.headers).json()["items"]
        for one in (market.vendor, market.retailer)
    ]
    assert [len(items) for items in seen] == [1, 0]


def test_a_scheme_has_the_terms_of_its_kind(client, market: Market):
    assert scheme(market, client, kind="percent").status_code == 422


def test_tiers_are_shown_and_counted(client, market: Market):
    offer = {
        "unit": "packet",
        "unit_price": "10.50",
        "tiers": [{"minimum_quantity": "10", "unit_price": "10"}],
    }
    path = f"/api/v1/products/{market.product_id}/offers"
    assert client.post(path, json=offer, headers=market.vendor.headers).status_code == 201
    product = client.get(f"/api/v1/products/{market.product_id}", headers=market.vendor.headers).json()
    assert product["offers"][0]["tiers"] == [{"minimum_quantity": "10", "unit_price": "10"}]
    answer = client.post("/api/v1/orders", json=market.wish("10"), headers=keyed(market.retailer))
    assert answer.json()["total"] == "100.00"


def test_what_is_agreed_with_one_customer_is_listed_to_the_vendor(client, market: Market):
    for percent in ("5", "7.5"):
        agreed = {"retailer_id": str(market.retailer.own), "percent_off": percent}
        client.post("/api/v1/customer-prices", json=agreed, headers=market.vendor.headers)
    seen = client.get("/api/v1/customer-prices", headers=market.vendor.headers).json()["items"]
    assert [one["percent_off"] for one in seen] == ["7.50"]
