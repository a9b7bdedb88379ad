"""Deliveries and returns in the books of both sides: entries, open items, settlement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit.queries import Relation
from commerce.invoices.service import Tax
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering.queries import LockedOrder
from foundation import clock
from foundation.clock import business_day


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
    tax: Tax,
) -> None:
    """Sales in the seller's book, purchases in the buyer's, tax apart; on credit also the open item.

    Advances settle it at once.
    """
    _book(
        session,
        order,
        relation,
        ("charge", "delivery", delivery_id),
        ("sales", "purchases"),
        total,
        tax,
        document,
        due_date=relation.due_date(document.day),
    )


def credit_back(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    return_id: UUID,
    total: int,
    document: Document,
    tax: Tax,
) -> None:
    """The credit note: returns in both books, tax apart; on credit also the item, settled against this order first."""
    _book(
        session,
        order,
        relation,
        ("credit_note", "return", return_id),
        ("sales_returns", "purchase_returns"),
        -total,
        Tax(-tax.output_paisa, -tax.input_paisa),
        document,
        due_date=document.day,
        first=ledger_queries.items_of_order(session, order.id),
    )


def book_fee(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    amount_paisa: int,
    *,
    first: Collection[UUID] = (),
) -> None:
    """The fee for cancelling late (negative: given up) in both books, and its open item. No sale, and no tax of one."""
    kind = "cancel_fee" if amount_paisa > 0 else "fee_waiver"
    today = business_day(clock.now(), order.time_zone)
    _book(
        session,
        order,
        relation,
        (kind, kind, order.id),
        ("cancellation_income", "cancellation_expense"),
        amount_paisa,
        Tax(0, 0),
        Document(order.number, today),
        due_date=relation.due_date(today) if amount_paisa > 0 else today,
        first=first,
    )


def book_cancel_credit(session: Session, order: LockedOrder, relation: Relation, amount_paisa: int) -> None:
    """What a vendor gives for an order that it cancelled late, in both books. It lowers no sale, and no tax of one."""
    today = business_day(clock.now(), order.time_zone)
    _book(
        session,
        order,
        relation,
        ("cancel_credit", "cancel_credit", order.id),
        ("cancellation_expense", "cancellation_income"),
        -amount_paisa,
        Tax(0, 0),
        Document(order.number, today),
        due_date=today,
    )


def _book(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    what: tuple[str, str, UUID],
    codes: tuple[str, str],
    amount_paisa: int,
    tax: Tax,
    document: Document,
    *,
    due_date: date,
    first: Collection[UUID] = (),
) -> None:
    """Post what is owed to the seller (negative: given back), and on credit write its open item.

    `what` is the item's kind, and the source and its id; `codes` are the accounts beside receivable and payable.
    """
    kind, source, source_id = what
    transaction_id = _post_both(
        session, order, relation, source, source_id, document.day, codes, amount_paisa, tax
    )
    if order.settlement == "cash":
        return
    assert relation.receivable_account_id is not None
    ledger.enter_item(
        session,
        ledger.Item(
            business_id=order.vendor_id,
            account_id=relation.receivable_account_id,
            kind=kind,
            amount_paisa=amount_paisa,
            currency=order.currency,
            document_date=document.day,
            due_date=due_date,
            source=source,
            source_id=source_id,
            order_id=order.id,
            transaction_id=transaction_id,
            document_number=document.number,
        ),
        first=first,
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
    tax: Tax,
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
        seller=ledger.Leg(order.vendor_id, debit=receivable, credit=codes[0], tax_paisa=tax.output_paisa),
        buyer=ledger.Leg(order.retailer_id, debit=codes[1], credit=payable, tax_paisa=tax.input_paisa)
        if relation.retailer_keeps_books and payable is not None
        else None,
    )
