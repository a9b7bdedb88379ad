"""Questions and locks of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commerce.ledger.errors import AccountNotFound, DocumentDateBackwards
from commerce.ledger.models import Account, Posting, Receivable, ReceivableItem
from foundation.statements import Statement


class OpenItem(NamedTuple):
    """An item and what is left of it (positive on both sides)."""

    id: UUID
    open_paisa: int
    due_date: date
    source_id: UUID
    document_date: date


_SHARED_ACCOUNTS = text("""
    SELECT business_id, code, id FROM app.accounts
    WHERE business_id = ANY (CAST(:businesses AS uuid[])) AND currency = :currency
      AND party_id IS NULL AND customer_id IS NULL
""")


def shared_accounts(
    session: Session, businesses: Sequence[UUID], currency: str
) -> dict[tuple[UUID, str], UUID]:
    """The ids of the shared accounts of some books, by business and code."""
    rows = session.execute(_SHARED_ACCOUNTS, {"businesses": list(businesses), "currency": currency})
    return {(row.business_id, row.code): row.id for row in rows}


def party_account(session: Session, business_id: UUID, code: str, party_id: UUID, currency: str) -> UUID:
    """The id of a party's account in a book. Raises AccountNotFound."""
    found = session.execute(
        select(Account.id).where(
            Account.business_id == business_id,
            Account.code == code,
            Account.party_id == party_id,
            Account.currency == currency,
        )
    ).scalar_one_or_none()
    if found is None:
        raise AccountNotFound(f"business {business_id} has no {code} account of {party_id} in {currency}")
    return found


def exposure(session: Session, account_id: UUID) -> tuple[int, int, int] | None:
    """(posted, held, limit) of a receivable without a lock, or None."""
    row = session.execute(
        select(Receivable.posted_paisa, Receivable.held_paisa, Receivable.limit_paisa).where(
            Receivable.account_id == account_id
        )
    ).one_or_none()
    return None if row is None else (row.posted_paisa, row.held_paisa, row.limit_paisa)


_OPEN_ITEMS = """
    SELECT item.id, abs(item.amount_paisa) - coalesce(settled.amount_paisa, 0) AS open_paisa, item.due_date,
           item.source_id, item.document_date
    FROM app.receivable_items item
    LEFT JOIN LATERAL (
        SELECT CAST(sum(amount_paisa) AS bigint) AS amount_paisa FROM app.allocations
        WHERE {side}_item_id = item.id
    ) settled ON true
    WHERE item.account_id = :account_id AND item.amount_paisa {sign} 0
      AND abs(item.amount_paisa) > coalesce(settled.amount_paisa, 0)
    ORDER BY item.due_date, item.document_date, item.recorded_at, item.id
"""
_OPEN_DEBITS = Statement(_OPEN_ITEMS.format(side="debit", sign=">"))
_OPEN_CREDITS = Statement(_OPEN_ITEMS.format(side="credit", sign="<"))


def open_debits(session: Session, account_id: UUID) -> list[OpenItem]:
    """What is owed and not settled, oldest due first. Lock the account's row before deciding on it."""
    return [OpenItem._make(row) for row in _OPEN_DEBITS.all(session, {"account_id": account_id})]


def open_credits(session: Session, account_id: UUID) -> list[OpenItem]:
    """Payments and credit notes that settle nothing yet, oldest first. Lock the account's row before."""
    return [OpenItem._make(row) for row in _OPEN_CREDITS.all(session, {"account_id": account_id})]


class GivenUp(NamedTuple):
    """What was written off of an order's debts and on its account, and what else became of them; all positive."""

    debts_paisa: int
    """Of the order, with what was reinstated of them."""
    reinstated_paisa: int
    given_back_paisa: int
    """Credit notes and waivers of the order, whatever they settle by now."""
    written_off_paisa: int
    paid_paisa: int
    """Settled of the order's debts by credit that came from elsewhere, or given off for paying in time."""
    account_kept_paisa: int
    """Of the whole account: what was owed for all that was neither given back nor given up, paid or not."""
    account_written_off_paisa: int
    """Of the whole account, less what was reinstated."""


_GIVEN_UP = text("""
    WITH item AS (
        SELECT id, kind, amount_paisa, coalesce(order_id = CAST(:order_id AS uuid), false) AS is_own
        FROM app.receivable_items WHERE account_id = :account_id
    ), settled AS (
        SELECT sum(made.amount_paisa) FILTER (WHERE credit.kind = 'write_off') AS written_off,
               sum(made.amount_paisa) FILTER (
                   WHERE credit.kind <> 'write_off' AND (NOT credit.is_own OR credit.kind = 'cash_discount')) AS paid
        FROM item debt JOIN app.allocations made ON made.debit_item_id = debt.id
        JOIN item credit ON credit.id = made.credit_item_id
        WHERE debt.is_own
    ), whole AS (
        SELECT sum(amount_paisa) FILTER (WHERE is_own AND amount_paisa > 0) AS debts,
               sum(amount_paisa) FILTER (WHERE is_own AND kind = 'reinstatement') AS reinstated,
               -sum(amount_paisa) FILTER (WHERE is_own AND kind IN ('credit_note', 'fee_waiver')) AS given_back,
               sum(amount_paisa) FILTER (WHERE kind NOT IN ('payment', 'bounce', 'cancel_credit')) AS kept,
               sum(amount_paisa) FILTER (WHERE kind = 'reinstatement') AS reinstated_in_all
        FROM item
    )
    SELECT CAST(coalesce(debts, 0) AS bigint), CAST(coalesce(reinstated, 0) AS bigint),
           CAST(coalesce(given_back, 0) AS bigint), CAST(coalesce(written_off, 0) AS bigint),
           CAST(coalesce(paid, 0) AS bigint), CAST(coalesce(kept, 0) AS bigint),
           -- What a write-off settles, not what it is of: one that was undone settles nothing.
           CAST(coalesce((SELECT sum(made.amount_paisa) FROM item
                          JOIN app.allocations made ON made.credit_item_id = item.id
                          WHERE item.kind = 'write_off'), 0) - coalesce(reinstated_in_all, 0) AS bigint)
    FROM whole CROSS JOIN settled
""")


def given_up(session: Session, account_id: UUID, order_id: UUID | None) -> GivenUp:
    """What was written off of an order (None: of the account alone). Lock the account's row before deciding on it."""
    row = session.execute(_GIVEN_UP, {"account_id": account_id, "order_id": order_id}).one()
    return GivenUp._make(row)


def is_used(session: Session, account_id: UUID) -> bool:
    """Whether credit was ever promised or charged on a receivable account."""
    return bool(
        session.execute(
            text("""
                SELECT EXISTS (SELECT FROM app.holds WHERE account_id = :account_id)
                    OR EXISTS (SELECT FROM app.receivable_items WHERE account_id = :account_id)
            """),
            {"account_id": account_id},
        ).scalar_one()
    )


def item_of(session: Session, account_id: UUID, source: str, source_id: UUID) -> UUID:
    """The id of the open item that an event made on an account."""
    return session.execute(
        select(ReceivableItem.id).where(
            ReceivableItem.account_id == account_id,
            ReceivableItem.source == source,
            ReceivableItem.source_id == source_id,
        )
    ).scalar_one()


class StandingSettlement(NamedTuple):
    """A settlement that was not undone."""

    id: UUID
    debit_item_id: UUID
    amount_paisa: int
    effective_date: date


def settlements_of(session: Session, credit_item_id: UUID) -> list[StandingSettlement]:
    """What a credit item settles and was not undone."""
    rows = session.execute(
        text("""
            SELECT made.id, made.debit_item_id, made.amount_paisa, made.effective_date FROM app.allocations made
            WHERE made.credit_item_id = :credit_item_id AND made.amount_paisa > 0
              AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = made.id)
            ORDER BY made.recorded_at, made.id
        """),
        {"credit_item_id": credit_item_id},
    )
    return [StandingSettlement._make(row) for row in rows]


class PostedLine(NamedTuple):
    """A posting: debit positive."""

    account_id: UUID
    amount_paisa: int
    currency: str


def posted(
    session: Session, businesses: Sequence[UUID], source: str, source_id: UUID
) -> dict[tuple[UUID, UUID], list[PostedLine]]:
    """The postings of an event by (business, transaction), in those of the books that have it."""
    rows = session.execute(
        text("""
            SELECT entry.business_id, entry.id, line.account_id, line.amount_paisa, line.currency
            FROM app.ledger_transactions entry JOIN app.postings line ON line.transaction_id = entry.id
            WHERE entry.business_id = ANY (CAST(:businesses AS uuid[])) AND entry.source = :source
              AND entry.source_id = :source_id
            ORDER BY entry.id, line.line_no
        """),
        {"businesses": list(businesses), "source": source, "source_id": source_id},
    )
    found: dict[tuple[UUID, UUID], list[PostedLine]] = {}
    for row in rows:
        found.setdefault((row.business_id, row.id), []).append(PostedLine._make(row[2:]))
    return found


def balance(session: Session, account_id: UUID) -> int:
    """The sum of an account's postings: debit positive, in minor units."""
    total = session.execute(
        select(func.sum(Posting.amount_paisa)).where(Posting.account_id == account_id)
    ).scalar()
    return int(total or 0)


# Numbers that a restore lost may stand on papers already: each restore goes on under a letter of its own.
_TAKE_NUMBER = Statement("""
    INSERT INTO app.document_counters (business_id, series, fiscal_year, last_number, last_date)
    SELECT :business_id, :series || coalesce(chr(64 + max(generation)), ''), :fiscal_year, 1, :on FROM app.restores
    ON CONFLICT (business_id, series, fiscal_year) DO UPDATE
        SET last_number = document_counters.last_number + 1, last_date = excluded.last_date
        WHERE document_counters.last_date <= excluded.last_date
    RETURNING series, last_number
""")


def take_number(session: Session, business_id: UUID, series: str, fiscal_year: str, on: date) -> str:
    """Count a series up by one and return the number as written. Raises DocumentDateBackwards."""
    values = {"business_id": business_id, "series": series, "fiscal_year": fiscal_year, "on": on}
    taken = _TAKE_NUMBER.first(session, values)
    if taken is None:
        raise DocumentDateBackwards(
            f"series {series} of {fiscal_year} already holds a document later than {on}; date this one later",
            series=series,
            document_date=on.isoformat(),
        )
    written, serial = taken
    return "/".join(filter(None, (written, fiscal_year, f"{serial:06d}")))


def items_of_order(session: Session, order_id: UUID) -> set[UUID]:
    """The ids of the open items that an order's documents made."""
    return set(
        session.execute(select(ReceivableItem.id).where(ReceivableItem.order_id == order_id)).scalars()
    )
