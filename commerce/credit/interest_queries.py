"""Questions of late interest: the rule, and the debts with the day up to which they were charged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


class Rule(NamedTuple):
    """What a vendor takes for what is late, and from when on."""

    percent: Decimal
    after_days: int
    valid_from: datetime


def rule_in_force(session: Session, vendor_id: UUID, now: datetime) -> Rule | None:
    """The vendor's rule at a moment; None where it never set one."""
    row = session.execute(
        text("""
            SELECT percent, after_days, valid_from FROM app.interest_rules
            WHERE vendor_id = :vendor_id AND valid_from <= :now ORDER BY valid_from DESC, id DESC LIMIT 1
        """),
        {"vendor_id": vendor_id, "now": now},
    ).one_or_none()
    return None if row is None else Rule._make(row)


class LateDebt(NamedTuple):
    """A debt that may bear interest from a day on, for which none was charged yet."""

    id: UUID
    amount_paisa: int
    document_date: date
    due_date: date
    first: date


# What was settled by its first day bears nothing, unless a settlement was undone since: else each charge would look
# through all that was ever bought, a debt at a time and under the account's lock.
_LATE = text("""
    SELECT item.id, item.amount_paisa, item.document_date, item.due_date, asked.first
    FROM app.receivable_items item
    LEFT JOIN LATERAL (
        SELECT max(last_day) AS until FROM app.interest_charges WHERE item_id = item.id
    ) charged ON true
    CROSS JOIN LATERAL (
        SELECT greatest(item.due_date + CAST(:after_days AS integer) + 1, :rule_from, charged.until + 1) AS first
    ) asked
    WHERE item.account_id = :account_id AND item.kind IN ('charge', 'opening') AND asked.first <= :last
      AND (item.amount_paisa > coalesce((
               SELECT sum(settled.amount_paisa) FROM app.allocations settled
               WHERE settled.debit_item_id = item.id AND settled.effective_date <= asked.first), 0)
           OR EXISTS (
               SELECT FROM app.allocations undone
               WHERE undone.debit_item_id = item.id AND undone.amount_paisa < 0
                 AND undone.effective_date > asked.first AND undone.effective_date <= :last))
    ORDER BY item.due_date, item.id
""")


def late_debts(
    session: Session, account_id: UUID, *, after_days: int, rule_from: date, last: date
) -> list[LateDebt]:
    """What was bought or brought in and was open, later than the rule leaves, on a day up to the last one."""
    asked = {"account_id": account_id, "after_days": after_days, "rule_from": rule_from, "last": last}
    return [LateDebt._make(row) for row in session.execute(_LATE, asked)]


class DisputedDays(NamedTuple):
    """So much of a debt was in dispute from a day on, until a day (None: it still is)."""

    amount_paisa: int
    first: date
    last: date | None


class _Mark(NamedTuple):
    """So much of a debt was in dispute; the credit note that ended it, if one did."""

    item_id: UUID
    amount_paisa: int
    opened_at: datetime
    settled_at: datetime | None
    first: date
    last: date | None
    credit_note_id: UUID | None


class _Credited(NamedTuple):
    """So much of a debt was given back by a credit note."""

    item_id: UUID
    amount_paisa: int
    recorded_at: datetime
    day: date
    note_id: UUID


_MARKS = text("""
    SELECT marked.item_id, marked.amount_paisa, opened_at, settled_at, CAST(opened_at AT TIME ZONE :time_zone AS date),
           CAST(settled_at AT TIME ZONE :time_zone AS date), credit_note_id
    FROM app.disputed_items marked JOIN app.disputes ON disputes.id = marked.dispute_id
    WHERE marked.item_id = ANY (CAST(:item_ids AS uuid[])) ORDER BY opened_at, disputes.id
""")
_CREDITED = text("""
    SELECT credited.debit_item_id, credited.amount_paisa, credited.recorded_at, credited.effective_date, note.source_id
    FROM app.allocations credited JOIN app.receivable_items note ON note.id = credited.credit_item_id
    WHERE credited.debit_item_id = ANY (CAST(:item_ids AS uuid[])) AND note.kind = 'credit_note'
      AND credited.amount_paisa > 0
      AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = credited.id)
    ORDER BY credited.recorded_at, credited.id
""")


def disputed_days(
    session: Session, item_ids: Sequence[UUID], time_zone: str
) -> dict[UUID, list[DisputedDays]]:
    """The disputes that each of these debts was or is in, by the vendor's business days; only debts that had one.

    What a credit note gave back is not open from its day on, and so not in dispute either: of the dispute that it
    settled, else of those that were there, the oldest first.
    """
    asked = {"item_ids": list(item_ids), "time_zone": time_zone}
    marks: dict[UUID, list[_Mark]] = {}
    for mark in map(_Mark._make, session.execute(_MARKS, asked)):
        marks.setdefault(mark.item_id, []).append(mark)
    if not marks:
        return {}
    credited: dict[UUID, list[_Credited]] = {item_id: [] for item_id in marks}
    for one in map(_Credited._make, session.execute(_CREDITED, {"item_ids": list(marks)})):
        credited[one.item_id].append(one)
    return {item_id: _days(found, credited[item_id]) for item_id, found in marks.items()}


def _days(marks: Sequence[_Mark], notes: Sequence[_Credited]) -> list[DisputedDays]:
    left = [mark.amount_paisa for mark in marks]
    days = []
    for credited in notes:
        rest = credited.amount_paisa
        settles_one = any(mark.credit_note_id == credited.note_id for mark in marks)
        for number, mark in enumerate(marks):
            if mark.opened_at > credited.recorded_at:
                continue
            if mark.settled_at is not None and mark.settled_at <= credited.recorded_at:
                continue
            if settles_one and mark.credit_note_id != credited.note_id:
                continue
            part = min(rest, left[number])
            rest -= part
            left[number] -= part
            days.append(DisputedDays(part, mark.first, credited.day - timedelta(days=1)))
    days += [DisputedDays(amount, mark.first, mark.last) for amount, mark in zip(left, marks, strict=True)]
    return [one for one in days if one.amount_paisa]
