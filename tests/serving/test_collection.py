"""A collector's day through the API: a promise, a visit, a cheque that clears and bounces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

CREDIT = "/api/v1/credit"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A market in which an order of 21 rupees was delivered on credit."""
    market = open_market(person)
    order = market.place(client)
    for step in ("accept", "deliveries"):
        path = f"/api/v1/orders/{order['id']}/{step}"
        assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    return market


def owed(client: httpx.Client, market: Market) -> str:
    [limit] = client.get(f"{CREDIT}/limits", headers=market.vendor.headers).json()["items"]
    return limit["owed"]


def test_a_cheque_goes_from_the_drawer_to_the_bank_and_back(client: httpx.Client, market: Market):
    wanted = {
        "retailer_id": str(market.retailer.own),
        "amount": "21",
        "bank": "Nabil <b>",
        "number": "004211",
        "cheque_date": "2026-01-01",
    }
    cheque = client.post(f"{CREDIT}/cheques", json=wanted, headers=keyed(market.vendor)).json()
    assert (cheque["state"], cheque["bank"], owed(client, market)) == ("received", "Nabil <b>", "21.00")

    def move(verb: str, **given: Any) -> dict[str, Any]:
        path = f"{CREDIT}/cheques/{cheque['id']}/{verb}"
        return client.post(path, json=given, headers=keyed(market.vendor)).json()

    assert move("clear")["code"] == "cheque-move-invalid"
    assert move("deposit")["state"] == "deposited"
    cleared = move("clear")
    assert (cleared["state"], owed(client, market)) == ("cleared", "0.00")
    assert UUID(cleared["payment_id"])
    bounced = move("bounce", reason="insufficient funds")
    assert (bounced["bounce_reason"], owed(client, market)) == ("insufficient funds", "21.00")
    for side in (market.vendor, market.retailer):
        listed = client.get(f"{CREDIT}/cheques", headers=side.headers).json()["items"]
        assert [one["state"] for one in listed] == ["bounced"]
    again = client.post(f"{CREDIT}/cheques", json=wanted, headers=keyed(market.vendor))
    assert (again.status_code, again.json()["code"]) == (400, "cheque-invalid")


def test_a_cheque_comes_in_once_however_its_bank_is_written_and_is_of_no_far_day(
    client: httpx.Client, market: Market
):
    wanted = {
        "retailer_id": str(market.retailer.own),
        "amount": "21",
        "bank": "Nabil",
        "number": "004211",
        "cheque_date": f"{datetime.now(UTC).date() + timedelta(days=40)}",
    }
    assert client.post(f"{CREDIT}/cheques", json=wanted, headers=keyed(market.vendor)).is_success
    for bank in ("NABIL", "nabil bank", "Nabil  Bank Ltd."):
        again = client.post(f"{CREDIT}/cheques", json={**wanted, "bank": bank}, headers=keyed(market.vendor))
        assert (again.status_code, again.json()["code"]) == (400, "cheque-invalid"), bank
    for number in ("4211", "0004211"):
        again = client.post(
            f"{CREDIT}/cheques", json={**wanted, "number": number}, headers=keyed(market.vendor)
        )
        assert (again.status_code, again.json()["code"]) == (400, "cheque-invalid"), number
    other = client.post(f"{CREDIT}/cheques", json={**wanted, "bank": "Nabilah"}, headers=keyed(market.vendor))
    assert other.is_success
    far = {**wanted, "number": "7", "cheque_date": "2099-01-01"}
    refused = client.post(f"{CREDIT}/cheques", json=far, headers=keyed(market.vendor))
    assert (refused.status_code, refused.json()["code"]) == (400, "cheque-invalid")
    assert "2099-01-01" in refused.json()["detail"]


def test_no_promise_keeps_a_retailer_off_the_run_for_ever(client: httpx.Client, market: Market):
    promised = {"retailer_id": str(market.retailer.own), "amount": "5", "due_on": "2099-01-01"}
    refused = client.post(f"{CREDIT}/promises", json=promised, headers=keyed(market.vendor))
    assert (refused.status_code, refused.json()["code"]) == (400, "promise-invalid")
    assert "2099-01-01" in refused.json()["detail"]


def test_cheques_are_listed_page_by_page(client: httpx.Client, market: Market):
    for number in range(3):
        wanted = {
            "retailer_id": str(market.retailer.own),
            "amount": "1",
            "bank": "Nabil",
            "number": str(number),
            "cheque_date": f"2026-01-0{3 - number}",
        }
        assert client.post(f"{CREDIT}/cheques", json=wanted, headers=keyed(market.vendor)).is_success
    seen, cursor = [], None
    while True:
        asked = {"limit": 2, "by": "2026-01-09"} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{CREDIT}/cheques", params=asked, headers=market.vendor.headers).json()
        seen += [one["number"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["2", "1", "0"]


def test_a_promise_and_a_visit_are_kept(client: httpx.Client, market: Market):
    headers = market.vendor.headers
    promised = {
        "retailer_id": str(market.retailer.own),
        "amount": "5",
        "due_on": f"{datetime.now(UTC).date() + timedelta(days=3)}",
    }
    told = client.post(f"{CREDIT}/promises", json=promised, headers=keyed(market.vendor)).json()
    assert (told["outcome"], told["paid"]) == ("open", "0.00")
    paid = {"retailer_id": str(market.retailer.own), "amount": "5", "mode": "cash"}
    assert client.post(f"{CREDIT}/payment", json=paid, headers=keyed(market.vendor)).is_success
    [told] = client.get(f"{CREDIT}/promises", headers=headers).json()["items"]
    assert (told["outcome"], told["paid"]) == ("kept", "5.00")
    visit = {"retailer_id": str(market.retailer.own), "result": "paid", "note": "came by bicycle"}
    assert client.post(f"{CREDIT}/visits", json=visit, headers=keyed(market.vendor)).status_code == 201
    # Nothing is late yet, so nobody has to be visited.
    assert client.get(f"{CREDIT}/collection-run", headers=headers).json()["stops"] == []
    path = f"{CREDIT}/collectors/{market.retailer.own}"
    given = client.put(path, json={"collector_id": str(market.vendor.user_id)}, headers=headers)
    assert given.status_code == 204
    stranger = client.put(path, json={"collector_id": str(market.retailer.user_id)}, headers=headers)
    assert (stranger.status_code, stranger.json()["code"]) == (400, "collector-unknown")
