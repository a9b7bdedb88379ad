"""Questions about businesses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select, tuple_
from sqlalchemy.orm import Session

from commerce.parties.models import SCORE_BAND, Business, TaxProfile
from foundation.keyset import Order, page


def business(session: Session, business_id: UUID) -> Business | None:
    """The business with this id."""
    return session.get(Business, business_id)


def businesses_by_name(
    session: Session,
    *,
    side: str | None,
    zone: str | None,
    search: str | None,
    ids: Sequence[UUID] | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[Business]:
    """Businesses in the order of their names, `limit` of them after the (name, id) given."""
    question: Select[Business] = select(Business).order_by(Business.name, Business.id).limit(limit)
    if side == "vendor":
        question = question.where(Business.is_vendor)
    if side == "retailer":
        question = question.where(Business.is_retailer)
    if zone is not None:
        question = question.where(Business.zone == zone)
    if search is not None:
        question = question.where(func.lower(Business.name).contains(search.lower(), autoescape=True))
    if ids is not None:
        question = question.where(Business.id.in_(ids))
    if after is not None:
        question = question.where(tuple_(Business.name, Business.id) > after)
    return session.scalars(question).all()


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
