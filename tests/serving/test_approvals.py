"""Orders that wait for approval, through the API."""

from __future__ import annotations

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import keyed, open_market

pytestmark = pytest.mark.committing

CREDIT = "/api/v1/credit"


def test_an_order_waits_until_the_vendor_lets_it_go(client: httpx.Client, person: Register) -> None:
    market = open_market(person, limit_paisa=100_00)
    said = {"mode": "hold", "tolerance_percent": "10", "overdue_days": 30, "reason": "season"}
    rule = client.put(f"{CREDIT}/stop", json=said, headers=market.vendor.headers)
    assert rule.json() == {
        "mode": "hold",
        "tolerance_percent": "10",
        "overdue_days": 30,
        "window_minutes": 1440,
        "escalate_minutes": 720,
    }
    order, other = market.place(client, "10"), market.place(client, "1")
    assert (order["credit_state"], order["waiting"]["reason"], order["waiting"]["excess"]) == (
        "awaiting",
        "over-limit",
        "5.00",
    )
    assert (other["credit_state"], other["waiting"]) == ("held", None)
    early = client.post(f"/api/v1/orders/{order['id']}/accept", json={}, headers=market.vendor.headers)
    assert (early.status_code, early.json()["code"]) == (409, "order-awaits-approval")
    for side in (market.vendor, market.retailer):
        listed = client.get(f"{CREDIT}/approvals", params={"state": "waiting"}, headers=side.headers).json()
        assert [one["order_id"] for one in listed["items"]] == [order["id"]]
    path = f"{CREDIT}/approvals/{order['id']}"
    # The other order took its part of the limit since: together they pass it by more than the tolerance.
    late = client.post(f"{path}/approval", json={"amount": "105.00"}, headers=keyed(market.vendor))
    assert (late.status_code, late.json()["code"]) == (409, "credit-limit-exceeded")
    cancelled = client.post(f"/api/v1/orders/{other['id']}/cancel", json={}, headers=market.retailer.headers)
    assert cancelled.is_success
    headers = keyed(market.vendor)
    approved = client.post(f"{path}/approval", json={"amount": "105.00"}, headers=headers).json()
    assert (approved["credit_state"], approved["waiting"]) == ("held", None)
    again = client.post(f"{path}/approval", json={"amount": "105.00"}, headers=headers)
    assert again.json()["version"] == approved["version"]
    for step in ("accept", "deliveries"):
        done = client.post(f"/api/v1/orders/{order['id']}/{step}", json={}, headers=keyed(market.vendor))
        assert done.is_success
    [limit] = client.get(f"{CREDIT}/limits", headers=market.retailer.headers).json()["items"]
    assert (limit["limit"], limit["owed"]) == ("100.00", "105.00")


def test_a_declined_one_frees_the_goods_and_says_why(client: httpx.Client, person: Register) -> None:
    market = open_market(person, limit_paisa=100_00)
    said = {"mode": "hold-all", "reason": "a cheque bounced"}
    path = f"{CREDIT}/stop/{market.retailer.own}"
    assert client.put(path, json=said, headers=market.vendor.headers).json()["mode"] == "hold-all"
    order = market.place(client, "1")
    assert order["waiting"]["reason"] == "every-order"
    path = f"{CREDIT}/approvals/{order['id']}/decline"
    declined = client.post(path, json={"reason": "pay first"}, headers=market.vendor.headers).json()
    assert (declined["order_state"], declined["timeline"][-1]["note"]) == ("declined", "pay first")
    again = client.post(path, json={"reason": "pay first"}, headers=market.vendor.headers)
    assert (again.status_code, again.json()["code"]) == (409, "move-not-allowed")
