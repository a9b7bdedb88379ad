"""Questions of late interest: the rule, and the debts with the day up to which they were charged."""

from __future__ import annotations

from datetime import date, datetime
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
    """A debt whose due day is past, settled or not, and the last day for which interest was charged on it."""

    id: UUID
    amount_paisa: int
    document_date: date
    due_date: date
    charged_until: date | None


def late_debts(session: Session, account_id: UUID, before: date) -> list[LateDebt]:
    """What was bought or brought in and fell due before a day."""
    rows = session.execute(
        text("""
            SELECT item.id, item.amount_paisa, item.document_date, item.due_date, charged.until
            FROM app.receivable_items item
            LEFT JOIN LATERAL (
                SELECT max(last_day) AS until FROM app.interest_charges WHERE item_id = item.id
            ) charged ON true
            WHERE item.account_id = :account_id AND item.kind IN ('charge', 'opening') AND item.due_date < :before
            ORDER BY item.due_date, item.id
        """),
        {"account_id": account_id, "before": before},
    )
    return [LateDebt._make(row) for row in rows]


class DisputedDays(NamedTuple):
    """So much of a debt was in dispute from a day on, until a day (None: it still is)."""

    amount_paisa: int
    first: date
    last: date | None


def disputed_days(session: Session, item_id: UUID, time_zone: str) -> list[DisputedDays]:
    """The disputes that a debt was or is in, by the vendor's business days."""
    rows = session.execute(
        text("""
            SELECT marked.amount_paisa, CAST(opened_at AT TIME ZONE :time_zone AS date),
                   CAST(settled_at AT TIME ZONE :time_zone AS date)
            FROM app.disputed_items marked JOIN app.disputes ON disputes.id = marked.dispute_id
            WHERE marked.item_id = :item_id
        """),
        {"item_id": item_id, "time_zone": time_zone},
    )
    return [DisputedDays._make(row) for row in rows]
