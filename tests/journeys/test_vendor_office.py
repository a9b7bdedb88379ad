"""A wholesaler with people: the owner invites, the accountant keeps the debts, the collector goes from shop to shop."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.journeys.people import deliver, goods, member, trader

pytestmark = pytest.mark.committing


def test_a_vendor_its_accountant_and_its_collector(client: httpx.Client):
    owner = trader(client, "vendor", "Bheri Wholesale")
    shop = trader(client, "retailer", "Gita Kirana")
    accountant, collector = member(client, owner, "accountant"), member(client, owner, "collector")
    assert {one["position"] for one in owner.ask("/members")["items"]} == {"owner", "accountant", "collector"}

    # Each may do their own work: the collector gives no credit, the accountant decides on no order.
    limit = {"limit": "2000", "reason": "a good shop", "net_days": 0}
    path = f"/credit/limits/{shop.business_id}"
    assert collector.put(path, limit, status=403)["code"] == "position-not-allowed"
    owner.put(path, limit)
    rice = goods(owner, "Rice", unit_price="100", on_hand="30")
    order = deliver(owner, shop, rice, "12")
    assert (order["payment_state"], order["charged"]) == ("unpaid", "1200.00")
    assert accountant.act(f"/orders/{order['id']}/accept", status=403)["code"] == "position-not-allowed"

    # The accountant opens what was owed before, on paper: looked through first, taken in once.
    sheet = "retailer,number,amount,document_date,due_date\n" + (
        f"{shop.business_id},OLD-1,300,2026-01-05,2026-01-20\n"
    )
    content = {"sheet": base64.b64encode(sheet.encode()).decode()}
    accountant.act("/credit/openings", {**content, "is_preview": True})
    accountant.act("/credit/openings", content)
    debts = accountant.ask(f"/credit/items/{shop.business_id}")
    assert (debts["debts"], [item["kind"] for item in debts["items"]]) == ("1500.00", ["opening", "charge"])

    # The collector is sent there, gets a promise, then cash and a cheque.
    accountant.put(f"/credit/collectors/{shop.business_id}", {"collector_id": collector.id}, status=204)
    [stop] = collector.ask("/credit/collection-run", collector_id=collector.id)["stops"]
    assert (stop["name"], stop["overdue"]) == ("Gita Kirana", "300.00")
    today = datetime.now(UTC).date()
    party = {"retailer_id": shop.business_id}
    collector.post("/credit/promises", {**party, "amount": "300", "due_on": f"{today + timedelta(days=2)}"})
    collector.post("/credit/visits", {**party, "result": "promised"})
    collector.post("/credit/payment", {**party, "amount": "300", "mode": "cash"})
    [promise] = collector.ask("/credit/promises")["items"]
    assert promise["outcome"] == "kept"
    assert collector.ask("/credit/collection-run")["stops"] == []
    drawn = {**party, "amount": "1200", "bank": "Nabil", "number": "004211", "cheque_date": f"{today}"}
    cheque = collector.post("/credit/cheques", drawn)

    # At the bank it bounces, and the debt is as it was; half is given up, which takes two people.
    steps: list[tuple[str, dict[str, str]]] = [
        ("deposit", {}),
        ("clear", {}),
        ("bounce", {"reason": "insufficient funds"}),
    ]
    owed = []
    for move, given in steps:
        accountant.act(f"/credit/cheques/{cheque['id']}/{move}", given)
        owed.append(owner.ask("/credit/limits")["items"][0]["owed"])
    assert owed == ["1200.00", "0.00", "1200.00"]
    [item] = [one for one in accountant.ask(f"/credit/items/{shop.business_id}")["items"] if one["is_debt"]]
    given_up = accountant.post(
        "/credit/write-offs", {"item_id": item["id"], "amount": "600", "reason": "flood in the shop"}
    )
    assert given_up["state"] == "waiting"
    approval = f"/credit/write-offs/{given_up['id']}/approval"
    assert accountant.act(approval, status=403)["code"] == "second-person-needed"
    assert owner.act(approval)["state"] == "approved"

    # What is left is the same for all: the list of debts, the ageing, the shop's own view, the audit log.
    assert owner.ask("/credit/limits")["items"][0]["owed"] == "600.00"
    assert shop.ask(f"/credit/ageing/{owner.business_id}")["total"] == "600.00"
    assert accountant.fetch(f"/credit/statements/{shop.business_id}", form="xlsx").startswith(b"PK")
    assert "member-invited" in {entry["action"] for entry in owner.ask("/audit")["items"]}

    # Who leaves has no access any more.
    owner.delete(f"/members/{collector.id}")
    assert {one["id"] for one in owner.ask("/members")["items"]} == {owner.id, accountant.id}
