"""Reminders that a shop's settings make: of debts that fall due, and of those that fell due and are open still."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.reminders import queries
from foundation.ids import uuid7s


def plan_due(session: Session, now: datetime) -> bool:
    """Look the debts of one shop through that were not looked through on its day of `now`; False when all were.

    A customer gets one reminder of a kind for all that falls due on one day. Run again, or by two workers: no more.
    """
    shop = queries.lock_to_plan(session, now)
    if shop is None:
        return False
    today: date = shop["today"]
    for kind, planned_for in (
        ("payment_due", _shifted(today, shop["days_before_due"])),
        ("overdue", _shifted(today, shop["days_after_due"], back=True)),
    ):
        if planned_for is not None:
            customers = queries.owing_on(session, shop["business_id"], planned_for)
            queries.add_planned(session, _rows(shop, kind, customers, planned_for, now))
    queries.mark_planned(session, shop["business_id"], today)
    return True


def _shifted(today: date, days: int | None, *, back: bool = False) -> date | None:
    return None if days is None else today + timedelta(days=-days if back else days)


def _rows(
    shop: RowMapping, kind: str, customers: list[UUID], planned_for: date, now: datetime
) -> list[dict[str, Any]]:
    at = datetime.combine(shop["today"], shop["at"], ZoneInfo(shop["time_zone"]))
    # Settings of the afternoon are followed at once, not on the day after.
    remind_at = max(at.astimezone(now.tzinfo), now)
    same = {
        "business_id": shop["business_id"],
        "kind": kind,
        "remind_at": remind_at,
        "is_followed": False,
        "planned_for": planned_for,
        "state": "scheduled",
        "due_at": remind_at,
        "turn": 1,
        "tries": 0,
        "created_at": now,
    }
    return [
        {"id": id_, "customer_id": customer, **same}
        for id_, customer in zip(uuid7s(len(customers)), customers, strict=True)
    ]
