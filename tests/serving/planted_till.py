"""Lists of what a shop buys and spends, planted with rows that their orders and filters tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import httpx

from foundation import clock
from foundation.clock import business_day
from tests.serving.conftest import Person, Register
from tests.serving.planting import Filter, Listed, Planted, Row, down, made, only, set_row, up


def _good(client: httpx.Client, shop: Person, sku: str) -> str:
    facts = {"sku": sku, "name": sku, "category": "kirana", "base_unit": "kg"}
    return str(made(client, "/products", shop, **facts)["id"])


def _stock_ins(client: httpx.Client, person: Register) -> Planted:
    shop = person("vendor")
    rice, dal = _good(client, shop, "RICE"), _good(client, shop, "DAL")
    today = business_day(clock.now(), "Asia/Kathmandu")
    yesterday = str(today - timedelta(days=1))
    set_row("businesses", shop.own, joined_at=datetime.now(UTC) - timedelta(days=9))
    came = []
    for good, paid_by, day, supplier in (
        (rice, "owed", str(today), "Gupta Traders"),
        (dal, "cash", yesterday, None),
        (rice, "upi", str(today), "Shree Traders"),
    ):
        line = {"product_id": good, "quantity": "2", "cost": "90"}
        named = {} if supplier is None else {"supplier": {"name": supplier}}
        came.append(
            made(client, "/stock-ins", shop, lines=[line], paid_by=paid_by, document_date=day, **named)
        )
    made(client, f"/stock-ins/{came[2]['id']}/reversal", shop)
    return Planted(
        shop,
        [
            only("supplier_id", came[0]["supplier_id"]),
            only("paid_by", "cash"),
            Filter({"product_id": dal}, lambda row: row["paid_by"] == "cash"),
            Filter({"first": str(today)}, lambda row: row["document_date"] >= str(today)),
            Filter({"last": yesterday}, lambda row: row["document_date"] <= yesterday),
            Filter({"is_standing": "true"}, _stands),
            Filter({"is_standing": "false"}, lambda row: not _stands(row)),
        ],
    )


def _stands(row: Row) -> bool:
    return row["reverses_id"] is None and row["reversed_by_id"] is None


def _suppliers(client: httpx.Client, person: Register) -> Planted:
    shop = person("vendor")
    rice = _good(client, shop, "RICE")
    for name, cost, paid_by in (("Gupta", "90", "owed"), ("Shree", "50", "cash"), ("Om", "120", "owed")):
        line = {"product_id": rice, "quantity": "2", "cost": cost}
        made(client, "/stock-ins", shop, lines=[line], paid_by=paid_by, supplier={"name": name})
    return Planted(
        shop,
        [
            Filter({"is_owed": "true"}, lambda row: row["owed"] != "0.00"),
            Filter({"is_owed": "false"}, lambda row: row["owed"] == "0.00"),
        ],
    )


def _supplier_payments(client: httpx.Client, person: Register) -> Planted:
    shop = person("vendor")
    line = {"product_id": _good(client, shop, "RICE"), "quantity": "2", "cost": "90"}
    came = made(client, "/stock-ins", shop, lines=[line], paid_by="owed", supplier={"name": "Gupta"})
    path = f"/suppliers/{came['supplier_id']}/payments"
    for amount in ("10", "20", "30"):
        made(client, path, shop, amount=amount, mode="cash")
    return Planted(shop, within={"supplier_id": came["supplier_id"]})


def _expenses(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    today = business_day(clock.now(), "Asia/Kathmandu")
    yesterday = str(today - timedelta(days=1))
    set_row("businesses", shop.own, joined_at=datetime.now(UTC) - timedelta(days=9))
    made(client, "/expenses/heads", shop, name="Chanda", head="other_expenses")
    made(client, "/expenses", shop, head="rent", amount="10", mode="bank", spent_on=str(today))
    made(client, "/expenses", shop, head="Chanda", amount="20", mode="cash", spent_on=yesterday)
    wrong = made(client, "/expenses", shop, head="repairs", amount="30", mode="cash", note="a slip")
    made(client, f"/expenses/{wrong['id']}/reversal", shop)
    return Planted(
        shop,
        [
            only("head", "rent"),
            only("own_head", "Chanda"),
            only("mode", "bank"),
            Filter({"first": str(today)}, lambda row: row["spent_on"] >= str(today)),
            Filter({"last": yesterday}, lambda row: row["spent_on"] <= yesterday),
            Filter({"is_standing": "true"}, _stands),
            Filter({"is_standing": "false"}, lambda row: not _stands(row)),
        ],
    )


def _journal(client: httpx.Client, person: Register) -> Planted:
    planted = _expenses(client, person)
    shop, today = planted.who, business_day(clock.now(), "Asia/Kathmandu")
    customer = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    entry = made(client, "/ledger/credit", shop, customer_id=customer, amount="20")
    yesterday = str(today - timedelta(days=1))
    return Planted(
        shop,
        [
            only("source", "khata"),
            only("source_id", entry["id"]),
            Filter({"first": str(today)}, lambda row: row["effective_date"] >= str(today)),
            Filter({"last": yesterday}, lambda row: row["effective_date"] <= yesterday),
        ],
    )


TILL_LISTS: Final = (
    Listed("/ledger/transactions", {"newest": down("recorded_at"), "oldest": up("recorded_at")}, _journal),
    Listed(
        "/stock-ins",
        {"newest": down("recorded_at"), "oldest": up("recorded_at"), "day": down("document_date")},
        _stock_ins,
    ),
    Listed("/suppliers", {"owed": down("owed", Decimal), "newest": down("made_at")}, _suppliers),
    Listed(
        "/suppliers/{supplier_id}/payments",
        {"newest": down("recorded_at"), "oldest": up("recorded_at")},
        _supplier_payments,
    ),
    Listed(
        "/expenses",
        {"newest": down("recorded_at"), "oldest": up("recorded_at"), "day": down("spent_on")},
        _expenses,
    ),
)
