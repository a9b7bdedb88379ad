"""Levels, movements, adjustments, thresholds and opening stock through HTTP."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from foundation.sheets import as_xlsx
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing
STOCK = "/api/v1/stock"


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


def adjust(
    client: httpx.Client, market: Market, reason: str, quantity: str, key: str | None = None
) -> httpx.Response:
    body = {"reason": reason, "lines": [{"product_id": str(market.product_id), "quantity": quantity}]}
    return client.post(f"{STOCK}/adjustments", json=body, headers=keyed(market.vendor, key))


def level(client: httpx.Client, market: Market) -> dict[str, Any]:
    (found,) = client.get(f"{STOCK}/levels", headers=market.vendor.headers).json()["items"]
    return dict(found)


def test_adjustments_take_out_put_in_and_count_once_per_key(client: httpx.Client, market: Market) -> None:
    first = adjust(client, market, "damaged", "3", key="broken crate")
    assert (first.status_code, first.json()["lines"][0]["quantity"]) == (201, "-3")
    assert adjust(client, market, "damaged", "3", key="broken crate").json() == first.json()
    assert adjust(client, market, "found", "1").json()["lines"][0]["on_hand_after"] == "998"
    assert adjust(client, market, "counted", "990").json()["lines"][0]["quantity"] == "-8"
    assert adjust(client, market, "counted", "990").json()["lines"] == []
    assert level(client, market)["on_hand"] == "990"
    path, headers = f"{STOCK}/movements", market.vendor.headers
    pages, cursor = [], None
    for _ in range(4):
        page = client.get(
            path, params={"limit": 1, **({"cursor": cursor} if cursor else {})}, headers=headers
        )
        pages += [item["quantity"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert (pages, cursor) == (["-8", "1", "-3", "1000"], None)
    (broken,) = client.get(path, params={"reason": "damaged"}, headers=headers).json()["items"]
    assert broken["source_id"] == first.json()["id"]


def test_what_is_promised_is_not_adjusted_away(client: httpx.Client, market: Market) -> None:
    market.place(client, "10")
    for reason, quantity in (("counted", "9"), ("lost", "991"), ("damaged", "0")):
        refused = adjust(client, market, reason, quantity)
        assert (refused.status_code, refused.json()["code"]) == (400, "stock-adjustment-invalid")
    assert adjust(client, market, "counted", "10").status_code == 201
    assert (level(client, market)["reserved"], level(client, market)["free"]) == ("10", "0")


def test_a_good_that_falls_under_its_threshold_is_told_of_once_until_it_recovers(
    client: httpx.Client, market: Market
) -> None:
    headers = market.vendor.headers

    def told() -> int:
        feed = client.get("/api/v1/changes", headers=headers).json()["items"]
        return sum(event["type"] == "stock-ran-low" for event in feed)

    def low() -> list[str]:
        return [
            row["on_hand"]
            for row in client.get("/api/v1/products/low-stock", headers=headers).json()["items"]
        ]

    path = f"{STOCK}/levels/{market.product_id}/threshold"
    assert client.put(path, json={"quantity": "995"}, headers=headers).json()["is_low"] is False
    order = market.place(client, "10")
    client.post(f"/api/v1/orders/{order['id']}/accept", json={}, headers=headers)
    assert (told(), low()) == (0, [])
    for quantity in ("5", "1", "4"):  # to the threshold, under it, further under it
        line = {"lines": [{"line_no": 1, "quantity": quantity}]}
        delivered = client.post(
            f"/api/v1/orders/{order['id']}/deliveries", json=line, headers=keyed(market.vendor)
        )
        assert delivered.status_code in (200, 201), delivered.text
    assert (told(), low()) == (1, ["990"])
    adjust(client, market, "found", "5")
    assert (told(), low()) == (1, [])
    adjust(client, market, "lost", "1")
    assert (told(), low()) == (2, ["994"])
    client.put(path, json={"quantity": None}, headers=headers)
    assert low() == []


def test_opening_stock_comes_in_whole_or_not_at_all_and_a_file_once(
    client: httpx.Client, person: Register, market: Market
) -> None:
    vendor = market.vendor
    made = client.post(
        "/api/v1/products",
        json={
            "sku": "RICE",
            "name": "Rice",
            "category": "rice",
            "base_unit": "packet",
            "units": {"carton": "12"},
        },
        headers=vendor.headers,
    )
    assert made.status_code == 201, made.text

    def send(content: bytes, *, is_preview: bool = False) -> dict[str, Any]:
        body = {"sheet": base64.b64encode(content).decode(), "is_preview": is_preview}
        answer = client.post(f"{STOCK}/openings", json=body, headers=vendor.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    bad = b"product,quantity,unit\nrice,2,carton\nRICE,1,\nnothing,1,\nRICE,0,\nRICE,1,bori\n"
    answer = send(bad)
    assert (answer["receipt_id"], [fault["line_no"] for fault in answer["faults"]]) == (None, [3, 4, 5, 6])
    sheet = as_xlsx("Stock", ["Product", "Quantity", "Unit"], [["rice", "2", "carton"]])
    assert send(sheet, is_preview=True) == {"receipt_id": None, "lines": 1, "faults": []}
    first = send(sheet)
    assert send(sheet) == first
    receipt = client.get(f"{STOCK}/receipts/{first['receipt_id']}", headers=vendor.headers).json()
    assert [(line["sku"], line["quantity"], line["on_hand_after"]) for line in receipt["lines"]] == [
        ("RICE", "24", "24")
    ]
    again = send(b"product,quantity\nRICE,5\n")
    assert "has opening stock already" in again["faults"][0]["reason"]


@pytest.mark.parametrize(
    ("sheet", "status", "said"),
    [
        ("%%%", 422, "no base64"),
        ("data:text/csv;base64,YQ==", 422, "no base64"),
        ("", 400, "the sheet is empty"),
    ],
)
def test_a_file_that_is_no_base64_is_not_read_as_what_is_left_of_it(
    client: httpx.Client, market: Market, sheet: str, status: int, said: str
) -> None:
    for path in (f"{STOCK}/openings", "/api/v1/offers/sheet/preview"):
        answer = client.post(path, json={"sheet": sheet}, headers=keyed(market.vendor))
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
