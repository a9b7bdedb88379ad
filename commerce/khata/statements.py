"""A customer's khata for a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit.statements import Entry, Movement, run_through
from commerce.customers import service as customers
from commerce.khata.errors import KhataEntryInvalid
from commerce.parties import service as parties
from foundation import clock


@dataclass(frozen=True)
class KhataStatement:
    """What a customer owed at the begin of a period, what came and went, and what they owed at its end."""

    customer: str
    currency: str
    first: date
    last: date
    opening_paisa: int
    entries: Sequence[Entry]
    closing_paisa: int


_MOVEMENTS = text("""
    SELECT item.id, item.document_date, item.due_date, item.kind, item.document_number, entry.reference,
           item.amount_paisa
    FROM app.receivable_items item
    LEFT JOIN app.khata_entries entry ON entry.id = item.source_id AND item.source = 'khata'
    WHERE item.account_id = :account_id AND item.document_date <= :last
    ORDER BY item.document_date, item.recorded_at, item.id
""")


def statement(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    first: date | None = None,
    last: date | None = None,
) -> KhataStatement:
    """The khata from `first` (default: the month's first) to `last` (default: the shop's today).

    Raises CustomerNotFound, KhataEntryInvalid.
    """
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    shop = parties.get_business(session, business_id=business_id)
    last = last or clock.business_day(clock.now(), shop.time_zone)
    first = first or last.replace(day=1)
    if first > last:
        raise KhataEntryInvalid(
            f"a statement from {first} to {last} has no day; give a first day that is not the later"
        )
    rows = session.execute(_MOVEMENTS, {"account_id": known.account_id, "last": last})
    opening, entries, closing = run_through(map(Movement._make, rows), first, last)
    return KhataStatement(known.name, known.currency, first, last, opening, entries, closing)
