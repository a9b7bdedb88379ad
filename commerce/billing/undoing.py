"""What cancelling a bill and taking goods of it back have in common.

A bill's row never changes and cannot be locked: who would undo one waits for others by its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.errors import BillCancelled, BillNotFound
from commerce.billing.facts import Counter, counter
from commerce.billing.issuing import SOURCE
from commerce.billing.queries import BillRow, SoldRow
from commerce.billing.tenders import Tender, write_tenders
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger


def standing(session: Session, business_id: UUID, invoice_id: UUID) -> tuple[BillRow, Counter]:
    """A bill that holds, while others who would undo it wait. Raises BillNotFound, BillCancelled."""
    queries.lock_name(session, f"bill {invoice_id}")
    bill = queries.bill(session, business_id, invoice_id)
    if bill is None:
        raise BillNotFound(invoice_id)
    if bill.cancelled_on is not None:
        raise BillCancelled(bill.number, bill.cancelled_on)
    return bill, counter(session, business_id, None)


def by_product(quantities: Mapping[int, Decimal], sold: Sequence[SoldRow]) -> dict[UUID, Decimal]:
    """Quantities by line of the bill in base units by product."""
    found: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in sold:
        if row.line_no in quantities:
            found[row.product_id] += quantities[row.line_no] * row.base_quantity
    return dict(found)


def give_money_back(
    session: Session, at: Counter, paper_id: UUID, back: Sequence[Tender], actor_id: UUID | None
) -> None:
    write_tenders(
        session,
        back,
        business_id=at.business_id,
        invoice_id=paper_id,
        currency=at.currency,
        day=at.today,
        actor_id=actor_id,
    )


def credit_khata(
    session: Session,
    at: Counter,
    bill: BillRow,
    source_id: UUID,
    source: str,
    amount_paisa: int,
    transaction_id: UUID,
    number: str,
) -> None:
    """Credit the khata: what is open of the bill first; what was paid of it stands there as paid ahead."""
    assert bill.account_id is not None
    item_id = ledger_queries.item_of(session, bill.account_id, SOURCE, bill.id)
    ledger.enter_item(
        session,
        ledger.Item(
            business_id=at.business_id,
            account_id=bill.account_id,
            kind="credit_note",
            amount_paisa=-amount_paisa,
            currency=bill.currency,
            document_date=at.today,
            due_date=at.today,
            source=source,
            source_id=source_id,
            transaction_id=transaction_id,
            document_number=number,
        ),
        first={item_id},
    )
