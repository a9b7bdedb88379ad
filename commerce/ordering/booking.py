"""Deliveries and returns in the books of both sides: entries, open items, settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit.queries import Relation
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering.queries import LockedOrder


@dataclass(frozen=True)
class Document:
    """A delivery or return as its paper has it: number and business day."""

    number: str
    day: date


def charge(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    delivery_id: UUID,
    total: int,
    document: Document,
) -> None:
    """Sales in the seller's book, purchases in the buyer's; on credit also the open item."""
    transaction_id = _post_both(
        session, order, relation, "delivery", delivery_id, document.day, ("sales", "purchases"), total
    )
    if order.settlement == "cash":
        return
    assert relation.receivable_account_id is not None
    item = ledger.Item(
        business_id=order.vendor_id,
        account_id=relation.receivable_account_id,
        kind="charge",
        amount_paisa=total,
        currency=order.currency,
        document_date=document.day,
        due_date=document.day + timedelta(days=relation.net_days or 0),
        source="delivery",
        source_id=delivery_id,
        order_id=order.id,
        transaction_id=transaction_id,
        document_number=document.number,
    )
    ledger.add_item(session, item)
    advances = ledger_queries.open_credits(session, item.account_id)
    ledger.allocate(
        session,
        business_id=order.vendor_id,
        account_id=item.account_id,
        effective_date=document.day,
        settlements=ledger.settle_oldest_first([(c.id, c.open_paisa) for c in advances], [(item.id, total)]),
    )


def credit_back(
    session: Session, order: LockedOrder, relation: Relation, return_id: UUID, total: int, document: Document
) -> None:
    """The credit note: returns in both books; on credit also the item, settled against this order first."""
    transaction_id = _post_both(
        session,
        order,
        relation,
        "return",
        return_id,
        document.day,
        ("sales_returns", "purchase_returns"),
        -total,
    )
    if order.settlement == "cash":
        return
    assert relation.receivable_account_id is not None
    item = ledger.Item(
        business_id=order.vendor_id,
        account_id=relation.receivable_account_id,
        kind="credit_note",
        amount_paisa=-total,
        currency=order.currency,
        document_date=document.day,
        due_date=document.day,
        source="return",
        source_id=return_id,
        order_id=order.id,
        transaction_id=transaction_id,
        document_number=document.number,
    )
    ledger.add_item(session, item)
    debits = ledger_queries.open_debits(session, item.account_id)
    own = ledger_queries.items_of_order(session, order.id)
    debits.sort(key=lambda debit: debit.id not in own)  # stable: oldest first within both groups
    ledger.allocate(
        session,
        business_id=order.vendor_id,
        account_id=item.account_id,
        effective_date=document.day,
        settlements=ledger.settle_oldest_first([(item.id, total)], [(d.id, d.open_paisa) for d in debits]),
    )


def _post_both(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    source: str,
    source_id: UUID,
    day: date,
    codes: tuple[str, str],
    amount_paisa: int,
) -> UUID:
    """Post what is owed to the seller (negative: given back); the seller's transaction id."""
    is_cash = order.settlement == "cash"
    receivable = "cash" if is_cash else relation.receivable_account_id
    payable = "cash" if is_cash else relation.payable_account_id
    assert receivable is not None
    return ledger.post_mirrored(
        session,
        source=source,
        source_id=source_id,
        effective_date=day,
        currency=order.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(order.vendor_id, debit=receivable, credit=codes[0]),
        buyer=ledger.Leg(order.retailer_id, debit=codes[1], credit=payable)
        if relation.retailer_keeps_books and payable is not None
        else None,
    )
