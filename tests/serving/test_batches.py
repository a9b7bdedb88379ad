"""Batches through HTTP: taken in, listed by expiry, delivered, returned, and seen by those whom they concern."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from commerce.ordering.documents import delivery_note
from foundation import clock
from foundation.clock import business_day
from foundation.database import read
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing
STOCK = "/api/v1/stock"
TODAY = business_day(clock.now(), "Asia/Kathmandu")
SOON, LATER, PAST = (str(TODAY + timedelta(days=n)) for n in (20, 200, -20))


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person, on_hand=5)


def take_in(client: httpx.Client, market: Market, *lines: dict[str, Any]) -> httpx.Response:
    body = {"lines": [{"product_id": str(market.product_id), **line} for line in lines]}
    return client.post(f"{STOCK}/receipts", json=body, headers=keyed(market.vendor))


def batches(client: httpx.Client, market: Market, path: str = f"{STOCK}/batches", **asked: Any) -> list[Any]:
    answer = client.get(path, params=asked, headers=market.vendor.headers)
    assert answer.is_success, answer.text
    return [(one["number"], one["on_hand"]) for one in answer.json()["items"]]


def test_batches_come_in_go_out_and_come_back(client: httpx.Client, market: Market) -> None:
    received = take_in(
        client,
        market,
        {"quantity": "4", "batch": "LATER", "expires_on": LATER, "mrp": "14.00"},
        {"quantity": "6", "batch": "SOON", "expires_on": SOON},
        {"quantity": "2", "batch": "OLD", "expires_on": PAST},
        {"quantity": "1"},
    )
    assert received.status_code == 201, received.text
    assert [(line["batch"], line["quantity"]) for line in received.json()["lines"]] == [
        ("SOON", "6"),
        ("LATER", "4"),
        ("OLD", "2"),
        (None, "1"),
    ]
    (level,) = client.get(
        f"{STOCK}/levels", params={"product_id": str(market.product_id)}, headers=market.vendor.headers
    ).json()["items"]
    assert (level["on_hand"], level["expired"], level["free"]) == ("18", "2", "16")
    listed = [("OLD", "2"), ("SOON", "6"), ("LATER", "4")]
    assert batches(client, market) == listed
    assert batches(client, market, expires_before=LATER) == listed[:2]
    assert batches(client, market, "/api/v1/products/expiring-soon", days=20) == listed[:2]
    assert batches(client, market, "/api/v1/products/expiring-soon", days=18) == listed[:1]
    assert batches(client, market, number="LATER", product_id=str(market.product_id)) == listed[2:]
    page = client.get(f"{STOCK}/batches", params={"limit": 1}, headers=market.vendor.headers).json()
    assert page["items"][0]["is_expired"] is True
    assert batches(client, market, limit=1, cursor=page["next_cursor"]) == listed[1:2]

    order = market.place(client, "8")
    path = f"/api/v1/orders/{order['id']}"
    client.post(f"{path}/accept", json={}, headers=market.vendor.headers)
    named = [{"batch": "OLD", "quantity": "1"}]
    refused = client.post(
        f"{path}/deliveries",
        json={"lines": [{"line_no": 1, "quantity": "1", "batches": named}]},
        headers=keyed(market.vendor),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "batch-expired")
    delivered = client.post(f"{path}/deliveries", json={}, headers=keyed(market.vendor))
    assert delivered.status_code == 201, delivered.text
    taken = [
        {
            "line_no": 1,
            "batch": batch,
            "expires_on": expires_on,
            "mrp": mrp,
            "quantity": quantity,
            "unit": "packet",
        }
        for batch, expires_on, mrp, quantity in (("SOON", SOON, None, "6"), ("LATER", LATER, "14.00", "2"))
    ]
    for side in (market.vendor, market.retailer):
        (seen,) = client.get(path, headers=side.headers).json()["deliveries"]
        assert seen["batches"] == taken
    with read() as session:
        paper = PdfReader(io.BytesIO(delivery_note(session, delivered.json()["id"]))).pages[0].extract_text()
    assert f"Batch SOON, expires {SOON}: 6 packet" in paper
    assert f"Batch LATER, expires {LATER}: 2 packet" in paper
    assert batches(client, market) == [("OLD", "2"), ("LATER", "2")]
    assert batches(client, market, is_used_up=True)[1] == ("SOON", "0")

    returned = client.post(
        f"{path}/returns",
        json={
            "lines": [
                {"line_no": 1, "quantity": "2", "batches": [{"batch": "LATER", "quantity": "2"}]},
            ],
            "reason": "torn",
        },
        headers=keyed(market.vendor),
    )
    assert returned.status_code == 201, returned.text
    assert batches(client, market)[1:] == [("LATER", "4")]
    (batch_id,) = {
        one["id"]
        for one in client.get(
            f"{STOCK}/batches", params={"number": "LATER"}, headers=market.vendor.headers
        ).json()["items"]
    }
    moved = client.get(f"{STOCK}/movements", params={"batch_id": batch_id}, headers=market.vendor.headers)
    assert [(one["kind"], one["quantity"]) for one in moved.json()["items"]] == [
        ("return", "2"),
        ("delivery", "-2"),
        ("receipt", "4"),
    ]


def test_nobody_else_sees_a_shelf_s_batches(client: httpx.Client, market: Market) -> None:
    take_in(client, market, {"quantity": "1", "batch": "MINE"})
    for path in (f"{STOCK}/batches", "/api/v1/products/expiring-soon"):
        assert client.get(path, headers=market.retailer.headers).json()["items"] == []


def test_an_adjustment_of_a_batch_and_a_label_without_a_number(client: httpx.Client, market: Market) -> None:
    take_in(client, market, {"quantity": "3", "batch": "B1", "expires_on": PAST})
    line = {"product_id": str(market.product_id), "quantity": "2"}
    body = {"reason": "expired", "lines": [line]}
    adjusted = client.post(f"{STOCK}/adjustments", json=body, headers=keyed(market.vendor)).json()
    assert [(one["batch"], one["quantity"]) for one in adjusted["lines"]] == [("B1", "-2")]
    unknown = {"reason": "lost", "lines": [{**line, "batch": "B9"}]}
    refused = client.post(f"{STOCK}/adjustments", json=unknown, headers=keyed(market.vendor))
    assert (refused.status_code, refused.json()["code"]) == (404, "batch-not-found")
    assert take_in(client, market, {"quantity": "1", "expires_on": SOON}).status_code == 422
