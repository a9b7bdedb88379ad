"""Disputes: opened by one side, answered by the other, settled between them or decided by the platform.

A dispute moves no money and no goods: it says how much of a debt is not agreed on, and how that ended. What is given
back is a return, an accepted claim, a payment or a write-off, each by its own verb. While it lasts, its amount counts
as late for nobody: not in the collection run, not for interest (`commerce/credit`). So a side disputes no part of a
debt twice: what it could open anew for as long as it likes would never be late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit.claims import kind_of_file
from commerce.disputes import queries
from commerce.disputes.errors import DisputeInvalid, DisputeMoveNotAllowed, DisputeNotFound, NotYourDispute
from commerce.disputes.events import DisputeMoved, DisputeOpened
from commerce.disputes.models import Dispute, DisputedItem, DisputeStep
from commerce.disputes.queries import Subject
from commerce.disputes.vocabulary import ANSWER_WITHIN, LIVE, REASONS, SUBJECTS
from commerce.ledger import service as ledger
from foundation import clock
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

Side = Literal["vendor", "retailer", "admin", "system"]

SETTLED_BY = {
    # Whether the side that opened it may say so, whether the other may, whether the vendor alone, from which states.
    "withdrawn": (True, False, False, LIVE),
    "upheld": (False, True, False, LIVE),
    "credit-note": (True, True, True, LIVE),
    "paid": (True, False, True, LIVE),
}
"""How the two settle a dispute between themselves: each may give way, and the vendor says what was paid or credited."""


@dataclass(frozen=True)
class Party:
    """Who does it, on which side of the dispute.

    `business_id` is whom the caller speaks for, and must be that side of it; None is for the platform and its programs.
    """

    side: Side
    user_id: UUID | None = None
    business_id: UUID | None = None


SYSTEM = Party("system")


def evidence_key(business_id: UUID, content: bytes) -> str:
    """Where a file of evidence belongs in the object store; the same file has one place. Raises EvidenceInvalid."""
    return f"disputes/{business_id}/{hashlib.sha256(content).hexdigest()}.{kind_of_file(content)}"


def disputable(
    session: Session,
    *,
    party: Party,
    business_id: UUID,
    counterparty_id: UUID,
    subject: str,
    subject_id: UUID,
) -> Subject:
    """An order, delivery or debt that this side may dispute with that other. Raises DisputeNotFound."""
    about = queries.subject_of(session, subject, subject_id)
    sides = (business_id, counterparty_id) if party.side == "vendor" else (counterparty_id, business_id)
    if about is None or sides != (about.vendor_id, about.retailer_id):
        raise DisputeNotFound(
            f"there is no {subject} {subject_id} of yours with business {counterparty_id} to dispute; name what is "
            "between you two",
            subject_id=str(subject_id),
            counterparty_id=str(counterparty_id),
        )
    return about


def open_dispute(
    session: Session,
    *,
    party: Party,
    business_id: UUID,
    counterparty_id: UUID,
    subject: str,
    subject_id: UUID,
    amount_paisa: int,
    reason: str,
    note: str | None = None,
    evidence: str | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Say that one does not agree with so much of an order, a delivery or a debt; the dispute's id.

    As much of the debts behind it is marked, the oldest first. What anybody disputes already, and what this side did
    before, however that ended, is not disputed again. `evidence` is the object's key.
    Raises DisputeInvalid, DisputeNotFound (nothing of the kind between the two), RequestKeyReused.
    """
    dispute_id = uuid7()
    if request is not None and (earlier := claim(session, request, dispute_id)) is not None:
        return earlier
    if subject not in SUBJECTS or reason not in REASONS:
        raise DisputeInvalid(
            f"{subject!r} is not disputed for {reason!r}; dispute one of {', '.join(SUBJECTS)} for one of "
            f"{', '.join(REASONS)}"
        )
    about = disputable(
        session,
        party=party,
        business_id=business_id,
        counterparty_id=counterparty_id,
        subject=subject,
        subject_id=subject_id,
    )
    if not 0 < amount_paisa <= about.worth_paisa:
        raise DisputeInvalid(
            f"{format_amount(amount_paisa, about.currency)} of this {subject}, which is worth "
            f"{format_amount(about.worth_paisa, about.currency)}; dispute that or less",
            worth_paisa=about.worth_paisa,
        )
    marked = _marked(session, about, subject, subject_id, amount_paisa, party.side)
    now = clock.now()
    dispute = Dispute(
        id=dispute_id,
        vendor_id=about.vendor_id,
        retailer_id=about.retailer_id,
        subject=subject,
        order_id=about.order_id,
        delivery_id=subject_id if subject == "delivery" else None,
        item_id=subject_id if subject == "debt" else None,
        amount_paisa=amount_paisa,
        currency=about.currency,
        side=party.side,
        reason=reason,
        note=note,
        evidence_key=evidence,
        state="open",
        opened_by=party.user_id,
        opened_at=now,
        answer_by=now + ANSWER_WITHIN,
    )
    session.add(dispute)
    session.flush()
    session.add_all(
        DisputedItem(
            dispute_id=dispute_id,
            item_id=item_id,
            vendor_id=about.vendor_id,
            retailer_id=about.retailer_id,
            amount_paisa=paisa,
        )
        for item_id, paisa in marked
    )
    _step(session, dispute, "open", party, note)
    publish(
        session,
        DisputeOpened(
            dispute_id=str(dispute_id),
            vendor_id=str(about.vendor_id),
            retailer_id=str(about.retailer_id),
            state="open",
            amount_paisa=amount_paisa,
            currency=about.currency,
            side=party.side,
            subject=subject,
        ),
        business_id=about.vendor_id,
        actor_id=party.user_id,
        channel="api",
    )
    return dispute_id


def answer_dispute(session: Session, *, dispute_id: UUID, party: Party, answer: str) -> None:
    """The other side says how it sees the matter. Raises DisputeNotFound, NotYourDispute, DisputeMoveNotAllowed."""
    dispute = _locked(session, dispute_id, party, ("open",), "answered")
    if party.side == dispute.side:
        raise NotYourDispute(f"the {dispute.side} opened this dispute; the other side answers it")
    dispute.answer, dispute.answered_at = answer, clock.now()
    _move(session, dispute, "answer", "answered", party, answer)


def settle_dispute(
    session: Session,
    *,
    dispute_id: UUID,
    party: Party,
    outcome: str,
    note: str | None = None,
    credit_note_id: UUID | None = None,
) -> None:
    """End a dispute between the two: withdrawn by who opened it, upheld by the other, paid or credited by the vendor.

    Raises DisputeNotFound, NotYourDispute, DisputeMoveNotAllowed, DisputeInvalid (no such credit note or outcome).
    """
    if outcome not in SETTLED_BY:
        raise DisputeInvalid(
            f"the two do not settle a dispute as {outcome!r}; use one of {', '.join(SETTLED_BY)}"
        )
    by_opener, by_other, by_vendor_alone, sources = SETTLED_BY[outcome]
    dispute = _locked(session, dispute_id, party, sources, "settled")
    is_opener = party.side == dispute.side
    if not (by_opener if is_opener else by_other) or (by_vendor_alone and party.side != "vendor"):
        raise NotYourDispute(
            f"that a dispute is {outcome} is for "
            + ("the vendor" if by_vendor_alone else "who opened it" if by_opener else "the other side")
            + f" to say, not the {party.side}"
        )
    if (outcome == "credit-note") != (credit_note_id is not None) or (
        credit_note_id is not None and not queries.credit_note_since(session, credit_note_id, dispute)
    ):
        raise DisputeInvalid(
            "a dispute that ends by a credit note names it, one that the vendor made for this retailer since; "
            "the others name none"
        )
    dispute.credit_note_id = credit_note_id
    _settle(session, dispute, outcome, party, note)


def escalate_dispute(session: Session, *, dispute_id: UUID, party: Party, note: str | None = None) -> None:
    """Ask the platform's admin, where an answer did not help.

    Raises DisputeNotFound, DisputeMoveNotAllowed, NotYourDispute.
    """
    dispute = _locked(session, dispute_id, party, ("answered",), "escalated")
    dispute.escalated_at = clock.now()
    _move(session, dispute, "escalate", "escalated", party, note)


def decide_dispute(session: Session, *, dispute_id: UUID, party: Party, is_upheld: bool, note: str) -> None:
    """The platform's admin says who is right. Raises DisputeNotFound, DisputeMoveNotAllowed, NotYourDispute."""
    if party.side != "admin":
        raise NotYourDispute(f"the platform's admin decides disputes, not the {party.side}")
    dispute = _locked(session, dispute_id, party, ("escalated",), "decided")
    _settle(session, dispute, "upheld" if is_upheld else "rejected", party, note)


def disputes_due(session: Session) -> Sequence[UUID]:
    """The disputes that nobody answered in time: each is to `escalate_due` in a transaction of its own."""
    return queries.unanswered(session, clock.now())


def escalate_due(session: Session, *, dispute_id: UUID) -> None:
    """Ask the platform's admin in place of a side that did not answer. Raises DisputeMoveNotAllowed if it just did."""
    dispute = _locked(session, dispute_id, SYSTEM, ("open",), "escalated")
    if dispute.answer_by > clock.now():
        raise DisputeMoveNotAllowed(
            f"the dispute may be answered until {dispute.answer_by}", state=dispute.state
        )
    dispute.escalated_at = clock.now()
    _move(session, dispute, "escalate", "escalated", SYSTEM, None)


def dispute_of(session: Session, dispute_id: UUID) -> Dispute:
    """One dispute. Raises DisputeNotFound."""
    found = queries.dispute_of(session, dispute_id)
    if found is None:
        raise _not_found(dispute_id)
    return found


def _marked(
    session: Session, about: Subject, subject: str, subject_id: UUID, amount_paisa: int, side: str
) -> list[tuple[UUID, int]]:
    """How much of which debts the dispute marks. Raises DisputeInvalid for more than may still be disputed."""
    account_id = queries.receivable_account(session, about.vendor_id, about.retailer_id)
    if account_id is None:
        return []
    # Two who dispute the same debt find each other here.
    ledger.lock_exposure(session, account_id=account_id)
    debts = queries.disputable_debts(session, account_id, subject, subject_id, side)
    used = sum(debt.amount_paisa - debt.free_paisa for debt in debts)
    if used and amount_paisa > (room := max(0, about.worth_paisa - used)):
        raise DisputeInvalid(
            f"{format_amount(amount_paisa, about.currency)} of this {subject}, of whose debts "
            f"{format_amount(used, about.currency)} is in dispute or was disputed by you before, which is not done "
            f"twice; {format_amount(room, about.currency)} is left to dispute. Answer or escalate a dispute that "
            "stands; what one gave up is settled by a payment, a return, a claim or a write-off",
            worth_paisa=about.worth_paisa,
            left_paisa=room,
        )
    marked, left = [], amount_paisa
    for debt in debts:
        if paisa := min(left, debt.free_paisa):
            marked.append((debt.id, paisa))
            left -= paisa
    return marked


def _locked(session: Session, dispute_id: UUID, party: Party, sources: tuple[str, ...], what: str) -> Dispute:
    dispute = queries.lock_dispute(session, dispute_id)
    if dispute is None:
        raise _not_found(dispute_id)
    if party.business_id not in (None, dispute.vendor_id if party.side == "vendor" else dispute.retailer_id):
        raise NotYourDispute(
            f"you are not the {party.side} of this dispute; the other side's word is its own"
        )
    if dispute.state not in sources:
        raise DisputeMoveNotAllowed(
            f"the dispute is {dispute.state}; only one that is {' or '.join(sources)} can be {what}",
            state=dispute.state,
        )
    return dispute


def _not_found(dispute_id: UUID) -> DisputeNotFound:
    return DisputeNotFound(f"there is no dispute {dispute_id}", dispute_id=str(dispute_id))


def _settle(session: Session, dispute: Dispute, outcome: str, party: Party, note: str | None) -> None:
    dispute.outcome, dispute.settled_at = outcome, clock.now()
    _move(session, dispute, outcome, "settled", party, note)


def _move(session: Session, dispute: Dispute, verb: str, state: str, party: Party, note: str | None) -> None:
    dispute.state = state
    _step(session, dispute, verb, party, note)
    publish(
        session,
        DisputeMoved(
            dispute_id=str(dispute.id),
            vendor_id=str(dispute.vendor_id),
            retailer_id=str(dispute.retailer_id),
            state=state,
            amount_paisa=dispute.amount_paisa,
            currency=dispute.currency,
            outcome=dispute.outcome,
        ),
        business_id=dispute.vendor_id,
        actor_id=party.user_id,
        channel="system" if party.side == "system" else "api",
    )


def _step(session: Session, dispute: Dispute, verb: str, party: Party, note: str | None) -> None:
    session.add(
        DisputeStep(
            id=uuid7(),
            dispute_id=dispute.id,
            vendor_id=dispute.vendor_id,
            retailer_id=dispute.retailer_id,
            verb=verb,
            state=dispute.state,
            side=party.side,
            actor_id=party.user_id,
            note=note,
            happened_at=clock.now(),
        )
    )
