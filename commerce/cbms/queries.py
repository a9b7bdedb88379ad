"""Questions about reports to the tax office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page


class Paper(NamedTuple):
    """A document as a report tells it."""

    id: UUID
    business_id: UUID
    kind: str
    number: str
    document_date: date
    country: str
    profile: str
    seller_pan: str | None
    time_zone: str
    total_paisa: int
    vatable_paisa: int
    untaxed_paisa: int
    vat_paisa: int
    customer_id: UUID | None
    retailer: str | None
    retailer_pan: str | None
    original_number: str | None
    reason: str | None


_PAPERS = """
    SELECT paper.id, paper.vendor_id, paper.kind, paper.number, paper.document_date, paper.country,
           coalesce(seller.profile, 'unregistered') AS profile, seller.registration_number AS seller_pan,
           shop.time_zone, paper.total_paisa, parts.vatable, parts.untaxed, parts.vat, paper.customer_id,
           buyer.name AS retailer, bought.registration_number AS retailer_pan,
           coalesce(bill.number, parts.original_number) AS original_number, paper.reason
    FROM app.invoices paper JOIN app.businesses shop ON shop.id = paper.vendor_id
    LEFT JOIN app.tax_profiles seller ON seller.id = paper.vendor_profile_id
    LEFT JOIN app.businesses buyer ON buyer.id = paper.retailer_id
    LEFT JOIN app.tax_profiles bought ON bought.id = paper.retailer_profile_id
    LEFT JOIN app.invoices bill ON bill.id = paper.original_id
    CROSS JOIN LATERAL (
        SELECT CAST(coalesce(sum(line.taxable_paisa) FILTER (WHERE supply = 'taxable'), 0) AS bigint) AS vatable,
               CAST(coalesce(sum(line.taxable_paisa) FILTER (WHERE supply <> 'taxable'), 0) AS bigint) AS untaxed,
               CAST(coalesce(sum(line.vat_paisa), 0) AS bigint) AS vat, min(original.number) AS original_number
        FROM app.invoice_lines line LEFT JOIN app.invoices original ON original.id = line.original_id
        WHERE line.invoice_id = paper.id
    ) parts
    WHERE {which}
"""
_PAPER = text(_PAPERS.format(which="paper.id = :id"))
_PAPER_OF_DELIVERY = text(_PAPERS.format(which="paper.delivery_id = :id"))


def paper(session: Session, invoice_id: UUID) -> Paper | None:
    """A document by its id."""
    row = session.execute(_PAPER, {"id": invoice_id}).one_or_none()
    return None if row is None else Paper._make(row)


def paper_of_delivery(session: Session, delivery_id: UUID) -> Paper | None:
    """The document of a delivery or return."""
    row = session.execute(_PAPER_OF_DELIVERY, {"id": delivery_id}).one_or_none()
    return None if row is None else Paper._make(row)


class Cancellation(NamedTuple):
    """That a bill holds no longer."""

    day: date
    reason: str


def cancellation(session: Session, invoice_id: UUID) -> Cancellation | None:
    """Since when and why a bill holds no longer; None: it holds."""
    row = session.execute(
        text("SELECT cancelled_on, reason FROM app.bill_cancellations WHERE invoice_id = :id"),
        {"id": invoice_id},
    ).one_or_none()
    return None if row is None else Cancellation._make(row)


def settings_of(session: Session, business_id: UUID) -> RowMapping | None:
    """How a business reports; None where it said nothing."""
    return (
        session.execute(
            text("""
                SELECT username, password_sealed, turnover_rupees, is_active, changed_at FROM app.cbms_settings
                WHERE business_id = :business_id
            """),
            {"business_id": business_id},
        )
        .mappings()
        .one_or_none()
    )


_REPORTS = """
    SELECT report.invoice_id, paper.number, paper.kind, paper.document_date, report.state, report.tries, report.code,
           report.meaning, report.queued_at, report.tried_at, report.ended_at
    FROM app.cbms_reports report JOIN app.invoices paper ON paper.id = report.invoice_id
    WHERE report.business_id = :business_id
"""
_NEWEST = (("queued_at", "timestamptz"), ("invoice_id", "uuid"))
REPORTS_BY = {"newest": Order(_NEWEST, is_descending=True), "oldest": Order(_NEWEST)}


def reports(
    session: Session,
    business_id: UUID,
    *,
    state: str | None = None,
    by: Order = REPORTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a business reported, and what waits."""
    values = {"business_id": business_id, "state": state}
    filters = {"state": "report.state = :state"}
    return page(session, _REPORTS, values, filters=filters, by=by, after=after, limit=limit)


def report(session: Session, business_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The report of one document."""
    return (
        session.execute(
            text(f"{_REPORTS} AND report.invoice_id = :invoice_id"),
            {"business_id": business_id, "invoice_id": invoice_id},
        )
        .mappings()
        .one_or_none()
    )


class Standing(NamedTuple):
    """How far a report is, as who tries it next needs it."""

    business_id: UUID
    state: str
    tries: int
    turn: int
    is_return: bool


def lock_report(session: Session, invoice_id: UUID) -> Standing | None:
    """A report, its row locked."""
    row = session.execute(
        text("""
            SELECT business_id, state, tries, turn, is_return FROM app.cbms_reports WHERE invoice_id = :invoice_id
            FOR NO KEY UPDATE
        """),
        {"invoice_id": invoice_id},
    ).one_or_none()
    return None if row is None else Standing._make(row)
