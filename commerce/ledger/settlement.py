"""Open items, and which credit settles which debt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import queries
from commerce.ledger.errors import AllocationInvalid
from foundation import clock
from foundation.ids import uuid7, uuid7s
from foundation.money import to_rupees
from foundation.statements import Statement


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


_ITEMS = Statement("""
    INSERT INTO app.receivable_items
        (id, business_id, account_id, kind, amount_paisa, currency, document_date, due_date, source, source_id,
         order_id, transaction_id, document_number, is_assumed, recorded_at)
    VALUES (:id, :business_id, :account_id, :kind, :amount_paisa, :currency, :document_date, :due_date, :source,
            :source_id, :order_id, :transaction_id, :document_number, :is_assumed, :now)
""")


def write_item(session: Session, item: Item) -> None:
    """Write an open item that nothing settles yet. The account's row must be locked."""
    _ITEMS.run(session, {**vars(item), "now": clock.now()})


def enter_item(
    session: Session,
    item: Item,
    *,
    first: Collection[UUID] = (),
    chosen: Mapping[UUID, int] | None = None,
    is_rest_kept: bool = False,
) -> int:
    """Write an open item and settle it against the other side, oldest first; how much of it stays open.

    Items of `first` come before older ones. A credit may name by `chosen` how much of which debts it settles,
    and with `is_rest_kept` what is left stays an advance. The account's row must be locked.
    Raises AllocationInvalid.
    """
    write_item(session, item)
    return settle_item(session, item, first=first, chosen=chosen, is_rest_kept=is_rest_kept)


def settle_item(
    session: Session,
    item: Item,
    *,
    settled_paisa: int = 0,
    first: Collection[UUID] = (),
    chosen: Mapping[UUID, int] | None = None,
    is_rest_kept: bool = False,
) -> int:
    """Settle an item that was written, and of which so much is settled, as `enter_item` does.

    Raises AllocationInvalid.
    """
    is_debit = item.amount_paisa > 0
    others = (queries.open_credits if is_debit else queries.open_debits)(session, item.account_id)
    others.sort(key=lambda other: other.id not in first)  # stable: oldest first within both groups
    found = [(other.id, other.open_paisa) for other in others]
    own = [(item.id, abs(item.amount_paisa) - settled_paisa)]
    if is_debit:
        settlements = settle_oldest_first(found, own)
    else:
        settlements = settle_chosen(own[0], found, chosen or {}, is_rest_kept=is_rest_kept)
    allocate(
        session,
        business_id=item.business_id,
        account_id=item.account_id,
        effective_date=item.document_date,
        settlements=settlements,
    )
    return own[0][1] - sum(settled.amount_paisa for settled in settlements)


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


def settle_open(session: Session, *, business_id: UUID, account_id: UUID, effective_date: date) -> int:
    """Settle what is owed with credit that settles nothing yet, oldest first; how much that was.

    The account's row must be locked.
    """
    settlements = settle_oldest_first(
        [(credit.id, credit.open_paisa) for credit in queries.open_credits(session, account_id)],
        [(debit.id, debit.open_paisa) for debit in queries.open_debits(session, account_id)],
    )
    allocate(
        session,
        business_id=business_id,
        account_id=account_id,
        effective_date=effective_date,
        settlements=settlements,
    )
    return sum(settled.amount_paisa for settled in settlements)


def reallocate(
    session: Session,
    *,
    business_id: UUID,
    account_id: UUID,
    credit_item_id: UUID,
    credit_date: date,
    chosen: Mapping[UUID, int],
    is_rest_kept: bool,
) -> int:
    """Let a credit item settle other debts than it did; how much of it stays open.

    What it settled is undone as of the day on which it was settled, and the new settlements hold from the day on
    which both documents were there: a debt that was paid in time stays so, whenever it is said which one it was.
    The account's row must be locked. Raises AllocationInvalid.
    """
    undo_settlements(
        session,
        business_id=business_id,
        account_id=account_id,
        credit_item_id=credit_item_id,
        effective_date=credit_date,
    )
    left = {credit.id: credit.open_paisa for credit in queries.open_credits(session, account_id)}[
        credit_item_id
    ]
    settlements = settle_chosen(
        (credit_item_id, left),
        [(debit.id, debit.open_paisa) for debit in queries.open_debits(session, account_id)],
        chosen,
        is_rest_kept=is_rest_kept,
    )
    allocate(
        session,
        business_id=business_id,
        account_id=account_id,
        effective_date=credit_date,
        settlements=settlements,
    )
    return left - sum(settled.amount_paisa for settled in settlements)


# From when on a row holds is said here alone. `taken` is what an item had settled after each day on which that
# changed: where an undone settlement filled it for a while, there is room from the day on which it made room.
_ROOM_FROM = """
    SELECT max(until) AS day FROM (
        SELECT lead(effective_date) OVER (ORDER BY effective_date) AS until,
               sum(sum(amount_paisa)) OVER (ORDER BY effective_date) AS taken
        FROM app.allocations WHERE {side}_item_id = {side}.id GROUP BY effective_date
    ) held WHERE taken > abs({side}.amount_paisa) - settled.of_{side}
"""
_ALLOCATE = text(f"""
    INSERT INTO app.allocations
        (id, business_id, account_id, credit_item_id, debit_item_id, amount_paisa, effective_date, recorded_at,
         reverses_id)
    SELECT settled.id, :business_id, :account_id, credit.id, debit.id, settled.amount_paisa,
           CASE WHEN undone.id IS NOT NULL THEN greatest(CAST(:day AS date), undone.effective_date)
                ELSE greatest(CAST(:day AS date), credit.document_date, debit.document_date, credit_room.day,
                              debit_room.day) END,
           :now, undone.id
    FROM (
        SELECT *, sum(amount_paisa) OVER (PARTITION BY credit_id) AS of_credit,
               sum(amount_paisa) OVER (PARTITION BY debit_id) AS of_debit
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:credits AS uuid[]), CAST(:debits AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:reversed AS uuid[])
        ) AS given (id, credit_id, debit_id, amount_paisa, reverses_id)
    ) settled
    JOIN app.receivable_items credit ON credit.id = settled.credit_id
    JOIN app.receivable_items debit ON debit.id = settled.debit_id
    LEFT JOIN app.allocations undone ON undone.id = settled.reverses_id
    LEFT JOIN LATERAL ({_ROOM_FROM.format(side="credit")}) credit_room ON true
    LEFT JOIN LATERAL ({_ROOM_FROM.format(side="debit")}) debit_room ON true
""")  # noqa: S608 - constants of this file


def allocate(
    session: Session,
    *,
    business_id: UUID,
    account_id: UUID,
    effective_date: date,
    settlements: Sequence[Settlement],
    reverses: Sequence[UUID | None] = (),
) -> None:
    """Write settlements of an account whose row is locked; with `reverses`, the rows they undo, in order.

    A settlement holds from `effective_date` on, and never before both documents are there and have room for it; what
    undoes one never before it. So on every day what is open, less the credit that settles nothing, is the balance.
    """
    if not settlements:
        return
    session.execute(
        _ALLOCATE,
        {
            "business_id": business_id,
            "account_id": account_id,
            "day": effective_date,
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


def settle_chosen(
    credit: tuple[UUID, int],
    debits: Sequence[tuple[UUID, int]],
    chosen: Mapping[UUID, int],
    *,
    is_rest_kept: bool = False,
) -> list[Settlement]:
    """Settle of one credit what is chosen, then the rest oldest first unless it is kept; one row per debit. Pure.

    Raises AllocationInvalid when more is chosen than is open of a debit, or left of the credit.
    """
    credit_id, amount = credit
    open_paisa = dict(debits)
    for debit_id, wanted in chosen.items():
        if not 0 < wanted <= open_paisa.get(debit_id, 0):
            raise AllocationInvalid(
                f"{to_rupees(wanted)} cannot be settled of item {debit_id}: {to_rupees(open_paisa.get(debit_id, 0))} "
                "are open; "
                "`GET /api/v1/credit/items/{counterparty_id}` has the open items",
                item_id=str(debit_id),
                asked_paisa=wanted,
                open_paisa=open_paisa.get(debit_id, 0),
            )
    left = amount - sum(chosen.values())
    if left < 0:
        raise AllocationInvalid(
            f"{to_rupees(amount - left)} are to be settled by a credit of {to_rupees(amount)}; choose less",
            asked_paisa=amount - left,
            open_paisa=amount,
        )
    parts = dict(chosen)
    if left and not is_rest_kept:
        waiting = [(debit_id, whole - parts.get(debit_id, 0)) for debit_id, whole in debits]
        for settled in settle_oldest_first([(credit_id, left)], [one for one in waiting if one[1]]):
            parts[settled.debit_item_id] = parts.get(settled.debit_item_id, 0) + settled.amount_paisa
    return [Settlement(credit_id, debit_id, part) for debit_id, part in parts.items()]


def reinstated_by(amount_paisa: int, found: queries.GivenUp) -> int:
    """How much of what was written off is owed again when so much of an order is given back. Pure.

    Given back is first what was neither paid nor written off, then what was written off, then what was paid: the
    credit settles what it would have settled without the write-off. Which debts its credit settles counts for
    nothing, because that can be said anew. And all that a party gave back and was forgiven is never more than it took:
    where credit for goods of this order paid for others meanwhile, the whole account is the measure.
    """
    unpaid = found.debts_paisa - found.written_off_paisa - found.paid_paisa - found.given_back_paisa
    of_order = min(amount_paisa - unpaid, found.written_off_paisa - found.reinstated_paisa)
    of_account = amount_paisa - found.account_kept_paisa
    return max(0, min(max(of_order, of_account), amount_paisa, found.account_written_off_paisa))
