"""The ledger's verbs: open books and accounts, post entries, promise and charge credit, settle items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import queries
from commerce.ledger.errors import AccountNotFound, EntryUnbalanced
from commerce.ledger.exposure import (
    Exposure,
    extend_hold,
    limit_exceeded,
    lock_exposure,
    move_exposure,
    reduce_hold,
    see_exposure,
    set_limit,
    take_hold,
    take_hold_beyond,
    tolerated,
    write_hold,
)
from commerce.ledger.settlement import (
    Item,
    enter_item,
    reallocate,
    reinstated_by,
    settle_item,
    settle_open,
    undo_settlements,
    write_item,
)
from commerce.ledger.vocabulary import CHART, KHATA, PARTY_ACCOUNTS, SOURCES
from foundation import clock
from foundation.ids import uuid7, uuid7s
from foundation.money import format_amount
from foundation.statements import Statement


@dataclass(frozen=True)
class Entry:
    """One transaction of one book to be posted: amounts by account, debits positive, sum zero."""

    business_id: UUID
    kind: str
    source: str
    source_id: UUID
    effective_date: date
    currency: str
    amounts: Mapping[UUID, int]
    is_assumed: bool = False
    reverses_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)


_OPEN_BOOK = text("""
    INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
    SELECT id, :business_id, code, type, :currency, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:types AS text[])) AS chart (id, code, type)
    ON CONFLICT DO NOTHING
""")


def open_book(session: Session, *, business_id: UUID, currency: str) -> None:
    """Give a business the chart of accounts in a currency; does nothing when it has one."""
    session.execute(
        _OPEN_BOOK,
        {
            "business_id": business_id,
            "currency": currency,
            "now": clock.now(),
            "ids": uuid7s(len(CHART)),
            "codes": list(CHART),
            "types": list(CHART.values()),
        },
    )


def accounts_of(session: Session, *, business_id: UUID, currency: str) -> dict[str, UUID]:
    """The ids of a book's shared accounts by code. Raises AccountNotFound when no book was opened."""
    found = _shared_accounts(session, [business_id], currency)
    if not found:
        raise AccountNotFound(
            f"business {business_id} has no {currency} book; open one first", business_id=str(business_id)
        )
    return {code: account_id for (_, code), account_id in found.items()}


def _shared_accounts(
    session: Session, businesses: Sequence[UUID], currency: str
) -> dict[tuple[UUID, str], UUID]:
    """The ids of the shared accounts of some books; those that a book lacks of the chart are opened.

    The chart grows, and while a new version takes over, the one before still opens books without what was added.
    """
    found = queries.shared_accounts(session, businesses, currency)
    opened = {business_id for business_id, _ in found}
    lacking = [one for one in opened if any((one, code) not in found for code in CHART)]
    for business_id in lacking:
        open_book(session, business_id=business_id, currency=currency)
    return queries.shared_accounts(session, businesses, currency) if lacking else found


def open_party_account(
    session: Session, *, business_id: UUID, code: str, party_id: UUID, currency: str
) -> UUID:
    """The account of one party in a book (`receivable` or `payable`), opened when there is none.

    A receivable gets its locked row with limit zero. Raises AccountNotFound for an unknown code.
    """
    if code not in PARTY_ACCOUNTS:
        raise AccountNotFound(f"there is no party account {code!r}; use one of {', '.join(PARTY_ACCOUNTS)}")
    account_id = session.execute(
        text("""
            WITH opened AS (
                INSERT INTO app.accounts (id, business_id, code, type, currency, party_id, opened_at)
                VALUES (:id, :business_id, :code, :type, :currency, :party_id, :now)
                ON CONFLICT DO NOTHING RETURNING id
            ), guarded AS (
                INSERT INTO app.receivables (account_id, business_id, currency)
                SELECT id, :business_id, :currency FROM opened WHERE :code = 'receivable'
            )
            SELECT id FROM opened
        """),
        {
            "id": uuid7(),
            "business_id": business_id,
            "code": code,
            "type": PARTY_ACCOUNTS[code],
            "currency": currency,
            "party_id": party_id,
            "now": clock.now(),
        },
    ).scalar_one_or_none()
    return account_id or queries.party_account(session, business_id, code, party_id, currency)


def open_khata(session: Session, *, business_id: UUID, customer_id: UUID, currency: str) -> UUID:
    """The account of a new customer of a shop, with its locked row. Without a limit: a shop knows whom it trusts."""
    account_id = uuid7()
    session.execute(
        text("""
            WITH opened AS (
                INSERT INTO app.accounts (id, business_id, code, type, currency, customer_id, opened_at)
                VALUES (:id, :business_id, :code, 'asset', :currency, :customer_id, :now)
            )
            INSERT INTO app.receivables (account_id, business_id, currency) VALUES (:id, :business_id, :currency)
        """),
        {
            "id": account_id,
            "business_id": business_id,
            "code": KHATA,
            "currency": currency,
            "customer_id": customer_id,
            "now": clock.now(),
        },
    )
    return account_id


_POST = Statement("""
    WITH entries AS (
        INSERT INTO app.ledger_transactions
            (id, business_id, kind, source, source_id, effective_date, recorded_at, is_assumed, reverses_id)
        SELECT id, business_id, kind, source, source_id, effective_date, :now, is_assumed, reverses_id
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:businesses AS uuid[]), CAST(:kinds AS text[]), CAST(:sources AS text[]),
            CAST(:source_ids AS uuid[]), CAST(:dates AS date[]), CAST(:assumed AS boolean[]), CAST(:reversed AS uuid[])
        ) AS entry (id, business_id, kind, source, source_id, effective_date, is_assumed, reverses_id)
    )
    INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)
    SELECT * FROM unnest(
        CAST(:posting_businesses AS uuid[]), CAST(:transactions AS uuid[]), CAST(:line_numbers AS smallint[]),
        CAST(:accounts AS uuid[]), CAST(:amounts AS bigint[]), CAST(:currencies AS text[])
    )
""")


def post(session: Session, entries: Sequence[Entry]) -> None:
    """Post entries, of one book or of several, by one statement. Raises EntryUnbalanced.

    An entry whose (business, source, source id) was posted before violates a unique constraint: the
    caller's idempotency key answers such a retry before it comes here.
    """
    for entry in entries:
        _check(entry)
    lines = [
        (entry, number, account_id, amount)
        for entry in entries
        for number, (account_id, amount) in enumerate(
            ((a, p) for a, p in entry.amounts.items() if p), start=1
        )
    ]
    _POST.run(
        session,
        {
            "now": clock.now(),
            "ids": [entry.id for entry in entries],
            "businesses": [entry.business_id for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "sources": [entry.source for entry in entries],
            "source_ids": [entry.source_id for entry in entries],
            "dates": [entry.effective_date for entry in entries],
            "assumed": [entry.is_assumed for entry in entries],
            "reversed": [entry.reverses_id for entry in entries],
            "posting_businesses": [entry.business_id for entry, *_ in lines],
            "transactions": [entry.id for entry, *_ in lines],
            "line_numbers": [number for _, number, _, _ in lines],
            "accounts": [account_id for _, _, account_id, _ in lines],
            "amounts": [amount for *_, amount in lines],
            "currencies": [entry.currency for entry, *_ in lines],
        },
    )


_CHARGE = Statement("""
    WITH entry AS (
        INSERT INTO app.ledger_transactions
            (id, business_id, kind, source, source_id, effective_date, recorded_at, is_assumed)
        VALUES (:transaction_id, :business_id, :kind, :source, :source_id, :day, :now, false)
    ), posted AS (
        INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)
        SELECT :business_id, :transaction_id, line_no, account_id, amount_paisa, :currency
        FROM unnest(CAST(:accounts AS uuid[]), CAST(:amounts AS bigint[])) WITH ORDINALITY
            AS line (account_id, amount_paisa, line_no)
    ), item AS (
        INSERT INTO app.receivable_items
            (id, business_id, account_id, kind, amount_paisa, currency, document_date, due_date, source, source_id,
             transaction_id, document_number, is_assumed, recorded_at)
        VALUES (:item_id, :business_id, :account_id, 'charge', :amount_paisa, :currency, :day, :due_date, :source,
                :source_id, :transaction_id, :document_number, false, :now)
    )
    SELECT EXISTS (
        SELECT FROM app.receivable_items credit WHERE credit.account_id = :account_id AND credit.amount_paisa < 0
          AND -credit.amount_paisa > coalesce((
              SELECT sum(amount_paisa) FROM app.allocations WHERE credit_item_id = credit.id), 0)
    )
""")


def post_charge(session: Session, entry: Entry, item: Item) -> bool:
    """Post an entry with the debt that it makes, by one statement; whether credit of the account settles nothing yet.

    The account's row must be locked. Raises EntryUnbalanced.
    """
    _check(entry)
    amounts = {account: amount for account, amount in entry.amounts.items() if amount}
    [(has_credit,)] = _CHARGE.all(
        session,
        {
            "transaction_id": entry.id,
            "business_id": entry.business_id,
            "kind": entry.kind,
            "source": entry.source,
            "source_id": entry.source_id,
            "day": entry.effective_date,
            "currency": entry.currency,
            "accounts": list(amounts),
            "amounts": list(amounts.values()),
            "item_id": item.id,
            "account_id": item.account_id,
            "amount_paisa": item.amount_paisa,
            "due_date": item.due_date,
            "document_number": item.document_number,
            "now": clock.now(),
        },
    )
    return bool(has_credit)


def _check(entry: Entry) -> None:
    # What nobody said how to undo could be posted and never put right.
    assert entry.source in SOURCES, entry.source
    if difference := sum(entry.amounts.values()):
        raise EntryUnbalanced(
            f"{entry.kind} {entry.source_id} differs by {format_amount(difference, entry.currency)}",
            difference_paisa=difference,
        )


@dataclass(frozen=True)
class Leg:
    """One book's side of a bilateral event: which accounts move, by id or by the code of a shared account.

    So much of the amount as is tax stands on the book's tax account, in the seller's book in the place of the
    credited account, in the buyer's in the place of the debited one.
    """

    business_id: UUID
    debit: UUID | str
    credit: UUID | str
    tax_paisa: int = 0


def post_mirrored(
    session: Session,
    *,
    source: str,
    source_id: UUID,
    effective_date: date,
    currency: str,
    amount_paisa: int,
    seller: Leg,
    buyer: Leg | None,
) -> UUID:
    """Post an event between two businesses in both books (`buyer` is None where the buyer keeps none here).

    A negative amount moves the accounts the other way. Returns the id of the seller's transaction.
    Raises AccountNotFound when a book has no such account.
    """
    legs = [leg for leg in (seller, buyer) if leg is not None]
    shared = _shared_accounts(session, [leg.business_id for leg in legs], currency)

    def account(leg: Leg, named: UUID | str) -> UUID:
        if isinstance(named, UUID):
            return named
        found = shared.get((leg.business_id, named))
        if found is None:
            raise AccountNotFound(
                f"business {leg.business_id} has no {currency} account {named!r}; open its book first",
                business_id=str(leg.business_id),
            )
        return found

    def amounts(leg: Leg) -> dict[UUID, int]:
        moved = {account(leg, leg.debit): amount_paisa, account(leg, leg.credit): -amount_paisa}
        if leg.tax_paisa and leg is seller:
            moved[account(leg, leg.credit)] += leg.tax_paisa
            moved[account(leg, "output_tax")] = -leg.tax_paisa
        elif leg.tax_paisa:
            moved[account(leg, leg.debit)] -= leg.tax_paisa
            moved[account(leg, "input_tax")] = leg.tax_paisa
        return moved

    entries = [
        Entry(
            business_id=leg.business_id,
            kind=source,
            source=source,
            source_id=source_id,
            effective_date=effective_date,
            currency=currency,
            amounts=amounts(leg),
        )
        for leg in legs
    ]
    post(session, entries)
    return entries[0].id


def reverse(
    session: Session,
    *,
    businesses: Sequence[UUID],
    reversed_source: str,
    reversed_source_id: UUID,
    source: str,
    source_id: UUID,
    effective_date: date,
) -> dict[UUID, UUID]:
    """Post the contrary of an event in each of these books that has it; the new transactions by business."""
    entries = [
        Entry(
            business_id=business_id,
            kind=source,
            source=source,
            source_id=source_id,
            effective_date=effective_date,
            currency=lines[0].currency,
            amounts={line.account_id: -line.amount_paisa for line in lines},
            reverses_id=transaction_id,
        )
        for (business_id, transaction_id), lines in queries.posted(
            session, businesses, reversed_source, reversed_source_id
        ).items()
    ]
    post(session, entries)
    return {entry.business_id: entry.id for entry in entries}


def next_document_number(
    session: Session, *, business_id: UUID, series: str, fiscal_year: str, document_date: date
) -> str:
    """The next gapless number of a series: `DN/82-83/000123`, or `82-83/000123` of the one without a name.

    Locks the counter, which comes last of all locks.

    Raises DocumentDateBackwards when the series already holds a later day's document.
    """
    return queries.take_number(session, business_id, series, fiscal_year, document_date)


__all__ = [
    "Entry",
    "Exposure",
    "Item",
    "Leg",
    "accounts_of",
    "enter_item",
    "extend_hold",
    "limit_exceeded",
    "lock_exposure",
    "move_exposure",
    "next_document_number",
    "open_book",
    "open_khata",
    "open_party_account",
    "post",
    "post_charge",
    "post_mirrored",
    "reallocate",
    "reduce_hold",
    "reinstated_by",
    "reverse",
    "see_exposure",
    "set_limit",
    "settle_item",
    "settle_open",
    "take_hold",
    "take_hold_beyond",
    "tolerated",
    "undo_settlements",
    "write_hold",
    "write_item",
]
