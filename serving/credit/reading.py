"""How credit is read by either side: a retailer's dues stand in its vendors' books."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit import queries, service
from commerce.credit.ageing import age, days_past_due
from foundation import clock
from foundation.database import set_scope
from serving.credit.schemas import AgeingOut, LimitOut, PaymentOut
from serving.pagination import PageRequest
from serving.security import Caller
from serving.shapes import Page

LimitSort = Literal["counterparty", "owed"]


def widen_to_vendors(session: Session, retailer_id: UUID) -> None:
    """Let a retailer's session see the books of its vendors; queries must still ask as this retailer."""
    set_scope(session, (retailer_id, *queries.vendors_of(session, retailer_id)))


def limits_of(session: Session, caller: Caller, asked: PageRequest, sort: LimitSort) -> Page[LimitOut]:
    """A page of the caller's credit agreements on its side, with what is used of them."""
    business_id = caller.own_business_id
    if caller.role == "vendor":
        order = queries.LIMIT_ORDERS_AS_VENDOR[sort]
        rows = queries.agreements_as_vendor(
            session, business_id, order=order, after=asked.after, limit=asked.fetch
        )
    else:
        order = queries.LIMIT_ORDERS_AS_RETAILER[sort]
        widen_to_vendors(session, business_id)
        rows = queries.agreements_as_retailer(
            session, business_id, order=order, after=asked.after, limit=asked.fetch
        )
    return asked.page(rows, _limit, key=order.key)


def limit_of(session: Session, vendor_id: UUID, retailer_id: UUID) -> LimitOut:
    """A vendor's agreement with one retailer."""
    [row] = queries.agreements_as_vendor(session, vendor_id, counterparty_id=retailer_id)
    return _limit(row)


def payment_taken(session: Session, vendor_id: UUID, payment_id: UUID) -> PaymentOut:
    """A payment or reversal of a vendor that was just recorded, and how the retailer stands now."""
    payment = queries.payment_between(session, vendor_id, payment_id)
    assert payment is not None
    return PaymentOut(
        id=payment_id,
        item_id=queries.item_of_payment(session, vendor_id, payment_id),
        retailer_id=payment.retailer_id,
        amount_paisa=payment.amount_paisa,
        reverses_id=payment.reverses_id,
        limit=limit_of(session, vendor_id, payment.retailer_id),
    )


def _limit(row: RowMapping) -> LimitOut:
    used = row["posted_paisa"] + row["held_paisa"]
    return LimitOut(
        agreement_id=row["id"],
        vendor_id=row["vendor_id"],
        retailer_id=row["retailer_id"],
        currency=row["currency"],
        limit_paisa=row["limit_paisa"],
        owed_paisa=row["posted_paisa"],
        held_paisa=row["held_paisa"],
        available_paisa=max(0, row["limit_paisa"] - used),
        agreed_at=row["agreed_at"],
    )


def ageing_between(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, as_of: date | None, known_on: date | None
) -> AgeingOut:
    """What the retailer owed the vendor on `as_of`, by how late it was. Raises AgreementNotFound."""
    agreement = service.find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    day = as_of or clock.business_day(clock.now(), agreement.time_zone)
    open_items = service.receivables_as_of(
        session, vendor_id=vendor_id, retailer_id=retailer_id, effective=day, recorded_by=known_on
    )
    buckets = age(open_items)
    return AgeingOut(
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        as_of=day,
        currency=agreement.currency,
        total_paisa=sum(buckets.values()),
        not_due_paisa=buckets["not_due"],
        days_1_30_paisa=buckets["1_30"],
        days_31_60_paisa=buckets["31_60"],
        days_61_90_paisa=buckets["61_90"],
        over_90_days_paisa=buckets["over_90"],
        disputed_paisa=buckets["disputed"],
        days_past_due=days_past_due(open_items),
    )
