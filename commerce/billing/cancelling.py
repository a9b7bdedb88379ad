"""A bill holds no longer: its entry is reversed, and its number stays taken."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.errors import BillNotCancellable
from commerce.billing.events import BillWasCancelled
from commerce.billing.facts import Counter
from commerce.billing.issuing import SOURCE
from commerce.billing.models import BillCancellation
from commerce.billing.tenders import Tender
from commerce.billing.undoing import by_product, credit_khata, give_money_back, standing
from commerce.ledger import service as ledger
from commerce.stock import selling
from commerce.tax.bikram import bikram_date
from foundation import clock
from foundation.events import publish
from foundation.idempotency import RequestKey, claim

CANCELLED = "bill_cancellation"


def cancel(
    session: Session,
    *,
    business_id: UUID,
    invoice_id: UUID,
    reason: str,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Let a bill hold no longer; its id. Its number stays taken, its entry is reversed, its goods are on the shelf.

    Money that was taken for nobody by name goes back as it came; a customer's stands in the khata as paid ahead.
    Possible within the month of the bill, before a return of taxes tells of it. Raises BillNotFound, BillCancelled,
    BillNotCancellable.
    """
    if request is not None and (earlier := claim(session, request, invoice_id)) is not None:
        return earlier
    bill, at = standing(session, business_id, invoice_id)
    if bill.is_forgotten:
        raise BillNotCancellable(
            f"the customer of bill {bill.number} was forgotten, and has no khata; give its goods back by a credit note "
            "with `mode`",
            number=bill.number,
        )
    if bill.notes:
        raise BillNotCancellable(
            f"goods of bill {bill.number} came back by {', '.join(bill.notes)}; give the rest back by a note, too",
            number=bill.number,
        )
    if _month(at, bill.document_date) != _month(at, at.today):
        raise BillNotCancellable(
            f"bill {bill.number} is of {bill.document_date}, and that month is closed for tax; give its goods back by "
            "a credit note: `POST /api/v1/invoices/{id}/credit-notes`",
            number=bill.number,
            document_date=bill.document_date.isoformat(),
        )
    if bill.account_id is not None:
        ledger.move_exposure(session, account_id=bill.account_id, posted_paisa=-bill.payable_paisa)
    sold = queries.sold(session, invoice_id)
    selling.take_back(
        session,
        business_id=business_id,
        quantities=by_product({row.line_no: row.quantity for row in sold}, sold),
        sources=[invoice_id],
        source_id=invoice_id,
    )
    [transaction_id] = ledger.reverse(
        session,
        businesses=(business_id,),
        reversed_source=SOURCE,
        reversed_source_id=invoice_id,
        source=CANCELLED,
        source_id=invoice_id,
        effective_date=at.today,
    ).values()
    session.execute(
        insert(BillCancellation.__table__).values(  # type: ignore[arg-type]
            invoice_id=invoice_id,
            business_id=business_id,
            reason=reason,
            cancelled_on=at.today,
            cancelled_by=actor_id,
            cancelled_at=clock.now(),
        )
    )
    if bill.account_id is None:
        taken = queries.tenders_of(session, invoice_id)
        back = [Tender(row.mode, -row.amount_paisa, row.reference) for row in taken]
        give_money_back(session, at, invoice_id, back, actor_id)
    else:
        credit_khata(
            session, at, bill, invoice_id, CANCELLED, bill.payable_paisa, transaction_id, bill.number
        )
    publish(
        session,
        BillWasCancelled(
            invoice_id=str(invoice_id),
            customer_id=None if bill.customer_id is None else str(bill.customer_id),
            number=bill.number,
            payable_paisa=bill.payable_paisa,
            currency=bill.currency,
        ),
        business_id=business_id,
        actor_id=actor_id,
        channel=channel,
    )
    return invoice_id


def _month(at: Counter, day: date) -> tuple[int, int]:
    """The month of the shop's country that a return of taxes is made for."""
    if at.country == "NP":
        bikram = bikram_date(day)
        return bikram.year, bikram.month
    return day.year, day.month
