"""Agreements with their dated limits and terms, and the decisions that are kept of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.errors import AgreementExists, AgreementNotFound, CurrencyMismatch, LimitInvalid
from commerce.credit.events import CreditLimitSet
from commerce.credit.models import CreditAgreement, CreditLimit, CreditTerms, Decision
from commerce.credit.queries import Agreement, Relation
from commerce.credit.terms import DAY_OF_MONTH_MAX
from commerce.ledger import service as ledger
from foundation import clock
from foundation.events import publish
from foundation.ids import uuid7

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


def find_agreement(session: Session, *, vendor_id: UUID, retailer_id: UUID) -> Agreement:
    """The credit between two parties, with the terms in force. Raises AgreementNotFound when there is none."""
    found = queries.relation(session, vendor_id, retailer_id, clock.now())
    if found is None or found.agreement is None:
        raise AgreementNotFound(
            f"vendor {vendor_id} gives retailer {retailer_id} no credit; agree on a limit first, or settle in cash",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    return found.agreement


def give_credit(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    limit_paisa: int,
    net_days: int | None,
    reason: str,
    approved_by: UUID,
    day_of_month: int | None = None,
    advance_percent: int | None = None,
) -> None:
    """Set limit and, where given, terms of a retailer; the first time this makes the agreement.

    Terms are days to pay, the day of the month if debts are paid by one, and the part of an order that is paid before
    its goods are handed over, if any. Raises AgreementNotFound (a party
    is unknown or on the wrong side), CurrencyMismatch, LimitInvalid (a first limit needs `net_days`).
    """
    relation = _relation(session, vendor_id, retailer_id)
    agreement = relation.agreement
    if agreement is None:
        if net_days is None:
            raise LimitInvalid("the first limit of a retailer needs the days it has to pay; give `net_days`")
        agreement = _make_agreement(session, relation)
    if net_days is not None:
        _write_terms(session, agreement, net_days, approved_by, day_of_month, advance_percent)
    elif day_of_month is not None or advance_percent is not None:
        raise LimitInvalid(
            "a day of the month and an advance are parts of terms with days to pay; give `net_days` too, or 0"
        )
    _write_limit(session, agreement, limit_paisa, reason, approved_by, None)


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

    Raises AgreementNotFound (a party is unknown or on the wrong side), AgreementExists, CurrencyMismatch,
    LimitInvalid.
    """
    relation = _relation(session, vendor_id, retailer_id)
    if relation.agreement is not None:
        raise AgreementExists(
            f"vendor {vendor_id} and retailer {retailer_id} have an agreement already; set its limit instead",
            agreement_id=str(relation.agreement.id),
        )
    agreement = _make_agreement(session, relation)
    _write_terms(session, agreement, net_days, approved_by)
    _write_limit(session, agreement, limit_paisa, reason, approved_by, policy_version)
    return agreement.id


def set_limit(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    limit_paisa: int,
    reason: str,
    approved_by: UUID | None = None,
    policy_version: str | None = None,
    score_version: str | None = None,
) -> UUID:
    """Set the most that a retailer may owe a vendor, from now on, approved by a person or by a policy. The row's id.

    `score_version` names the score that a policy went by. Raises AgreementNotFound, LimitInvalid.
    """
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    return _write_limit(session, agreement, limit_paisa, reason, approved_by, policy_version, score_version)


def _relation(session: Session, vendor_id: UUID, retailer_id: UUID) -> Relation:
    found = queries.relation(session, vendor_id, retailer_id, clock.now())
    if vendor_id == retailer_id:
        raise AgreementNotFound(
            "a business gives itself no credit; name the retailer that it sells to",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    if found is None or not (found.is_vendor and found.is_retailer):
        raise AgreementNotFound(
            f"{vendor_id} is no vendor or {retailer_id} no retailer here; check both ids",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    return found


def _make_agreement(session: Session, parties: Relation) -> Agreement:
    vendor_id, retailer_id, currency = parties.vendor_id, parties.retailer_id, parties.currency
    if parties.has_two_currencies:
        raise CurrencyMismatch(
            f"the vendor trades in {currency}, the retailer keeps books in {parties.retailer_currency}; "
            "credit across currencies is not offered"
        )
    receivable = ledger.open_party_account(
        session, business_id=vendor_id, code="receivable", party_id=retailer_id, currency=currency
    )
    payable = (
        ledger.open_party_account(
            session, business_id=retailer_id, code="payable", party_id=vendor_id, currency=currency
        )
        if parties.retailer_keeps_books
        else None
    )
    made = Agreement(
        id=uuid7(),
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        currency=currency,
        time_zone=parties.time_zone,
        receivable_account_id=receivable,
        payable_account_id=payable,
        agreed_at=clock.now(),
    )
    row = made._asdict()
    del row["time_zone"]
    session.execute(insert(CreditAgreement.__table__).values(**row))  # type: ignore[arg-type]
    return made


def _write_limit(
    session: Session,
    agreement: Agreement,
    limit_paisa: int,
    reason: str,
    approved_by: UUID | None,
    policy_version: str | None,
    score_version: str | None = None,
) -> UUID:
    if limit_paisa < 0:
        raise LimitInvalid(f"a limit of {limit_paisa} paisa is below zero; set 0 to stop credit")
    if (approved_by is None) == (policy_version is None):
        raise LimitInvalid("a limit is approved by a person or by a policy: name exactly one of them")
    before = ledger.set_limit(session, account_id=agreement.receivable_account_id, limit_paisa=limit_paisa)
    # Under the account's lock, so that of two at once the later one is later in the dated rows too.
    now, limit_id = clock.now(), uuid7()
    session.execute(
        insert(CreditLimit.__table__).values(  # type: ignore[arg-type]
            id=limit_id,
            agreement_id=agreement.id,
            vendor_id=agreement.vendor_id,
            retailer_id=agreement.retailer_id,
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
            vendor_id=agreement.vendor_id,
            retailer_id=agreement.retailer_id,
            outcome="granted",
            reason_code="limit-set",
            currency=agreement.currency,
            granted_paisa=limit_paisa,
            limit_paisa=limit_paisa,
            facts={"owed_paisa": before.posted_paisa, "held_paisa": before.held_paisa, "reason": reason},
            channel="system" if approved_by is None else "desk",
            actor_id=approved_by,
            policy_version=policy_version or POLICY_VERSION,
            score_version=score_version,
        ),
    )
    publish(
        session,
        CreditLimitSet(
            agreement_id=str(agreement.id),
            vendor_id=str(agreement.vendor_id),
            retailer_id=str(agreement.retailer_id),
            limit_paisa=limit_paisa,
            currency=agreement.currency,
        ),
        business_id=agreement.vendor_id,
        actor_id=approved_by,
    )
    return limit_id


def _write_terms(
    session: Session,
    agreement: Agreement,
    net_days: int,
    approved_by: UUID | None,
    day_of_month: int | None = None,
    advance_percent: int | None = None,
) -> None:
    if advance_percent is not None and not 0 <= advance_percent <= 100:
        raise LimitInvalid(f"{advance_percent} % of an order cannot be paid before; give 0 to 100")
    if day_of_month is not None and not 1 <= day_of_month <= DAY_OF_MONTH_MAX:
        raise LimitInvalid(f"not every month has a day {day_of_month}; give 1 to {DAY_OF_MONTH_MAX}")
    if not 0 <= net_days <= 365:
        raise LimitInvalid(f"{net_days} days to pay is out of bounds; give 0 to 365")
    now = clock.now()
    session.execute(
        insert(CreditTerms.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            agreement_id=agreement.id,
            vendor_id=agreement.vendor_id,
            retailer_id=agreement.retailer_id,
            net_days=net_days,
            day_of_month=day_of_month,
            advance_percent=advance_percent or None,
            approved_by=approved_by,
            valid_from=now,
            recorded_at=now,
        )
    )
