"""A vendor and a retailer, from registration to the score, through HTTP alone."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from tests.journeys.people import trader

pytestmark = pytest.mark.committing


def test_from_registration_to_the_score(client: httpx.Client):
    vendor = trader(client, "vendor", "Karnali Traders")
    retailer = trader(client, "retailer", "Asha Kirana")

    # The vendor offers rice by the sack, and has ten sacks of 25 kg.
    sku = f"RICE-{uuid4().hex[:8]}"
    product = vendor.send(
        "POST",
        "/products",
        {
            "sku": sku,
            "name": "Jira masino",
            "category": "staples",
            "base_unit": "kg",
            "units": {"bori": "25"},
        },
        status=201,
    )["id"]
    vendor.send("POST", f"/products/{product}/offers", {"unit": "bori", "unit_price": "1999.995"}, status=201)
    shelf = {"kind": "opening", "lines": [{"product_id": product, "quantity": "250"}]}
    vendor.send("POST", "/stock/receipts", shelf, status=201)

    # The retailer finds it, asks the price, and may not order on credit yet.
    found = retailer.ask("/products", vendor_id=vendor.business_id, q=sku.lower())["items"]
    assert [offer["unit_price"] for offer in found[0]["offers"]] == ["1999.995"]
    wish = {
        "vendor_id": vendor.business_id,
        "lines": [{"product_id": product, "quantity": "4", "unit": "bori"}],
    }
    quote = retailer.send("POST", "/orders/quote", wish)
    assert quote["total"] == "7999.98"
    refused = retailer.send("POST", "/orders", wish, status=404)
    assert refused["code"] == "no-credit-agreement"

    # The vendor gives credit, for less than the order first.
    limit = {"limit": "7999.97", "reason": "new customer", "net_days": 15}
    vendor.send("PUT", f"/credit/limits/{retailer.business_id}", limit)
    refused = retailer.send("POST", "/orders", wish, status=409)
    assert refused["code"] == "credit-limit-exceeded"
    vendor.send(
        "PUT", f"/credit/limits/{retailer.business_id}", {"limit": "10000", "reason": "asked for more"}
    )

    # The order is placed once, however often it is sent.
    key = uuid4().hex
    order = retailer.send("POST", "/orders", wish, status=201, key=key)
    again = retailer.send("POST", "/orders", wish, status=201, key=key)
    assert again["id"] == order["id"]
    assert (order["order_state"], order["credit_state"], order["total"]) == ("placed", "held", "7999.98")
    assert retailer.ask("/credit/limits")["items"][0]["available"] == "2000.02"
    assert [row["id"] for row in retailer.ask("/orders")["items"]] == [order["id"]]

    # The vendor accepts and delivers in part, then the rest.
    path = f"/orders/{order['id']}"
    assert vendor.send("POST", f"{path}/accept", {})["order_state"] == "accepted"
    part = {"lines": [{"line_no": 1, "quantity": "3"}]}
    first = vendor.send("POST", f"{path}/deliveries", part, status=201)["order"]
    assert (first["fulfilment_state"], first["delivered"]) == ("part_delivered", "5999.98")
    whole = vendor.send("POST", f"{path}/deliveries", {}, status=201)["order"]
    assert (whole["order_state"], whole["fulfilment_state"]) == ("completed", "delivered")
    assert (whole["delivered"], whole["payment_state"]) == ("7999.98", "unpaid")
    assert sum(round(float(delivery["total"]) * 100) for delivery in whole["deliveries"]) == 799998

    # The retailer pays in part; the oldest debt is settled first, and both see the same.
    payment = {"retailer_id": retailer.business_id, "amount": "6000", "mode": "upi", "reference": "UPI 1"}
    paid = vendor.send("POST", "/credit/payment", payment, status=201)
    assert paid["limit"]["owed"] == "1999.98"
    assert retailer.ask(path)["payment_state"] == "part_paid"
    mine = retailer.ask("/credit/history")["items"]
    theirs = vendor.ask("/credit/history", counterparty_id=retailer.business_id)["items"]
    assert mine == theirs
    assert [item["kind"] for item in mine] == ["payment", "charge", "charge"]
    ageing = retailer.ask(f"/credit/ageing/{vendor.business_id}")
    assert (ageing["total"], ageing["not_due"], ageing["days_past_due"]) == ("1999.98", "1999.98", 0)

    # A sack comes back; the debt is gone and a little over is the retailer's.
    back = {"lines": [{"line_no": 1, "quantity": "1"}], "reason": "torn sack"}
    returned = vendor.send("POST", f"{path}/returns", back, status=201)["order"]
    assert returned["returned"] == "2000.00"
    assert retailer.ask("/credit/limits")["items"][0]["owed"] == "-0.02"
    assert [entry["verb"] for entry in retailer.ask(path)["timeline"]] == [
        "place",
        "accept",
        "deliver",
        "deliver",
        "return",
    ]

    # A first day makes no score: the answer says so, and the vendor that may sees the grade alone.
    score = retailer.ask("/credit/score")
    assert (score["score"], score["grade"]) == (None, "NH")
    assert {"few-matured-items", "new-account"} <= {reason["code"] for reason in score["reasons"]}
    retailer.send("POST", "/credit/consents", {"vendor_id": vendor.business_id})
    band = vendor.ask(f"/credit/score/{retailer.business_id}")
    assert band["view"] == "band"
    assert "score" not in band
    assert UUID(band["retailer_id"]) == UUID(retailer.business_id)
