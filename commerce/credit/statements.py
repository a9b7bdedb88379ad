"""A party's statement for a period: opening, entries, closing and ageing, in both times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.ageing import age, days_past_due, open_amounts
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import PeriodInvalid
from commerce.parties import service as parties
from foundation import clock


class Movement(NamedTuple):
    """An item of an account: what is owed more (positive) or less."""

    item_id: UUID
    document_date: date
    due_date: date
    kind: str
    document_number: str | None
    reference: str | None
    amount_paisa: int


@dataclass(frozen=True)
class Entry:
    """A line of a statement, with the balance after it."""

    item_id: UUID
    document_date: date
    due_date: date
    kind: str
    document_number: str | None
    reference: str | None
    amount_paisa: int
    balance_paisa: int


@dataclass(frozen=True)
class Statement:
    """What a retailer owed a vendor at the begin of a period, what came and went, and what it owed at the end."""

    vendor_id: UUID
    vendor: str
    retailer_id: UUID
    retailer: str
    currency: str
    first: date
    last: date
    known_at: datetime
    opening_paisa: int
    entries: Sequence[Entry]
    closing_paisa: int
    ageing: dict[str, int]
    """Open debts on the last day by bucket."""
    advance_paisa: int
    """What the retailer had paid or got back and what settled nothing on the last day."""
    days_past_due: int


def run_through(movements: Iterable[Movement], first: date, last: date) -> tuple[int, list[Entry], int]:
    """Opening balance, entries with the balance after each, and closing balance. Pure.

    `movements` are in the order in which the statement shows them; later ones than `last` do not count.
    """
    opening = balance = 0
    entries = []
    for movement in movements:
        if movement.document_date > last:
            continue
        balance += movement.amount_paisa
        if movement.document_date < first:
            opening = balance
        else:
            entries.append(Entry(*movement, balance_paisa=balance))
    return opening, entries, balance


_MOVEMENTS = text("""
    SELECT item.id, item.document_date, item.due_date, item.kind, item.document_number, payment.reference,
           item.amount_paisa
    FROM app.receivable_items item
    LEFT JOIN app.payments payment ON payment.id = item.source_id AND item.source IN ('payment', 'bounce')
    WHERE item.account_id = :account_id AND item.document_date <= :last AND item.recorded_at <= :known_at
    ORDER BY item.document_date, item.recorded_at, item.id
""")


def statement(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    first: date | None = None,
    last: date | None = None,
    known_on: date | None = None,
) -> Statement:
    """The statement of a retailer with a vendor from `first` (default: the month's first) to `last` (today).

    Days are the vendor's. With `known_on`, as it was known at the end of that day.
    Raises AgreementNotFound, PeriodInvalid.
    """
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    last = last or clock.business_day(clock.now(), agreement.time_zone)
    first = first or last.replace(day=1)
    if first > last:
        raise PeriodInvalid(
            f"a statement from {first} to {last} has no day; give a first day that is not the later"
        )
    known_at = clock.now() if known_on is None else clock.end_of_day(known_on, agreement.time_zone)
    account_id = agreement.receivable_account_id
    rows = session.execute(_MOVEMENTS, {"account_id": account_id, "last": last, "known_at": known_at})
    opening, entries, closing = run_through(map(Movement._make, rows), first, last)
    debts = open_amounts(
        queries.items_as_of(session, account_id, known_at),
        queries.allocations_as_of(session, account_id, known_at),
        last,
        queries.disputed_as_of(
            session, account_id, min(known_at, clock.end_of_day(last, agreement.time_zone))
        ),
    )
    names = parties.names_of(session, [vendor_id, retailer_id])
    ageing = age(debts)
    return Statement(
        vendor_id=vendor_id,
        vendor=names[vendor_id],
        retailer_id=retailer_id,
        retailer=names[retailer_id],
        currency=agreement.currency,
        first=first,
        last=last,
        known_at=known_at,
        opening_paisa=opening,
        entries=entries,
        closing_paisa=closing,
        ageing=ageing,
        advance_paisa=sum(ageing.values()) - closing,
        days_past_due=days_past_due(debts),
    )
