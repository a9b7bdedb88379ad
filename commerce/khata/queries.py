"""Questions about khatas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page


class Khata(NamedTuple):
    """A customer's account and where their shop stands."""

    account_id: UUID
    currency: str
    time_zone: str
    joined_at: datetime
    is_erased: bool


class Written(NamedTuple):
    """An entry as the verb that would undo it needs it."""

    customer_id: UUID
    kind: str
    amount_paisa: int
    mode: str | None
    entered_on: date


_KHATA = text("""
    SELECT customer.account_id, customer.currency, shop.time_zone, shop.joined_at,
           customer.erased_at IS NOT NULL AS is_erased
    FROM app.customers customer JOIN app.businesses shop ON shop.id = customer.business_id
    WHERE customer.business_id = :business_id AND customer.id = :customer_id
""")


def khata(session: Session, business_id: UUID, customer_id: UUID) -> Khata | None:
    """A customer's khata; None where the shop has no such customer."""
    row = session.execute(_KHATA, {"business_id": business_id, "customer_id": customer_id}).one_or_none()
    return None if row is None else Khata._make(row)


def written(session: Session, business_id: UUID, entry_id: UUID) -> Written | None:
    """An entry of a shop."""
    row = session.execute(
        text("""
            SELECT customer_id, kind, amount_paisa, mode, entered_on FROM app.khata_entries
            WHERE id = :entry_id AND business_id = :business_id
        """),
        {"entry_id": entry_id, "business_id": business_id},
    ).one_or_none()
    return None if row is None else Written._make(row)


def is_reversed(session: Session, entry_id: UUID) -> bool:
    """Whether an entry was undone. Lock the khata's row before deciding on it."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.khata_entries WHERE reverses_id = :entry_id)"),
            {"entry_id": entry_id},
        ).scalar_one()
    )


def alike(session: Session, customer_id: UUID, kind: str, amount_paisa: int, since: datetime) -> UUID | None:
    """The newest entry of the same kind and amount for a customer, recorded since then and not undone."""
    return session.execute(
        text("""
            SELECT entry.id FROM app.khata_entries entry
            WHERE entry.customer_id = :customer_id AND entry.recorded_at >= :since AND entry.kind = :kind
              AND entry.amount_paisa = :amount_paisa
              AND NOT EXISTS (SELECT FROM app.khata_entries undone WHERE undone.reverses_id = entry.id)
            ORDER BY entry.recorded_at DESC LIMIT 1
        """),
        {"customer_id": customer_id, "kind": kind, "amount_paisa": amount_paisa, "since": since},
    ).scalar_one_or_none()


def is_opened(session: Session, customer_id: UUID) -> bool:
    """Whether what a customer owed before was written. Lock the khata's row before deciding on it."""
    return bool(
        session.execute(
            text("""
                SELECT EXISTS (SELECT FROM app.khata_entries WHERE customer_id = :customer_id AND kind = 'opening')
            """),
            {"customer_id": customer_id},
        ).scalar_one()
    )


MOVEMENTS_BY = {
    "newest": Order((("recorded_at", "timestamptz"), ("id", "uuid")), is_descending=True),
    "oldest": Order((("recorded_at", "timestamptz"), ("id", "uuid"))),
}
_MOVEMENTS = """
    SELECT item.id, item.kind, item.amount_paisa, item.currency, item.document_date, item.due_date,
           item.document_number, item.source, item.source_id, item.recorded_at, entry.mode, entry.reference,
           entry.reverses_id, entry.reversal_reason,
           abs(item.amount_paisa) - coalesce((
               SELECT CAST(sum(settled.amount_paisa) AS bigint) FROM app.allocations settled
               WHERE settled.debit_item_id = item.id OR settled.credit_item_id = item.id), 0) AS open_paisa
    FROM app.receivable_items item
    LEFT JOIN app.khata_entries entry ON entry.id = item.source_id AND item.source = 'khata'
    WHERE item.account_id = :account_id
"""


def movements(
    session: Session,
    account_id: UUID,
    *,
    is_open: bool | None = None,
    by: Order = MOVEMENTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What stands in a khata, bills and all, with what is open of each; by `is_open` what is not settled, or is."""
    values = {"account_id": account_id, "is_open": is_open}
    rows = f"SELECT * FROM ({_MOVEMENTS}) moved WHERE true"  # noqa: S608 - constants of this module
    filters = {"is_open": "(open_paisa > 0) = :is_open"}
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)


def entry(session: Session, business_id: UUID, entry_id: UUID) -> RowMapping:
    """An entry of a shop, with what it stands as among the items of its khata."""
    return (
        session.execute(
            text("""
                SELECT entry.id, entry.customer_id, entry.amount_paisa, entry.reverses_id, item.id AS item_id
                FROM app.khata_entries entry
                JOIN app.customers customer ON customer.id = entry.customer_id
                JOIN app.receivable_items item ON item.account_id = customer.account_id AND item.source_id = entry.id
                WHERE entry.id = :entry_id AND entry.business_id = :business_id
            """),
            {"entry_id": entry_id, "business_id": business_id},
        )
        .mappings()
        .one()
    )
