"""Deliveries and returns in the books of both sides: entries, open items, settlement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit import discounts
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

    Advances settle it at once, and earn what was promised for paying in time.
    """
    what, codes = ("charge", "delivery", delivery_id), ("sales", "purchases")
    due_date = relation.due_date(document.day)
    item = _posted(session, order, relation, what, codes, total, tax, document, due_date=due_date)
    if item is not None:
        ledger.write_item(session, item)
        given = discounts.give_for_advances(
            session, vendor_id=order.vendor_id, retailer_id=order.retailer_id, charge=item
        )
        ledger.settle_item(session, item, settled_paisa=given)


def credit_back(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    return_id: UUID,
    total: int,
    document: Document,
    tax: Tax,
) -> int:
    """The credit note: returns in both books, tax apart; on credit also the item.

    It settles what was written off of the order and is owed again with it, and the discount that was given for these
    goods; then this order, then the oldest debts.
    Returns how much is owed again.
    """
    discounted = discounts.take_back(
        session,
        vendor_id=order.vendor_id,
        retailer_id=order.retailer_id,
        order_id=order.id,
        total_paisa=total,
        day=document.day,
    )
    owed_again = _reinstate(session, order, relation, return_id, total, document)
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
        chosen=owed_again | discounted,
    )
    return sum(owed_again.values())


def book_fee(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    amount_paisa: int,
    *,
    first: Collection[UUID] = (),
) -> int:
    """The fee for cancelling late (negative: given up) in both books, and its open item. No sale, and no tax of one.

    What was written off of a fee that is given up is owed again and settled with it: it was not paid. Returns how much.
    """
    kind = "cancel_fee" if amount_paisa > 0 else "fee_waiver"
    today = business_day(clock.now(), order.time_zone)
    document = Document(order.number, today)
    owed_again = _reinstate(session, order, relation, order.id, -amount_paisa, document)
    _book(
        session,
        order,
        relation,
        (kind, kind, order.id),
        ("cancellation_income", "cancellation_expense"),
        amount_paisa,
        Tax(0, 0),
        document,
        due_date=relation.due_date(today) if amount_paisa > 0 else today,
        first=first,
        chosen=owed_again,
    )
    return sum(owed_again.values())


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


def _reinstate(
    session: Session,
    order: LockedOrder,
    relation: Relation,
    source_id: UUID,
    given_back_paisa: int,
    document: Document,
) -> dict[UUID, int]:
    """Let so much of what was written off be owed again, in both books, as the credit that comes with it settles.

    Without this it would be credit that nobody paid for. Nothing for a sale for cash, or where nothing is given back.
    Returns the new item and its amount. The account's row must be locked.
    """
    if order.settlement == "cash" or given_back_paisa <= 0:
        return {}
    account_id = relation.receivable_account_id
    assert account_id is not None
    found = ledger_queries.given_up(session, account_id, order.id)
    owed_paisa = ledger.reinstated_by(given_back_paisa, found)
    if not owed_paisa:
        return {}
    ledger.move_exposure(session, account_id=account_id, posted_paisa=owed_paisa)
    what = ("reinstatement", "reinstatement", source_id)
    codes = ("bad_debts", "debts_forgiven")
    item = _posted(
        session, order, relation, what, codes, owed_paisa, Tax(0, 0), document, due_date=document.day
    )
    assert item is not None
    # Written, not entered: an advance that was truly paid must not settle it before the credit does.
    ledger.write_item(session, item)
    return {item.id: owed_paisa}


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
    chosen: Mapping[UUID, int] | None = None,
) -> None:
    """Post what is owed to the seller (negative: given back), and on credit write its open item and settle it.

    `what` is the item's kind, and the source and its id; `codes` are the accounts beside receivable and payable.
    """
    item = _posted(session, order, relation, what, codes, amount_paisa, tax, document, due_date=due_date)
    if item is not None:
        ledger.enter_item(session, item, first=first, chosen=chosen)


def _posted(
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
) -> ledger.Item | None:
    """Post as `_book` says; the open item that is to be written for it, none of a sale for cash."""
    kind, source, source_id = what
    transaction_id = _post_both(
        session, order, relation, source, source_id, document.day, codes, amount_paisa, tax
    )
    if order.settlement == "cash":
        return None
    assert relation.receivable_account_id is not None
    return ledger.Item(
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
