"""Statements of banks through the API: in once, matched by people, recorded once."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest

from foundation import clock
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

CREDIT = "/api/v1/credit"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A delivered order of 21 rupees."""
    market = open_market(person)
    order = market.place(client)
    for step in ("accept", "deliveries"):
        path = f"/api/v1/orders/{order['id']}/{step}"
        assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    return market


def statement(*lines: str) -> dict[str, Any]:
    today = f"{clock.business_day(clock.now(), 'Asia/Kathmandu'):%d/%m/%Y}"
    rows = "".join(f"{today},{line}\n" for line in lines)
    file = "A bank\nDate,Narration,Withdrawal,Deposit,Balance\n" + rows
    return {"file": b64encode(file.encode()).decode()}


def brought(client: httpx.Client, market: Market, *lines: str) -> list[dict[str, Any]]:
    taken = client.post(f"{CREDIT}/bank-statements", json=statement(*lines), headers=market.vendor.headers)
    assert taken.status_code == 201, taken.text
    asked = {"statement_id": taken.json()["id"], "state": "open"}
    return client.get(f"{CREDIT}/bank-lines", params=asked, headers=market.vendor.headers).json()["items"]


def owed(client: httpx.Client, market: Market) -> str:
    [limit] = client.get(f"{CREDIT}/limits", headers=market.retailer.headers).json()["items"]
    return limit["owed"]


def accept(
    client: httpx.Client, market: Market, line: dict[str, Any], *amounts: str, **more: Any
) -> httpx.Response:
    parts = [{"retailer_id": str(market.retailer.own), "amount": amount, **more} for amount in amounts]
    path = f"{CREDIT}/bank-lines/{line['id']}/acceptance"
    return client.post(path, json={"parts": parts}, headers=keyed(market.vendor))


def test_a_day_to_come_is_a_fault_and_points_to_the_order_of_day_and_month(
    client: httpx.Client, market: Market
) -> None:
    later = clock.now() + timedelta(days=3)
    text = f"Date,Narration,Withdrawal,Deposit,Balance\n{later:%Y-%m-%d},UPI,,5,5\n"
    file = {"file": b64encode(text.encode()).decode()}
    seen = client.post(f"{CREDIT}/bank-statements/preview", json=file, headers=market.vendor.headers).json()
    assert (seen["lines"], [fault["line_no"] for fault in seen["faults"]]) == (0, [2])
    refused = client.post(f"{CREDIT}/bank-statements", json=file, headers=market.vendor.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "bank-file-invalid")
    assert "date_order" in refused.json()["detail"]


def test_a_line_is_recorded_when_a_person_says_so_and_once(client: httpx.Client, market: Market) -> None:
    file = ("UPI/421903998877/pay,,21.00,100", "charges,5.00,,95")
    preview = client.post(
        f"{CREDIT}/bank-statements/preview", json=statement(*file), headers=market.vendor.headers
    ).json()
    assert (preview["lines"], preview["came"], preview["went"], preview["faults"]) == (2, "21.00", "5.00", [])
    [line] = brought(client, market, *file)
    assert (line["proposals"][0]["retailer_id"], owed(client, market)) == (str(market.retailer.own), "21.00")
    again = client.post(f"{CREDIT}/bank-statements", json=statement(*file), headers=market.vendor.headers)
    assert (again.status_code, again.json()["code"]) == (409, "bank-file-known")
    # A later file that overlaps brings only what is new.
    assert len(brought(client, market, *file, "UPI/421903990000/pay,,3.00,98")) == 1

    wrong = accept(client, market, line, "20.00")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bank-line-invalid")
    taken = accept(client, market, line, "21.00")
    assert (taken.status_code, taken.json()["state"], owed(client, market)) == (200, "recorded", "0.00")
    twice = accept(client, market, line, "21.00")
    assert (twice.status_code, twice.json()["code"], owed(client, market)) == (
        409,
        "bank-line-decided",
        "0.00",
    )
    rows = client.get(f"{CREDIT}/history", headers=market.vendor.headers).json()["items"]
    [paid] = [row for row in rows if row["kind"] == "payment"]
    assert (paid["mode"], paid["reference"]) == ("upi", "421903998877")

    undo = f"{CREDIT}/payment/{taken.json()['payments'][0]}/reversal"
    assert client.post(undo, json={"reason": "mistake"}, headers=keyed(market.vendor)).is_success
    assert accept(client, market, line, "21.00").json()["state"] == "recorded"
    assert owed(client, market) == "0.00"


def test_a_claim_is_answered_by_the_line_and_a_payment_of_before_is_linked(
    client: httpx.Client, market: Market
) -> None:
    wanted = {
        "vendor_id": str(market.vendor.own),
        "amount": "6.00",
        "mode": "upi",
        "reference": "421903998877",
    }
    claim = client.post(f"{CREDIT}/claims", json=wanted, headers=keyed(market.retailer)).json()
    wanted = {"retailer_id": str(market.retailer.own), "amount": "9.00", "mode": "bank"}
    paid = client.post(f"{CREDIT}/payment", json=wanted, headers=keyed(market.vendor)).json()
    lines = brought(client, market, "UPI-421903998877-x,,6.00,", "NEFT,,9.00,", "interest,,1.00,")
    claimed, known, other = (
        next(line for line in lines if line["amount"] == amount) for amount in ("6.00", "9.00", "1.00")
    )
    assert claimed["proposals"][0]["claim_id"] == claim["id"]
    assert accept(client, market, claimed, "6.00", claim_id=claim["id"]).is_success
    told = client.get(f"{CREDIT}/claims/{claim['id']}", headers=market.retailer.headers).json()
    assert (told["state"], owed(client, market)) == ("accepted", "6.00")

    assert known["recorded"][0]["payment_id"] == paid["id"]
    path = f"{CREDIT}/bank-lines/{known['id']}/link"
    linked = client.post(path, json={"payment_id": paid["id"]}, headers=market.vendor.headers).json()
    assert (linked["state"], linked["payments"], owed(client, market)) == ("recorded", [paid["id"]], "6.00")
    path = f"{CREDIT}/bank-lines/{other['id']}/ignore"
    ignored = client.post(path, json={"reason": "the bank's interest"}, headers=market.vendor.headers).json()
    assert (ignored["state"], ignored["note"]) == ("ignored", "the bank's interest")


def test_a_line_of_several_retailers_is_split(client: httpx.Client, market: Market, person: Register) -> None:
    [line] = brought(client, market, "NEFT from the market's fund,,30.00,")
    stranger = {"retailer_id": str(person("retailer").own), "amount": "9.00"}
    own = {"retailer_id": str(market.retailer.own), "amount": "21.00"}
    path = f"{CREDIT}/bank-lines/{line['id']}/acceptance"
    refused = client.post(path, json={"parts": [own, stranger]}, headers=keyed(market.vendor))
    # Whole or not at all: the part that could be recorded is not.
    assert (refused.json()["code"], owed(client, market)) == ("no-credit-agreement", "21.00")
    assert accept(client, market, line, "30.00").is_success
    assert owed(client, market) == "-9.00"
