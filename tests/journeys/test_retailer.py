"""A shopkeeper's month: from a search in Nepali to goods, a claim, a payment with its screenshot and a statement."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.journeys.people import PICTURE, goods, trader, wish

pytestmark = pytest.mark.committing


def test_a_retailer_from_the_first_search_to_the_statement(client: httpx.Client):
    vendor = trader(client, "vendor", "Karnali Traders")
    shop = trader(client, "retailer", "Asha Kirana")
    noodles = goods(
        vendor,
        "Wai noodles",
        unit_price="20",
        on_hand="500",
        names={"ne": ["वाइ चाउचाउ"]},
    )
    salt = goods(vendor, "Iodised salt", unit_price="25.50", on_hand="40")
    [seller] = shop.ask("/businesses", ids=vendor.business_id)["items"]
    assert seller["name"] == "Karnali Traders"

    # She types what she calls it, and sees the price.
    found = shop.ask("/products", vendor_id=vendor.business_id, q="वाइ चाउ")["items"]
    assert (found[0]["id"], found[0]["offers"][0]["unit_price"]) == (noodles, "20")

    # The first order is paid in cash: nobody gave her credit.
    basket = wish(vendor, **{noodles: "30", salt: "4"})
    assert shop.post("/orders", basket, status=404)["code"] == "no-credit-agreement"
    cash = shop.post("/orders", {**basket, "settlement": "cash"})
    assert (cash["total"], cash["credit_state"]) == ("702.00", "none")
    assert shop.act(f"/orders/{cash['id']}/cancel", {"reason": "wrong day"})["order_state"] == "cancelled"

    # With credit she keeps a quote; the price rises meanwhile, and hers holds.
    vendor.put(
        f"/credit/limits/{shop.business_id}", {"limit": "5000", "reason": "known for years", "net_days": 15}
    )
    kept = shop.post("/quotes", basket)
    vendor.post(f"/products/{noodles}/offers", {"unit": "packet", "unit_price": "24"})
    assert shop.act("/orders/quote", basket)["total"] == "822.00"
    order = shop.post("/orders", {"vendor_id": vendor.business_id, "quote_id": kept["id"]})
    assert order["total"] == "702.00"
    path = f"/orders/{order['id']}"

    # She asks for more; the vendor confirms, and delivers with two packets broken.
    proposal = shop.post(f"{path}/proposals", {"lines": [{"line_no": 2, "quantity": "6"}]})
    vendor.act(f"{path}/proposals/{proposal['id']}/confirm")
    vendor.act(f"{path}/accept")
    delivered = vendor.post(f"{path}/deliveries")["order"]
    assert (delivered["fulfilment_state"], delivered["delivered"]) == ("delivered", "753.00")
    photo = base64.b64encode(PICTURE).decode()
    claim = shop.post(
        f"{path}/claims", {"kind": "broken", "lines": [{"line_no": 1, "quantity": "2"}], "photo": photo}
    )
    assert vendor.fetch(f"{path}/claims/{claim['id']}/photo") == PICTURE
    vendor.act(f"{path}/claims/{claim['id']}/accept")
    assert shop.ask(path)["returned"] == "40.00"

    # She pays, and says so with the screenshot; the debt falls when the vendor has seen it.
    paid = shop.post(
        "/credit/claims",
        {
            "vendor_id": vendor.business_id,
            "amount": "713",
            "mode": "upi",
            "reference": "UPI 7",
            "evidence": photo,
        },
    )
    assert shop.ask("/credit/limits")["items"][0]["owed"] == "713.00"
    vendor.act(f"/credit/claims/{paid['id']}/acceptance")
    assert shop.ask("/credit/limits")["items"][0]["owed"] == "0.00"
    assert shop.ask(path)["payment_state"] == "paid"

    # What she buys every week is a template; ordered again it has today's price.
    template = shop.post("/order-templates", {**wish(vendor, **{noodles: "10"}), "name": "weekly"})
    again = shop.post(f"/order-templates/{template['id']}/quote")
    assert again["quote"]["total"] == "240.00"

    # The statement tells it all, and the vendor's tells the same.
    mine = shop.ask(f"/credit/statements/{vendor.business_id}")
    theirs = vendor.ask(f"/credit/statements/{shop.business_id}")
    assert mine["closing"] == theirs["closing"] == "0.00"
    assert mine["entries"] == theirs["entries"]
    assert shop.fetch(f"/credit/statements/{vendor.business_id}", form="pdf").startswith(b"%PDF")
