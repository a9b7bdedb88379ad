"""Lists of a shop's customers and khatas, planted with rows that their orders and filters tell apart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

import httpx

from foundation import clock
from tests.serving.conftest import Register
from tests.serving.planting import Filter, Listed, Planted, Row, down, made, only, up


def _customers(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    made(client, "/customers", shop, name="Ramesh", opening_balance="50", language="ne")
    made(client, "/customers", shop, name="Sita", channel="sms")
    made(client, "/customers", shop, name="Gita", opening_balance="70")
    return Planted(
        shop,
        [
            only("language", "ne"),
            only("channel", "sms"),
            Filter({"is_owing": "true"}, _owes),
            Filter({"is_owing": "false"}, lambda row: not _owes(row)),
        ],
    )


def _owes(row: Row) -> bool:
    return row["balance"] != "0.00"


def _place(name: str) -> int:
    return ("Gita", "Ramesh").index(name)


def _balances(client: httpx.Client, person: Register) -> Planted:
    return Planted(_customers(client, person).who)


def _khata(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    customer = made(client, "/customers", shop, name="Ramesh", opening_balance="50")["customer"]["id"]
    made(client, "/ledger/credit", shop, customer_id=customer, amount="20")
    made(client, "/ledger/payment", shop, customer_id=customer, amount="55", mode="cash")
    return Planted(
        shop,
        [
            Filter({"is_open": "true"}, lambda row: row["open"] != "0.00"),
            Filter({"is_open": "false"}, lambda row: row["open"] == "0.00"),
        ],
        within={"customer_id": customer},
    )


def _prices(client: httpx.Client, person: Register) -> Planted:
    shop, ids = person("vendor"), []
    for name, price in (("Zeera", "40"), ("Atta", "55")):
        facts = {"sku": name, "name": name, "category": "kirana", "base_unit": "kg"}
        product_id = made(client, "/products", shop, **facts)["id"]
        ids.append(product_id)
        answer = client.put(
            f"/api/v1/products/{product_id}/shop-price",
            json={"unit": "kg", "unit_price": price},
            headers=shop.headers,
        )
        assert answer.is_success, answer.text
    return Planted(
        shop, [only("product_id", ids[0]), Filter({"q": "att"}, lambda row: row["name"] == "Atta")]
    )


def _reminders(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    ramesh = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    sita = made(client, "/customers", shop, name="Sita")["customer"]["id"]
    moments = [(clock.now() + timedelta(days=days)).isoformat() for days in (1, 2, 3)]
    made(client, "/reminders", shop, kind="overdue", customer_id=ramesh, remind_at=moments[1])
    made(client, "/reminders", shop, kind="low_stock", remind_at=moments[0])
    last = made(client, "/reminders", shop, kind="payment_due", customer_id=sita, remind_at=moments[2])
    cancelled = client.post(f"/api/v1/reminders/{last['id']}/cancel", headers=shop.headers)
    assert cancelled.is_success, cancelled.text
    return Planted(
        shop,
        [
            only("customer_id", sita),
            only("state", "cancelled"),
            only("kind", "low_stock"),
            Filter({"due_from": moments[1]}, lambda row: row["kind"] != "low_stock"),
            Filter({"due_until": moments[1]}, lambda row: row["kind"] == "low_stock"),
        ],
    )


def _drafts(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    customer = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    made(client, "/bill-drafts", shop, customer_id=customer)
    gone = made(client, "/bill-drafts", shop, session="till-2")["id"]
    answer = client.post(f"/api/v1/bill-drafts/{gone}/cancel", headers=shop.headers)
    assert answer.is_success, answer.text
    return Planted(
        shop, [only("customer_id", customer), only("session", "till-2"), only("state", "cancelled")]
    )


SHOP_LISTS: Final = (
    Listed("/reminders", {"due": up("remind_at"), "latest": down("remind_at")}, _reminders),
    Listed("/bill-drafts", {"newest": down("changed_at"), "oldest": up("changed_at")}, _drafts),
    Listed("/shop-prices", {"newest": down("valid_from"), "name": up("name")}, _prices),
    Listed("/customers", {"newest": down("created_at"), "oldest": up("created_at")}, _customers),
    Listed(
        "/customers/balances", {"owed": down("balance", Decimal), "newest": up("name", _place)}, _balances
    ),
    Listed("/ledger/{customer_id}", {"newest": down("recorded_at"), "oldest": up("recorded_at")}, _khata),
)
