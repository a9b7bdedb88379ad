"""Prices that are watched: a vendor that got too dear is told by its own rule, a retailer finds where to buy."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from sauda.worker import raise_price_alerts
from tests.journeys.people import goods, member, trader

pytestmark = pytest.mark.committing


def test_who_is_out_of_the_market_is_told_and_a_buyer_sees_where_to_go(client: httpx.Client):
    name = f"Ghee {uuid4().hex[:8]}"
    rivals = [trader(client, "vendor", f"Ghee House {number}") for number in range(5)]
    for rival, price in zip(rivals, ("500", "505", "510", "515", "520"), strict=True):
        goods(rival, name, unit_price=price, on_hand="100", hsn="0405")
    vendor = trader(client, "vendor", "Bheri Ghee")
    accountant = member(client, vendor, "accountant")
    ghee = goods(vendor, name, unit_price="600", on_hand="100", hsn="0405")

    # The market tells an average of five, and what it means for one's own price.
    seen = vendor.ask("/price-intelligence/market-average", product_id=ghee)
    assert (seen["market"]["sellers"], seen["market"]["average"], seen["own_price"]) == (5, "510", "600")
    assert vendor.ask("/price-intelligence/recommendations", product_id=ghee)["advice"] == "lower"

    # Without a rule nobody is disturbed; the accountant sets one, and the worker's turn finds the good once.
    raise_price_alerts()
    assert vendor.ask("/price-intelligence/alerts")["items"] == []
    rule = {"band_percent": "10"}
    path = "/price-intelligence/alert-rule"
    accountant.put(path, rule)
    for _ in range(2):
        raise_price_alerts()
    [alert] = vendor.ask("/price-intelligence/alerts", state="open")["items"]
    assert (alert["kind"], alert["product_id"], alert["facts"]["sellers"]) == ("out-of-band", ghee, "5")
    one = f"/price-intelligence/alerts/{alert['id']}"
    assert rivals[0].ask(one, status=404)["code"]

    # Its owner lowers the price and closes the alert; the next turn has nothing to say.
    accountant.act(f"{one}/state", {"state": "acknowledged", "note": "asked the supplier"}, status=204)
    vendor.post(f"/products/{ghee}/offers", {"unit": "packet", "unit_price": "499"})
    vendor.act(f"{one}/state", {"state": "closed", "note": "lowered to 499"}, status=204)
    raise_price_alerts()
    assert vendor.ask("/price-intelligence/alerts", state="open")["items"] == []
    assert [move["note"] for move in vendor.ask(one)["moves"]] == ["asked the supplier", "lowered to 499"]

    # A buyer finds it as the cheapest, with enough on the shelf.
    shop = trader(client, "retailer", "Rita Kirana")
    best = shop.ask("/price-intelligence/best-price", product_id=ghee, quantity="20")["sources"][0]
    assert (best["vendor_id"], best["landed_unit_price"], best["availability"]) == (
        vendor.business_id,
        "499",
        "enough",
    )
