"""A shop's day in figures: everything from committed rows, by the day that stands on the paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

TOP_GOODS = 10

# Bills are those of the counter; a vendor's invoices of deliveries stand with its orders. What was paid of
# a customer's bill is what payments of the same day settled of it.
_FIGURES = text("""
    WITH bill AS (
        SELECT invoice.id, invoice.customer_id, invoice.tax_paisa,
               invoice.total_paisa + invoice.round_off_paisa AS payable, gone.invoice_id IS NOT NULL AS is_cancelled
        FROM app.invoices invoice LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = invoice.id
        WHERE invoice.vendor_id = :business_id AND invoice.document_date = :day AND invoice.retailer_id IS NULL
          AND invoice.kind <> 'credit_note'
    ), note AS (
        SELECT total_paisa + round_off_paisa AS payable FROM app.invoices
        WHERE vendor_id = :business_id AND document_date = :day AND retailer_id IS NULL AND kind = 'credit_note'
    ), settled AS (
        SELECT sum(made.amount_paisa) AS paisa
        FROM bill JOIN app.customers customer ON customer.id = bill.customer_id
        JOIN app.receivable_items debt ON debt.account_id = customer.account_id AND debt.source = 'bill'
            AND debt.source_id = bill.id
        JOIN app.allocations made ON made.debit_item_id = debt.id AND made.effective_date <= :day
        JOIN app.receivable_items credit ON credit.id = made.credit_item_id AND credit.kind = 'payment'
            AND credit.document_date = :day
        WHERE NOT bill.is_cancelled
    ), entry AS (
        SELECT written.kind, written.amount_paisa, undone.kind AS undone_kind
        FROM app.khata_entries written LEFT JOIN app.khata_entries undone ON undone.id = written.reverses_id
        WHERE written.business_id = :business_id AND written.entered_on = :day
    )
    SELECT bills.*, notes.*, coalesce(settled.paisa, 0) AS bills_paid_paisa, khata.*, spent.*, stocked.*, owed.*,
           (SELECT count(*) FROM app.customers
            WHERE business_id = :business_id AND created_at > :opens AND created_at <= :closes) AS new_customers
    FROM (
        SELECT count(*) FILTER (WHERE NOT is_cancelled) AS bills,
               coalesce(sum(payable) FILTER (WHERE NOT is_cancelled), 0) AS bills_paisa,
               coalesce(sum(tax_paisa) FILTER (WHERE NOT is_cancelled), 0) AS tax_paisa,
               coalesce(sum(payable) FILTER (WHERE NOT is_cancelled AND customer_id IS NULL), 0) AS counter_paisa,
               coalesce(sum(payable) FILTER (WHERE NOT is_cancelled AND customer_id IS NOT NULL), 0) AS named_paisa,
               count(*) FILTER (WHERE is_cancelled) AS cancelled,
               coalesce(sum(payable) FILTER (WHERE is_cancelled), 0) AS cancelled_paisa
        FROM bill
    ) bills
    CROSS JOIN (SELECT count(*) AS returns, coalesce(sum(payable), 0) AS returns_paisa FROM note) notes
    CROSS JOIN settled
    CROSS JOIN (
        SELECT coalesce(sum(amount_paisa) FILTER (WHERE 'debit' IN (kind, undone_kind)), 0) AS debits_paisa,
               -coalesce(sum(amount_paisa) FILTER (WHERE 'payment' IN (kind, undone_kind)), 0) AS collected_paisa
        FROM entry
    ) khata
    CROSS JOIN (
        SELECT count(*) FILTER (WHERE kind = 'expense') AS expenses, coalesce(sum(amount_paisa), 0) AS expenses_paisa
        FROM app.expenses WHERE business_id = :business_id AND spent_on = :day
    ) spent
    CROSS JOIN (
        SELECT count(*) FILTER (WHERE kind = 'stock_in') AS stock_ins,
               coalesce(sum(total_paisa), 0) AS stock_ins_paisa,
               coalesce(sum(total_paisa) FILTER (WHERE paid_by = 'owed'), 0) AS stock_ins_owed_paisa
        FROM app.stock_ins WHERE business_id = :business_id AND document_date = :day
    ) stocked
    CROSS JOIN (
        SELECT coalesce(sum(item.amount_paisa), 0) AS outstanding_paisa
        FROM app.customers customer JOIN app.receivable_items item ON item.account_id = customer.account_id
        WHERE customer.business_id = :business_id AND item.document_date <= :day
    ) owed
""")


def figures(session: Session, business_id: UUID, day: date, opens: datetime, closes: datetime) -> RowMapping:
    """The figures of a shop's day, which begins after `opens` and lasts until `closes`."""
    values = {"business_id": business_id, "day": day, "opens": opens, "closes": closes}
    return session.execute(_FIGURES, values).mappings().one()


# A tender below zero is money that went back, as a payment that bounced is.
_PAYMENTS = text("""
    SELECT mode, CAST(sum(paisa) AS bigint) AS amount_paisa FROM (
        SELECT mode, amount_paisa AS paisa FROM app.bill_tenders
        WHERE business_id = :business_id AND taken_on = :day
        UNION ALL
        SELECT mode, -amount_paisa FROM app.khata_entries
        WHERE business_id = :business_id AND entered_on = :day AND mode IS NOT NULL
    ) taken GROUP BY mode HAVING sum(paisa) <> 0 ORDER BY amount_paisa DESC, mode
""")


def payments(session: Session, business_id: UUID, day: date) -> Sequence[RowMapping]:
    """What came in at the counter and for khatas on a day, by how it came; the most first."""
    return session.execute(_PAYMENTS, {"business_id": business_id, "day": day}).mappings().all()


_GOODS = text("""
    SELECT line.product_id, product.sku, product.name, product.base_unit AS unit,
           CAST(sum(line.quantity * sold.base_quantity) AS numeric(14, 3)) AS quantity,
           CAST(sum(line.total_paisa) AS bigint) AS total_paisa
    FROM app.invoices invoice
    JOIN app.invoice_lines line ON line.invoice_id = invoice.id
    JOIN app.products product ON product.id = line.product_id
    JOIN app.product_units sold ON sold.product_id = line.product_id AND sold.unit = line.unit
    WHERE invoice.vendor_id = :business_id AND invoice.document_date = :day AND invoice.retailer_id IS NULL
      AND invoice.kind <> 'credit_note'
      AND NOT EXISTS (SELECT FROM app.bill_cancellations gone WHERE gone.invoice_id = invoice.id)
    GROUP BY line.product_id, product.sku, product.name, product.base_unit
    ORDER BY total_paisa DESC, product.sku, line.product_id LIMIT :limit
""")


def top_goods(session: Session, business_id: UUID, day: date) -> Sequence[RowMapping]:
    """What sold best on a day, by the money that it brought."""
    values = {"business_id": business_id, "day": day, "limit": TOP_GOODS}
    return session.execute(_GOODS, values).mappings().all()


def low_stock(session: Session, business_id: UUID) -> int:
    """How many goods are under their threshold now."""
    return int(
        session.execute(
            text("""
                SELECT count(*) FROM app.stock_levels
                WHERE business_id = :business_id AND on_hand - expired < low_at
            """),
            {"business_id": business_id},
        ).scalar_one()
    )
