"""A session scoped to one business sees and writes nothing of another, in any table with a tenant."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from commerce.tables import metadata
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import Market, market

SHARED = {
    "offers": "price lists are public within the market",
    "schemes": "part of the price lists",
    "idempotency_keys": "looked up by its whole key, which names the caller",
    "users": "log-in comes before any scope; only identity reads it",
    "adopted_scores": "read by platform roles alone, routes check it",
}
"""Tables that name a business and have no policy, with the reason."""

OWNERS = ("business_id", "vendor_id", "retailer_id")


def tenant_tables() -> dict[str, list[str]]:
    """Table name to the columns that name its businesses."""
    found = {}
    for table in metadata.sorted_tables:
        columns = [column.name for column in table.columns if column.name in OWNERS]
        if columns and table.name not in SHARED:
            found[table.name] = columns
    return found


@pytest.fixture(scope="module")
def strangers(migrated: Server) -> tuple[Market, Market]:
    """Two markets that have nothing to do with each other, with a row of everything."""

    def lived() -> Market:
        made = market()
        order_id = made.accepted(5)
        made.deliver(order_id)
        made.take_back(order_id, {1: 1})
        made.pay(100)
        made.place(1)
        return made

    return lived(), lived()


@pytest.mark.parametrize("table", tenant_tables())
def test_a_scoped_session_sees_its_own_rows_and_no_others(
    table: str, strangers: tuple[Market, Market]
) -> None:
    columns = tenant_tables()[table]
    ours, theirs = strangers
    rows = text(f"SELECT {', '.join(columns)} FROM app.{table}")
    scope = {ours.vendor_id, ours.retailer_id}
    with read(scope) as session:
        seen = session.execute(rows).all()
    for row in seen:
        assert (set(row) & scope) or set(row) == {None}
    with read() as session:
        everything = session.execute(rows).all()
    of_others = [row for row in everything if {theirs.vendor_id, theirs.retailer_id} & set(row)]
    if table not in ("tax_profiles",) and of_others:
        assert len(seen) < len(everything)


@pytest.mark.parametrize(
    "table", ["orders", "postings", "receivables", "payments", "decisions", "stock_levels"]
)
def test_both_sides_have_rows_to_hide(table: str, strangers: tuple[Market, Market]) -> None:
    owner = tenant_tables()[table][0]
    for trade in strangers:
        with read([trade.vendor_id]) as session:
            count = session.execute(
                text(f"SELECT count(*) FROM app.{table} WHERE {owner} = :vendor"), {"vendor": trade.vendor_id}
            ).scalar_one()
        assert count >= 1


@pytest.mark.parametrize("table", tenant_tables())
def test_every_tenant_table_forces_its_policy(table: str, migrated: Server) -> None:
    with read() as session:
        flags = session.execute(
            text("""
                SELECT c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'app' AND c.relname = :name
            """),
            {"name": table},
        ).one()
    assert flags == (True, True)


def test_without_any_scope_nothing_is_seen(strangers: tuple[Market, Market]) -> None:
    with read([]) as session:
        for table in tenant_tables():
            business = tenant_tables()[table][0]
            seen = session.execute(
                text(f"SELECT count(*) FROM app.{table} WHERE {business} IS NOT NULL")
            ).scalar_one()
            assert seen == 0, table


def test_a_row_of_another_cannot_be_written(strangers: tuple[Market, Market]) -> None:
    ours, theirs = strangers
    insert = text("""
        INSERT INTO app.consents (id, business_id, purpose, is_granted, recorded_at)
        VALUES (gen_random_uuid(), :business, 'score-band', true, now())
    """)
    write(lambda session: session.execute(insert, {"business": ours.vendor_id}), scope=[ours.vendor_id])
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(lambda session: session.execute(insert, {"business": theirs.vendor_id}), scope=[ours.vendor_id])
