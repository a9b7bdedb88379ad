"""What is owed, told through the API to either side."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

CREDIT = "/api/v1/credit"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A market in which an order of 21 rupees was delivered on credit, and five were paid."""
    market = open_market(person)
    order = market.place(client)
    for step in ("accept", "deliveries"):
        path = f"/api/v1/orders/{order['id']}/{step}"
        assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    paid = {"retailer_id": str(market.retailer.own), "amount": "5", "mode": "upi", "reference": "UPI 7"}
    assert client.post(f"{CREDIT}/payment", json=paid, headers=keyed(market.vendor)).is_success
    return market


def test_both_sides_have_one_statement_in_four_forms(client: httpx.Client, market: Market):
    of_vendor, of_retailer = (
        client.get(f"{CREDIT}/statements/{other.own}", headers=side.headers).json()
        for side, other in ((market.vendor, market.retailer), (market.retailer, market.vendor))
    )
    assert {**of_vendor, "known_at": None} == {**of_retailer, "known_at": None}
    assert (of_vendor["opening"], of_vendor["closing"], of_vendor["not_due"]) == ("0.00", "16.00", "16.00")
    assert [entry["amount"] for entry in of_vendor["entries"]] == ["21.00", "-5.00"]
    for form, begin in (("pdf", b"%PDF-"), ("csv", b"\xef\xbb\xbfdate"), ("xlsx", b"PK")):
        answer = client.get(
            f"{CREDIT}/statements/{market.vendor.own}",
            params={"form": form},
            headers=market.retailer.headers,
        )
        assert answer.status_code == 200
        assert answer.content.startswith(begin)
        assert answer.headers["content-disposition"].endswith(f'.{form}"')


def test_a_period_without_a_day_is_refused(client: httpx.Client, market: Market):
    answer = client.get(
        f"{CREDIT}/statements/{market.retailer.own}",
        params={"first": "2026-02-02", "last": "2026-02-01"},
        headers=market.vendor.headers,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "statement-period-invalid")


def test_a_vendor_sees_what_is_owed_and_when_it_may_come(client: httpx.Client, market: Market):
    headers = market.vendor.headers
    [row] = client.get(f"{CREDIT}/ageing", headers=headers).json()["items"]
    assert (row["retailer_id"], row["total"], row["not_due"]) == (str(market.retailer.own), "16.00", "16.00")
    flow = client.get(f"{CREDIT}/cash-flow", params={"weeks": 4}, headers=headers).json()
    assert [week["due"] for week in flow["weeks"]] == ["0.00", "0.00", "16.00", "0.00"]
    [payer] = flow["payers"]
    assert (payer["delay_days"], payer["settled_items"]) == (-15, 1)
    [item] = client.get(f"{CREDIT}/items/{market.retailer.own}", headers=headers).json()["items"]
    past = client.get(f"{CREDIT}/items/{item['id']}/days-past-due", headers=headers).json()
    assert (past["days_past_due_max"], [step["open"] for step in past["steps"]]) == (0, ["16.00"])


def test_what_was_owed_before_comes_in_from_a_sheet(client: httpx.Client, market: Market):
    sheet = f"retailer,number,amount,document_date,due_date\n{market.retailer.own},OLD-1,100,2026-01-01,\n"
    body = {"sheet": b64encode(sheet.encode()).decode()}

    def send(**given: bool) -> dict[str, Any]:
        answer = client.post(f"{CREDIT}/openings", json={**body, **given}, headers=market.vendor.headers)
        return answer.json()

    assert send(is_preview=True) == {"is_written": False, "lines": 1, "total": "100.00", "faults": []}
    assert send()["is_written"] is True
    again = send()
    assert (again["status"], again["code"], again["is_written"]) == (400, "openings-faulty", False)
    assert [fault["line_no"] for fault in again["faults"]] == [2]
    assert send(is_preview=True)["faults"] == again["faults"]
    [limit] = client.get(f"{CREDIT}/limits", headers=market.retailer.headers).json()["items"]
    assert limit["owed"] == "116.00"


def test_every_limit_is_told_with_its_reason_and_approver(client: httpx.Client, market: Market):
    headers, path = market.vendor.headers, f"{CREDIT}/limits/{market.retailer.own}"
    for limit, reason in (("500", "flood in the bazaar"), ("0", "closed for now")):
        assert client.put(path, json={"limit": limit, "reason": reason}, headers=headers).status_code == 200
    told, cursor = [], {}
    while True:
        page = client.get(f"{path}/history", params={"limit": 1, **cursor}, headers=headers).json()
        told += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [(one["limit"], one["reason"]) for one in told][:2] == [
        ("0.00", "closed for now"),
        ("500.00", "flood in the bazaar"),
    ]
    assert len(told) == 3
    assert {one["approved_by"] for one in told} == {str(market.vendor.user_id)}
