"""Lists of a hundred rows from a million orders: `sauda bench lists` prints one JSON object.

Every list is asked through HTTP of one API process by one caller, its first page, its hundredth and its ten thousandth
(or its last, where it has fewer), each page by a cursor. `ratio` is the worst p95 to the 50 ms wanted; `depth` of a
list is the median of its deepest page to that of its first. Beside the times stands what the server did for a page:
the indexes it read, the rows it passed over and the buffers it touched.

`python -m benchmarks.lists` writes the same as the table of `docs/queries.md`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import psycopg

import migrations
from benchmarks.parts import big_market, plans
from benchmarks.parts.big_market import BigMarket
from benchmarks.parts.scratch import api_processes, percentile, scratch_home
from commerce.identity import tokens
from foundation import locations
from foundation.embedded_postgres import DATABASE, SUPERUSER
from foundation.feed import Place
from foundation.ids import uuid7
from serving.changes.routes import cursor_of
from serving.pagination import cursor_after

LIMIT = 100
PAGES = (1, 100, 10_000)
WANTED_MS = 50.0

Values = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A list as somebody asks for it.

    `keys` selects the sort keys of all its rows, in its order; empty for a list that has one page.
    `values` fills its parameters, and the parameters of the request, from the market.
    """

    name: str
    role: str
    path: str
    keys: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


_ORDERS_OF = "SELECT placed_at, id FROM app.orders WHERE {} ORDER BY placed_at DESC, id DESC"
_ORDERS_UP = "SELECT placed_at, id FROM app.orders WHERE {} ORDER BY placed_at, id"
_MOVED_OF = (
    "SELECT moved_at, id FROM app.stock_movements WHERE business_id = %(vendor)s ORDER BY moved_at {}, id {}"
)
_ACTS_OF = "SELECT recorded_at, id FROM app.audit_entries WHERE {} ORDER BY recorded_at DESC, id DESC"
_ACTS_UP = "SELECT recorded_at, id FROM app.audit_entries WHERE {} ORDER BY recorded_at, id"
_DISPUTES_OF = "SELECT opened_at, id FROM app.disputes WHERE {} ORDER BY opened_at DESC, id DESC"
_DISPUTES_UP = "SELECT opened_at, id FROM app.disputes WHERE {} ORDER BY opened_at, id"
_PROMISED_OF = "SELECT promised_on, id FROM app.orders WHERE {} ORDER BY promised_on, id"
_EVENTS_OF = """
    SELECT id FROM app.domain_events WHERE business_id = %(vendor)s OR counterparty_id = %(vendor)s ORDER BY id
"""
_ITEMS_OF = """
    SELECT recorded_at, item.id FROM app.receivable_items item
    JOIN app.credit_agreements agreement ON agreement.receivable_account_id = account_id
    WHERE agreement.{} ORDER BY recorded_at DESC, item.id DESC
"""

ASKED: Final = (
    Asked("orders as vendor", "vendor", "/orders", _ORDERS_OF.format("vendor_id = %(vendor)s")),
    Asked("orders as retailer", "retailer", "/orders", _ORDERS_OF.format("retailer_id = %(retailer)s")),
    Asked(
        "orders from the oldest as vendor",
        "vendor",
        "/orders",
        _ORDERS_UP.format("vendor_id = %(vendor)s"),
        {"sort": "oldest"},
    ),
    Asked(
        "orders of a common state",
        "vendor",
        "/orders",
        _ORDERS_OF.format("vendor_id = %(vendor)s AND order_state = 'completed'"),
        {"state": "completed"},
    ),
    Asked(
        "orders of a rare state",
        "vendor",
        "/orders",
        _ORDERS_OF.format("vendor_id = %(vendor)s AND order_state = 'expired'"),
        {"state": "expired"},
    ),
    Asked(
        "orders of days long past",
        "vendor",
        "/orders",
        _ORDERS_OF.format("vendor_id = %(vendor)s AND placed_on BETWEEN %(from)s AND %(until)s"),
        {"placed_from": "{from}", "placed_until": "{until}"},
    ),
    Asked(
        "orders with one customer",
        "vendor",
        "/orders",
        _ORDERS_OF.format("vendor_id = %(vendor)s AND retailer_id = %(customer)s"),
        {"counterparty_id": "{customer}"},
    ),
    Asked(
        "orders by the promised day as vendor",
        "vendor",
        "/orders",
        _PROMISED_OF.format("vendor_id = %(vendor)s"),
        {"sort": "promised"},
    ),
    Asked(
        "orders by the promised day as retailer",
        "retailer",
        "/orders",
        _PROMISED_OF.format("retailer_id = %(retailer)s"),
        {"sort": "promised"},
    ),
    Asked("orders as admin", "admin", "/orders", _ORDERS_OF.format("true")),
    Asked(
        "orders of a rare state as admin",
        "admin",
        "/orders",
        _ORDERS_OF.format("order_state = 'expired'"),
        {"state": "expired"},
    ),
    Asked("an order by its number as admin", "admin", "/orders", parameters={"number": "{number}"}),
    Asked("movements of stock", "vendor", "/stock/movements", _MOVED_OF.format("DESC", "DESC")),
    Asked(
        "movements of stock from the oldest",
        "vendor",
        "/stock/movements",
        _MOVED_OF.format("", ""),
        {"sort": "oldest"},
    ),
    Asked("movements of one good", "vendor", "/stock/movements", parameters={"product_id": "{moved}"}),
    Asked("audit log of a business", "vendor", "/audit", _ACTS_OF.format("business_id = %(vendor)s")),
    Asked(
        "audit log of a business from the oldest",
        "vendor",
        "/audit",
        _ACTS_UP.format("business_id = %(vendor)s"),
        {"sort": "oldest"},
    ),
    Asked("audit log as admin", "admin", "/audit", _ACTS_OF.format("true")),
    Asked(
        "audit log of one actor as admin",
        "admin",
        "/audit",
        _ACTS_OF.format("actor_id = %(actor)s"),
        {"actor_id": "{actor}"},
    ),
    Asked("audit log of one subject as admin", "admin", "/audit", parameters={"subject_id": "{subject}"}),
    Asked("disputes as vendor", "vendor", "/disputes", _DISPUTES_OF.format("vendor_id = %(vendor)s")),
    Asked(
        "disputes from the oldest as retailer",
        "retailer",
        "/disputes",
        _DISPUTES_UP.format("retailer_id = %(retailer)s"),
        {"sort": "oldest"},
    ),
    Asked(
        "disputes from the oldest as admin",
        "admin",
        "/disputes",
        _DISPUTES_UP.format("true"),
        {"sort": "oldest"},
    ),
    Asked("changes", "vendor", "/changes", _EVENTS_OF),
    Asked("changes since just now", "vendor", "/changes", parameters={"after": "{now}"}),
    Asked(
        "payments and debts as vendor",
        "vendor",
        "/credit/history",
        _ITEMS_OF.format("vendor_id = %(vendor)s"),
    ),
    Asked(
        "payments and debts as retailer",
        "retailer",
        "/credit/history",
        _ITEMS_OF.format("retailer_id = %(retailer)s"),
    ),
    Asked(
        "payments and debts with one customer",
        "vendor",
        "/credit/history",
        _ITEMS_OF.format("vendor_id = %(vendor)s AND agreement.retailer_id = %(customer)s"),
        {"counterparty_id": "{customer}"},
    ),
    Asked("open items of a pair", "retailer", "/credit/items/{partner}"),
    Asked("limits of all customers", "vendor", "/credit/limits"),
    Asked(
        "products",
        "retailer",
        "/products",
        "SELECT sku, id FROM app.products ORDER BY sku, id",
    ),
    Asked(
        "products of a vendor",
        "retailer",
        "/products",
        """SELECT sku, id FROM app.products WHERE id IN (SELECT product_id FROM app.offers WHERE vendor_id = %(vendor)s)
           ORDER BY sku, id""",
        {"vendor_id": "{vendor}"},
    ),
    Asked(
        "products by name",
        "retailer",
        "/products",
        "SELECT name, id FROM app.products ORDER BY name, id",
        {"sort": "name"},
    ),
    Asked("products that are searched for", "retailer", "/products", parameters={"q": "good 1234"}),
    Asked("businesses", "admin", "/businesses", "SELECT name, id FROM app.businesses ORDER BY name, id"),
)


@dataclass(frozen=True)
class AskedPage:
    """One page of a list, ready to be asked for."""

    asked: Asked
    number: int
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


def measure(
    orders: int = 1_000_000,
    vendors: int = 300,
    retailers: int = 1_500,
    products: int = 20_000,
    calls: int = 40,
) -> dict[str, Any]:
    """Times and plans of every list, on a scratch home."""
    with scratch_home() as home:
        migrations.upgrade()
        server = locations.embedded_server()
        with psycopg.connect(server.url(SUPERUSER, DATABASE), autocommit=True) as admin:
            market = big_market.plant(
                admin, orders=orders, vendors=vendors, retailers=retailers, products=products
            )
            pages = list(pages_of(admin, market))
        with api_processes(home, 1) as [address], httpx.Client(base_url=address, timeout=60) as client:
            times = [_timed(client, page, calls) for page in pages]
        with plans.explained() as ask:
            done = [plans.summary(ask(page.path, page.parameters, page.headers)) for page in pages]
    lists: dict[str, dict[str, Any]] = {}
    for page, seconds, plan in zip(pages, times, done, strict=True):
        figures = {f"p{p}_ms": round(percentile(seconds, p) * 1000, 1) for p in (50, 95)}
        found = lists.setdefault(page.asked.name, {"path": page.asked.path, "pages": {}})
        found["pages"][page.number] = {**figures, **plan}
    for one in lists.values():
        shown = list(one["pages"].values())
        one["depth"] = round(shown[-1]["p50_ms"] / shown[0]["p50_ms"], 2)
    worst = max(page["p95_ms"] for one in lists.values() for page in one["pages"].values())
    return {
        "name": "lists",
        "what": f"p95 in ms of pages of {LIMIT} rows from {orders} orders through HTTP, the worst of all lists",
        "ratio": round(worst / WANTED_MS, 3),
        "limit": 1.0,
        "orders": orders,
        "p95_ms_worst": worst,
        "depth_worst": max(one["depth"] for one in lists.values()),
        "lists": lists,
    }


def _timed(client: httpx.Client, page: AskedPage, calls: int) -> list[float]:
    seconds = []
    for number in range(-3, calls):  # three to warm up
        began = time.perf_counter()
        answer = client.get(page.path, params=page.parameters, headers=page.headers)
        if number >= 0:
            seconds.append(time.perf_counter() - began)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{page.asked.name}, page {page.number}: {answer.text}")
    return seconds


def pages_of(
    admin: psycopg.Connection[Any], market: BigMarket, pages: tuple[int, ...] = PAGES
) -> Iterator[AskedPage]:
    """The pages to ask for of every list; the last one where a list has fewer."""
    values = _values(admin, market)
    told = {name: str(value) for name, value in values.items()}
    for asked in ASKED:
        path = f"/api/v1{asked.path.format(**told)}"
        filters = {name: value.format(**told) for name, value in asked.parameters.items()}
        headers = {"Authorization": f"Bearer {_token(asked.role, values)}"}
        base = {**filters, "limit": str(LIMIT)} if asked.keys or filters else {}
        if not asked.keys:
            yield AskedPage(asked, 1, path, base, headers)
            continue
        row = admin.execute(b"SELECT count(*) FROM (" + asked.keys.encode() + b") AS rows", values).fetchone()
        last = max(1, -(-int(row[0]) // LIMIT)) if row else 1
        for number in sorted({min(page, last) for page in pages}):
            cursor = {} if number == 1 else _cursor(admin, asked, path, filters, values, number)
            yield AskedPage(asked, number, path, base | cursor, headers)


def _values(admin: psycopg.Connection[Any], market: BigMarket) -> Values:
    row = admin.execute("""
        SELECT number, CAST(now() - interval '400 days' AS date), CAST(now() - interval '370 days' AS date),
               pg_current_snapshot()::text, (SELECT system_identifier::text FROM pg_control_system())
        FROM app.orders ORDER BY id LIMIT 1
    """).fetchone()
    assert row is not None
    number, first_day, last_day, snapshot, server = row
    moved = admin.execute(
        "SELECT product_id FROM app.stock_movements WHERE business_id = %s ORDER BY id LIMIT 1",
        [market.vendor_id],
    ).fetchone()
    act = admin.execute("SELECT actor_id, subject_id FROM app.audit_entries ORDER BY id LIMIT 1").fetchone()
    assert moved is not None
    assert act is not None
    return {
        "vendor": market.vendor_id,
        "retailer": market.retailer_id,
        "partner": market.partner_of_retailer(admin),
        "customer": market.customer_of_vendor(admin),
        "number": number,
        "moved": moved[0],
        "actor": act[0],
        "subject": act[1],
        "from": first_day,
        "until": last_day,
        "server": server,
        "snapshot": snapshot,
        "now": cursor_of(Place(server, since=snapshot), market.vendor_id),
    }


def _cursor(
    admin: psycopg.Connection[Any],
    asked: Asked,
    path: str,
    filters: Mapping[str, str],
    values: Values,
    page: int,
) -> dict[str, str]:
    # As the page before would have given it: to walk ten thousand pages takes longer than to ask for the row.
    row = admin.execute(f"{asked.keys} OFFSET {(page - 1) * LIMIT - 1} LIMIT 1".encode(), values).fetchone()
    assert row is not None
    if asked.path == "/changes":
        place = Place(values["server"], None, values["snapshot"], row[0])
        return {"after": cursor_of(place, values["vendor"])}
    return {"cursor": cursor_after(row, path, list(filters.items()))}


def _token(role: str, values: Values) -> str:
    business: UUID | None = values.get(role)
    position = "owner" if business else None
    access = tokens.Access(uuid7(), role, business, position, has_second_factor=role == "admin")
    return tokens.issue_access_token(access)


def document(figures: Mapping[str, Any]) -> str:
    """The table of `docs/queries.md`."""
    lines = ["| list | page | indexes read | rows passed | buffers |", "|---|---|---|---|---|"]
    for name, one in figures["lists"].items():
        for number, page in one["pages"].items():
            read = [f"`{index}`" for index in page["indexes"]]
            read += [f"{table}, whole" for table in page["read_whole"]]
            shown = f"{name} | {int(number):,} | {', '.join(read)} | {page['rows_passed']:,} | {page['buffers']:,}"
            lines.append(f"| {shown} |")
    return "\n".join(lines) + "\n"


MARK = "<!-- the table: `python -m benchmarks.lists` -->\n"

if __name__ == "__main__":
    page = Path(__file__).parents[1] / "docs/queries.md"
    kept = page.read_text().partition(MARK)[0]
    found = measure(**{name: int(value) for name, _, value in (word.partition("=") for word in sys.argv[1:])})
    page.write_text(kept + MARK + "\n" + document(found))
