"""Questions and locks of disputes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.disputes.models import Dispute, DisputeStep
from commerce.ordering.queries import widen_scope
from foundation.keyset import Order, page


class Subject(NamedTuple):
    """What is disputed: whose it is, and what it is worth."""

    vendor_id: UUID
    retailer_id: UUID
    currency: str
    worth_paisa: int
    order_id: UUID | None


_SUBJECTS = {
    "order": text("""
        SELECT vendor_id, retailer_id, currency, greatest(total_paisa, delivered_paisa), id FROM app.orders
        WHERE id = :id
    """),
    "delivery": text("""
        SELECT vendor_id, retailer_id, currency, total_paisa, order_id FROM app.deliveries WHERE id = :id
    """),
    "debt": text("""
        SELECT agreement.vendor_id, agreement.retailer_id, item.currency, item.amount_paisa, item.order_id
        FROM app.receivable_items item
        JOIN app.credit_agreements agreement ON agreement.receivable_account_id = item.account_id
        WHERE item.id = :id AND item.amount_paisa > 0
    """),
}


def subject_of(session: Session, kind: str, subject_id: UUID) -> Subject | None:
    """An order, delivery or debt that may be disputed; None where there is none in scope."""
    row = session.execute(_SUBJECTS[kind], {"id": subject_id}).one_or_none()
    return None if row is None else Subject._make(row)


class DisputableDebt(NamedTuple):
    """A debt behind what is disputed, and how much of it a side may still dispute."""

    id: UUID
    amount_paisa: int
    free_paisa: int


def receivable_account(session: Session, vendor_id: UUID, retailer_id: UUID) -> UUID | None:
    """The account of what a retailer owes a vendor, if they agreed on credit."""
    found: UUID | None = session.execute(
        text("""
            SELECT receivable_account_id FROM app.credit_agreements
            WHERE vendor_id = :vendor_id AND retailer_id = :retailer_id
        """),
        {"vendor_id": vendor_id, "retailer_id": retailer_id},
    ).scalar_one_or_none()
    return found


# What a side disputed once it does not dispute again, however that ended: a debt would never be late otherwise.
_DEBTS = text("""
    SELECT item.id, item.amount_paisa, greatest(0, item.amount_paisa - coalesce((
        SELECT CAST(sum(marked.amount_paisa) AS bigint) FROM app.disputed_items marked
        JOIN app.disputes dispute ON dispute.id = marked.dispute_id
            AND (dispute.state <> 'settled' OR dispute.side = :side)
        WHERE marked.item_id = item.id), 0))
    FROM app.receivable_items item
    WHERE item.account_id = :account_id AND item.amount_paisa > 0 AND CASE :kind
        WHEN 'debt' THEN item.id = :id
        WHEN 'delivery' THEN item.source_id = :id
        ELSE item.order_id = :id END
    ORDER BY item.due_date, item.id
""")


def disputable_debts(
    session: Session, account_id: UUID, kind: str, subject_id: UUID, side: str
) -> list[DisputableDebt]:
    """The debts that a subject made, oldest due first, as a side may dispute them. Lock the account before."""
    values = {"account_id": account_id, "kind": kind, "id": subject_id, "side": side}
    rows = session.execute(_DEBTS, values)
    return [DisputableDebt._make(row) for row in rows]


def lock_dispute(session: Session, dispute_id: UUID) -> Dispute | None:
    """A dispute under its lock; the transaction's scope is widened to both its parties."""
    dispute = session.scalars(
        select(Dispute).where(Dispute.id == dispute_id).with_for_update(key_share=True)
    ).one_or_none()
    if dispute is not None:
        widen_scope(session, dispute.vendor_id, dispute.retailer_id)
    return dispute


def dispute_of(session: Session, dispute_id: UUID) -> Dispute | None:
    """A dispute in scope."""
    return session.get(Dispute, dispute_id)


def timeline_of(session: Session, dispute_id: UUID) -> list[DisputeStep]:
    """What happened to a dispute, oldest first."""
    asked = select(DisputeStep).where(DisputeStep.dispute_id == dispute_id)
    return list(session.scalars(asked.order_by(DisputeStep.happened_at, DisputeStep.id)))


def unanswered(session: Session, now: datetime) -> Sequence[UUID]:
    """The disputes whose time for an answer is over, the longest waiting first."""
    asked = select(Dispute.id).where(Dispute.state == "open", Dispute.answer_by <= now)
    return session.scalars(asked.order_by(Dispute.answer_by, Dispute.id)).all()


def credit_note_since(session: Session, credit_note_id: UUID, dispute: Dispute) -> bool:
    """Whether this is a credit note of the vendor for the retailer, made since they dispute."""
    return bool(
        session.execute(
            text("""
                SELECT EXISTS (SELECT FROM app.deliveries WHERE id = :id AND kind = 'return'
                               AND vendor_id = :vendor_id AND retailer_id = :retailer_id
                               AND delivered_at >= :since)
            """),
            {
                "id": credit_note_id,
                "vendor_id": dispute.vendor_id,
                "retailer_id": dispute.retailer_id,
                "since": dispute.opened_at,
            },
        ).scalar_one()
    )


@dataclass(frozen=True)
class DisputeFilter:
    """Which disputes of a list; None does not filter."""

    state: str | None = None
    subject: str | None = None
    counterparty_id: UUID | None = None
    order_id: UUID | None = None
    since: datetime | None = None
    """Opened from this moment on."""
    until: datetime | None = None
    """Opened before this moment."""


_OPENED = (("opened_at", "timestamptz"), ("id", "uuid"))
DISPUTES_BY = {"newest": Order(_OPENED, is_descending=True), "oldest": Order(_OPENED)}


def disputes_as_vendor(
    session: Session,
    business_id: UUID | None,
    *,
    chosen: DisputeFilter = DisputeFilter(),
    by: Order = DISPUTES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A vendor's disputes, newest first (None: all vendors', for the platform)."""
    return _listed(session, ("vendor_id", "retailer_id"), business_id, chosen, by, after, limit)


def disputes_as_retailer(
    session: Session,
    business_id: UUID,
    *,
    chosen: DisputeFilter = DisputeFilter(),
    by: Order = DISPUTES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A retailer's disputes, newest first."""
    return _listed(session, ("retailer_id", "vendor_id"), business_id, chosen, by, after, limit)


_SHOWN = """
    SELECT id, vendor_id, retailer_id, subject, order_id, delivery_id, item_id, amount_paisa, currency, side, reason,
           note, state, opened_at, answer_by, answer, answered_at, escalated_at, outcome, settled_at, credit_note_id,
           evidence_key IS NOT NULL AS has_evidence
    FROM app.disputes WHERE true
"""
_DISPUTE_IS = {
    "state": "state = :state",
    "subject": "subject = :subject",
    "order_id": "order_id = :order_id",
    "since": "opened_at >= :since",
    "until": "opened_at < :until",
}


def _listed(
    session: Session,
    sides: tuple[str, str],
    business_id: UUID | None,
    chosen: DisputeFilter,
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    side, other = sides
    filters = {"business_id": f"{side} = :business_id", "counterparty_id": f"{other} = :counterparty_id"}
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _SHOWN, values, filters=filters | _DISPUTE_IS, by=by, after=after, limit=limit)


def evidence_named(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these objects are files of disputes."""
    rows = session.execute(
        text("SELECT evidence_key FROM app.disputes WHERE evidence_key = ANY (:keys)"),
        {"keys": list(keys)},
    )
    return set(rows.scalars())
