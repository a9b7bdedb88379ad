"""A payment through the API, and its undoing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

PAYMENTS = "/api/v1/credit/payment"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A market in which an order of 21 rupees was delivered on credit."""
    market = open_market(person)
    order = market.place(client)
    for step, body in (("accept", {}), ("deliveries", {})):
        answer = client.post(f"/api/v1/orders/{order['id']}/{step}", json=body, headers=keyed(market.vendor))
        assert answer.status_code in (200, 201)
    return market


def pay(client: httpx.Client, market: Market, **given: Any) -> httpx.Response:
    wanted = {"retailer_id": str(market.retailer.own), "amount": "21.00", "mode": "cheque", **given}
    return client.post(PAYMENTS, json=wanted, headers=keyed(market.vendor))


def test_a_bounced_payment_is_owed_again_and_both_sides_see_why(client: httpx.Client, market: Market):
    paid = pay(client, market).json()
    assert (paid["limit"]["owed"], paid["reverses_id"]) == ("0.00", None)
    path, body = f"{PAYMENTS}/{paid['id']}/reversal", {"reason": "bounced", "reference": "Cheque 004211"}
    headers = keyed(market.vendor)
    undone = client.post(path, json=body, headers=headers)
    assert undone.status_code == 201
    told = undone.json()
    assert (told["reverses_id"], told["amount"], told["limit"]["owed"]) == (paid["id"], "21.00", "21.00")
    assert client.post(path, json=body, headers=headers).json()["id"] == told["id"]
    again = client.post(path, json=body, headers=keyed(market.vendor))
    assert (again.status_code, again.json()["code"]) == (409, "payment-reversed-already")
    for side in (market.vendor, market.retailer):
        rows = client.get("/api/v1/credit/history", headers=side.headers).json()["items"]
        assert [(row["kind"], row["amount"], row["payment_id"]) for row in rows] == [
            ("bounce", "21.00", told["id"]),
            ("payment", "-21.00", paid["id"]),
            ("charge", "21.00", None),
        ]
        assert [row["id"] for row in rows[:2]] == [told["item_id"], paid["item_id"]]
        assert (rows[0]["reverses_id"], rows[0]["reversal_reason"]) == (paid["id"], "bounced")
        assert rows[0]["reference"] == "Cheque 004211"


def test_a_zero_too_many_is_asked_about(client: httpx.Client, market: Market):
    answer = pay(client, market, amount="210.01")
    assert (answer.status_code, answer.json()["code"]) == (409, "payment-large")
    assert (answer.json()["amount"], answer.json()["owed"]) == ("210.01", "21.00")
    assert pay(client, market, amount="210").status_code == 201
    # Nothing is owed any more: there is nothing to measure an advance by.
    assert pay(client, market, amount="5000").status_code == 201


def test_a_large_payment_is_taken_when_somebody_says_that_it_is_right(client: httpx.Client, market: Market):
    assert pay(client, market, amount="2100", confirm_amount=True).status_code == 201


def test_a_payment_from_before_the_agreement_is_refused(client: httpx.Client, market: Market):
    answer = pay(client, market, paid_on="2020-01-01")
    assert (answer.status_code, answer.json()["code"]) == (400, "payment-invalid")
    assert "credit was agreed on" in answer.json()["detail"]
