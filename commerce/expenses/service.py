"""Verbs of what a shop spends: rent, electricity, tea, wages. Each expense is one transaction of the shop's book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert
from sqlalchemy.orm import Session

from commerce.expenses import queries
from commerce.expenses.errors import ExpenseHeadTaken, ExpenseHeadUnknown, ExpenseInvalid, ExpenseNotFound
from commerce.expenses.events import ExpenseEntered
from commerce.expenses.models import Expense, ExpenseHead
from commerce.expenses.queries import Head
from commerce.expenses.vocabulary import AMOUNT_MAX_PAISA, DUPLICATE_WITHIN, HEADS, MODES, OWN_HEADS_MAX
from commerce.khata.service import money_account
from commerce.ledger import service as ledger
from commerce.ledger.days import entry_day, undoing_day
from commerce.ledger.errors import EntryDuplicate, EntryReversed
from commerce.parties import service as parties
from foundation import clock, personal
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

SOURCE = "expense"
_SEALED_AS = "note"


@dataclass(frozen=True)
class Spent:
    """An expense as the shop reads it."""

    row: RowMapping
    note: str | None = field(repr=False)


def record_expense(
    session: Session,
    *,
    business_id: UUID,
    head: str,
    amount_paisa: int,
    mode: str,
    spent_on: date | None = None,
    reference: str | None = None,
    note: str | None = None,
    confirm_duplicate: bool = False,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Write what was spent on a head, one of all shops or an own one by its name; the expense's id.

    The same amount for the same head within five minutes is taken for a slip unless `confirm_duplicate` says that it
    is not. Raises ExpenseInvalid, ExpenseHeadUnknown, EntryDayInvalid, EntryDuplicate, RequestKeyReused.
    """
    expense_id = uuid7()
    if request is not None and (earlier := claim(session, request, expense_id)) is not None:
        return earlier
    shop = parties.get_business(session, business_id=business_id)
    if mode not in MODES:
        raise ExpenseInvalid(f"nothing is paid by {mode!r}; use one of {', '.join(MODES)}")
    if not 0 < amount_paisa <= AMOUNT_MAX_PAISA:
        raise ExpenseInvalid(
            f"an expense of {format_amount(amount_paisa, shop.currency)}; give an amount above zero and up to "
            f"{format_amount(AMOUNT_MAX_PAISA, shop.currency)}",
            amount_paisa=amount_paisa,
        )
    day = entry_day(shop, spent_on)
    on = _head(session, business_id, head)
    if not confirm_duplicate:
        since = clock.now() - DUPLICATE_WITHIN
        twin = queries.alike(session, business_id, on.head, on.id, amount_paisa, since)
        if twin is not None:
            raise EntryDuplicate(
                f"an expense of {format_amount(amount_paisa, shop.currency)} on {on.name} was written within the last "
                f"five minutes, {twin}; send `confirm_duplicate` if it happened twice",
                entry_id=str(twin),
                amount_paisa=amount_paisa,
            )
    sealed = None
    if note is not None:
        subject = personal.new_subject(session, made_at=clock.now(), subject_id=expense_id)
        session.flush()
        sealed = subject.seal(_SEALED_AS, note)
    _write(
        session,
        id=expense_id,
        business_id=business_id,
        kind="expense",
        head=on.head,
        own_head_id=on.id,
        amount_paisa=amount_paisa,
        currency=shop.currency,
        mode=mode,
        reference=reference,
        note_sealed=sealed,
        spent_on=day,
        recorded_by=actor_id,
    )
    accounts = ledger.accounts_of(session, business_id=business_id, currency=shop.currency)
    ledger.post(
        session,
        [
            ledger.Entry(
                business_id=business_id,
                kind="expense",
                source=SOURCE,
                source_id=expense_id,
                effective_date=day,
                currency=shop.currency,
                amounts={accounts[on.head]: amount_paisa, accounts[money_account(mode)]: -amount_paisa},
            )
        ],
    )
    _tell(
        session, business_id, expense_id, "expense", on.head, amount_paisa, shop.currency, actor_id, channel
    )
    return expense_id


def reverse_expense(
    session: Session,
    *,
    business_id: UUID,
    expense_id: UUID,
    entered_on: date | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo an expense by its contrary; the reversal's id.

    Raises ExpenseNotFound, EntryReversed, EntryDayInvalid, RequestKeyReused.
    """
    reversal_id = uuid7()
    if request is not None and (earlier := claim(session, request, reversal_id)) is not None:
        return earlier
    spent = queries.lock_written(session, business_id, expense_id)
    if spent is None:
        raise ExpenseNotFound(expense_id)
    if spent.kind == "reversal":
        raise EntryReversed(
            f"{expense_id} undid an expense itself; write what is right as a new one",
            entry_id=str(expense_id),
        )
    if queries.is_reversed(session, expense_id):
        raise EntryReversed(f"expense {expense_id} is undone already", entry_id=str(expense_id))
    day = undoing_day(parties.get_business(session, business_id=business_id), entered_on, spent.spent_on)
    _write(
        session,
        id=reversal_id,
        business_id=business_id,
        kind="reversal",
        head=spent.head,
        own_head_id=spent.own_head_id,
        amount_paisa=-spent.amount_paisa,
        currency=spent.currency,
        mode=spent.mode,
        spent_on=day,
        recorded_by=actor_id,
        reverses_id=expense_id,
    )
    ledger.reverse(
        session,
        businesses=(business_id,),
        reversed_source=SOURCE,
        reversed_source_id=expense_id,
        source=SOURCE,
        source_id=reversal_id,
        effective_date=day,
    )
    amount_paisa = -spent.amount_paisa
    _tell(
        session,
        business_id,
        reversal_id,
        "reversal",
        spent.head,
        amount_paisa,
        spent.currency,
        actor_id,
        channel,
    )
    return reversal_id


def forget_note(session: Session, *, business_id: UUID, expense_id: UUID) -> None:
    """Make what was written beside an expense unreadable for good. Raises ExpenseNotFound."""
    if queries.expense(session, business_id, expense_id) is None:
        raise ExpenseNotFound(expense_id)
    personal.forget(session, expense_id)


def add_head(
    session: Session,
    *,
    business_id: UUID,
    name: str,
    under: str,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Make a head of the shop's own under one of all shops; its id. Raises ExpenseHeadUnknown, ExpenseHeadTaken."""
    head_id = uuid7()
    if request is not None and (earlier := claim(session, request, head_id)) is not None:
        return earlier
    if under not in HEADS:
        raise ExpenseHeadUnknown(under)
    name = " ".join(name.split())
    queries.lock_heads(session, business_id)
    known = queries.own_heads(session, business_id)
    if name.casefold() in {one.name.casefold() for one in known} | set(HEADS):
        raise ExpenseHeadTaken(f"there is a head {name!r} already; take that one", name=name)
    if len(known) >= OWN_HEADS_MAX:
        raise ExpenseHeadTaken(
            f"a shop has {OWN_HEADS_MAX} heads of its own at most; take one of those", name=name
        )
    session.add(
        ExpenseHead(
            id=head_id, business_id=business_id, name=name, head=under, made_by=actor_id, made_at=clock.now()
        )
    )
    session.flush()
    return head_id


def heads_of(session: Session, *, business_id: UUID) -> list[Head]:
    """The heads that a shop may write expenses on: those of all shops, then its own."""
    return [*(Head(None, head, head) for head in HEADS), *queries.own_heads(session, business_id)]


def opened(session: Session, rows: Sequence[RowMapping]) -> list[Spent]:
    """Expenses with their notes; one that was forgotten is none."""
    subjects = personal.subjects(session, [row["id"] for row in rows if row["note_sealed"] is not None])
    return [
        Spent(
            row,
            subjects[row["id"]].open(_SEALED_AS, row["note_sealed"])
            if row["note_sealed"] is not None and row["id"] in subjects
            else None,
        )
        for row in rows
    ]


def _head(session: Session, business_id: UUID, asked: str) -> Head:
    name = " ".join(asked.split())
    for one in heads_of(session, business_id=business_id):
        if one.name.casefold() == name.casefold():
            return one
    raise ExpenseHeadUnknown(asked)


def _write(session: Session, **values: Any) -> None:
    session.execute(
        insert(Expense.__table__).values(**values, recorded_at=clock.now())  # type: ignore[arg-type]
    )


def _tell(
    session: Session,
    business_id: UUID,
    expense_id: UUID,
    kind: str,
    head: str,
    amount_paisa: int,
    currency: str,
    actor_id: UUID | None,
    channel: str,
) -> None:
    publish(
        session,
        ExpenseEntered(
            expense_id=str(expense_id), kind=kind, head=head, amount_paisa=amount_paisa, currency=currency
        ),
        business_id=business_id,
        actor_id=actor_id,
        channel=channel,
    )
