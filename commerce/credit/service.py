"""The verbs of credit: agree, set limits, take payments and undo them, keep decisions, ask how it stood."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.ageing import OpenAmount, open_amounts
from commerce.credit.agreements import (
    POLICY_VERSION,
    DecisionRecord,
    agree,
    find_agreement,
    give_credit,
    record_decision,
    recorder,
    set_limit,
)
from commerce.credit.allocation import (
    approve_write_off,
    decline_write_off,
    reallocate,
    set_policy,
    settle_advances,
    write_off,
)
from commerce.credit.cheques import reverse_payment
from commerce.credit.claims import accept_claim, claim_payment, decline_claim
from commerce.credit.payments import record_payment
from foundation import clock


def receivables_as_of(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, effective: date, recorded_by: date | None = None
) -> list[OpenAmount]:
    """What a retailer owed a vendor on `effective`, as it was known at the end of the day `recorded_by`.

    Both are days of the vendor; without `recorded_by` all that is known now counts. Raises AgreementNotFound.
    """
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    known = clock.now() if recorded_by is None else clock.end_of_day(recorded_by, agreement.time_zone)
    return open_amounts(
        queries.items_as_of(session, agreement.receivable_account_id, known),
        queries.allocations_as_of(session, agreement.receivable_account_id, known),
        effective,
        queries.disputed_as_of(
            session,
            agreement.receivable_account_id,
            min(known, clock.end_of_day(effective, agreement.time_zone)),
        ),
    )


__all__ = [
    "POLICY_VERSION",
    "DecisionRecord",
    "accept_claim",
    "agree",
    "approve_write_off",
    "claim_payment",
    "decline_claim",
    "decline_write_off",
    "find_agreement",
    "give_credit",
    "reallocate",
    "receivables_as_of",
    "record_decision",
    "record_payment",
    "recorder",
    "reverse_payment",
    "set_limit",
    "set_policy",
    "settle_advances",
    "write_off",
]
