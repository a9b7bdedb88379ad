"""Questions of those who collect: cheques, promises and how they went, visits, whom to visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.credit.desk_queries import WIDENED
from commerce.credit.queries import DISPUTED
from foundation import clock
from foundation.keyset import Order, page


class DrawnCheque(NamedTuple):
    """A cheque as the verbs that move it need it."""

    id: UUID
    retailer_id: UUID
    amount_paisa: int
    currency: str
    bank: str
    number: str
    cheque_date: date
    state: str
    payment_id: UUID | None


_LOCK_CHEQUE = f"""
    SELECT id, retailer_id, amount_paisa, currency, bank, number, cheque_date, state, payment_id, {WIDENED}
    FROM app.cheques WHERE vendor_id = :vendor_id AND {{which}}
    FOR NO KEY UPDATE
"""  # noqa: S608 - a constant of this slice


def lock_cheque(session: Session, vendor_id: UUID, cheque_id: UUID) -> DrawnCheque | None:
    """Lock a vendor's cheque; the transaction's scope is widened to both its parties."""
    return _lock_cheque(session, vendor_id, "id = :id", cheque_id)


def lock_cheque_of(session: Session, vendor_id: UUID, payment_id: UUID) -> DrawnCheque | None:
    """Lock the cheque that is this payment, if it is one; the scope is widened as by `lock_cheque`."""
    return _lock_cheque(session, vendor_id, "state = 'cleared' AND payment_id = :id", payment_id)


def _lock_cheque(session: Session, vendor_id: UUID, which: str, given_id: UUID) -> DrawnCheque | None:
    statement = text(_LOCK_CHEQUE.format(which=which))
    row = session.execute(statement, {"vendor_id": vendor_id, "id": given_id}).one_or_none()
    return None if row is None else DrawnCheque._make(row[:-1])


def has_cheque(session: Session, agreement_id: UUID, bank: str, number: str) -> bool:
    """Whether this very cheque is known, however it is written: its bank in capitals or not, with more or fewer spaces
    and points, as `Nabil` or `Nabil Bank Ltd.`; its number with zeros before it or without.

    Lock the account's row before deciding on it.
    """
    return bool(
        session.execute(
            text(r"""
                SELECT EXISTS (
                    SELECT FROM app.cheques
                    WHERE agreement_id = :agreement_id
                      AND regexp_replace(lower(bank || '/' || number),
                                         '\y(bank|limited|ltd)\y|[\s.,]|(?<=/\s*)0+', '', 'g')
                        = regexp_replace(lower(:bank || '/' || :number),
                                         '\y(bank|limited|ltd)\y|[\s.,]|(?<=/\s*)0+', '', 'g')
                )
            """),
            {"agreement_id": agreement_id, "bank": bank, "number": number},
        ).scalar_one()
    )


_CHEQUES = """
    SELECT id, vendor_id, retailer_id, amount_paisa, currency, bank, number, cheque_date, state, received_at,
           changed_at, bounce_reason, payment_id
    FROM app.cheques
    WHERE {side}_id = :business_id
"""
_CHEQUE_FILTERS = {
    side: {
        "id": "id = :id",
        "state": "state = :state",
        "counterparty_id": f"{other}_id = :counterparty_id",
        "first": "cheque_date >= :first",
        "last": "cheque_date <= :last",
    }
    for side, other in (("vendor", "retailer"), ("retailer", "vendor"))
}
_DRAWN = (("cheque_date", "date"), ("id", "uuid"))
CHEQUES_BY = {"earliest": Order(_DRAWN), "latest": Order(_DRAWN, is_descending=True)}


def cheques_of(
    session: Session,
    side: str,
    business_id: UUID,
    *,
    cheque_id: UUID | None = None,
    state: str | None = None,
    counterparty_id: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
    by: Order = CHEQUES_BY["earliest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Cheques that a vendor took or a retailer gave (`side`), by the day that is written on them."""
    values = {
        "business_id": business_id,
        "id": cheque_id,
        "state": state,
        "counterparty_id": counterparty_id,
        "first": first,
        "last": last,
    }
    rows, filters = _CHEQUES.format(side=side), _CHEQUE_FILTERS[side]
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)


_PAID = """
    SELECT CAST(sum(payment.amount_paisa) AS bigint) AS amount_paisa FROM app.payments payment
    WHERE payment.vendor_id = promise.vendor_id AND payment.agreement_id = promise.agreement_id
      AND payment.recorded_at >= promise.recorded_at AND payment.paid_on <= promise.due_on
      AND payment.reverses_id IS NULL
      AND NOT EXISTS (SELECT FROM app.payments undone WHERE undone.reverses_id = payment.id)
"""
"""What was paid since a promise and by its day; payments that were undone are none."""
_OUTCOME = """
    CASE WHEN coalesce(paid.amount_paisa, 0) >= promise.amount_paisa THEN 'kept'
         WHEN :today <= promise.due_on THEN 'open'
         WHEN paid.amount_paisa > 0 THEN 'kept-in-part'
         ELSE 'broken' END
"""
_PROMISES = f"""
    SELECT promise.id, promise.retailer_id, promise.amount_paisa, promise.currency, promise.promised_on,
           promise.due_on, promise.note, promise.recorded_by, promise.recorded_at,
           coalesce(paid.amount_paisa, 0) AS paid_paisa, {_OUTCOME} AS outcome
    FROM app.payment_promises promise LEFT JOIN LATERAL ({_PAID}) paid ON true
    WHERE promise.vendor_id = :vendor_id
"""  # noqa: S608 - constants of this module
_PROMISE_FILTERS = {
    "id": "promise.id = :id",
    "retailer_id": "promise.retailer_id = :retailer_id",
    "outcome": f"{_OUTCOME} = :outcome",
}
_RECORDED = (("recorded_at", "timestamptz"), ("id", "uuid"))
PROMISES_BY = {
    "newest": Order(_RECORDED, is_descending=True),
    "oldest": Order(_RECORDED),
    "due": Order((("due_on", "date"), ("id", "uuid"))),
}


def promises_of(
    session: Session,
    vendor_id: UUID,
    *,
    today: date,
    promise_id: UUID | None = None,
    retailer_id: UUID | None = None,
    outcome: str | None = None,
    by: Order = PROMISES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Promises to a vendor, newest first, with what was paid since and by their day, and how they went by `today`."""
    values = {
        "vendor_id": vendor_id,
        "today": today,
        "id": promise_id,
        "retailer_id": retailer_id,
        "outcome": outcome,
    }
    return page(session, _PROMISES, values, filters=_PROMISE_FILTERS, by=by, after=after, limit=limit)


_STANDING = text(f"""
    SELECT agreement.retailer_id, retailer.name, retailer.zone, agreement.currency, assigned.collector_id,
           overdue.amount_paisa AS overdue_paisa, greatest(overdue.late, 0) AS days_past_due,
           promise.due_on AS promised_for, CASE WHEN promise.due_on IS NOT NULL THEN {_OUTCOME} END AS promise,
           visit.visited_on, visit.result
    FROM app.credit_agreements agreement
    JOIN app.businesses retailer ON retailer.id = agreement.retailer_id
    JOIN LATERAL (
        SELECT CAST(sum(item.amount_paisa - coalesce(settled.amount_paisa, 0)
                        - coalesce(disputed.amount_paisa, 0)) AS bigint) AS amount_paisa,
               max(:today - item.due_date) AS late
        FROM app.receivable_items item
        LEFT JOIN LATERAL (
            SELECT CAST(sum(amount_paisa) AS bigint) AS amount_paisa FROM app.allocations
            WHERE debit_item_id = item.id
        ) settled ON true
        LEFT JOIN LATERAL ({DISPUTED.format(moment=":now")}) disputed ON true
        WHERE item.account_id = agreement.receivable_account_id AND item.amount_paisa > 0 AND item.due_date < :today
          AND item.amount_paisa > coalesce(settled.amount_paisa, 0) + coalesce(disputed.amount_paisa, 0)
    ) overdue ON overdue.amount_paisa > 0
    LEFT JOIN LATERAL (
        SELECT vendor_id, agreement_id, amount_paisa, due_on, recorded_at FROM app.payment_promises
        WHERE agreement_id = agreement.id ORDER BY recorded_at DESC, id DESC LIMIT 1
    ) promise ON true
    LEFT JOIN LATERAL ({_PAID}) paid ON true
    LEFT JOIN LATERAL (
        SELECT visited_on, result FROM app.collection_visits
        WHERE vendor_id = agreement.vendor_id AND retailer_id = agreement.retailer_id
        ORDER BY visited_on DESC, recorded_at DESC LIMIT 1
    ) visit ON true
    LEFT JOIN LATERAL (
        SELECT collector_id FROM app.collector_assignments
        WHERE vendor_id = agreement.vendor_id AND retailer_id = agreement.retailer_id
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) assigned ON true
    WHERE agreement.vendor_id = :vendor_id
""")  # noqa: S608 - constants


def standing_of_late(session: Session, vendor_id: UUID, today: date) -> Sequence[RowMapping]:
    """Every customer with something undisputed overdue: how much, how long, its last promise, visit and collector."""
    asked = {"vendor_id": vendor_id, "today": today, "now": clock.now()}
    return session.execute(_STANDING, asked).mappings().all()
