"""Questions about imports, and the lock on one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import polars as pl
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from commerce.history.bulk import fetch
from commerce.history.errors import ImportNotFound, ImportRunsElsewhere
from commerce.history.models import HistoryImport
from foundation.database import LOCK_NOT_AVAILABLE, sqlstate


def find_import(session: Session, import_id: UUID) -> HistoryImport | None:
    """The import of this id, as far as it is."""
    return session.get(HistoryImport, import_id)


def lock_name(session: Session, trader: str) -> None:
    """Let one transaction at a time look for a trader and make it."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('import:' || :trader, 0))"), {"trader": trader}
    )


def lock_import(session: Session, import_id: UUID) -> HistoryImport:
    """The import, locked until the transaction ends: one importer of a file at a time.

    Raises ImportNotFound, ImportRunsElsewhere.
    """
    try:
        found = session.scalars(
            select(HistoryImport).where(HistoryImport.id == import_id).with_for_update(key_share=True)
        ).one_or_none()
    except OperationalError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        raise ImportRunsElsewhere(
            "this file is being imported by another process; wait until it ends, then run the import again"
        ) from error
    if found is None:
        raise ImportNotFound(f"import {import_id} was never opened", import_id=str(import_id))
    return found


def documents_of_others(
    session: Session, *, trader: str, import_id: UUID, first_day: date, last_day: date
) -> pl.DataFrame:
    """The documents of these days that other files of the trader brought, with the name of the file."""
    return fetch(
        session,
        """
        SELECT d.document_no, d.day, d.kind, d.customer_ref, d.amount_paisa, i.file_name
        FROM app.import_documents d
        JOIN app.imports i ON i.id = d.import_id
        JOIN app.businesses b ON b.id = d.business_id
        WHERE b.external_ref = :trader AND d.import_id <> :import_id AND d.day BETWEEN :first_day AND :last_day
        """,
        {
            "document_no": pl.String(),
            "day": pl.Date(),
            "kind": pl.String(),
            "customer_ref": pl.String(),
            "amount_paisa": pl.Int64(),
            "file_name": pl.String(),
        },
        trader=trader,
        import_id=import_id,
        first_day=first_day,
        last_day=last_day,
    )


def parties_by_ref(session: Session, refs: Sequence[str]) -> pl.DataFrame:
    """Ids (`retailer_id`) of businesses by `external_ref`."""
    return fetch(
        session,
        "SELECT external_ref, id FROM app.businesses WHERE external_ref = ANY (:refs)",
        {"external_ref": pl.String(), "retailer_id": pl.String()},
        refs=list(refs),
    )


def products_by_code(session: Session, owner_id: UUID, codes: Sequence[str]) -> pl.DataFrame:
    """Ids (`product_id`) and base units (`known_unit`) of a trader's products by `product_code`."""
    return fetch(
        session,
        "SELECT sku, id, base_unit FROM app.products WHERE owner_id = :owner_id AND sku = ANY (:codes)",
        {"product_code": pl.String(), "product_id": pl.String(), "known_unit": pl.String()},
        owner_id=owner_id,
        codes=list(codes),
    )


def taken_numbers(session: Session, vendor_id: UUID, numbers: Sequence[str]) -> list[str]:
    """Which of these numbers the vendor's orders, deliveries or returns have already."""
    rows = session.execute(
        text("""
            SELECT number FROM app.orders WHERE vendor_id = :vendor_id AND number = ANY (:numbers)
            UNION SELECT number FROM app.deliveries WHERE vendor_id = :vendor_id AND number = ANY (:numbers)
        """),
        {"vendor_id": vendor_id, "numbers": list(numbers)},
    )
    return list(rows.scalars())


def order_lines_by_row(session: Session, import_id: UUID, rows: Sequence[int]) -> pl.DataFrame:
    """Where the lines of these rows of the file stand: `order_id`, `order_line_no` by `original_row_no`."""
    return fetch(
        session,
        """
        SELECT import_row, order_id, line_no FROM app.order_lines
        WHERE import_id = :import_id AND import_row = ANY (CAST(:rows AS integer[]))
        """,
        {"original_row_no": pl.Int64(), "order_id": pl.String(), "order_line_no": pl.Int64()},
        import_id=import_id,
        rows=list(rows),
    )


def charges_of_orders(session: Session, order_ids: Sequence[str]) -> pl.DataFrame:
    """The open item (`debit_item_id`) that charged each of these orders, by `order_id`."""
    return fetch(
        session,
        """
        SELECT order_id, id FROM app.receivable_items
        WHERE order_id = ANY (CAST(:order_ids AS uuid[])) AND kind = 'charge'
        """,
        {"order_id": pl.String(), "debit_item_id": pl.String()},
        order_ids=list(order_ids),
    )


def agreements(session: Session, vendor_id: UUID, currency: str, retailer_ids: Sequence[str]) -> pl.DataFrame:
    """`agreement_id` and `receivable_id` of the vendor's agreements by `retailer_id`."""
    return fetch(
        session,
        """
        SELECT retailer_id, id, receivable_account_id FROM app.credit_agreements
        WHERE vendor_id = :vendor_id AND currency = :currency AND retailer_id = ANY (CAST(:retailers AS uuid[]))
        """,
        {"retailer_id": pl.String(), "agreement_id": pl.String(), "receivable_id": pl.String()},
        vendor_id=vendor_id,
        currency=currency,
        retailers=list(retailer_ids),
    )


def stocked(session: Session, business_id: UUID, product_ids: Sequence[str]) -> list[str]:
    """Which of these products have a stock level already."""
    rows = session.execute(
        text("""
            SELECT CAST(product_id AS text) FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        """),
        {"business_id": business_id, "products": list(product_ids)},
    )
    return list(rows.scalars())


_HELD = text("""
    SELECT (SELECT count(*) FROM app.order_lines WHERE import_id = :import_id) AS sold_lines,
           (SELECT count(*) FROM app.delivery_lines WHERE import_id = :import_id) AS moved_lines,
           (SELECT coalesce(sum(CASE d.kind WHEN 'delivery' THEN l.amount_paisa ELSE -l.amount_paisa END), 0)
            FROM app.delivery_lines l JOIN app.deliveries d ON d.id = l.delivery_id
            WHERE l.import_id = :import_id) AS moved_paisa,
           (SELECT coalesce(sum(p.amount_paisa), 0)
            FROM app.deliveries d
            JOIN app.ledger_transactions t
              ON t.business_id = d.vendor_id AND t.source = d.kind AND t.source_id = d.id
            JOIN app.postings p ON p.transaction_id = t.id AND p.line_no = 1
            WHERE d.import_id = :import_id) AS posted_paisa,
           (SELECT coalesce(sum(p.amount_paisa), 0)
            FROM app.ledger_transactions t
            JOIN app.postings p ON p.transaction_id = t.id AND p.line_no = 1
            WHERE t.business_id = :business_id AND t.source = 'import'
              AND t.source_id = ANY (CAST(:documents AS uuid[]))) AS other_paisa
""")


def held_of(
    session: Session, *, import_id: UUID, business_id: UUID, documents: Sequence[str]
) -> dict[str, int]:
    """What the record holds of a file: lines and amounts of its deliveries and returns, and its postings.

    `documents` are the source ids of its bad debts and adjustments.
    """
    values = {"import_id": import_id, "business_id": business_id, "documents": list(documents)}
    row = session.execute(_HELD, values).one()
    return {name: int(Decimal(value)) for name, value in row._mapping.items()}
