"""Questions about businesses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from commerce.parties.models import SCORE_BAND, Business, Consent, TaxProfile


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


def consents(
    session: Session, business_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> Sequence[Consent]:
    """What a retailer said last on each vendor, and on all of them (vendor None, first)."""
    beyond = [] if after is None else [Consent.vendor_id > after]
    return session.scalars(
        select(Consent)
        .where(Consent.business_id == business_id, Consent.purpose == SCORE_BAND, *beyond)
        .limit(limit)
        .ext(distinct_on(Consent.vendor_id))
        .order_by(Consent.vendor_id.nulls_first(), Consent.recorded_at.desc(), Consent.id.desc())
    ).all()
