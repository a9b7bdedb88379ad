"""Cheques, also of a later date: in the drawer, at the bank, cleared or bounced. Only a cleared one is a payment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from commerce.credit import collection_queries as queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import ChequeInvalid, ChequeMoveInvalid, ChequeNotFound
from commerce.credit.events import ChequeMoved
from commerce.credit.models import Cheque
from commerce.credit.payments import check_payment, record_payment, undo_payment
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7

AHEAD_DAYS_MAX: Final = 366
"""Nobody takes a cheque of the year after next: who writes one mistook the year."""


class Move(NamedTuple):
    """From which states a cheque comes into which one."""

    sources: tuple[str, ...]
    target: str


MOVES: Final = {
    "deposit": Move(("received",), "deposited"),
    "clear": Move(("deposited",), "cleared"),
    "bounce": Move(("deposited", "cleared"), "bounced"),
    "return": Move(("received",), "returned"),
}


def receive_cheque(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    amount_paisa: int,
    bank: str,
    number: str,
    cheque_date: date,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Take a cheque into the drawer; nothing is posted. Returns its id.

    Raises AgreementNotFound, PaymentInvalid, ChequeInvalid (it is there already, or of a far day), RequestKeyReused.
    """
    cheque_id = uuid7()
    if request is not None and (earlier := claim(session, request, cheque_id)) is not None:
        return earlier
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    check_payment(amount_paisa, "cheque", agreement.currency)
    latest = business_day(clock.now(), agreement.time_zone) + timedelta(days=AHEAD_DAYS_MAX)
    if cheque_date > latest:
        raise ChequeInvalid(
            f"cheque {number} is of {cheque_date}, which is too far off; give the day that is written on it, {latest} "
            "or before",
            number=number,
            cheque_date=cheque_date.isoformat(),
        )
    # Under the account's lock, so that two who take in one cheque find each other.
    ledger.lock_exposure(session, account_id=agreement.receivable_account_id)
    if queries.has_cheque(session, agreement.id, bank, number):
        raise ChequeInvalid(
            f"cheque {number} of {bank} is in the list already; look it up at `GET /api/v1/credit/cheques`",
            bank=bank,
            number=number,
        )
    now = clock.now()
    session.execute(
        insert(Cheque.__table__).values(  # type: ignore[arg-type]
            id=cheque_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            agreement_id=agreement.id,
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            bank=bank,
            number=number,
            cheque_date=cheque_date,
            state="received",
            received_by=actor_id,
            received_at=now,
            changed_at=now,
        )
    )
    _tell(session, vendor_id, cheque_id, retailer_id, "received", amount_paisa, agreement.currency, actor_id)
    return cheque_id


def move_cheque(
    session: Session,
    *,
    vendor_id: UUID,
    cheque_id: UUID,
    verb: str,
    on: date | None = None,
    reason: str | None = None,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Deposit, clear, bounce or return a cheque (`verb` of MOVES). Returns the cheque's id.

    Clearing records the payment, bouncing after that undoes it; `on` is the vendor's business day of either
    (default: today). Raises ChequeNotFound, ChequeMoveInvalid, ChequeInvalid, PaymentInvalid, RequestKeyReused.
    """
    if request is not None and claim(session, request, cheque_id) is not None:
        return cheque_id
    found = queries.lock_cheque(session, vendor_id, cheque_id)
    if found is None:
        raise ChequeNotFound(
            f"vendor {vendor_id} has no cheque {cheque_id}; `GET /api/v1/credit/cheques` has the ids",
            cheque_id=str(cheque_id),
        )
    move = MOVES[verb]
    if found.state not in move.sources:
        raise ChequeMoveInvalid(
            f"cheque {found.number} is {found.state}; to {verb} it, it has to be {' or '.join(move.sources)}",
            cheque_id=str(cheque_id),
            state=found.state,
        )
    # One that lies at the bank again after it was cleared by mistake is no payment any more.
    payment_id = found.payment_id if found.state == "cleared" else None
    if verb == "deposit":
        _check_day(session, vendor_id, found)
    elif verb == "clear":
        payment_id = record_payment(
            session,
            vendor_id=vendor_id,
            retailer_id=found.retailer_id,
            amount_paisa=found.amount_paisa,
            mode="cheque",
            paid_on=on,
            reference=f"{found.bank} {found.number}"[:100],
            # Its number says that it is no other, and the bank that it is worth so much.
            confirm_duplicate=True,
            confirm_amount=True,
            actor_id=actor_id,
        )
    elif verb == "bounce" and payment_id is not None:
        undo_payment(
            session,
            reversal_id=uuid7(),
            vendor_id=vendor_id,
            payment_id=payment_id,
            reason="bounced",
            reversed_on=on,
            reference=None if reason is None else reason[:100],
            actor_id=actor_id,
            channel="api",
        )
    bounce_reason = (reason or "bounced") if verb == "bounce" else None
    _come_into(session, vendor_id, found, move.target, payment_id, bounce_reason, actor_id)
    return cheque_id


def reverse_payment(
    session: Session,
    *,
    vendor_id: UUID,
    payment_id: UUID,
    reason: str,
    reversed_on: date | None = None,
    reference: str | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo a payment that bounced or was recorded by mistake, once: what it had settled is due as it was.

    Reversals go into both books; other credit that settles nothing yet settles what is open again. `reversed_on`
    is the vendor's business day on which it became known (default: today). The cheque that was this payment
    bounces with it, or lies at the bank again when it was cleared by mistake. Returns the reversal's id; a retry
    with the same request key returns the first one's.
    Raises PaymentNotFound, PaymentInvalid, PaymentReversedAlready, RequestKeyReused.
    """
    reversal_id = uuid7()
    if request is not None and (earlier := claim(session, request, reversal_id)) is not None:
        return earlier
    # Before the account, as `move_cheque` takes them.
    cheque = queries.lock_cheque_of(session, vendor_id, payment_id)
    undo_payment(
        session,
        reversal_id=reversal_id,
        vendor_id=vendor_id,
        payment_id=payment_id,
        reason=reason,
        reversed_on=reversed_on,
        reference=reference,
        actor_id=actor_id,
        channel=channel,
    )
    if cheque is not None:
        if reason == "bounced":
            _come_into(session, vendor_id, cheque, "bounced", payment_id, reference or "bounced", actor_id)
        else:
            _come_into(session, vendor_id, cheque, "deposited", None, None, actor_id)
    return reversal_id


def _come_into(
    session: Session,
    vendor_id: UUID,
    cheque: queries.DrawnCheque,
    state: str,
    payment_id: UUID | None,
    bounce_reason: str | None,
    actor_id: UUID | None,
) -> None:
    """Let a locked cheque come into a state, and tell."""
    session.execute(
        update(Cheque)
        .where(Cheque.id == cheque.id)
        .values(
            state=state,
            payment_id=payment_id,
            bounce_reason=bounce_reason,
            changed_at=clock.now(),
        )
    )
    _tell(
        session,
        vendor_id,
        cheque.id,
        cheque.retailer_id,
        state,
        cheque.amount_paisa,
        cheque.currency,
        actor_id,
        payment_id,
    )


def _check_day(session: Session, vendor_id: UUID, found: queries.DrawnCheque) -> None:
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=found.retailer_id)
    today = business_day(clock.now(), agreement.time_zone)
    if today < found.cheque_date:
        raise ChequeInvalid(
            f"cheque {found.number} is of {found.cheque_date}, and today is {today}; deposit it then",
            number=found.number,
            cheque_date=found.cheque_date.isoformat(),
        )


def _tell(
    session: Session,
    vendor_id: UUID,
    cheque_id: UUID,
    retailer_id: UUID,
    state: str,
    amount_paisa: int,
    currency: str,
    actor_id: UUID | None,
    payment_id: UUID | None = None,
) -> None:
    publish(
        session,
        ChequeMoved(
            cheque_id=str(cheque_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            state=state,
            amount_paisa=amount_paisa,
            currency=currency,
            payment_id=None if payment_id is None else str(payment_id),
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel="api",
    )
