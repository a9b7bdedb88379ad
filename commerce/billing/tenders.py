"""Money that changes hands at the counter with a bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.billing.errors import BillPaymentInvalid, BillUnpaid
from commerce.billing.facts import Counter
from commerce.khata.vocabulary import MODES
from foundation import clock
from foundation.ids import uuid7s
from foundation.money import format_amount

TENDERS_MAX = 10


@dataclass(frozen=True, slots=True)
class Tender:
    """Money that is taken with a bill; below zero: given back."""

    mode: str
    amount_paisa: int
    reference: str | None = None


def checked(payable_paisa: int, at: Counter, tenders: Sequence[Tender] | None) -> Sequence[Tender]:
    """The money that is taken with a bill; None: who has no khata paid all of it in cash.

    Raises BillPaymentInvalid, BillUnpaid.
    """
    if payable_paisa <= 0:
        raise BillPaymentInvalid(
            "the bill comes to nothing; leave a discount out, or give the goods without a bill"
        )
    if tenders is None:
        return [] if at.customer_id is not None else [Tender("cash", payable_paisa)]
    if len(tenders) > TENDERS_MAX:
        raise BillPaymentInvalid(f"{len(tenders)} payments for one bill; give {TENDERS_MAX} at most")
    for tender in tenders:
        if tender.mode not in MODES:
            raise BillPaymentInvalid(f"money is not taken by {tender.mode!r}; use one of {', '.join(MODES)}")
        if tender.amount_paisa <= 0:
            raise BillPaymentInvalid(
                f"a payment of {format_amount(tender.amount_paisa, at.currency)}; give more than nothing"
            )
    paid = sum(tender.amount_paisa for tender in tenders)
    told = f"{format_amount(paid, at.currency)} for a bill of {format_amount(payable_paisa, at.currency)}"
    if paid > payable_paisa:
        raise BillPaymentInvalid(
            f"{told}; give back the change, or take what is paid ahead by `POST /api/v1/ledger/payment`",
            payable_paisa=payable_paisa,
            paid_paisa=paid,
        )
    if at.customer_id is None and paid < payable_paisa:
        raise BillUnpaid(
            f"{told}; take the rest, or name the customer who will owe it",
            payable_paisa=payable_paisa,
            paid_paisa=paid,
        )
    return tenders


_WRITE = text("""
    INSERT INTO app.bill_tenders
        (id, business_id, invoice_id, mode, amount_paisa, currency, reference, taken_on, recorded_by, recorded_at)
    SELECT id, :business_id, :invoice_id, mode, amount_paisa, :currency, reference, :taken_on, :recorded_by, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:modes AS text[]), CAST(:amounts AS bigint[]), CAST(:references AS text[]))
        AS taken (id, mode, amount_paisa, reference)
""")


def write_tenders(
    session: Session,
    tenders: Sequence[Tender],
    *,
    business_id: UUID,
    invoice_id: UUID,
    currency: str,
    day: date,
    actor_id: UUID | None,
) -> None:
    """Keep what money came or went for a bill of nobody by name."""
    session.execute(
        _WRITE,
        {
            "ids": uuid7s(len(tenders)),
            "business_id": business_id,
            "invoice_id": invoice_id,
            "modes": [tender.mode for tender in tenders],
            "amounts": [tender.amount_paisa for tender in tenders],
            "references": [tender.reference for tender in tenders],
            "currency": currency,
            "taken_on": day,
            "recorded_by": actor_id,
            "now": clock.now(),
        },
    )
