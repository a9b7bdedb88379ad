"""What is past its time is deleted, what is not stays, and the document says which."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from commerce.credit import claims
from commerce.credit import service as credit
from commerce.delivery import proofs
from commerce.disputes import service as disputes
from commerce.ordering import service as ordering
from commerce.ordering.claims import photo_key
from foundation import capture, database
from foundation.database import read, write
from foundation.ids import uuid7
from foundation.object_store import object_store
from foundation.settings import settings
from sauda import retention
from tests.commerce.factories import RETAILER, Market, market

pytestmark = pytest.mark.committing

DOCUMENT = Path(__file__).parents[2] / "docs" / "retention.md"
NOW = datetime.now(UTC)


def values(question: str) -> list[object]:
    with read() as session:
        return list(session.execute(text(question)).scalars())


def test_the_document_says_what_is_deleted_and_when() -> None:
    deleted = DOCUMENT.read_text().partition("Kept for ever")[0]
    rows = dict(re.findall(r"^\| ([^|]+) \| (\d+) days?\b[^|]* \|", deleted, re.M))
    assert rows == {what: str(kept.days) for what, kept in retention.KEPT.items()}


def test_request_keys_are_forgotten_after_a_week(own_world: str) -> None:
    statement = text("""
        INSERT INTO app.idempotency_keys
            (business_id, actor_id, operation, key, body_hash, result_id, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'place', age || ' days', 'h', gen_random_uuid(),
               now() - make_interval(days => age)
        FROM unnest(ARRAY[6, 8]) AS age
    """)
    write(lambda session: session.execute(statement))
    retention.clear()
    assert values("SELECT key FROM app.idempotency_keys") == ["6 days"]


def test_refresh_tokens_are_forgotten_a_month_after_they_expired(own_world: str) -> None:
    def plant(session: database.Session) -> None:
        session.execute(
            text("""
                INSERT INTO app.users (id, email_index, password_hash, role, created_at)
                VALUES (gen_random_uuid(), 'an index', 'h', 'admin', now())
            """)
        )
        session.execute(
            text("""
                INSERT INTO app.refresh_tokens (id, family_id, user_id, token_hash, issued_at, expires_at)
                SELECT gen_random_uuid(), gen_random_uuid(), (SELECT id FROM app.users), age || ' days',
                       now() - interval '90 days', now() - make_interval(days => age)
                FROM unnest(ARRAY[-1, 29, 31]) AS age
            """)
        )

    write(plant)
    retention.clear()
    assert values("SELECT token_hash FROM app.refresh_tokens ORDER BY expires_at DESC") == [
        "-1 days",
        "29 days",
    ]


RECEIPT = """
    INSERT INTO app.ingestion_receipts (run_id, system_identifier, timeline, snapshot, row_counts, written_at)
    VALUES (%s, coalesce(%s, (SELECT system_identifier::text FROM pg_control_system())), 1,
            pg_current_snapshot()::text, '{}', now() - make_interval(days => %s))
"""


def delete_a_row(connection: psycopg.Connection, key: str) -> None:
    connection.execute(
        "INSERT INTO app.tombstones (table_name, key) VALUES ('users', jsonb_build_object('id', %s::text))",
        (key,),
    )


@pytest.mark.parametrize(
    ("system", "left_tombstones", "left_receipts"),
    [(None, ["carried lately", "not carried"], ["old", "late"]),
     ("another server", ["carried long ago", "carried lately", "not carried"], ["older", "old", "late"])],
)  # fmt: skip
def test_tombstones_go_a_month_after_they_were_carried_by_a_run_of_this_server(
    own_world: str, system: str | None, left_tombstones: list[str], left_receipts: list[str]
) -> None:
    with psycopg.connect(own_world, autocommit=True) as connection:
        delete_a_row(connection, "carried long ago")
        connection.execute(RECEIPT, ("older", system, 60))
        connection.execute(RECEIPT, ("old", system, 31))
        delete_a_row(connection, "carried lately")
        connection.execute(RECEIPT, ("late", system, 29))
        delete_a_row(connection, "not carried")
    write(lambda session: capture.delete_carried(session, now=NOW))
    write(lambda session: capture.delete_carried(session, now=NOW))
    assert values("SELECT key->>'id' FROM app.tombstones ORDER BY id") == left_tombstones
    assert values("SELECT run_id FROM app.ingestion_receipts ORDER BY written_at") == left_receipts


def test_rejected_lines_go_after_ninety_days(
    own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "imports"
    folder.mkdir()
    for days in (89, 91):
        file = folder / f"{days}-rejects.csv"
        file.write_text("row_no,reason,customer_name\n1,quantity is zero,Asha\n")
        long_ago = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(file, (long_ago, long_ago))
    retention.clear()
    assert [file.name for file in folder.iterdir()] == ["89-rejects.csv"]


def test_kept_quotes_are_forgotten_with_their_lines_three_months_after_they_end(own_world: str) -> None:
    trade = market()
    for _ in range(2):
        write(
            lambda session: ordering.keep_quote(
                session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, wishes=trade.wishes(1)
            )
        )
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("""
            UPDATE app.quotes SET valid_until = now() - CASE WHEN id = (SELECT min(id::text)::uuid FROM app.quotes)
                                                             THEN interval '91 days' ELSE interval '89 days' END
        """)
    retention.clear()
    assert values("SELECT count(*) FROM app.quotes") == [1]
    assert values("SELECT count(*) FROM app.quote_lines") == [1]


@pytest.fixture
def trade(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    """A market with an object store of its own."""
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    settings.cache_clear()
    return market()


def put(*keys: str, days: float = 2) -> None:
    """Files that were put so many days ago."""
    for key in keys:
        object_store().put(key, key.encode())
        path = object_store().local_path(key)
        assert path is not None
        long_ago = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(path, (long_ago, long_ago))


def picture(of: str) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + of.encode()


def name_them(trade: Market) -> list[str]:
    """A file of each kind, each with the row that names it; the keys."""
    order_id = trade.accepted(5)
    delivery_id = trade.deliver(order_id)
    shop, vendor = trade.retailer_id, trade.vendor_id
    photo, evidence = photo_key(shop, picture("torn")), disputes.evidence_key(shop, picture("lorry"))
    paid = claims.evidence_key(shop, picture("paid"))
    pictures = [proofs.picture_key(vendor, delivery_id, picture(what)) for what in ("door", "name")]

    def name(session: database.Session) -> None:
        ordering.make_claim(
            session, order_id=order_id, actor=RETAILER, kind="broken", quantities={1: Decimal(1)}, photo=photo
        )
        disputes.open_dispute(
            session,
            party=disputes.Party("retailer"),
            business_id=shop,
            counterparty_id=vendor,
            subject="order",
            subject_id=order_id,
            amount_paisa=100,
            reason="not-delivered",
            evidence=evidence,
        )
        credit.claim_payment(
            session,
            vendor_id=vendor,
            retailer_id=shop,
            amount_paisa=100,
            mode="upi",
            evidence_key=paid,
        )
        proofs.prove(
            session,
            delivery_id=delivery_id,
            vendor_id=vendor,
            received_by="Asha",
            photo=pictures[0],
            signature=pictures[1],
        )

    write(name)
    return [photo, evidence, paid, *pictures]


def test_files_that_no_row_names_go_after_a_day_and_no_other(trade: Market) -> None:
    named = name_them(trade)
    refused = [f"{key.rpartition('/')[0]}/refused" for key in named]
    just_put, unknown = f"claims/{trade.retailer_id}/new", f"claims/{uuid7()}/of-nobody-here"
    put(*named, *refused, unknown, "documents/of-a-book")
    put(just_put, days=0.9)
    retention.clear()
    kept = {one.key for one in object_store().list()}
    assert kept == {*named, just_put, unknown, "documents/of-a-book"}


def test_what_is_left_of_a_receiver_who_is_forgotten_goes_too(trade: Market) -> None:
    *others, door, name = name_them(trade)
    delivery_id = UUID(door.split("/")[2])
    put(*others, door, name)
    write(lambda session: proofs.forget_receivers(session, delivery_id=delivery_id, forgotten_by=None))
    # As after a crash between the commit and `forget_pictures`.
    retention.clear()
    assert {one.key for one in object_store().list()} == set(others)
