"""Questions about what waits on the credit desk: claims of payments, open items, write-offs, policies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page

# The scope is widened to both parties with the statement that finds the row: their books are written together.
WIDENED = """set_config('app.business_id', CASE WHEN app.scope_is_system() THEN '*'
                      ELSE vendor_id || ',' || retailer_id END, true)"""


class Claim(NamedTuple):
    """A claim as the verb that decides it needs it."""

    retailer_id: UUID
    amount_paisa: int
    currency: str
    mode: str
    paid_on: date
    reference: str | None
    state: str


_LOCK_CLAIM = text(f"""
    SELECT retailer_id, amount_paisa, currency, mode, paid_on, reference, state, {WIDENED}
    FROM app.payment_claims WHERE id = :claim_id AND vendor_id = :vendor_id
    FOR NO KEY UPDATE
""")  # noqa: S608 - a constant of this module


def lock_claim(session: Session, vendor_id: UUID, claim_id: UUID) -> Claim | None:
    """Lock a claim on a vendor; the transaction's scope is widened to both its parties."""
    row = session.execute(_LOCK_CLAIM, {"claim_id": claim_id, "vendor_id": vendor_id}).one_or_none()
    return None if row is None else Claim._make(row[:-1])


_CLAIMS = """
    SELECT id, vendor_id, retailer_id, amount_paisa, currency, mode, paid_on, reference, evidence_key, state,
           claimed_at, decided_at, decline_reason, payment_id
    FROM app.payment_claims
    WHERE {side}_id = :business_id
"""
_CLAIM_FILTERS = {
    side: {
        "claim_id": "id = :claim_id",
        "state": "state = :state",
        "counterparty_id": f"{other}_id = :counterparty_id",
    }
    for side, other in (("vendor", "retailer"), ("retailer", "vendor"))
}
_CLAIMED = (("claimed_at", "timestamptz"), ("id", "uuid"))
CLAIMS_BY = {"newest": Order(_CLAIMED, is_descending=True), "oldest": Order(_CLAIMED)}


def claims_of(
    session: Session,
    side: str,
    business_id: UUID,
    *,
    claim_id: UUID | None = None,
    state: str | None = None,
    counterparty_id: UUID | None = None,
    by: Order = CLAIMS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """What retailers say that they paid to a vendor, or what a retailer says that it paid (`side`), newest first."""
    values = {
        "business_id": business_id,
        "claim_id": claim_id,
        "state": state,
        "counterparty_id": counterparty_id,
    }
    rows, filters = _CLAIMS.format(side=side), _CLAIM_FILTERS[side]
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)


class ItemBetween(NamedTuple):
    """An item of a vendor's book with its agreement, as the verbs that settle it need it."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    account_id: UUID
    kind: str
    amount_paisa: int
    document_date: date
    due_date: date
    source: str
    source_id: UUID


_ITEM_BETWEEN = text(f"""
    SELECT item.id, agreement.vendor_id, agreement.retailer_id, item.account_id, item.kind, item.amount_paisa,
           item.document_date, item.due_date, item.source, item.source_id, {WIDENED}
    FROM app.receivable_items item
    JOIN app.credit_agreements agreement ON agreement.receivable_account_id = item.account_id
    WHERE item.id = :item_id AND agreement.vendor_id = :vendor_id
""")  # noqa: S608 - a constant of this module


def item_between(session: Session, vendor_id: UUID, item_id: UUID) -> ItemBetween | None:
    """An item of a vendor's book; the transaction's scope is widened to both its parties."""
    row = session.execute(_ITEM_BETWEEN, {"item_id": item_id, "vendor_id": vendor_id}).one_or_none()
    return None if row is None else ItemBetween._make(row[:-1])


# A debt is settled by its rows as one, a credit by its rows as the other: each branch has an index of its own.
SETTLED = """CROSS JOIN LATERAL (
        SELECT CAST(CASE WHEN item.amount_paisa > 0
               THEN (SELECT sum(amount_paisa) FROM app.allocations WHERE debit_item_id = item.id)
               ELSE (SELECT sum(amount_paisa) FROM app.allocations WHERE credit_item_id = item.id)
               END AS bigint) AS amount_paisa
    ) settled"""

_OPEN_ITEMS = f"""
    SELECT item.id, item.recorded_at, item.kind, item.currency, item.document_date, item.due_date, item.document_number,
           item.order_id, abs(item.amount_paisa) AS amount_paisa, item.amount_paisa > 0 AS is_debt,
           abs(item.amount_paisa) - coalesce(settled.amount_paisa, 0) AS open_paisa
    FROM app.receivable_items item
    {SETTLED}
    WHERE item.account_id = :account_id AND abs(item.amount_paisa) > coalesce(settled.amount_paisa, 0)
    {{beyond}} ORDER BY {{by}} LIMIT :limit
"""  # noqa: S608 - a constant of this module
ITEM_ORDERS = {
    "due": Order(
        (
            ("item.due_date", "date"),
            ("item.document_date", "date"),
            ("item.recorded_at", "timestamptz"),
            ("item.id", "uuid"),
        )
    ),
    "newest": Order((("item.recorded_at", "timestamptz"), ("item.id", "uuid")), is_descending=True),
}


def open_items(
    session: Session,
    account_id: UUID,
    *,
    order: Order = ITEM_ORDERS["due"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """What is open on an account on both sides, oldest due first; credits that settle nothing are advances."""
    asked = _OPEN_ITEMS.format(beyond=order.beyond(after), by=order.by)
    values = {"account_id": account_id, "limit": limit} | order.values(after)
    return session.execute(text(asked), values).mappings().all()


_OPEN_IN_TOTAL = text(f"""
    SELECT CAST(coalesce(sum(open.paisa) FILTER (WHERE open.is_debt), 0) AS bigint) AS debts_paisa,
           CAST(coalesce(sum(open.paisa) FILTER (WHERE NOT open.is_debt), 0) AS bigint) AS advances_paisa
    FROM (
        SELECT item.amount_paisa > 0 AS is_debt,
               abs(item.amount_paisa) - coalesce(settled.amount_paisa, 0) AS paisa
        FROM app.receivable_items item
        {SETTLED}
        WHERE item.account_id = :account_id
    ) open
""")  # noqa: S608 - a constant of this module


def open_in_total(session: Session, account_id: UUID) -> RowMapping:
    """The debts and the advances that are open on an account, however many."""
    return session.execute(_OPEN_IN_TOTAL, {"account_id": account_id}).mappings().one()


def retailers_with_advances(session: Session, vendor_id: UUID) -> list[UUID]:
    """Whose credit with a vendor settles nothing yet though there is something to settle."""
    rows = session.execute(
        text(f"""
            SELECT agreement.retailer_id FROM app.credit_agreements agreement
            JOIN app.receivable_items item ON item.account_id = agreement.receivable_account_id
            {SETTLED}
            WHERE agreement.vendor_id = :vendor_id
              AND abs(item.amount_paisa) > coalesce(settled.amount_paisa, 0)
            GROUP BY agreement.retailer_id HAVING bool_or(item.amount_paisa > 0) AND bool_or(item.amount_paisa < 0)
            ORDER BY agreement.retailer_id
        """),  # noqa: S608 - a constant of this module
        {"vendor_id": vendor_id},
    )
    return list(rows.scalars())


def write_off_bound(session: Session, vendor_id: UUID, now: datetime) -> int:
    """The most of one debt that is written off without a second person; 0 where the vendor said nothing."""
    found = session.execute(
        text("""
            SELECT write_off_max_paisa FROM app.credit_policies
            WHERE vendor_id = :vendor_id AND valid_from <= :now ORDER BY valid_from DESC, id DESC LIMIT 1
        """),
        {"vendor_id": vendor_id, "now": now},
    ).scalar_one_or_none()
    return found or 0


def written_off_alone(session: Session, retailer_id: UUID, item_id: UUID) -> int:
    """How much of a debt was written off and approved by nobody else. Lock the account's row before deciding on it."""
    found = session.execute(
        text("""
            SELECT CAST(coalesce(sum(amount_paisa), 0) AS bigint) FROM app.write_offs
            WHERE retailer_id = :retailer_id AND item_id = :item_id AND state = 'approved' AND decided_by IS NULL
        """),
        {"retailer_id": retailer_id, "item_id": item_id},
    )
    return int(found.scalar_one())


class PendingWriteOff(NamedTuple):
    """A write-off as the verb that decides it needs it."""

    retailer_id: UUID
    item_id: UUID
    amount_paisa: int
    state: str
    requested_by: UUID


_LOCK_WRITE_OFF = text(f"""
    SELECT retailer_id, item_id, amount_paisa, state, requested_by, {WIDENED}
    FROM app.write_offs WHERE id = :write_off_id AND vendor_id = :vendor_id
    FOR NO KEY UPDATE
""")  # noqa: S608 - a constant of this module


def lock_write_off(session: Session, vendor_id: UUID, write_off_id: UUID) -> PendingWriteOff | None:
    """Lock a vendor's write-off; the transaction's scope is widened to both its parties."""
    asked = {"write_off_id": write_off_id, "vendor_id": vendor_id}
    row = session.execute(_LOCK_WRITE_OFF, asked).one_or_none()
    return None if row is None else PendingWriteOff._make(row[:-1])


_PAST_LIMITS = """
    SELECT id, limit_paisa, reason, approved_by, policy_version, valid_from
    FROM app.credit_limits
    WHERE agreement_id = :agreement_id
"""
_VALID = (("valid_from", "timestamptz"), ("id", "uuid"))
PAST_LIMITS_BY = {"newest": Order(_VALID, is_descending=True), "oldest": Order(_VALID)}


def past_limits(
    session: Session,
    agreement_id: UUID,
    *,
    by: Order = PAST_LIMITS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Every limit that an agreement has had, newest first, each with its reason and who or what set it."""
    values = {"agreement_id": agreement_id}
    return page(session, _PAST_LIMITS, values, filters={}, by=by, after=after, limit=limit)


_WRITE_OFFS = """
    SELECT id, vendor_id, retailer_id, item_id, amount_paisa, currency, reason, state, requested_by, requested_at,
           decided_by, decided_at
    FROM app.write_offs
    WHERE vendor_id = :vendor_id
"""
_WRITE_OFF_FILTERS = {
    "write_off_id": "id = :write_off_id",
    "state": "state = :state",
    "retailer_id": "retailer_id = :retailer_id",
}
_REQUESTED = (("requested_at", "timestamptz"), ("id", "uuid"))
WRITE_OFFS_BY = {"newest": Order(_REQUESTED, is_descending=True), "oldest": Order(_REQUESTED)}


def write_offs_of(
    session: Session,
    vendor_id: UUID,
    *,
    write_off_id: UUID | None = None,
    state: str | None = None,
    retailer_id: UUID | None = None,
    by: Order = WRITE_OFFS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """What a vendor gave up or is asked to give up, newest first."""
    values = {
        "vendor_id": vendor_id,
        "write_off_id": write_off_id,
        "state": state,
        "retailer_id": retailer_id,
    }
    return page(session, _WRITE_OFFS, values, filters=_WRITE_OFF_FILTERS, by=by, after=after, limit=limit)


def evidence_named(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these objects are pictures of claims of payments."""
    rows = session.execute(
        text("SELECT evidence_key FROM app.payment_claims WHERE evidence_key = ANY (:keys)"),
        {"keys": list(keys)},
    )
    return set(rows.scalars())
