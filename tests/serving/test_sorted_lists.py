"""Each order of each list is what it says, page after page, and each filter leaves out what it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from foundation import clock
from foundation.clock import business_day
from serving.app import create_app
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, open_market
from tests.serving.planted_credit import CREDIT_LISTS
from tests.serving.planted_messages import MESSAGE_LISTS
from tests.serving.planted_shop import SHOP_LISTS
from tests.serving.planted_till import TILL_LISTS
from tests.serving.planting import By, Filter, Listed, Planted, Row, down, only, sorted_anew, up
from tests.serving.planting import made as _made
from tests.serving.planting import put_row as _put
from tests.serving.planting import read as _read
from tests.serving.planting import set_row as _set
from tests.serving.planting import walked as _walked

pytestmark = pytest.mark.committing

TODAY: Final = business_day(clock.now(), "Asia/Kathmandu")


def _members(client: httpx.Client, person: Register) -> Planted:
    owner, people = person("vendor", both_ways=True), []
    for position in ("salesman", "cashier", "collector"):
        mate = person("retailer")
        people.append(mate.user_id)
        _set("users", mate.user_id, business_id=owner.own, position=position)
    gone = f"/api/v1/members/{people[-1]}"
    assert client.delete(gone, headers=owner.headers).is_success
    return Planted(
        owner,
        [only("position", "cashier"), Filter({"role": "vendor"}, _of(owner)), Filter({"state": "removed"})],
    )


def _of(person: Person) -> Callable[[Row], bool]:
    return lambda row: bool(row["id"] == str(person.user_id))


def _invitations(client: httpx.Client, person: Register) -> Planted:
    owner = person("vendor", both_ways=True)
    for position, facts in (
        ("cashier", {"role": "retailer", "email": f"{uuid4().hex}@people.example"}),
        ("salesman", {"phone": f"+977984{uuid4().int % 10**7:07}"}),
    ):
        _made(client, "/members/invitations", owner, full_name="Ramesh Oli", position=position, **facts)
    return Planted(owner, [only("role", "retailer"), only("position", "cashier"), only("channel", "phone")])


def _api_keys(client: httpx.Client, person: Register) -> Planted:
    owner = person("vendor")
    till, _, old = (
        _made(client, "/api-keys", owner, name=name, mode=mode, scopes=[scope], expires_at=expires_at)
        for name, mode, scope, expires_at in (
            ("till", "live", "orders:read", None),
            ("a van", "test", "orders:read", None),
            ("old", "live", "stock:read", _moment(days=1)),
        )
    )
    assert client.delete(f"/api/v1/api-keys/{till['id']}", headers=owner.headers).is_success
    _set("api_keys", UUID(old["id"]), expires_at=datetime.now(UTC))
    return Planted(
        owner,
        [
            Filter({"state": "active"}, lambda row: row["name"] == "a van"),
            Filter({"state": "revoked"}, lambda row: row["name"] == "till"),
            Filter({"state": "expired"}, lambda row: row["name"] == "old"),
            only("mode", "test"),
            Filter({"scope": "stock:read"}, lambda row: "stock:read" in row["scopes"]),
        ],
    )


def _audit(client: httpx.Client, person: Register) -> Planted:
    _api_keys(client, person)
    owner = person("vendor")
    made = [_made(client, "/api-keys", owner, name=name, scopes=["orders:read"]) for name in ("a", "b")]
    assert client.delete(f"/api/v1/api-keys/{made[0]['id']}", headers=owner.headers).is_success
    other = person("vendor")
    _set("users", other.user_id, business_id=owner.own)
    mate = Person(other.user_id, other.email, "vendor", owner.own, "owner")
    _made(client, "/api-keys", mate, name="c", scopes=["orders:read"])
    whole = _read(client, owner, "/audit")
    middle = whole[1]["recorded_at"]
    assert _read(client, owner, "/audit", business_id=str(other.own)) == []
    assert _read(client, owner, "/audit", business_id=str(owner.own)) == whole
    return Planted(
        owner,
        [
            only("action", "api-key-revoked"),
            only("actor_id", mate.user_id),
            only("subject_id", made[1]["id"]),
            Filter({"since": middle}, lambda row: row["recorded_at"] >= middle),
            Filter({"until": middle}, lambda row: row["recorded_at"] < middle),
        ],
    )


def _shelf(client: httpx.Client, person: Register) -> tuple[Person, list[str]]:
    """A vendor with three goods on the shelf, of two categories and in batches, two of them under their threshold."""
    vendor = person("vendor")
    goods = []
    for sku, name, category in (
        ("3-ATTA", "Atta", "grain"),
        ("1-SALT", "Salt", "staples"),
        ("2-DAL", "Masoor", "staples"),
    ):
        good = {"sku": sku, "name": name, "category": category, "base_unit": "kg"}
        goods.append(_made(client, "/products", vendor, **good)["id"])
    for kind, days in (("opening", 20), ("receipt", 5)):
        lines = [
            {
                "product_id": good,
                "quantity": f"{quantity}",
                "batch": f"{kind}-{quantity}",
                "expires_on": str(TODAY + timedelta(days=days + quantity)),
            }
            for good, quantity in zip(goods, (20, 10, 30), strict=True)
        ]
        _made(client, "/stock/receipts", vendor, kind=kind, lines=lines)
    for good in goods[:2]:
        threshold, path = {"quantity": "100"}, f"/api/v1/stock/levels/{good}/threshold"
        assert client.put(path, json=threshold, headers=vendor.headers).is_success
    return vendor, goods


def _levels(client: httpx.Client, person: Register) -> Planted:
    vendor, goods = _shelf(client, person)
    return Planted(vendor, [only("product_id", goods[0]), *_GOODS])


_GOODS = (
    Filter({"category": "grain"}, lambda row: row["name"] == "Atta"),
    Filter({"q": "-sal"}, lambda row: row["name"] == "Salt"),
)


def _low_stock(client: httpx.Client, person: Register) -> Planted:
    return Planted(_shelf(client, person)[0], _GOODS)


def _movements(client: httpx.Client, person: Register) -> Planted:
    vendor, goods = _shelf(client, person)
    lines = [{"product_id": goods[0], "quantity": "1", "batch": "opening-20"}]
    _made(client, "/stock/adjustments", vendor, reason="damaged", lines=lines)
    whole = _read(client, vendor, "/stock/movements")
    middle = whole[1]["moved_at"]
    return Planted(
        vendor,
        [
            only("product_id", goods[1]),
            only("batch_id", whole[0]["batch_id"]),
            only("kind", "receipt"),
            only("reason", "damaged"),
            Filter({"since": middle}, lambda row: row["moved_at"] >= middle),
            Filter({"until": middle}, lambda row: row["moved_at"] < middle),
        ],
    )


def _batches(client: httpx.Client, person: Register) -> Planted:
    vendor, goods = _shelf(client, person)
    day = str(TODAY + timedelta(days=20))
    return Planted(
        vendor,
        [
            only("product_id", goods[0]),
            only("number", "receipt-10"),
            Filter({"expires_before": day}, lambda row: row["expires_on"] < day),
        ],
        asked={"is_used_up": "true"},
    )


def _expiring_soon(client: httpx.Client, person: Register) -> Planted:
    vendor, goods = _shelf(client, person)
    last = str(TODAY + timedelta(days=25))
    return Planted(
        vendor,
        [only("product_id", goods[0]), Filter({"days": 25}, lambda row: row["expires_on"] <= last)],
        asked={"days": 60},
    )


def _schemes(client: httpx.Client, person: Register) -> Planted:
    market = open_market(person)
    slabs = {"basis": "value", "slabs": [{"begins_at": "100", "off": "5"}]}
    for code, terms in (
        ("B-FREE", {"product_id": str(market.product_id), "free_goods": FREE}),
        ("C-ALL", {"kind": "percent", "slabs": slabs}),
        (
            "A-OTHER",
            {"product_id": str(open_market(person, vendor=market.vendor).product_id), "free_goods": FREE},
        ),
        ("D-SOON", {"kind": "percent", "slabs": slabs, "valid_from": _moment(days=3)}),
    ):
        _made(client, "/schemes", market.vendor, code=code, name=code, **terms)
    return Planted(
        market.vendor,
        [
            only("kind", "percent"),
            Filter(
                {"product_id": str(market.product_id)},
                lambda row: row["product_id"] in (None, str(market.product_id)),
            ),
            Filter({"at": _moment()}, lambda row: row["code"] != "D-SOON"),
        ],
        asked={"vendor_id": str(market.vendor.own), "at": _moment(days=4)},
    )


FREE: Final = {"buy": "10", "unit": "packet", "get": "1", "free_unit": "packet"}


def _customer_prices(client: httpx.Client, person: Register) -> Planted:
    market = open_market(person)
    other = open_market(person, vendor=market.vendor)
    for customer, terms in (
        (other, {"percent_off": "5"}),
        (market, {"percent_off": "7"}),
        (other, {"product_id": str(market.product_id), "percent_off": "9", "valid_from": _moment(days=3)}),
    ):
        _made(client, "/customer-prices", market.vendor, retailer_id=str(customer.retailer.own), **terms)
    return Planted(
        market.vendor,
        [
            only("retailer_id", market.retailer.own),
            only("product_id", market.product_id),
            Filter({"at": _moment()}, lambda row: row["product_id"] is None),
        ],
        asked={"at": _moment(days=4)},
    )


def _price_alerts(client: httpx.Client, person: Register) -> Planted:
    market = open_market(person)
    for number, (kind, state) in enumerate((("above-market", "open"), ("supplier-rise", "closed"))):
        other = open_market(person)
        now = datetime.now(UTC) - timedelta(days=number)
        _put(
            "price_alerts",
            id=uuid4(),
            business_id=market.vendor.own,
            kind=kind,
            product_id=other.product_id,
            vendor_id=other.vendor.own,
            cause=f"{kind}:{number}",
            facts="{}",
            state=state,
            raised_at=now,
            changed_at=now,
        )
    return Planted(
        market.vendor,
        [
            only("state", "open"),
            only("kind", "supplier-rise"),
            only("product_id", other.product_id),
            only("vendor_id", other.vendor.own),
        ],
    )


def _two_markets(person: Register) -> tuple[Market, Market]:
    """A retailer at two vendors."""
    first = open_market(person)
    return first, open_market(person, retailer=first.retailer)


def _without_proof(client: httpx.Client, person: Register) -> Planted:
    first = open_market(person)
    second = replace(first, retailer=open_market(person, vendor=first.vendor).retailer)
    rules = client.put("/api/v1/order-rules", json={"needs_proof": True}, headers=first.vendor.headers)
    assert rules.is_success
    for market in (first, second, first):
        order = f"/orders/{market.place(client)['id']}"
        _made(client, f"{order}/accept", market.vendor)
        _made(client, f"{order}/deliveries", market.vendor)
    return Planted(first.vendor, [only("retailer_id", second.retailer.own)], asked={"days": 2})


def _slots(client: httpx.Client, person: Register) -> Planted:
    vendor = person("vendor")
    for zone, weekday, begins in (
        ("Surkhet", 1, "09:00"),
        ("Birendranagar", 3, "09:00"),
        ("Birendranagar", 1, "12:00"),
        ("Birendranagar", 1, "07:00"),
    ):
        slot = {"zone": zone, "weekday": weekday, "begins": begins, "ends": "18:00", "capacity": 5}
        _made(client, "/delivery-slots", vendor, **slot)
    return Planted(vendor, [only("zone", "Surkhet"), Filter({"weekday": 3}, lambda row: row["weekday"] == 3)])


def _disputes(client: httpx.Client, person: Register) -> Planted:
    first, second = _two_markets(person)
    orders = [market.place(client)["id"] for market in (first, second, first)]
    delivered = f"/orders/{orders[0]}"
    _made(client, f"{delivered}/accept", first.vendor)
    delivery = _made(client, f"{delivered}/deliveries", first.vendor)["id"]
    made = [
        _made(
            client,
            "/disputes",
            first.retailer,
            subject=subject,
            subject_id=subject_id,
            counterparty_id=str(market.vendor.own),
            amount="1.00",
            reason="other",
        )
        for market, subject, subject_id in (
            (first, "delivery", delivery),
            (second, "order", orders[1]),
            (first, "order", orders[2]),
        )
    ]
    _made(client, f"/disputes/{made[0]['id']}/answer", first.vendor, answer="it was full")
    middle = made[1]["opened_at"]
    return Planted(
        first.retailer,
        [
            only("state", "answered"),
            only("subject", "delivery"),
            Filter(
                {"counterparty_id": str(second.vendor.own)},
                lambda row: row["vendor_id"] == str(second.vendor.own),
            ),
            only("order_id", orders[1]),
            Filter({"since": middle}, lambda row: row["opened_at"] >= middle),
            Filter({"until": middle}, lambda row: row["opened_at"] < middle),
        ],
    )


def _back_orders(client: httpx.Client, person: Register) -> Planted:
    first, second = _two_markets(person)
    part = {"lines": [{"line_no": 1, "quantity": "5"}], "rest": "back_order"}
    for market in (first, second, first):
        _made(client, f"/orders/{market.place(client, '8')['id']}/accept", market.vendor, **part)
    ended, _, filled = _read(client, first.retailer, "/back-orders", sort="oldest")
    _made(client, f"/back-orders/{filled['id']}/fill", first.vendor)
    path = f"/api/v1/back-orders/{ended['id']}"
    assert client.delete(path, headers=first.retailer.headers).is_success
    return Planted(
        first.retailer,
        [
            Filter({"state": "waiting"}, lambda row: row["vendor_id"] == str(second.vendor.own)),
            Filter({"state": "filled"}, lambda row: row["id"] == filled["id"]),
            Filter({"state": "ended"}, lambda row: row["id"] == ended["id"]),
            Filter(
                {"counterparty_id": str(first.vendor.own)},
                lambda row: row["vendor_id"] == str(first.vendor.own),
            ),
            Filter(
                {"product_id": str(second.product_id)},
                lambda row: row["lines"][0]["product_id"] == str(second.product_id),
            ),
        ],
    )


def _templates(client: httpx.Client, person: Register) -> Planted:
    first, second = _two_markets(person)
    for market, name in ((first, "b"), (second, "c"), (first, "a")):
        _made(client, "/order-templates", first.retailer, **market.wish(), name=name)
    return Planted(first.retailer, [only("vendor_id", second.vendor.own)])


def _businesses(client: httpx.Client, person: Register) -> Planted:
    admin = person("admin")
    kinds = ("vendor", "retailer", "retailer")
    names = ("Beta", "Alpha", "Gamma")
    ids = [str(person(kind, name=name).own) for kind, name in zip(kinds, names, strict=True)]
    for number, facts in enumerate(({"zone": "Surkhet"}, {"country": "IN"}, {"origin": "imported"})):
        joined_at = datetime.now(UTC) - timedelta(days=number)
        _set("businesses", UUID(ids[number]), joined_at=joined_at, **facts)
    return Planted(
        admin,
        [
            Filter({"side": "vendor"}, lambda row: row["is_vendor"]),
            only("zone", "Surkhet"),
            only("country", "IN"),
            only("origin", "imported"),
            Filter({"search": "ph"}, lambda row: row["name"] == "Alpha"),
        ],
        asked={"ids": ids},
    )


def _tax_classes(client: httpx.Client, person: Register) -> Planted:
    return Planted(
        person("vendor"),
        [
            Filter({"kind": "good"}, lambda row: row["hsn"] is not None),
            Filter({"kind": "rate"}, lambda row: row["hsn"] is None),
            Filter(
                {"q": "salt"}, lambda row: "salt" in f"{row['code']} {row['name']} {row['note']}".casefold()
            ),
        ],
        asked={"country": "NP", "day": str(TODAY)},
    )


_SHELVED: Final = {
    "product": up("product_id"),
    "code": up("sku"),
    "name": up("name"),
    "free": up("free", Decimal),
}
_BATCHED: Final = {"expiry": up("expires_on"), "newest": down("made_at"), "most": down("on_hand", Decimal)}

LISTS: Final = (
    Listed(
        "/members",
        {"longest": up("created_at"), "newest": down("created_at"), "position": up("position")},
        _members,
    ),
    Listed("/members/invitations", {"newest": down("invited_at"), "oldest": up("expires_at")}, _invitations),
    Listed("/api-keys", {"newest": down("made_at"), "oldest": up("made_at"), "name": up("name")}, _api_keys),
    Listed("/audit", {"newest": down("recorded_at"), "oldest": up("recorded_at")}, _audit),
    Listed("/schemes", {"code": up("code"), "newest": down("valid_from")}, _schemes),
    Listed(
        "/customer-prices",
        {"oldest": up("id"), "newest": down("id"), "customer": up("retailer_id")},
        _customer_prices,
    ),
    Listed(
        "/price-intelligence/alerts", {"newest": down("raised_at"), "oldest": up("raised_at")}, _price_alerts
    ),
    Listed(
        "/deliveries/without-proof",
        {"newest": down("delivered_at"), "oldest": up("delivered_at")},
        _without_proof,
    ),
    Listed(
        "/delivery-slots",
        {
            "zone": By(lambda row: (row["zone"], row["weekday"], row["begins"])),
            "weekday": By(lambda row: (row["weekday"], row["begins"], row["zone"])),
        },
        _slots,
    ),
    Listed("/disputes", {"newest": down("opened_at"), "oldest": up("opened_at")}, _disputes),
    Listed("/back-orders", {"newest": down("made_at"), "oldest": up("made_at")}, _back_orders),
    Listed("/order-templates", {"name": up("name"), "newest": down("made_at")}, _templates),
    Listed("/businesses", {"name": up("name"), "zone": up("zone"), "newest": down("joined_at")}, _businesses),
    Listed(
        "/tax/classes",
        {
            "code": up("code"),
            "name": By(lambda row: row["name"] or row["code"]),
            "hsn": By(lambda row: (row["hsn"] is None, row["hsn"] or row["code"])),
        },
        _tax_classes,
    ),
    Listed("/stock/levels", _SHELVED, _levels),
    Listed("/products/low-stock", _SHELVED, _low_stock),
    Listed("/stock/movements", {"newest": down("moved_at"), "oldest": up("moved_at")}, _movements),
    Listed("/stock/batches", _BATCHED, _batches),
    Listed("/products/expiring-soon", _BATCHED, _expiring_soon),
    *CREDIT_LISTS,
    *SHOP_LISTS,
    *MESSAGE_LISTS,
    *TILL_LISTS,
)

ELSEWHERE: Final = {
    "/api/customers/balances": "test_khata.py",
    "/credit/ageing": "test_lists.py",
    "/credit/items/{counterparty_id}": "test_lists.py",
    "/credit/limits": "test_lists.py",
    "/forecasts": "test_published.py",
    "/goods-receipts": "test_goods_receipts.py",
    "/orders": "test_lists.py, test_wholesale.py",
    "/price-intelligence/recommendations": "test_price_intelligence.py",
    "/products": "test_lists.py, test_goods.py",
    "/vendors/leaderboard": "test_published.py",
}
"""Lists whose orders and filters are held by tests of their own."""

SORTED_ANEW: Final[Mapping[str, tuple[set[str], str]]] = {
    "/businesses": ({"name", "zone", "newest"}, "some thousand at most"),
    "/members": ({"longest", "newest", "position"}, "the people of one business"),
    "/api-keys": ({"name"}, "the keys of one business"),
    "/schemes": ({"newest"}, "the schemes of one vendor"),
    "/customer-prices": ({"newest", "oldest"}, "what one vendor agreed on with its customers"),
    "/delivery-slots": ({"weekday"}, "the week of one vendor"),
    "/order-templates": ({"name", "newest"}, "the baskets of one business"),
    "/stock/levels": ({"free"}, "what is free changes with every order"),
    "/products/low-stock": ({"free"}, "what is free changes with every order"),
    "/stock/batches": ({"expiry", "newest", "most"}, "what lies on one business's shelves"),
    "/products/expiring-soon": ({"expiry", "newest", "most"}, "what lies on one business's shelves"),
    "/customers/balances": ({"owed"}, "what is owed changes with every bill"),
    "/suppliers": ({"owed"}, "what is owed changes with every delivery and payment"),
    "/credit/consents": ({"vendor", "newest"}, "the vendors of one retailer"),
    "/risk-control/rules": ({"newest"}, "what admins wrote"),
    "/risk-control/exposure": ({"owed"}, "what is owed changes with every sale: all pairs are summed"),
    "/financial-metrics/exposures": (
        {"exposure", "owed", "retailer"},
        "what is owed changes with every sale: all pairs are summed",
    ),
}
"""Lists with orders that no index gives, and why: their rows are sorted for each page."""

WITHOUT_PLANT: Final = {("/audit", "business_id"), ("/invoices", "side"), ("/tax/sales-register", "month")}
"""Filters that a planted list cannot part its rows by; its plant tries them, or of sides `test_bills.py`."""


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.path)
def test_every_order_and_filter_is_what_it_says(
    listed: Listed, client: httpx.Client, person: Register
) -> None:
    planted = listed.plant(client, person)
    path = listed.path.format(**planted.within)
    whole = _read(client, planted.who, path, **planted.asked)
    unindexed: dict[str, str] = {}
    for number, (sort, by) in enumerate(listed.sorts.items()):
        rows = _read(client, planted.who, path, **planted.asked, sort=sort)
        assert number or rows == whole, sort
        with sorted_anew() as anew:
            assert _walked(client, planted.who, path, **planted.asked, sort=sort) == rows, sort
        if anew:
            unindexed[sort] = anew[0]
        keys = [by.key(row) for row in rows]
        assert keys == sorted(keys, reverse=by.is_descending), sort
        assert keys[0] != keys[-1], f"{sort}: plant rows that differ"
        assert _held(rows) == _held(whole), sort
    known, _why = SORTED_ANEW.get(listed.path, (set(), ""))
    assert unindexed.keys() == known, unindexed
    for one in planted.filters:
        found = _read(client, planted.who, path, **{**planted.asked, **one.asked})
        if one.keeps is None:
            assert found, one.asked
            assert not _held(found) & _held(whole), one.asked
        else:
            kept = [row for row in whole if one.keeps(row)]
            assert 0 < len(kept) < len(whole), f"{one.asked}: plant rows of both kinds"
            assert found == kept, one.asked
    tried = {name for one in planted.filters for name in one.asked} | planted.asked.keys()
    tried |= {name for path, name in WITHOUT_PLANT if path == listed.path}
    assert tried == _documented()[listed.path].keys() - {"limit", "cursor", "sort"}


def test_every_list_that_is_sorted_stands_here_or_says_where_with_all_its_orders() -> None:
    sorts = {path: params["sort"]["enum"] for path, params in _documented().items() if "sort" in params}
    assert sorts.keys() == {one.path for one in LISTS} | ELSEWHERE.keys()
    for one in LISTS:
        assert list(one.sorts) == sorts[one.path], one.path


def _documented() -> dict[str, dict[str, Any]]:
    """The parameters of every list of the document, by its path and their names."""
    return {
        path.removeprefix("/api/v1"): {
            one["name"]: one["schema"]
            for one in operations["get"].get("parameters", ())
            if one["in"] == "query"
        }
        for path, operations in create_app().openapi()["paths"].items()
        if "get" in operations
    }


def _held(rows: Sequence[Row]) -> set[str]:
    return {repr(row) for row in rows}


def _moment(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
