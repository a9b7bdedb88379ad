"""Payments and their undoing: entries in both books, open items, settlement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.credit import discounts, queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import (
    PaymentDuplicate,
    PaymentInvalid,
    PaymentLarge,
    PaymentNotFound,
    PaymentReversedAlready,
)
from commerce.credit.events import PaymentRecorded, PaymentReversed
from commerce.credit.models import PAYMENT_MODES, REVERSAL_REASONS, Payment
from commerce.credit.queries import Agreement
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount
from foundation.settings import settings

DUPLICATE_WITHIN = timedelta(minutes=5)
LARGE_TIMES = 10


def record_payment(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    amount_paisa: int,
    mode: str,
    paid_on: date | None = None,
    reference: str | None = None,
    chosen: Mapping[UUID, int] | None = None,
    is_rest_kept: bool = False,
    confirm_duplicate: bool = False,
    confirm_amount: bool = False,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Take a payment: entries in both books, settled oldest due first; what is left over is an advance.

    What was promised for paying in time is given with it (`discounts`).
    `chosen` says how much of which open items it settles before all others; with `is_rest_kept` the rest stays an
    advance. The same amount from the same retailer within five minutes is taken for a slip of the finger unless
    `confirm_duplicate` says that it is not; so is more than ten times what is owed and was ordered, without
    `confirm_amount`.

    `paid_on` is the vendor's business day of the payment (default: today): never a later one, none before the
    agreement, and none longer ago than the settings let it be. Only a retailer that has ordered on credit
    from the vendor pays it (docs/decisions/0008). Returns the payment's id; a retry with the same request key
    returns the first one's.
    Raises AgreementNotFound, AllocationInvalid, PaymentDuplicate, PaymentInvalid, PaymentLarge,
    RequestKeyReused.
    """
    payment_id = uuid7()
    if request is not None and (earlier := claim(session, request, payment_id)) is not None:
        return earlier
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    check_payment(amount_paisa, mode, agreement.currency)
    agreed_on = business_day(agreement.agreed_at, agreement.time_zone)
    paid_on = checked_day(agreement, paid_on, "payment", agreed_on, "credit was agreed on")

    account_id = agreement.receivable_account_id
    exposure = ledger.move_exposure(session, account_id=account_id, posted_paisa=-amount_paisa)
    if not ledger_queries.is_used(session, account_id):
        raise PaymentInvalid(
            f"retailer {retailer_id} has ordered nothing on credit from vendor {vendor_id} yet; "
            "take its payments from its first order on"
        )
    if not confirm_duplicate:
        _refuse_duplicate(session, agreement, amount_paisa)
    owed_paisa = exposure.posted_paisa + amount_paisa + exposure.held_paisa
    # Where nothing is owed and nothing was ordered, there is nothing to measure an advance by.
    if not confirm_amount and 0 < owed_paisa * LARGE_TIMES < amount_paisa:
        raise PaymentLarge(
            f"a payment of {format_amount(amount_paisa, agreement.currency)} of a retailer that owes or ordered "
            f"{format_amount(owed_paisa, agreement.currency)}; look at the amount, and send `confirm_amount` if it is "
            "right",
            amount_paisa=amount_paisa,
            owed_paisa=owed_paisa,
        )
    session.execute(
        insert(Payment.__table__).values(  # type: ignore[arg-type]
            id=payment_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            agreement_id=agreement.id,
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            mode=mode,
            reference=reference,
            paid_on=paid_on,
            recorded_by=actor_id,
            recorded_at=clock.now(),
        )
    )
    parts = discounts.give(
        session,
        agreement,
        amount_paisa=amount_paisa,
        paid_on=paid_on,
        chosen=chosen or {},
        is_rest_kept=is_rest_kept,
    )
    advance_paisa = ledger.enter_item(
        session,
        _item(
            agreement,
            "payment",
            payment_id,
            -amount_paisa,
            paid_on,
            _post_payment(session, agreement, payment_id, amount_paisa, mode, paid_on),
        ),
        chosen=parts,
        is_rest_kept=is_rest_kept,
    )
    publish(
        session,
        PaymentRecorded(
            payment_id=str(payment_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            advance_paisa=advance_paisa,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel=channel,
    )
    return payment_id


def undo_payment(
    session: Session,
    *,
    reversal_id: UUID,
    vendor_id: UUID,
    payment_id: UUID,
    reason: str,
    reversed_on: date | None,
    reference: str | None,
    actor_id: UUID | None,
    channel: str,
) -> None:
    """The money of `reverse_payment`: reversals in both books, items and settlements; no cheque, no request key.

    Raises PaymentNotFound, PaymentInvalid, PaymentReversedAlready.
    """
    payment = queries.payment_between(session, vendor_id, payment_id)
    if payment is None:
        raise PaymentNotFound(
            f"vendor {vendor_id} took no payment {payment_id}; `GET /api/v1/credit/history` has the ids",
            payment_id=str(payment_id),
        )
    if payment.reverses_id is not None or payment.is_assumed:
        raise PaymentInvalid(
            f"{payment_id} is {'a reversal' if payment.reverses_id else 'assumed by an import'} and no payment "
            "that was recorded here; only such a one can be undone",
            payment_id=str(payment_id),
        )
    if reason not in REVERSAL_REASONS:
        raise PaymentInvalid(f"no payment is undone for {reason!r}; give {' or '.join(REVERSAL_REASONS)}")
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=payment.retailer_id)
    reversed_on = checked_day(agreement, reversed_on, "reversal", payment.paid_on, "the payment is of")

    account_id = agreement.receivable_account_id
    ledger.move_exposure(session, account_id=account_id, posted_paisa=payment.amount_paisa)
    # Asked under the account's lock: two that undo one payment find each other here.
    if queries.is_reversed(session, payment_id):
        raise PaymentReversedAlready(
            f"payment {payment_id} is undone already; record what was paid since as a new payment",
            payment_id=str(payment_id),
        )
    session.execute(
        insert(Payment.__table__).values(  # type: ignore[arg-type]
            id=reversal_id,
            vendor_id=vendor_id,
            retailer_id=payment.retailer_id,
            agreement_id=agreement.id,
            amount_paisa=payment.amount_paisa,
            currency=payment.currency,
            mode=payment.mode,
            reference=reference,
            paid_on=reversed_on,
            recorded_by=actor_id,
            recorded_at=clock.now(),
            reverses_id=payment_id,
            reversal_reason=reason,
        )
    )
    posted = ledger.reverse(
        session,
        businesses=(vendor_id, payment.retailer_id),
        reversed_source="payment",
        reversed_source_id=payment_id,
        source="bounce",
        source_id=reversal_id,
        effective_date=reversed_on,
    )
    paid_item = ledger_queries.item_of(session, account_id, "payment", payment_id)
    paid_debts = [row.debit_item_id for row in ledger_queries.settlements_of(session, paid_item)]
    ledger.undo_settlements(
        session,
        business_id=vendor_id,
        account_id=account_id,
        credit_item_id=paid_item,
        effective_date=reversed_on,
    )
    discounts.withdraw(session, agreement, debts=paid_debts, day=reversed_on)
    ledger.enter_item(
        session,
        _item(agreement, "bounce", reversal_id, payment.amount_paisa, reversed_on, posted[vendor_id]),
        first={paid_item},
    )
    ledger.settle_open(session, business_id=vendor_id, account_id=account_id, effective_date=reversed_on)
    publish(
        session,
        PaymentReversed(
            payment_id=str(payment_id),
            reversal_id=str(reversal_id),
            vendor_id=str(vendor_id),
            retailer_id=str(payment.retailer_id),
            amount_paisa=payment.amount_paisa,
            currency=payment.currency,
            reason=reason,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel=channel,
    )


def _refuse_duplicate(session: Session, agreement: Agreement, amount_paisa: int) -> None:
    # Asked under the account's lock: two tills that record one payment find each other here.
    earlier = queries.payment_like(session, agreement, amount_paisa, clock.now() - DUPLICATE_WITHIN)
    if earlier is not None:
        raise PaymentDuplicate(
            f"{format_amount(amount_paisa, agreement.currency)} of this retailer were recorded minutes ago as payment "
            f"{earlier}; send `confirm_duplicate` if it paid twice",
            payment_id=str(earlier),
            amount_paisa=amount_paisa,
        )


def check_payment(amount_paisa: int, mode: str, currency: str) -> None:
    if amount_paisa <= 0:
        raise PaymentInvalid(
            f"a payment of {format_amount(amount_paisa, currency)}; give an amount above zero"
        )
    if mode not in PAYMENT_MODES:
        raise PaymentInvalid(f"payments are not taken by {mode!r}; use one of {', '.join(PAYMENT_MODES)}")


def checked_day(agreement: Agreement, day: date | None, what: str, first: date, since: str) -> date:
    """The day of a payment or reversal (default: today), within its bounds. Raises PaymentInvalid."""
    today = business_day(clock.now(), agreement.time_zone)
    day = day or today
    back = settings().payment_backdating_days_max
    if day > today:
        raise PaymentInvalid(f"a {what} dated {day} lies after today, {today}; date it today or before")
    if day < first:
        raise PaymentInvalid(f"a {what} dated {day} is too early: {since} {first}; date it then or later")
    if day < today - timedelta(days=back):
        raise PaymentInvalid(
            f"a {what} dated {day} lies more than {back} days back; date it {today - timedelta(days=back)} or "
            "later, or raise PAYMENT_BACKDATING_DAYS_MAX"
        )
    return day


def _item(
    agreement: Agreement, kind: str, source_id: UUID, amount_paisa: int, day: date, transaction_id: UUID
) -> ledger.Item:
    return ledger.Item(
        business_id=agreement.vendor_id,
        account_id=agreement.receivable_account_id,
        kind=kind,
        amount_paisa=amount_paisa,
        currency=agreement.currency,
        document_date=day,
        due_date=day,
        source=kind,
        source_id=source_id,
        transaction_id=transaction_id,
    )


def _post_payment(
    session: Session, agreement: Agreement, payment_id: UUID, amount_paisa: int, mode: str, paid_on: date
) -> UUID:
    """The entry in the seller's book and its mirror in the buyer's; the seller's transaction id."""
    money = "cash" if mode == "cash" else "bank"
    return ledger.post_mirrored(
        session,
        source="payment",
        source_id=payment_id,
        effective_date=paid_on,
        currency=agreement.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(agreement.vendor_id, debit=money, credit=agreement.receivable_account_id),
        buyer=ledger.Leg(agreement.retailer_id, debit=agreement.payable_account_id, credit=money)
        if agreement.payable_account_id is not None
        else None,
    )
