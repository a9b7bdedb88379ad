"""What a reminder says when its time has come, or why there is nothing to say any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.papers import links
from commerce.parties.models import Business
from commerce.reminders import queries
from commerce.reminders.models import Reminder
from commerce.reminders.queries import Whom
from commerce.reminders.service import text_of
from commerce.reminders.vocabulary import EXPIRY_AHEAD, GOODS_NAMED
from commerce.stock import queries as stock
from commerce.stock.queries import BatchFilter, LevelFilter
from foundation.money import format_amount, format_quantity


@dataclass(frozen=True)
class Nothing:
    """There is nothing to say, for this reason."""

    reason: str


@dataclass(frozen=True)
class Words:
    """A template of `commerce/messaging` and what fills it in."""

    template: str
    values: Mapping[str, str] = field(repr=False)
    purpose: str = "reminder"


@dataclass(frozen=True)
class Mail:
    """What the owners of a shop are told."""

    title: str = field(repr=False)
    body: str = field(repr=False)


def to_customer(session: Session, row: Reminder, whom: Whom, today: date) -> Words | Nothing:
    """What a customer is told on a day of the shop; amounts are those of the committed khata."""
    if row.kind == "payment_due":
        return _payment_due(row, whom, today)
    if row.kind == "overdue":
        return _overdue(whom, today)
    if row.kind == "invoice":
        assert row.invoice_id is not None
        return _bill_again(session, row.business_id, row.invoice_id)
    if row.kind == "follow_up":
        return Words("follow-up", {"about": text_of(session, row)})
    return Words("reminder-custom", {"text": text_of(session, row)})


def _payment_due(row: Reminder, whom: Whom, today: date) -> Words | Nothing:
    if whom.due_paisa <= 0:
        return Nothing("nothing-owed")
    amount = format_amount(whom.due_paisa, whom.currency)
    if row.planned_for is None:
        return Words("khata-balance", {"balance": amount, "date": _day(today)})
    return Words("payment-due", {"amount": amount, "date": _day(row.planned_for)})


def _overdue(whom: Whom, today: date) -> Words | Nothing:
    if whom.due_paisa <= 0 or whom.due_since is None:
        return Nothing("nothing-overdue")
    return Words(
        "payment-overdue",
        {
            "amount": format_amount(whom.due_paisa, whom.currency),
            "date": _day(whom.due_since),
            "days": str((today - whom.due_since).days),
        },
    )


def _bill_again(session: Session, business_id: UUID, invoice_id: UUID) -> Words | Nothing:
    bill = queries.bill(session, business_id, invoice_id)
    if bill is None or bill.is_cancelled:
        return Nothing("bill-cancelled")
    values = {
        "number": bill.number,
        "date": _day(bill.document_date),
        "amount": format_amount(bill.to_pay_paisa, bill.currency),
        "link": links.link_to("bill", invoice_id).url,
    }
    return Words("bill", values, purpose="bill")


def to_owners(session: Session, row: Reminder, shop: Business, today: date) -> Mail | Nothing:
    """What the owners of a shop are told on a day of theirs."""
    if row.kind == "custom":
        return Mail(f"Reminder of {shop.name}", f"{text_of(session, row)}\n")
    if row.kind == "low_stock":
        return _low_stock(session, row, shop)
    return _expiry(session, row, shop, today)


def _low_stock(session: Session, row: Reminder, shop: Business) -> Mail | Nothing:
    low = stock.levels(
        session,
        row.business_id,
        chosen=LevelFilter(product_id=row.product_id, is_low=True),
        by=stock.LEVELS_BY["name"],
        limit=GOODS_NAMED + 1,
    )
    if not low:
        return Nothing("enough-on-the-shelf")
    lines = [
        f"{good['name']}: {format_quantity(good['on_hand'] - good['expired'])} {good['unit']} left, you wanted to hear "
        f"below {format_quantity(good['threshold'])}"
        for good in low
    ]
    return Mail(f"{shop.name}: goods run low", _listed(lines))


def _expiry(session: Session, row: Reminder, shop: Business, today: date) -> Mail | Nothing:
    soon = stock.batches(
        session,
        row.business_id,
        today=today,
        chosen=BatchFilter(product_id=row.product_id, expires_before=today + EXPIRY_AHEAD),
        limit=GOODS_NAMED + 1,
    )
    if not soon:
        return Nothing("nothing-expires")
    lines = [
        f"{batch['name']}, batch {batch['number']}: {format_quantity(batch['on_hand'])} {batch['unit']}, "
        f"{'expired on' if batch['is_expired'] else 'to be sold until'} {_day(batch['expires_on'])}"
        for batch in soon
    ]
    return Mail(f"{shop.name}: goods expire", _listed(lines))


def _listed(lines: list[str]) -> str:
    shown = lines[:GOODS_NAMED]
    more = ["and more; the app shows all"] if len(lines) > GOODS_NAMED else []
    return "\n".join([*shown, *more]) + "\n"


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"
