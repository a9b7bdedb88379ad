"""Claims, allocations and write-offs through the API, by the people of both sides."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

CREDIT = "/api/v1/credit"
PICTURE = b"\x89PNG\r\n\x1a\n of a payment"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A market in which two orders of 21 rupees were delivered on credit."""
    market = open_market(person)
    for _ in range(2):
        order = market.place(client)
        for step in ("accept", "deliveries"):
            path = f"/api/v1/orders/{order['id']}/{step}"
            assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    return market


def pay(client: httpx.Client, market: Market, **given: Any) -> httpx.Response:
    wanted = {"retailer_id": str(market.retailer.own), "amount": "5.00", "mode": "upi", **given}
    return client.post(f"{CREDIT}/payment", json=wanted, headers=keyed(market.vendor))


def open_items(client: httpx.Client, market: Market) -> dict[str, Any]:
    return client.get(f"{CREDIT}/items/{market.retailer.own}", headers=market.vendor.headers).json()


def owed(client: httpx.Client, market: Market) -> str:
    [limit] = client.get(f"{CREDIT}/limits", headers=market.retailer.headers).json()["items"]
    return limit["owed"]


def test_a_double_is_refused_with_the_payment_that_was_there(client: httpx.Client, market: Market):
    first = pay(client, market).json()
    again = pay(client, market)
    assert (again.status_code, again.json()["code"]) == (409, "payment-duplicate")
    assert again.json()["payment_id"] == first["id"]
    assert pay(client, market, confirm_duplicate=True).status_code == 201
    assert owed(client, market) == "32.00"


def test_a_claim_goes_from_the_shop_to_the_books(client: httpx.Client, market: Market):
    wanted = {
        "vendor_id": str(market.vendor.own),
        "amount": "21.00",
        "mode": "upi",
        "evidence": b64encode(PICTURE).decode(),
    }
    claim = client.post(f"{CREDIT}/claims", json=wanted, headers=keyed(market.retailer)).json()
    assert (claim["state"], claim["has_evidence"], owed(client, market)) == ("waiting", True, "42.00")
    path = f"{CREDIT}/claims/{claim['id']}"
    for side in (market.vendor, market.retailer):
        picture = client.get(f"{path}/evidence", headers=side.headers)
        assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/png")
        assert picture.headers["x-content-type-options"] == "nosniff"
        listed = client.get(f"{CREDIT}/claims", params={"state": "waiting"}, headers=side.headers).json()
        assert [one["id"] for one in listed["items"]] == [claim["id"]]
    headers = keyed(market.vendor)
    taken = client.post(f"{path}/acceptance", json={}, headers=headers).json()
    assert (taken["state"], owed(client, market)) == ("accepted", "21.00")
    assert client.post(f"{path}/acceptance", json={}, headers=headers).json() == taken
    late = client.post(f"{path}/decline", json={"reason": "no"}, headers=market.vendor.headers)
    assert (late.status_code, late.json()["code"]) == (409, "payment-claim-decided")


def test_a_declined_claim_says_why(client: httpx.Client, market: Market):
    wanted = {"vendor_id": str(market.vendor.own), "amount": "21.00", "mode": "upi"}
    claim = client.post(f"{CREDIT}/claims", json=wanted, headers=keyed(market.retailer)).json()
    path = f"{CREDIT}/claims/{claim['id']}"
    client.post(f"{path}/decline", json={"reason": "<b>not</b> here"}, headers=market.vendor.headers)
    told = client.get(path, headers=market.retailer.headers).json()
    assert (told["state"], told["decline_reason"]) == ("declined", "<b>not</b> here")
    picture = client.get(f"{path}/evidence", headers=market.retailer.headers)
    assert (picture.status_code, picture.json()["code"]) == (404, "payment-claim-not-found")
    assert owed(client, market) == "42.00"


def test_a_file_that_is_no_picture_is_refused(client: httpx.Client, market: Market):
    wanted = {
        "vendor_id": str(market.vendor.own),
        "amount": "21.00",
        "mode": "upi",
        "evidence": b64encode(b"<script>alert(1)</script>").decode(),
    }
    answer = client.post(f"{CREDIT}/claims", json=wanted, headers=keyed(market.retailer))
    assert (answer.status_code, answer.json()["code"]) == (400, "evidence-invalid")


def test_a_payment_names_what_it_settles_and_may_change_its_mind(client: httpx.Client, market: Market):
    older, newer = open_items(client, market)["items"]
    paid = pay(client, market, settles=[{"item_id": newer["id"], "amount": "5.00"}])
    assert paid.status_code == 201
    assert [item["open"] for item in open_items(client, market)["items"]] == ["21.00", "16.00"]
    wanted = {"settles": [{"item_id": older["id"], "amount": "2.00"}], "is_rest_kept": True}
    path = f"{CREDIT}/items/{paid.json()['item_id']}/allocations"
    assert client.put(path, json=wanted, headers=market.vendor.headers).status_code == 204
    told = open_items(client, market)
    assert (told["debts"], told["advances"]) == ("40.00", "3.00")
    settled = client.post(f"{CREDIT}/advances/settlement", headers=market.vendor.headers).json()
    assert settled["items"] == [{"retailer_id": str(market.retailer.own), "settled": "3.00"}]
    told = open_items(client, market)
    assert (told["debts"], told["advances"], owed(client, market)) == ("37.00", "0.00", "37.00")


def test_a_debt_is_given_up_by_two_people_or_within_the_bound(client: httpx.Client, market: Market):
    older, newer = open_items(client, market)["items"]
    vendor = market.vendor

    def give_up(item: dict[str, Any]) -> dict[str, Any]:
        wanted = {"item_id": item["id"], "reason": "the shop closed"}
        return client.post(f"{CREDIT}/write-offs", json=wanted, headers=keyed(vendor)).json()

    asked = give_up(older)
    assert (asked["state"], asked["amount"], owed(client, market)) == ("waiting", "21.00", "42.00")
    path = f"{CREDIT}/write-offs/{asked['id']}/approval"
    alone = client.post(path, headers=keyed(vendor))
    assert (alone.status_code, alone.json()["code"]) == (403, "second-person-needed")
    partner = replace(vendor, user_id=uuid4())
    assert client.post(path, headers=keyed(partner)).json()["state"] == "approved"
    assert owed(client, market) == "21.00"
    client.put(f"{CREDIT}/policy", json={"write_off_max": "21.00"}, headers=vendor.headers)
    assert client.get(f"{CREDIT}/policy", headers=vendor.headers).json() == {"write_off_max": "21.00"}
    assert give_up(newer)["state"] == "approved"
    assert owed(client, market) == "0.00"
    listed = client.get(f"{CREDIT}/write-offs", headers=vendor.headers).json()["items"]
    assert [one["item_id"] for one in listed] == [newer["id"], older["id"]]
