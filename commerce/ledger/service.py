"""The ledger's verbs: open books and accounts, post entries, promise and charge credit, settle items."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import queries
from commerce.ledger.errors import AccountNotFound, CreditLimitExceeded, EntryUnbalanced
from commerce.ledger.vocabulary import CHART, PARTY_ACCOUNTS
from foundation import clock
from foundation.ids import uuid7, uuid7s
from foundation.money import format_amount


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


@dataclass(frozen=True)
class Item:
    """An open item to be written beside its entry: positive owes, negative is owed."""

    business_id: UUID
    account_id: UUID
    kind: str
    amount_paisa: int
    currency: str
    document_date: date
    due_date: date
    source: str
    source_id: UUID
    transaction_id: UUID
    order_id: UUID | None = None
    document_number: str | None = None
    is_assumed: bool = False
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class Settlement:
    """So much of a credit item settles so much of a debit item."""

    credit_item_id: UUID
    debit_item_id: UUID
    amount_paisa: int


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
    found = queries.shared_accounts(session, [business_id], currency)
    if not found:
        raise AccountNotFound(
            f"business {business_id} has no {currency} book; open one first", business_id=str(business_id)
        )
    return {code: account_id for (_, code), account_id in found.items()}


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


_POST = text("""
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
        if difference := sum(entry.amounts.values()):
            raise EntryUnbalanced(
                f"{entry.kind} {entry.source_id} differs by {format_amount(difference, entry.currency)}",
                difference_paisa=difference,
            )
    lines = [
        (entry, number, account_id, amount)
        for entry in entries
        for number, (account_id, amount) in enumerate(
            ((a, p) for a, p in entry.amounts.items() if p), start=1
        )
    ]
    session.execute(
        _POST,
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


@dataclass(frozen=True)
class Leg:
    """One book's side of a bilateral event: which accounts move, by id or by the code of a shared account."""

    business_id: UUID
    debit: UUID | str
    credit: UUID | str


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
    shared = queries.shared_accounts(session, [leg.business_id for leg in legs], currency)

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

    entries = [
        Entry(
            business_id=leg.business_id,
            kind=source,
            source=source,
            source_id=source_id,
            effective_date=effective_date,
            currency=currency,
            amounts={account(leg, leg.debit): amount_paisa, account(leg, leg.credit): -amount_paisa},
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


# Credit: the locked row ---------------------------------------------------------------------

_HOLD = text("""
    UPDATE app.receivables SET held_paisa = held_paisa + :amount
    WHERE account_id = :account_id AND posted_paisa + held_paisa + :amount <= limit_paisa
    RETURNING posted_paisa, held_paisa, limit_paisa
""")


@dataclass(frozen=True)
class Exposure:
    """What a party owes and was promised, and its limit, as the locked row has them."""

    posted_paisa: int
    held_paisa: int
    limit_paisa: int

    @property
    def available_paisa(self) -> int:
        """What may still be promised; negative when the limit was lowered below what is owed."""
        return self.limit_paisa - self.posted_paisa - self.held_paisa


def take_hold(session: Session, *, account_id: UUID, amount_paisa: int, currency: str) -> Exposure:
    """Promise credit if there is room, and return the exposure after it. The caller writes the hold's row.

    One conditional UPDATE under the row's lock: parallel callers cannot pass the limit together.
    Raises AccountNotFound, CreditLimitExceeded.
    """
    row = session.execute(_HOLD, {"account_id": account_id, "amount": amount_paisa}).one_or_none()
    if row is not None:
        return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)
    exposure = queries.exposure(session, account_id)
    if exposure is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    seen = Exposure(*exposure)
    raise CreditLimitExceeded(
        f"{format_amount(amount_paisa, currency)} asked, {format_amount(max(0, seen.available_paisa), currency)} left "
        f"of a limit of {format_amount(seen.limit_paisa, currency)} "
        f"({format_amount(seen.posted_paisa, currency)} owed, {format_amount(seen.held_paisa, currency)} promised); "
        "order less, pay what is due, or ask the vendor for a higher limit",
        asked_paisa=amount_paisa,
        available_paisa=seen.available_paisa,
        limit_paisa=seen.limit_paisa,
        owed_paisa=seen.posted_paisa,
        held_paisa=seen.held_paisa,
    )


_LOCK_EXPOSURE = text("""
    SELECT posted_paisa, held_paisa, limit_paisa FROM app.receivables WHERE account_id = :account_id
    FOR NO KEY UPDATE
""")


def lock_exposure(session: Session, *, account_id: UUID) -> Exposure:
    """Lock the account before how much to hold is known. Raises AccountNotFound."""
    row = session.execute(_LOCK_EXPOSURE, {"account_id": account_id}).one_or_none()
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)


_MOVE_EXPOSURE = text("""
    UPDATE app.receivables
    SET posted_paisa = posted_paisa + :posted, held_paisa = held_paisa - :released,
        ceiling_paisa = greatest(ceiling_paisa, posted_paisa + :posted + held_paisa - :released)
    WHERE account_id = :account_id
    RETURNING posted_paisa, held_paisa, limit_paisa
""")


def move_exposure(
    session: Session, *, account_id: UUID, posted_paisa: int = 0, released_paisa: int = 0
) -> Exposure:
    """Lock the account and change what is owed and what is held; never judged by the limit.

    What was delivered, paid or bounced has happened; only a new promise (`take_hold`) is judged.
    """
    row = session.execute(
        _MOVE_EXPOSURE, {"account_id": account_id, "posted": posted_paisa, "released": released_paisa}
    ).one_or_none()
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)


def set_limit(session: Session, *, account_id: UUID, limit_paisa: int) -> Exposure:
    """Lock the account and set its limit; what is already owed or promised above it stays."""
    row = session.execute(
        text("""
            UPDATE app.receivables
            SET limit_paisa = :limit, ceiling_paisa = greatest(:limit, posted_paisa + held_paisa)
            WHERE account_id = :account_id RETURNING posted_paisa, held_paisa, limit_paisa
        """),
        {"account_id": account_id, "limit": limit_paisa},
    ).one_or_none()
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)


_RELEASE_HOLD = text("""
    UPDATE app.holds SET remaining_paisa = CASE WHEN CAST(:amount AS bigint) IS NULL THEN 0
                                                ELSE remaining_paisa - :amount END
    WHERE id = :hold_id
""")


def reduce_hold(session: Session, *, hold_id: UUID, amount_paisa: int | None) -> None:
    """Take `amount_paisa` (None: all) off a hold's row. The caller moves the account's exposure alike."""
    session.execute(_RELEASE_HOLD, {"hold_id": hold_id, "amount": amount_paisa})


# Items and their settlement -----------------------------------------------------------------

_ITEMS = text("""
    INSERT INTO app.receivable_items
        (id, business_id, account_id, kind, amount_paisa, currency, document_date, due_date, source, source_id,
         order_id, transaction_id, document_number, is_assumed, recorded_at)
    VALUES (:id, :business_id, :account_id, :kind, :amount_paisa, :currency, :document_date, :due_date, :source,
            :source_id, :order_id, :transaction_id, :document_number, :is_assumed, :now)
""")


def enter_item(session: Session, item: Item, *, first: Collection[UUID] = ()) -> int:
    """Write an open item and settle it against the other side, oldest first; how much of it stays open.

    Items of `first` come before older ones. The account's row must be locked.
    """
    session.execute(_ITEMS, {**vars(item), "now": clock.now()})
    is_debit = item.amount_paisa > 0
    others = (queries.open_credits if is_debit else queries.open_debits)(session, item.account_id)
    others.sort(key=lambda other: other.id not in first)  # stable: oldest first within both groups
    found = [(other.id, other.open_paisa) for other in others]
    own = [(item.id, abs(item.amount_paisa))]
    settlements = settle_oldest_first(found, own) if is_debit else settle_oldest_first(own, found)
    allocate(
        session,
        business_id=item.business_id,
        account_id=item.account_id,
        effective_date=item.document_date,
        settlements=settlements,
    )
    return abs(item.amount_paisa) - sum(settled.amount_paisa for settled in settlements)


def undo_settlements(
    session: Session, *, business_id: UUID, account_id: UUID, credit_item_id: UUID, effective_date: date
) -> None:
    """Let a credit item settle nothing any more: what it had settled is open again, due when it was.

    The account's row must be locked.
    """
    standing = queries.settlements_of(session, credit_item_id)
    allocate(
        session,
        business_id=business_id,
        account_id=account_id,
        effective_date=effective_date,
        settlements=[Settlement(credit_item_id, row.debit_item_id, -row.amount_paisa) for row in standing],
        reverses=[row.id for row in standing],
    )


def settle_open(session: Session, *, business_id: UUID, account_id: UUID, effective_date: date) -> None:
    """Settle what is owed with credit that settles nothing yet, oldest first. The account's row must be locked."""
    allocate(
        session,
        business_id=business_id,
        account_id=account_id,
        effective_date=effective_date,
        settlements=settle_oldest_first(
            [(credit.id, credit.open_paisa) for credit in queries.open_credits(session, account_id)],
            [(debit.id, debit.open_paisa) for debit in queries.open_debits(session, account_id)],
        ),
    )


_ALLOCATE = text("""
    INSERT INTO app.allocations
        (id, business_id, account_id, credit_item_id, debit_item_id, amount_paisa, effective_date, recorded_at,
         reverses_id)
    SELECT id, :business_id, :account_id, credit_item_id, debit_item_id, amount_paisa, :effective_date, :now,
           reverses_id
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:credits AS uuid[]), CAST(:debits AS uuid[]), CAST(:amounts AS bigint[]),
        CAST(:reversed AS uuid[])
    ) AS settled (id, credit_item_id, debit_item_id, amount_paisa, reverses_id)
""")


def allocate(
    session: Session,
    *,
    business_id: UUID,
    account_id: UUID,
    effective_date: date,
    settlements: Sequence[Settlement],
    reverses: Sequence[UUID | None] = (),
) -> None:
    """Write settlements of an account whose row is locked; with `reverses`, the rows they undo, in order."""
    if not settlements:
        return
    session.execute(
        _ALLOCATE,
        {
            "business_id": business_id,
            "account_id": account_id,
            "effective_date": effective_date,
            "now": clock.now(),
            "ids": uuid7s(len(settlements)),
            "credits": [settled.credit_item_id for settled in settlements],
            "debits": [settled.debit_item_id for settled in settlements],
            "amounts": [settled.amount_paisa for settled in settlements],
            "reversed": list(reverses) or [None] * len(settlements),
        },
    )


def settle_oldest_first(
    credits: Iterable[tuple[UUID, int]], debits: Iterable[tuple[UUID, int]]
) -> list[Settlement]:
    """Match open credit amounts with open debit amounts, each in the order given. Pure.

    Both sides are (item id, open amount in minor units, positive); what finds no partner stays open.
    """
    settlements = []
    waiting = [[item_id, amount] for item_id, amount in debits]
    position = 0
    for credit_id, amount in credits:
        left = amount
        while left > 0 and position < len(waiting):
            debit_id, open_amount = waiting[position]
            part = min(left, int(open_amount))  # type: ignore[call-overload]
            settlements.append(Settlement(credit_id, debit_id, part))  # type: ignore[arg-type]
            left -= part
            waiting[position][1] = int(open_amount) - part  # type: ignore[call-overload]
            if waiting[position][1] == 0:
                position += 1
    return settlements


def next_document_number(
    session: Session, *, business_id: UUID, series: str, fiscal_year: str, document_date: date
) -> str:
    """The next gapless number of a series: `DN/82-83/000123`. Locks the counter, which comes last of all locks.

    Raises DocumentDateBackwards when the series already holds a later day's document.
    """
    return queries.take_number(session, business_id, series, fiscal_year, document_date)
