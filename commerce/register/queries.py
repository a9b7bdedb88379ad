"""Questions about the documents that a business issued in a period, as its tax office asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page

# A credit note takes away. A cancelled bill keeps its place and its number, and comes to nothing.
_DOCUMENTS = """
    SELECT paper.id, paper.document_date, paper.number, paper.kind, paper.currency, paper.retailer_id,
           paper.customer_id, buyer.name AS retailer, profile.registration_number AS retailer_number,
           paper.place_of_supply, gone.invoice_id IS NOT NULL AS is_cancelled,
           coalesce(bill.number, (
               SELECT string_agg(DISTINCT original.number, ', ' ORDER BY original.number)
               FROM app.invoice_lines line JOIN app.invoices original ON original.id = line.original_id
               WHERE line.invoice_id = paper.id)) AS original_number,
           CAST(sign.n * coalesce(parts.taxable, 0) AS bigint) AS taxable_paisa,
           CAST(sign.n * coalesce(parts.untaxed, 0) AS bigint) AS untaxed_paisa,
           CAST(sign.n * coalesce(parts.cgst, 0) AS bigint) AS cgst_paisa,
           CAST(sign.n * coalesce(parts.sgst, 0) AS bigint) AS sgst_paisa,
           CAST(sign.n * coalesce(parts.igst, 0) AS bigint) AS igst_paisa,
           CAST(sign.n * coalesce(parts.cess, 0) AS bigint) AS cess_paisa,
           CAST(sign.n * coalesce(parts.vat, 0) AS bigint) AS vat_paisa,
           CAST(sign.n * paper.round_off_paisa AS bigint) AS round_off_paisa,
           CAST(sign.n * (paper.total_paisa + paper.round_off_paisa) AS bigint) AS total_paisa
    FROM app.invoices paper
    LEFT JOIN app.businesses buyer ON buyer.id = paper.retailer_id
    LEFT JOIN app.tax_profiles profile ON profile.id = paper.retailer_profile_id
    LEFT JOIN app.invoices bill ON bill.id = paper.original_id
    LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = paper.id
    CROSS JOIN LATERAL (SELECT CASE WHEN gone.invoice_id IS NOT NULL THEN 0
                                    WHEN paper.kind = 'credit_note' THEN -1 ELSE 1 END AS n) sign
    LEFT JOIN LATERAL (
        SELECT sum(taxable_paisa) FILTER (WHERE supply = 'taxable') AS taxable,
               sum(taxable_paisa) FILTER (WHERE supply <> 'taxable') AS untaxed,
               sum(cgst_paisa) AS cgst, sum(sgst_paisa) AS sgst, sum(igst_paisa) AS igst, sum(cess_paisa) AS cess,
               sum(vat_paisa) AS vat
        FROM app.invoice_lines WHERE invoice_id = paper.id
    ) parts ON true
    WHERE paper.vendor_id = :business_id AND paper.document_date BETWEEN :first AND :last
"""
_DAY = (("document_date", "date"), ("id", "uuid"))
DOCUMENTS_BY = {"day": Order(_DAY), "latest": Order(_DAY, is_descending=True)}


def documents(
    session: Session,
    business_id: UUID,
    first: date,
    last: date,
    *,
    by: Order = DOCUMENTS_BY["day"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """Invoices, bills and credit notes of the days from `first` to `last`, each with its tax by column."""
    values = {"business_id": business_id, "first": first, "last": last}
    return page(session, _DOCUMENTS, values, filters={}, by=by, after=after, limit=limit)


# Cut to the digits that the seller's turnover asks for; what a note gave back is taken off, cancelled bills are none.
_BY_HSN = text("""
    SELECT left(line.hsn, :digits) AS hsn, line.unit, line.supply, line.rate, line.cess_rate,
           CAST(sum(sign.n * line.quantity) AS numeric(18, 3)) AS quantity,
           CAST(sum(sign.n * line.taxable_paisa) AS bigint) AS taxable_paisa,
           CAST(sum(sign.n * line.cgst_paisa) AS bigint) AS cgst_paisa,
           CAST(sum(sign.n * line.sgst_paisa) AS bigint) AS sgst_paisa,
           CAST(sum(sign.n * line.igst_paisa) AS bigint) AS igst_paisa,
           CAST(sum(sign.n * line.cess_paisa) AS bigint) AS cess_paisa,
           CAST(sum(sign.n * line.vat_paisa) AS bigint) AS vat_paisa,
           CAST(sum(sign.n * line.total_paisa) AS bigint) AS total_paisa
    FROM app.invoices paper JOIN app.invoice_lines line ON line.invoice_id = paper.id
    CROSS JOIN LATERAL (SELECT CASE paper.kind WHEN 'credit_note' THEN -1 ELSE 1 END AS n) sign
    WHERE paper.vendor_id = :business_id AND paper.document_date BETWEEN :first AND :last
      AND NOT EXISTS (SELECT FROM app.bill_cancellations gone WHERE gone.invoice_id = paper.id)
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 NULLS LAST, 2, 3, 4, 5
""")


def by_hsn(session: Session, business_id: UUID, first: date, last: date, digits: int) -> Sequence[RowMapping]:
    """What was sold in a period by HSN, unit, kind of supply and rate (GSTR-1, table 12)."""
    values = {"business_id": business_id, "first": first, "last": last, "digits": digits}
    return session.execute(_BY_HSN, values).mappings().all()


# A number without its serial names the series; its serial is what the digits at its end say.
_SERIES = text("""
    SELECT regexp_replace(paper.number, '[0-9]+$', '') AS series, min(paper.kind) AS kind,
           (array_agg(paper.number ORDER BY serial.n))[1] AS first_number,
           (array_agg(paper.number ORDER BY serial.n DESC))[1] AS last_number, count(*) AS total,
           count(gone.invoice_id) AS cancelled, max(serial.n) - min(serial.n) + 1 - count(*) AS missing
    FROM app.invoices paper LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = paper.id
    CROSS JOIN LATERAL (SELECT CAST(substring(paper.number FROM '[0-9]+$') AS bigint) AS n) serial
    WHERE paper.vendor_id = :business_id AND paper.document_date BETWEEN :first AND :last
    GROUP BY 1, paper.kind = 'credit_note' ORDER BY 1, 2
""")


def series(session: Session, business_id: UUID, first: date, last: date) -> Sequence[RowMapping]:
    """Each series of documents in a period: from, to, how many, how many cancelled (GSTR-1, table 13)."""
    values = {"business_id": business_id, "first": first, "last": last}
    return session.execute(_SERIES, values).mappings().all()


def turnover_band(session: Session, business_id: UUID) -> str | None:
    """The band of turnover that a shop set for its bills; None where it never did."""
    return session.execute(
        text("SELECT turnover FROM app.billing_settings WHERE business_id = :business_id"),
        {"business_id": business_id},
    ).scalar_one_or_none()
