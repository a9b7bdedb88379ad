"""Questions about businesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.orm import Session

from commerce.parties.models import SCORE_BAND, Business, TaxProfile
from foundation.keyset import Order, page


def business(session: Session, business_id: UUID) -> Business | None:
    """The business with this id."""
    return session.get(Business, business_id)


_NAME = (("businesses.name", "text"), ("businesses.id", "uuid"))
BUSINESSES_BY = {
    "name": Order(_NAME),
    "zone": Order((("businesses.zone", "text"), *_NAME)),
    "newest": Order((("businesses.joined_at", "timestamptz"), ("businesses.id", "uuid")), is_descending=True),
}


@dataclass(frozen=True)
class BusinessFilter:
    """Which businesses of a list; None does not filter."""

    side: Literal["vendor", "retailer"] | None = None
    zone: str | None = None
    country: str | None = None
    origin: str | None = None
    search: str | None = None
    """In the name."""
    ids: Sequence[UUID] | None = None


def businesses(
    session: Session,
    *,
    chosen: BusinessFilter = BusinessFilter(),
    by: Order = BUSINESSES_BY["name"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[Business]:
    """Businesses by name, `limit` of them after the one with the key given."""
    question: Select[Business] = select(Business)
    if chosen.side == "vendor":
        question = question.where(Business.is_vendor)
    if chosen.side == "retailer":
        question = question.where(Business.is_retailer)
    for name in ("zone", "country", "origin"):
        if (value := getattr(chosen, name)) is not None:
            question = question.where(getattr(Business, name) == value)
    if chosen.search is not None:
        question = question.where(func.lower(Business.name).contains(chosen.search.lower(), autoescape=True))
    if chosen.ids is not None:
        question = question.where(Business.id.in_(chosen.ids))
    return session.scalars(by.paged(question, after, limit)).all()


def names(session: Session, business_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The name of each of the businesses that exist."""
    rows = session.execute(select(Business.id, Business.name).where(Business.id.in_(business_ids)))
    return {row.id: row.name for row in rows}


def tax_profile_on(session: Session, business_id: UUID, day: date) -> TaxProfile | None:
    """The profile that holds on `day`: the newest row from that day or before, as last recorded."""
    return session.scalars(
        select(TaxProfile)
        .where(TaxProfile.business_id == business_id, TaxProfile.valid_from <= day)
        .order_by(TaxProfile.valid_from.desc(), TaxProfile.recorded_at.desc(), TaxProfile.id.desc())
        .limit(1)
    ).one_or_none()


def tax_profiles(session: Session, business_id: UUID) -> Sequence[TaxProfile]:
    """All that a business said of how it stands to the tax office, newest first."""
    return session.scalars(
        select(TaxProfile)
        .where(TaxProfile.business_id == business_id)
        .order_by(TaxProfile.valid_from.desc(), TaxProfile.recorded_at.desc(), TaxProfile.id.desc())
    ).all()


# What was said on all vendors comes before what was said on any, in a cursor too. A retailer says so of its own
# vendors, some hundred at most.
_CONSENTS = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (vendor_id) *, coalesce(vendor_id, '{UUID(int=0)}') AS whom FROM app.consents
        WHERE business_id = :business_id AND purpose = '{SCORE_BAND}'
        ORDER BY vendor_id, recorded_at DESC, id DESC
    ) said WHERE true
"""  # noqa: S608 - constants
CONSENTS_BY = {
    "vendor": Order((("whom", "uuid"),)),
    "newest": Order((("recorded_at", "timestamptz"), ("id", "uuid")), is_descending=True),
}


def consents(
    session: Session,
    business_id: UUID,
    *,
    is_granted: bool | None = None,
    by: Order = CONSENTS_BY["vendor"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """What a retailer said last on each vendor, and on all of them (vendor None, first)."""
    values = {"business_id": business_id, "is_granted": is_granted}
    filters = {"is_granted": "is_granted = :is_granted"}
    return page(session, _CONSENTS, values, filters=filters, by=by, after=after, limit=limit)
