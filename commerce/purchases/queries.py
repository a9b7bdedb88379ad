"""Questions about what a shop bought beside orders, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.purchases.models import SAME_PAPER, Supplier
from foundation.keyset import Order, page


class Good(NamedTuple):
    """A product as goods of it are counted."""

    sku: str
    base_unit: str
    units: dict[str, Decimal]


class Written(NamedTuple):
    """A stock-in as the verb that would undo it needs it."""

    kind: str
    supplier_id: UUID | None
    document_date: date
    currency: str
    cost_paisa: int
    tax_paisa: int
    total_paisa: int
    paid_by: str
    invoice_number: str | None


class Paid(NamedTuple):
    """A payment as the verb that would undo it needs it."""

    kind: str
    amount_paisa: int
    currency: str
    mode: str
    paid_on: date


def goods(session: Session, products: Sequence[UUID]) -> dict[UUID, Good]:
    """Products with all units that they are counted in."""
    rows = session.execute(
        text("""
            SELECT product.id, product.sku, product.base_unit,
                   coalesce(jsonb_object_agg(sold.unit, CAST(sold.base_quantity AS text))
                            FILTER (WHERE sold.unit IS NOT NULL), '{}') AS units
            FROM app.products product LEFT JOIN app.product_units sold ON sold.product_id = product.id
            WHERE product.id = ANY (CAST(:products AS uuid[])) GROUP BY product.id
        """),
        {"products": list(products)},
    )
    return {
        row.id: Good(
            row.sku,
            row.base_unit,
            {row.base_unit: Decimal(1), **{unit: Decimal(held) for unit, held in row.units.items()}},
        )
        for row in rows
    }


_ADD_SUPPLIER = text("""
    INSERT INTO app.suppliers (id, business_id, currency, details_sealed, name_index, made_by, made_at)
    VALUES (:id, :business_id, :currency, :details_sealed, :name_index, :made_by, :made_at)
    ON CONFLICT (business_id, name_index) DO NOTHING RETURNING id
""")


def add_supplier(session: Session, values: dict[str, Any]) -> bool:
    """Whether the supplier is new; one of the same name that another is just making is waited for."""
    return session.execute(_ADD_SUPPLIER, values).one_or_none() is not None


def lock_supplier_named(session: Session, business_id: UUID, name_index: bytes) -> Supplier | None:
    """The supplier of that name, its row locked."""
    return session.execute(
        select(Supplier)
        .where(Supplier.business_id == business_id, Supplier.name_index == name_index)
        .with_for_update(key_share=True)
    ).scalar_one_or_none()


def lock_supplier(session: Session, business_id: UUID, supplier_id: UUID) -> Supplier | None:
    """A supplier of a shop, its row locked."""
    return session.execute(
        select(Supplier)
        .where(Supplier.business_id == business_id, Supplier.id == supplier_id)
        .with_for_update(key_share=True)
    ).scalar_one_or_none()


def owe(session: Session, supplier_id: UUID, more_paisa: int) -> None:
    """Let a supplier be owed so much more (below zero: less). Its row is locked by this."""
    session.execute(
        text("UPDATE app.suppliers SET owed_paisa = owed_paisa + :more WHERE id = :supplier_id"),
        {"supplier_id": supplier_id, "more": more_paisa},
    )


_SUPPLIERS = """
    SELECT supplier.id, supplier.details_sealed, supplier.currency, supplier.owed_paisa, supplier.made_at
    FROM app.suppliers supplier WHERE supplier.business_id = :business_id
"""
# What is owed changes and has no index: a shop's suppliers, some hundred at most, are sorted.
SUPPLIERS_BY = {
    "owed": Order((("owed_paisa", "bigint"), ("id", "uuid")), is_descending=True),
    "newest": Order((("made_at", "timestamptz"), ("id", "uuid")), is_descending=True),
}


def suppliers(
    session: Session,
    business_id: UUID,
    *,
    is_owed: bool | None = None,
    by: Order = SUPPLIERS_BY["owed"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A shop's suppliers that are not erased, with what each is owed."""
    return page(
        session,
        f"{_SUPPLIERS} AND supplier.erased_at IS NULL",
        {"business_id": business_id, "is_owed": is_owed},
        filters={"is_owed": "(supplier.owed_paisa <> 0) = :is_owed"},
        by=by,
        after=after,
        limit=limit,
    )


def supplier(session: Session, business_id: UUID, supplier_id: UUID) -> RowMapping | None:
    """One supplier of a shop, erased or not."""
    found = suppliers_of(session, business_id, [supplier_id])
    return found[0] if found else None


def suppliers_of(session: Session, business_id: UUID, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """These suppliers of a shop, erased or not."""
    values = {"business_id": business_id, "ids": list(ids)}
    question = text(f"{_SUPPLIERS} AND supplier.id = ANY (CAST(:ids AS uuid[]))")
    return session.execute(question, values).mappings().all()


_SAME_INVOICE = r"""
    SELECT stocked.id FROM app.stock_ins stocked
    WHERE stocked.supplier_id = :supplier_id AND {paper} = lower(regexp_replace(:number, '\s+', '', 'g'))
      AND stocked.kind = 'stock_in'
      AND NOT EXISTS (SELECT FROM app.stock_ins undone WHERE undone.reverses_id = stocked.id)
    LIMIT 1
"""


def same_invoice(session: Session, supplier_id: UUID, invoice_number: str) -> UUID | None:
    """The stock-in of that paper of a supplier, whatever its capitals and blanks, which is not undone.

    Ask under the supplier's lock.
    """
    return session.execute(
        text(_SAME_INVOICE.format(paper=SAME_PAPER)), {"supplier_id": supplier_id, "number": invoice_number}
    ).scalar_one_or_none()


def lock_written(session: Session, business_id: UUID, stock_in_id: UUID) -> Written | None:
    """A stock-in of a shop; whoever else would undo it waits until the caller has ended."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('stock-in:' || :stock_in_id, 0))"),
        {"stock_in_id": str(stock_in_id)},
    )
    row = session.execute(
        text("""
            SELECT kind, supplier_id, document_date, currency, cost_paisa, tax_paisa, total_paisa, paid_by,
                   invoice_number
            FROM app.stock_ins WHERE id = :stock_in_id AND business_id = :business_id
        """),
        {"stock_in_id": stock_in_id, "business_id": business_id},
    ).one_or_none()
    return None if row is None else Written._make(row)


def is_reversed(session: Session, stock_in_id: UUID) -> bool:
    """Whether a stock-in was undone. Ask after `lock_written`."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.stock_ins WHERE reverses_id = :stock_in_id)"),
            {"stock_in_id": stock_in_id},
        ).scalar_one()
    )


_STOCK_INS = """
    SELECT stocked.id, stocked.kind, stocked.supplier_id, stocked.document_date, stocked.currency, stocked.cost_paisa,
           stocked.tax_paisa, stocked.total_paisa, stocked.paid_by, stocked.invoice_number, stocked.reference,
           stocked.recorded_at, stocked.reverses_id, undone.id AS reversed_by_id
    FROM app.stock_ins stocked LEFT JOIN app.stock_ins undone ON undone.reverses_id = stocked.id
    WHERE stocked.business_id = :business_id
"""
_NEWEST = (("recorded_at", "timestamptz"), ("id", "uuid"))
STOCK_INS_BY = {
    "newest": Order(_NEWEST, is_descending=True),
    "oldest": Order(_NEWEST),
    "day": Order((("document_date", "date"), ("id", "uuid")), is_descending=True),
}
_STOCK_IN_IS = {
    "supplier_id": "stocked.supplier_id = :supplier_id",
    "product_id": "EXISTS (SELECT FROM app.stock_in_lines line WHERE line.stock_in_id = stocked.id"
    " AND line.product_id = :product_id)",
    "paid_by": "stocked.paid_by = :paid_by",
    "first": "stocked.document_date >= :first",
    "last": "stocked.document_date <= :last",
    "is_standing": "(stocked.kind = 'stock_in' AND undone.id IS NULL) = :is_standing",
}


@dataclass(frozen=True)
class StockInFilter:
    """Which stock-ins of a list; None does not filter. Days are the shop's, both included."""

    supplier_id: UUID | None = None
    product_id: UUID | None = None
    paid_by: str | None = None
    first: date | None = None
    last: date | None = None
    is_standing: bool | None = None


def stock_ins(
    session: Session,
    business_id: UUID,
    *,
    chosen: StockInFilter = StockInFilter(),
    by: Order = STOCK_INS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a shop took in beside orders, and what undid some of it."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _STOCK_INS, values, filters=_STOCK_IN_IS, by=by, after=after, limit=limit)


def stock_in(session: Session, business_id: UUID, stock_in_id: UUID) -> RowMapping | None:
    """One of a shop's stock-ins."""
    return (
        session.execute(
            text(f"{_STOCK_INS} AND stocked.id = :stock_in_id"),
            {"business_id": business_id, "stock_in_id": stock_in_id},
        )
        .mappings()
        .one_or_none()
    )


def lines_of(session: Session, stock_in_id: UUID) -> Sequence[RowMapping]:
    """The lines of a stock-in with the goods' names; a reversal has none of its own."""
    return (
        session.execute(
            text("""
                SELECT line.line_no, line.product_id, product.sku, product.name, line.unit, line.quantity,
                       line.base_unit, line.base_quantity, line.cost_paisa, line.tax_paisa, line.unit_cost,
                       line.batch, line.expires_on, line.mrp_paisa
                FROM app.stock_in_lines line JOIN app.products product ON product.id = line.product_id
                WHERE line.stock_in_id = :stock_in_id ORDER BY line.line_no
            """),
            {"stock_in_id": stock_in_id},
        )
        .mappings()
        .all()
    )


def missing(session: Session, reversal_id: UUID) -> Sequence[RowMapping]:
    """What an undone stock-in had brought and its undoing found on the shelf no more."""
    return (
        session.execute(
            text("""
                SELECT came.product_id, product.sku, product.name, product.base_unit AS unit,
                       came.quantity - coalesce(gone.quantity, 0) AS quantity
                FROM (
                    SELECT line.product_id, sum(line.base_quantity) AS quantity FROM app.stock_ins undone
                    JOIN app.stock_in_lines line ON line.stock_in_id = undone.reverses_id
                    WHERE undone.id = :reversal_id GROUP BY line.product_id
                ) came JOIN app.products product ON product.id = came.product_id
                LEFT JOIN (
                    SELECT product_id, -sum(quantity) AS quantity FROM app.stock_movements
                    WHERE source_id = :reversal_id GROUP BY product_id
                ) gone ON gone.product_id = came.product_id
                WHERE came.quantity > coalesce(gone.quantity, 0) ORDER BY product.sku, product.id
            """),
            {"reversal_id": reversal_id},
        )
        .mappings()
        .all()
    )


def paid(session: Session, business_id: UUID, supplier_id: UUID, payment_id: UUID) -> Paid | None:
    """A payment to a supplier."""
    row = session.execute(
        text("""
            SELECT kind, amount_paisa, currency, mode, paid_on FROM app.supplier_payments
            WHERE id = :payment_id AND supplier_id = :supplier_id AND business_id = :business_id
        """),
        {"payment_id": payment_id, "supplier_id": supplier_id, "business_id": business_id},
    ).one_or_none()
    return None if row is None else Paid._make(row)


def supplier_of_payment(session: Session, business_id: UUID, payment_id: UUID) -> UUID | None:
    """Whom a payment went to."""
    return session.execute(
        text(
            "SELECT supplier_id FROM app.supplier_payments WHERE id = :payment_id AND business_id = :business_id"
        ),
        {"payment_id": payment_id, "business_id": business_id},
    ).scalar_one_or_none()


def is_payment_reversed(session: Session, payment_id: UUID) -> bool:
    """Whether a payment was undone. Ask under the supplier's lock."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.supplier_payments WHERE reverses_id = :payment_id)"),
            {"payment_id": payment_id},
        ).scalar_one()
    )


_PAYMENTS = """
    SELECT paid.id, paid.supplier_id, paid.kind, paid.amount_paisa, paid.currency, paid.mode, paid.reference,
           paid.paid_on, paid.recorded_at, paid.reverses_id, undone.id AS reversed_by_id
    FROM app.supplier_payments paid LEFT JOIN app.supplier_payments undone ON undone.reverses_id = paid.id
    WHERE paid.business_id = :business_id AND paid.supplier_id = :supplier_id
"""
PAYMENTS_BY = {"newest": Order(_NEWEST, is_descending=True), "oldest": Order(_NEWEST)}


def payments(
    session: Session,
    business_id: UUID,
    supplier_id: UUID,
    *,
    by: Order = PAYMENTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a supplier got, and what undid some of it."""
    values = {"business_id": business_id, "supplier_id": supplier_id}
    return page(session, _PAYMENTS, values, filters={}, by=by, after=after, limit=limit)


def payment(session: Session, business_id: UUID, supplier_id: UUID, payment_id: UUID) -> RowMapping | None:
    """One payment to a supplier."""
    return (
        session.execute(
            text(f"{_PAYMENTS} AND paid.id = :payment_id"),
            {"business_id": business_id, "supplier_id": supplier_id, "payment_id": payment_id},
        )
        .mappings()
        .one_or_none()
    )
