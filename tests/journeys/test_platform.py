"""Those who run the platform: an admin with a second factor, and a loan officer who reads and decides nothing."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.people import PASSWORD, Someone, administrator, deliver, goods, new_address, trader

pytestmark = pytest.mark.committing


@pytest.fixture
def admin(client: httpx.Client) -> Someone:
    return administrator(client)


def staff(admin: Someone, role: str) -> Someone:
    email = new_address()
    admin.post(
        "/auth/register", {"email": email, "password": PASSWORD, "full_name": "Some Three", "role": role}
    )
    someone = Someone(admin.client)
    someone.log_in(email)
    return someone


def test_an_admin_sees_the_market_and_every_act_of_an_admin_is_kept(client: httpx.Client, admin: Someone):
    vendor = trader(client, "vendor", "Mahakali Suppliers")
    shop = trader(client, "retailer", "Hari Pasal")
    shared = admin.post(
        "/products",
        {"sku": f"OIL-{shop.id[-8:]}", "name": "Mustard oil", "category": "oils", "base_unit": "bottle"},
    )["id"]
    vendor.post(f"/products/{shared}/offers", {"unit": "bottle", "unit_price": "310"})
    vendor.post("/stock/receipts", {"kind": "opening", "lines": [{"product_id": shared, "quantity": "9"}]})
    vendor.put(f"/credit/limits/{shop.business_id}", {"limit": "9000", "reason": "asked", "net_days": 7})
    order = deliver(vendor, shop, shared, "2")

    # Orders of everybody, by number; but an admin places none and takes no money.
    [seen] = admin.ask("/orders", number=order["number"], counterparty_id=shop.business_id)["items"]
    assert seen["id"] == order["id"]
    assert admin.ask(f"/orders/{order['id']}")["payment_state"] == "unpaid"
    assert admin.post("/orders", {}, status=403)["code"] == "role-not-allowed"
    payment = {"retailer_id": shop.business_id, "amount": "1", "mode": "cash"}
    assert admin.post("/credit/payment", payment, status=403)["code"] == "role-not-allowed"

    # A person asks to be forgotten: the log-in is gone, the order stays.
    admin.delete(f"/people/{shop.id}")
    assert admin.ask(f"/orders/{order['id']}")["retailer_id"] == shop.business_id
    acts = {entry["action"] for entry in admin.ask("/audit", actor_id=admin.id)["items"]}
    assert {"admin-act", "person-erased"} <= acts


def test_a_loan_officer_reads_scores_and_figures_and_moves_nothing(client: httpx.Client, admin: Someone):
    officer = staff(admin, "loan_officer")
    vendor = trader(client, "vendor", "Seti Traders")
    shop = trader(client, "retailer", "Maya Pasal")
    dal = goods(vendor, "Masur dal", unit_price="150", on_hand="50")
    vendor.put(f"/credit/limits/{shop.business_id}", {"limit": "9000", "reason": "asked", "net_days": 7})
    order = deliver(vendor, shop, dal, "10")
    party = {"retailer_id": shop.business_id}
    vendor.post("/credit/payment", {**party, "amount": "1500", "mode": "bank", "reference": "NEFT 1"})

    # The officer sees the whole score with its reasons; a vendor not even the grade without consent.
    score = officer.ask(f"/credit/score/{shop.business_id}")
    own = shop.ask("/credit/score")
    assert (score["grade"], score["reasons"]) == (own["grade"], own["reasons"])
    assert {reason["code"] for reason in score["reasons"]}
    assert vendor.ask(f"/credit/score/{shop.business_id}", status=403)["code"] == "score-not-shared"
    shop.act("/credit/consents", {"vendor_id": vendor.business_id})
    assert vendor.ask(f"/credit/score/{shop.business_id}")["view"] == "band"

    # The officer reads the order and whom there is, and changes nothing.
    assert officer.ask(f"/orders/{order['id']}")["payment_state"] == "paid"
    found = officer.ask("/businesses", side="retailer", search="Maya Pasal")["items"]
    assert shop.business_id in {one["id"] for one in found}
    own_part = vendor.ask(f"/financial-metrics/retailer/{shop.business_id}")
    assert own_part["retailer_id"] == shop.business_id
    limit = {"limit": "1", "reason": "no", "net_days": 1}
    assert officer.put(f"/credit/limits/{shop.business_id}", limit, status=403)["code"] == "role-not-allowed"
    assert officer.post(f"/orders/{order['id']}/returns", {}, status=403)["code"] == "role-not-allowed"
    assert officer.delete(f"/people/{shop.id}", status=403)["code"] == "role-not-allowed"
