"""Goods that came wrong: the invoice of what was delivered, a dispute about it, the credit note that ends it."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.journeys.people import PICTURE, administrator, deliver, goods, member, trader

pytestmark = pytest.mark.committing


def test_an_invoice_is_disputed_and_put_right_by_a_credit_note(client: httpx.Client):
    vendor = trader(client, "vendor", "Karnali Biscuits")
    shop = trader(client, "retailer", "Deepa Kirana")
    accountant = member(client, vendor, "accountant")
    for trade, number in ((vendor, "301234567"), (shop, "601234567")):
        trade.put("/tax/profile", {"profile": "vat", "registration_number": number})
    biscuits = goods(vendor, "Glucose biscuits", unit_price="113", on_hand="40")
    vendor.put(f"/products/{biscuits}/tax-class", {"tax_class": "biscuits"})
    limit = {"limit": "9000", "reason": "a good shop", "net_days": 0}
    vendor.put(f"/credit/limits/{shop.business_id}", limit)

    # The delivery made the invoice: both have the same paper, and its tax is apart in both books.
    order = deliver(vendor, shop, biscuits, "10")
    [invoice] = shop.ask("/invoices", counterparty_id=vendor.business_id)["items"]
    assert (invoice["kind"], invoice["total"], invoice["tax"]) == ("tax_invoice", "1130.00", "130.00")
    assert vendor.ask(f"/invoices/{invoice['id']}") == shop.ask(f"/invoices/{invoice['id']}")
    assert shop.fetch(f"/invoices/{invoice['id']}/pdf").startswith(b"%PDF")

    # Three packets were torn, says the shop; so much of the debt is left in peace meanwhile.
    [debt] = shop.ask(f"/credit/items/{vendor.business_id}")["items"]
    wanted = {
        "subject": "debt",
        "subject_id": debt["id"],
        "counterparty_id": vendor.business_id,
        "amount": "339",
        "reason": "quality",
        "note": "three packets <torn>",
        "evidence": base64.b64encode(PICTURE).decode(),
    }
    dispute = shop.post("/disputes", wanted)
    path = f"/disputes/{dispute['id']}"
    assert shop.post("/disputes", {**wanted, "amount": "1130.01"}, status=400)["code"] == "dispute-invalid"
    [seen] = accountant.ask("/disputes", state="open", order_id=order["id"])["items"]
    assert (seen["amount"], seen["note"]) == ("339.00", "three packets <torn>")
    assert accountant.fetch(f"{path}/evidence") == PICTURE

    # The vendor looks, agrees and takes them back; the credit note ends the dispute, once.
    accountant.act(f"{path}/answer", {"answer": "we saw them"})
    back = {"lines": [{"line_no": 1, "quantity": "3"}], "reason": "torn", "is_restocked": False}
    returned = vendor.post(f"/orders/{order['id']}/returns", back)["order"]
    assert (returned["returned"], returned["payment_state"]) == ("339.00", "part_paid")
    [note] = shop.ask("/invoices", kind="credit_note")["items"]
    assert (note["total"], note["tax"]) == ("339.00", "39.00")
    credit = shop.ask(f"/invoices/{note['id']}")
    assert credit["lines"][0]["original_number"] == invoice["number"]
    settled = accountant.act(
        f"{path}/settlement", {"outcome": "credit-note", "credit_note_id": credit["delivery_id"]}
    )
    assert (settled["state"], settled["outcome"]) == ("settled", "credit-note")
    assert shop.act(f"{path}/settlement", {"outcome": "withdrawn"}, status=409)["code"]

    # Both see the same debt, and the statement names both papers.
    assert vendor.ask("/credit/limits")["items"][0]["owed"] == "791.00"
    entries = shop.ask(f"/credit/statements/{vendor.business_id}")["entries"]
    assert [(entry["kind"], entry["amount"]) for entry in entries] == [
        ("charge", "1130.00"),
        ("credit_note", "-339.00"),
    ]


def test_what_the_two_cannot_agree_on_is_for_the_admin(client: httpx.Client):
    vendor, shop = trader(client, "vendor", "Tila Stores"), trader(client, "retailer", "Mina Pasal")
    stranger, admin = trader(client, "retailer", "Other Pasal"), administrator(client)
    salt = goods(vendor, "Salt", unit_price="25", on_hand="40")
    vendor.put(f"/credit/limits/{shop.business_id}", {"limit": "900", "reason": "new", "net_days": 7})
    order = deliver(vendor, shop, salt, "4")
    wanted = {
        "subject": "order",
        "subject_id": order["id"],
        "counterparty_id": vendor.business_id,
        "amount": "100",
        "reason": "not-delivered",
    }
    assert stranger.post("/disputes", wanted, status=404)["code"] == "dispute-not-found"
    path = f"/disputes/{shop.post('/disputes', wanted)['id']}"
    assert stranger.ask(path, status=404)["code"] == "dispute-not-found"

    # Nobody answers for both sides; who opened it does not decide it either.
    assert shop.act(f"{path}/answer", {"answer": "yes"}, status=403)["code"] == "not-your-dispute-move"
    vendor.act(f"{path}/answer", {"answer": "signed for at the door"})
    decision = {"is_upheld": False, "note": "the receipt is signed"}
    assert shop.act(f"{path}/decision", decision, status=403)["code"] == "role-not-allowed"
    shop.act(f"{path}/escalation", {"note": "not my signature"})
    decided = admin.act(f"{path}/decision", decision)
    assert (decided["state"], decided["outcome"]) == ("settled", "rejected")
    assert [step["note"] for step in shop.ask(path)["timeline"]][-1] == "the receipt is signed"

    # The debt is what it was, and is late again from its own day on.
    assert shop.ask(f"/credit/items/{vendor.business_id}")["debts"] == "100.00"
    assert shop.ask(f"/credit/ageing/{vendor.business_id}")["total"] == "100.00"
