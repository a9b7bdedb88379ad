"""Questions about what a shop spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page


class Head(NamedTuple):
    """What money is spent on: a head of all shops (without an id), or one of this shop under such."""

    id: UUID | None
    name: str
    head: str


class Written(NamedTuple):
    """An expense as the verb that would undo it needs it."""

    kind: str
    head: str
    own_head_id: UUID | None
    amount_paisa: int
    currency: str
    mode: str
    spent_on: date


def own_heads(session: Session, business_id: UUID) -> list[Head]:
    """The heads that a shop made, by name."""
    rows = session.execute(
        text("SELECT id, name, head FROM app.expense_heads WHERE business_id = :business_id ORDER BY name"),
        {"business_id": business_id},
    )
    return [Head._make(row) for row in rows]


def lock_heads(session: Session, business_id: UUID) -> None:
    """Let who makes a head of this shop wait for one another: two would both find a name free."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('expense-heads:' || :business_id, 0))"),
        {"business_id": str(business_id)},
    )


def lock_written(session: Session, business_id: UUID, expense_id: UUID) -> Written | None:
    """An expense of a shop; whoever else would undo it waits until the caller has ended."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('expense:' || :expense_id, 0))"),
        {"expense_id": str(expense_id)},
    )
    row = session.execute(
        text("""
            SELECT kind, head, own_head_id, amount_paisa, currency, mode, spent_on FROM app.expenses
            WHERE id = :expense_id AND business_id = :business_id
        """),
        {"expense_id": expense_id, "business_id": business_id},
    ).one_or_none()
    return None if row is None else Written._make(row)


def is_reversed(session: Session, expense_id: UUID) -> bool:
    """Whether an expense was undone. Ask after `lock_written`."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.expenses WHERE reverses_id = :expense_id)"),
            {"expense_id": expense_id},
        ).scalar_one()
    )


def alike(
    session: Session,
    business_id: UUID,
    head: str,
    own_head_id: UUID | None,
    amount_paisa: int,
    since: datetime,
) -> UUID | None:
    """The newest expense of the same head and amount, recorded since then and not undone."""
    return session.execute(
        text("""
            SELECT spent.id FROM app.expenses spent
            WHERE spent.business_id = :business_id AND spent.recorded_at >= :since AND spent.kind = 'expense'
              AND spent.head = :head AND spent.own_head_id IS NOT DISTINCT FROM CAST(:own_head_id AS uuid)
              AND spent.amount_paisa = :amount_paisa
              AND NOT EXISTS (SELECT FROM app.expenses undone WHERE undone.reverses_id = spent.id)
            ORDER BY spent.recorded_at DESC LIMIT 1
        """),
        {
            "business_id": business_id,
            "head": head,
            "own_head_id": own_head_id,
            "amount_paisa": amount_paisa,
            "since": since,
        },
    ).scalar_one_or_none()


_EXPENSES = """
    SELECT spent.id, spent.kind, spent.head, own.name AS own_head, spent.amount_paisa, spent.currency, spent.mode,
           spent.reference, spent.note_sealed, spent.spent_on, spent.recorded_at, spent.reverses_id,
           undone.id AS reversed_by_id
    FROM app.expenses spent
    LEFT JOIN app.expense_heads own ON own.id = spent.own_head_id
    LEFT JOIN app.expenses undone ON undone.reverses_id = spent.id
    WHERE spent.business_id = :business_id
"""
_NEWEST = (("recorded_at", "timestamptz"), ("id", "uuid"))
EXPENSES_BY = {
    "newest": Order(_NEWEST, is_descending=True),
    "oldest": Order(_NEWEST),
    "day": Order((("spent_on", "date"), ("id", "uuid")), is_descending=True),
}
_EXPENSE_IS = {
    "head": "spent.head = :head",
    "own_head": "own.name = :own_head",
    "mode": "spent.mode = :mode",
    "first": "spent.spent_on >= :first",
    "last": "spent.spent_on <= :last",
    "is_standing": "(spent.kind = 'expense' AND undone.id IS NULL) = :is_standing",
}


@dataclass(frozen=True)
class ExpenseFilter:
    """Which expenses of a list; None does not filter. Days are the shop's, both included."""

    head: str | None = None
    own_head: str | None = None
    mode: str | None = None
    first: date | None = None
    last: date | None = None
    is_standing: bool | None = None


def expenses(
    session: Session,
    business_id: UUID,
    *,
    chosen: ExpenseFilter = ExpenseFilter(),
    by: Order = EXPENSES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a shop spent, and what undid some of it."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _EXPENSES, values, filters=_EXPENSE_IS, by=by, after=after, limit=limit)


def expense(session: Session, business_id: UUID, expense_id: UUID) -> RowMapping | None:
    """One expense of a shop."""
    return (
        session.execute(
            text(f"{_EXPENSES} AND spent.id = :expense_id"),
            {"business_id": business_id, "expense_id": expense_id},
        )
        .mappings()
        .one_or_none()
    )
