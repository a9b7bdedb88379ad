"""A wholesaler with people: the owner invites, the accountant keeps the debts, the collector goes from shop to shop."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from foundation.clock import business_day, now
from tests.journeys.people import deliver, goods, member, trader, wish

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


def test_an_order_over_the_limit_waits_for_a_person_and_the_bank_says_who_paid(client: httpx.Client):
    owner = trader(client, "vendor", "Rapti Wholesale")
    shop = trader(client, "retailer", "Sita Store")
    accountant = member(client, owner, "accountant")
    oil = goods(owner, "Mustard oil", unit_price="250", on_hand="40")
    owner.put(f"/credit/limits/{shop.business_id}", {"limit": "1000", "reason": "a new shop", "net_days": 10})
    owner.put("/credit/stop", {"mode": "hold", "tolerance_percent": "25", "reason": "the season begins"})

    # Five bottles are one too many: the order waits, its goods are kept, and nobody accepts it meanwhile.
    order = shop.post("/orders", wish(owner, **{oil: "5"}))
    assert (order["credit_state"], order["waiting"]["excess"]) == ("awaiting", "250.00")
    path = f"/orders/{order['id']}"
    assert owner.act(f"{path}/accept", status=409)["code"] == "order-awaits-approval"
    [waiting] = accountant.ask("/credit/approvals", state="waiting")["items"]
    assert waiting["order_number"] == order["number"]
    approval = {"amount": waiting["amount"], "note": "pays by the bank tomorrow"}
    assert accountant.act(f"/credit/approvals/{order['id']}/approval", approval)["credit_state"] == "held"
    owner.act(f"{path}/accept")
    owner.post(f"{path}/deliveries")
    assert shop.ask("/credit/limits")["items"][0]["owed"] == "1250.00"

    # The bank's file comes in once; a line is a payment when a person says so.
    today = f"{business_day(now(), 'Asia/Kathmandu'):%d/%m/%Y}"
    file = f"Date,Narration,Withdrawal,Deposit,Balance\n{today},UPI/421903998877/Sita Store,,1250.00,9000\n"
    taken = accountant.post("/credit/bank-statements", {"file": base64.b64encode(file.encode()).decode()})
    [line] = accountant.ask("/credit/bank-lines", statement_id=taken["id"], state="open")["items"]
    assert line["proposals"][0]["retailer_id"] == shop.business_id
    parts = {"parts": [{"retailer_id": shop.business_id, "amount": "1250.00"}]}
    assert accountant.act(f"/credit/bank-lines/{line['id']}/acceptance", parts)["state"] == "recorded"
    assert shop.ask(path)["payment_state"] == "paid"
