"""Credit verbs: agree, set limits and terms, record payments, keep decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.ageing import OpenAmount, open_amounts
from commerce.credit.errors import (
    AgreementExists,
    AgreementNotFound,
    CurrencyMismatch,
    LimitInvalid,
    PaymentInvalid,
)
from commerce.credit.events import CreditLimitSet, PaymentRecorded
from commerce.credit.models import PAYMENT_MODES, CreditAgreement, CreditLimit, CreditTerms, Decision, Payment
from commerce.credit.queries import Relation
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

POLICY_VERSION = "hand-set-limit-1"
"""The policy of orders: room under the limit that a person set, all or nothing."""


@dataclass(frozen=True)
class DecisionRecord:
    """A decision as it will be kept; see `commerce.credit.models.Decision` for the fields' meaning."""

    kind: str
    vendor_id: UUID
    retailer_id: UUID
    outcome: str
    reason_code: str
    currency: str
    facts: dict[str, Any]
    channel: str
    order_id: UUID | None = None
    asked_paisa: int | None = None
    granted_paisa: int | None = None
    asked_lines: list[dict[str, str]] = field(default_factory=list)
    limit_paisa: int | None = None
    score_version: str | None = None
    actor_id: UUID | None = None
    policy_version: str = POLICY_VERSION


def record_decision(session: Session, decision: DecisionRecord) -> None:
    """Keep what was asked, what was granted and why."""
    session.execute(insert(Decision.__table__).values(id=uuid7(), decided_at=clock.now(), **vars(decision)))  # type: ignore[arg-type]


def recorder(decision: DecisionRecord) -> Callable[[Session], None]:
    """The aftermath of a refusal: keeps the decision, at the business time of the refusal."""
    refused_at = clock.now()

    def keep(session: Session) -> None:
        with clock.at(refused_at):
            record_decision(session, decision)

    return keep


def find_relation(session: Session, *, vendor_id: UUID, retailer_id: UUID) -> Relation:
    """Both parties and their credit. Raises AgreementNotFound when there is none between them."""
    found = queries.relation(session, vendor_id, retailer_id, clock.now())
    if found is None or found.agreement_id is None:
        raise AgreementNotFound(
            f"vendor {vendor_id} gives retailer {retailer_id} no credit; agree on a limit first, or settle in cash",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    return found


def has_agreement(session: Session, *, vendor_id: UUID, retailer_id: UUID) -> bool:
    """Whether the vendor sells to the retailer on credit."""
    found = queries.relation(session, vendor_id, retailer_id, clock.now())
    return found is not None and found.agreement_id is not None


def agree(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    limit_paisa: int,
    net_days: int,
    reason: str,
    approved_by: UUID | None = None,
    policy_version: str | None = None,
) -> UUID:
    """Let a retailer buy from a vendor on credit: accounts in both books, first limit, first terms.

    Raises AgreementNotFound (a party is unknown or on the wrong side), AgreementExists, LimitInvalid.
    """
    parties = queries.relation(session, vendor_id, retailer_id, clock.now())
    if parties is None or not (parties.is_vendor and parties.is_retailer) or vendor_id == retailer_id:
        raise AgreementNotFound(
            f"{vendor_id} is no vendor or {retailer_id} no retailer here; check both ids",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    if parties.agreement_id is not None:
        raise AgreementExists(
            f"vendor {vendor_id} and retailer {retailer_id} have an agreement already; set its limit instead",
            agreement_id=str(parties.agreement_id),
        )
    if parties.retailer_keeps_books and parties.retailer_currency != parties.currency:
        raise CurrencyMismatch(
            f"the vendor trades in {parties.currency}, the retailer keeps books in {parties.retailer_currency}; "
            "credit across currencies is not offered"
        )
    receivable = ledger.open_party_account(
        session, business_id=vendor_id, code="receivable", party_id=retailer_id, currency=parties.currency
    )
    payable = (
        ledger.open_party_account(
            session, business_id=retailer_id, code="payable", party_id=vendor_id, currency=parties.currency
        )
        if parties.retailer_keeps_books
        else None
    )
    agreement_id = uuid7()
    session.execute(
        insert(CreditAgreement.__table__).values(  # type: ignore[arg-type]
            id=agreement_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            currency=parties.currency,
            receivable_account_id=receivable,
            payable_account_id=payable,
            agreed_at=clock.now(),
        )
    )
    set_terms(
        session, vendor_id=vendor_id, retailer_id=retailer_id, net_days=net_days, approved_by=approved_by
    )
    set_limit(
        session,
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        limit_paisa=limit_paisa,
        reason=reason,
        approved_by=approved_by,
        policy_version=policy_version,
    )
    return agreement_id


def set_limit(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    limit_paisa: int,
    reason: str,
    approved_by: UUID | None = None,
    policy_version: str | None = None,
) -> None:
    """Set the most that a retailer may owe a vendor, from now on, approved by a person or by a policy.

    Raises AgreementNotFound, LimitInvalid.
    """
    if limit_paisa < 0:
        raise LimitInvalid(f"a limit of {limit_paisa} paisa is below zero; set 0 to stop credit")
    if (approved_by is None) == (policy_version is None):
        raise LimitInvalid("a limit is approved by a person or by a policy: name exactly one of them")
    relation = find_relation(session, vendor_id=vendor_id, retailer_id=retailer_id)
    assert relation.agreement_id is not None
    assert relation.receivable_account_id is not None
    now = clock.now()
    before = ledger.set_limit(session, account_id=relation.receivable_account_id, limit_paisa=limit_paisa)
    session.execute(
        insert(CreditLimit.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            agreement_id=relation.agreement_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            limit_paisa=limit_paisa,
            reason=reason,
            approved_by=approved_by,
            policy_version=policy_version,
            valid_from=now,
            recorded_at=now,
        )
    )
    record_decision(
        session,
        DecisionRecord(
            kind="limit",
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            outcome="granted",
            reason_code="limit-set",
            currency=relation.currency,
            granted_paisa=limit_paisa,
            limit_paisa=limit_paisa,
            facts={"owed_paisa": before.posted_paisa, "held_paisa": before.held_paisa, "reason": reason},
            channel="system" if approved_by is None else "desk",
            actor_id=approved_by,
            policy_version=policy_version or POLICY_VERSION,
        ),
    )
    publish(
        session,
        CreditLimitSet(
            agreement_id=str(relation.agreement_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            limit_paisa=limit_paisa,
            currency=relation.currency,
        ),
        business_id=vendor_id,
        actor_id=approved_by,
    )


def set_terms(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, net_days: int, approved_by: UUID | None = None
) -> None:
    """Set how many days a retailer has to pay a vendor, for deliveries from now on. Raises AgreementNotFound."""
    if not 0 <= net_days <= 365:
        raise LimitInvalid(f"{net_days} days to pay is out of bounds; give 0 to 365")
    relation = find_relation(session, vendor_id=vendor_id, retailer_id=retailer_id)
    now = clock.now()
    session.execute(
        insert(CreditTerms.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            agreement_id=relation.agreement_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            net_days=net_days,
            approved_by=approved_by,
            valid_from=now,
            recorded_at=now,
        )
    )


def record_payment(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    amount_paisa: int,
    mode: str,
    paid_on: date | None = None,
    reference: str | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Take a payment: entries in both books, settled oldest due first; what is left over is an advance.

    `paid_on` is the vendor's business day of the payment (default: today), never a later one. Returns the
    payment's id; a retry with the same request key returns the first one's.
    Raises AgreementNotFound, PaymentInvalid, RequestKeyReused.
    """
    payment_id = uuid7()
    if request is not None and (earlier := claim(session, request, payment_id)) is not None:
        return earlier
    relation = find_relation(session, vendor_id=vendor_id, retailer_id=retailer_id)
    assert relation.receivable_account_id is not None
    today = business_day(clock.now(), relation.time_zone)
    paid_on = paid_on or today
    _check_payment(amount_paisa, mode, paid_on, today, relation.currency)

    account_id = relation.receivable_account_id
    ledger.move_exposure(session, account_id=account_id, posted_paisa=-amount_paisa)
    session.execute(
        insert(Payment.__table__).values(  # type: ignore[arg-type]
            id=payment_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            agreement_id=relation.agreement_id,
            amount_paisa=amount_paisa,
            currency=relation.currency,
            mode=mode,
            reference=reference,
            paid_on=paid_on,
            recorded_by=actor_id,
            recorded_at=clock.now(),
        )
    )
    transaction_id = _post_payment(session, relation, payment_id, amount_paisa, mode, paid_on)
    item = ledger.Item(
        business_id=vendor_id,
        account_id=account_id,
        kind="payment",
        amount_paisa=-amount_paisa,
        currency=relation.currency,
        document_date=paid_on,
        due_date=paid_on,
        source="payment",
        source_id=payment_id,
        transaction_id=transaction_id,
    )
    ledger.add_item(session, item)
    debits = ledger_queries.open_debits(session, account_id)
    settled = ledger.settle_oldest_first([(item.id, amount_paisa)], [(d.id, d.open_paisa) for d in debits])
    ledger.allocate(
        session, business_id=vendor_id, account_id=account_id, effective_date=paid_on, settlements=settled
    )
    publish(
        session,
        PaymentRecorded(
            payment_id=str(payment_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            amount_paisa=amount_paisa,
            currency=relation.currency,
            advance_paisa=amount_paisa - sum(part.amount_paisa for part in settled),
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel=channel,
    )
    return payment_id


def _check_payment(amount_paisa: int, mode: str, paid_on: date, today: date, currency: str) -> None:
    if amount_paisa <= 0:
        raise PaymentInvalid(
            f"a payment of {format_amount(amount_paisa, currency)}; give an amount above zero"
        )
    if mode not in PAYMENT_MODES:
        raise PaymentInvalid(f"payments are not taken by {mode!r}; use one of {', '.join(PAYMENT_MODES)}")
    if paid_on > today:
        raise PaymentInvalid(f"a payment dated {paid_on} lies after today, {today}; date it today or before")


def _post_payment(
    session: Session, relation: Relation, payment_id: UUID, amount_paisa: int, mode: str, paid_on: date
) -> UUID:
    """The entry in the seller's book and its mirror in the buyer's; the seller's transaction id."""
    money = "cash" if mode == "cash" else "bank"
    assert relation.receivable_account_id is not None
    return ledger.post_mirrored(
        session,
        source="payment",
        source_id=payment_id,
        effective_date=paid_on,
        currency=relation.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(relation.vendor_id, debit=money, credit=relation.receivable_account_id),
        buyer=ledger.Leg(relation.retailer_id, debit=relation.payable_account_id, credit=money)
        if relation.payable_account_id is not None
        else None,
    )


def receivables_as_of(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, effective: date, recorded_by: date | None = None
) -> list[OpenAmount]:
    """What a retailer owed a vendor on `effective`, as it was known at the end of the day `recorded_by`.

    Both are days of the vendor; without `recorded_by` all that is known now counts. Raises AgreementNotFound.
    """
    relation = find_relation(session, vendor_id=vendor_id, retailer_id=retailer_id)
    assert relation.receivable_account_id is not None
    known = clock.now() if recorded_by is None else clock.end_of_day(recorded_by, relation.time_zone)
    return open_amounts(
        queries.items_as_of(session, relation.receivable_account_id, known),
        queries.allocations_as_of(session, relation.receivable_account_id, known),
        effective,
    )
