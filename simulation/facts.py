"""The business facts of a market as rows of names, amounts and dates, and one digest over them all.

Ids, document numbers and insertion times differ from run to run and are left out; what remains must be
the same for the same seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_FACTS = {
    "businesses": """
        SELECT CAST(ROW(name, is_vendor, is_retailer, state, zone, origin, joined_at) AS text)
        FROM app.businesses
        WHERE id = ANY (:market)
    """,
    "consents": """
        SELECT CAST(ROW(r.name, v.name, c.purpose, c.is_granted, c.recorded_at) AS text)
        FROM app.consents c
        JOIN app.businesses r ON r.id = c.business_id
        LEFT JOIN app.businesses v ON v.id = c.vendor_id
        WHERE c.business_id = ANY (:market)
    """,
    "offers": """
        SELECT CAST(ROW(v.name, p.sku, o.unit, o.unit_price, o.minimum_quantity,
            o.carton_multiple, o.is_listed, o.valid_from) AS text)
        FROM app.offers o
        JOIN app.businesses v ON v.id = o.vendor_id
        JOIN app.products p ON p.id = o.product_id
        WHERE o.vendor_id = ANY (:market)
    """,
    "limits": """
        SELECT CAST(ROW(v.name, r.name, l.limit_paisa, l.valid_from) AS text)
        FROM app.credit_limits l
        JOIN app.businesses v ON v.id = l.vendor_id
        JOIN app.businesses r ON r.id = l.retailer_id
        WHERE l.vendor_id = ANY (:market)
    """,
    "orders": """
        SELECT CAST(ROW(v.name, r.name, o.settlement, o.order_state, o.fulfilment_state,
            o.credit_state, o.total_paisa, o.delivered_paisa, o.returned_paisa, o.placed_at,
            o.accepted_at, o.promised_on, o.closed_at) AS text)
        FROM app.orders o
        JOIN app.businesses v ON v.id = o.vendor_id
        JOIN app.businesses r ON r.id = o.retailer_id
        WHERE o.vendor_id = ANY (:market)
    """,
    "order lines": """
        SELECT CAST(ROW(v.name, r.name, o.placed_at, p.sku, l.unit, l.unit_price,
            l.asked_quantity, l.ordered_quantity, l.delivered_quantity, l.cancelled_quantity,
            l.returned_quantity) AS text)
        FROM app.order_lines l
        JOIN app.orders o ON o.id = l.order_id
        JOIN app.products p ON p.id = l.product_id
        JOIN app.businesses v ON v.id = o.vendor_id
        JOIN app.businesses r ON r.id = o.retailer_id
        WHERE o.vendor_id = ANY (:market)
    """,
    "deliveries": """
        SELECT CAST(ROW(v.name, r.name, d.kind, d.delivered_at, d.document_date, d.total_paisa,
            p.sku, l.quantity, l.unit_price, l.amount_paisa) AS text)
        FROM app.deliveries d
        JOIN app.delivery_lines l ON l.delivery_id = d.id
        JOIN app.products p ON p.id = l.product_id
        JOIN app.businesses v ON v.id = d.vendor_id
        JOIN app.businesses r ON r.id = d.retailer_id
        WHERE d.vendor_id = ANY (:market)
    """,
    "payments": """
        SELECT CAST(ROW(v.name, r.name, p.amount_paisa, p.mode, p.paid_on, p.reverses_id IS NOT
            NULL) AS text)
        FROM app.payments p
        JOIN app.businesses v ON v.id = p.vendor_id
        JOIN app.businesses r ON r.id = p.retailer_id
        WHERE p.vendor_id = ANY (:market)
    """,
    "open items": """
        SELECT CAST(ROW(v.name, r.name, i.kind, i.amount_paisa, i.document_date, i.due_date) AS text)
        FROM app.receivable_items i
        JOIN app.accounts c ON c.id = i.account_id
        JOIN app.businesses v ON v.id = i.business_id
        JOIN app.businesses r ON r.id = c.party_id
        WHERE i.business_id = ANY (:market)
    """,
    "allocations": """
        SELECT CAST(ROW(v.name, debit.document_date, debit.amount_paisa, credit.document_date,
            credit.kind, a.amount_paisa, a.effective_date) AS text)
        FROM app.allocations a
        JOIN app.businesses v ON v.id = a.business_id
        JOIN app.receivable_items debit ON debit.id = a.debit_item_id
        JOIN app.receivable_items credit ON credit.id = a.credit_item_id
        WHERE a.business_id = ANY (:market)
    """,
    "decisions": """
        SELECT CAST(ROW(v.name, r.name, d.kind, d.outcome, d.reason_code, d.asked_paisa,
            d.granted_paisa, d.limit_paisa, d.decided_at) AS text)
        FROM app.decisions d
        JOIN app.businesses v ON v.id = d.vendor_id
        JOIN app.businesses r ON r.id = d.retailer_id
        WHERE d.vendor_id = ANY (:market)
    """,
    "stock movements": """
        SELECT CAST(ROW(b.name, p.sku, m.kind, m.quantity, m.on_hand_after, m.moved_at) AS text)
        FROM app.stock_movements m
        JOIN app.businesses b ON b.id = m.business_id
        JOIN app.products p ON p.id = m.product_id
        WHERE m.business_id = ANY (:market)
    """,
    "postings": """
        SELECT CAST(ROW(b.name, t.kind, t.effective_date, a.code, party.name, p.amount_paisa) AS text)
        FROM app.postings p
        JOIN app.ledger_transactions t ON t.id = p.transaction_id
        JOIN app.accounts a ON a.id = p.account_id
        JOIN app.businesses b ON b.id = p.business_id
        LEFT JOIN app.businesses party ON party.id = a.party_id
        WHERE p.business_id = ANY (:market)
    """,
}


def facts(session: Session, market: Sequence[UUID]) -> dict[str, list[str]]:
    """Every business fact of the businesses in `market`, one line of text each, sorted, by kind."""
    return {kind: _lines(session, kind, market) for kind in _FACTS}


def digest(session: Session, market: Sequence[UUID]) -> str:
    """One hash over all business facts of a market."""
    content = hashlib.sha256()
    for kind in _FACTS:
        lines = _lines(session, kind, market)
        content.update(f"# {kind} {len(lines)}\n".encode())
        content.update("\n".join(lines).encode())
    return content.hexdigest()


def _lines(session: Session, kind: str, market: Sequence[UUID]) -> list[str]:
    # Two years of a large market take longer to read than a request may take.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    return sorted(session.execute(text(_FACTS[kind]), {"market": list(market)}).scalars())
