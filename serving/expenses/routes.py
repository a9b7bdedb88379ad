"""What a shop spends on other things than goods."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.expenses import queries, service
from commerce.expenses.errors import ExpenseHeadTaken, ExpenseHeadUnknown, ExpenseInvalid, ExpenseNotFound
from commerce.expenses.queries import ExpenseFilter
from commerce.ledger.errors import EntryDayInvalid, EntryDuplicate, EntryReversed
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.expenses.schemas import (
    ExpenseHeadIn,
    ExpenseHeadOut,
    ExpenseIn,
    ExpenseOut,
    Head,
    HeadName,
    Mode,
    UndoneIn,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/expenses", tags=["till"])

Seer = Annotated[Caller, may("expenses:read")]
Writing = Annotated[Caller, may("expenses:write")]


@router.get("/heads", responses=GUARDED)
def list_expense_heads(caller: Seer, read: Reader) -> list[ExpenseHeadOut]:
    """What money may be spent on: the heads of all shops, then the shop's own."""
    heads = read(lambda session: service.heads_of(session, business_id=caller.own_business_id))
    return [ExpenseHeadOut.model_validate(head) for head in heads]


@router.post(
    "/heads",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(ExpenseHeadUnknown, ExpenseHeadTaken)),
)
def add_expense_head(
    wanted: ExpenseHeadIn, caller: Writing, request: IdempotencyKey, write: Writer, read: Reader
) -> ExpenseHeadOut:
    """Make a head of the shop's own, counted under one of all shops."""
    head_id = write(
        lambda session: service.add_head(
            session,
            business_id=caller.own_business_id,
            name=wanted.name,
            under=wanted.head,
            actor_id=caller.user_id,
            request=request,
        )
    )
    heads = read(lambda session: queries.own_heads(session, caller.own_business_id))
    return next(ExpenseHeadOut.model_validate(head) for head in heads if head.id == head_id)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(ExpenseInvalid, ExpenseHeadUnknown, EntryDayInvalid, EntryDuplicate)
    ),
)
def record_expense(
    expense: ExpenseIn, caller: Writing, request: IdempotencyKey, write: Writer, read: Reader
) -> ExpenseOut:
    """Write what was spent; it goes out of cash, or out of the bank for every other way of paying."""
    expense_id = write(
        lambda session: service.record_expense(
            session,
            business_id=caller.own_business_id,
            **expense.model_dump(),
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _expense(read, caller, expense_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_expenses(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest", "day"],
        Query(description="`newest`: written last; `oldest`: first; `day`: of the latest day first."),
    ] = "newest",
    head: Annotated[Head | None, Query(description="Only on this head of all shops.")] = None,
    own_head: Annotated[
        HeadName | None, Query(description="Only on the shop's own head of this name.")
    ] = None,
    mode: Annotated[Mode | None, Query(description="Only paid so.")] = None,
    first: Annotated[Day | None, Query(description="Of this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Of this day or earlier.")] = None,
    is_standing: Annotated[
        bool | None, Query(description="What is not undone, or what is and what undid it.")
    ] = None,
) -> Page[ExpenseOut]:
    """What was spent, and what undid some of it."""
    order = queries.EXPENSES_BY[sort]
    chosen = ExpenseFilter(head, own_head, mode, first, last, is_standing)

    def ask(session: Session) -> Page[ExpenseOut]:
        rows = queries.expenses(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
        return asked.page(
            service.opened(session, rows), ExpenseOut.of, key=lambda spent: order.key(spent.row)
        )

    return read(ask)


@router.get("/{expense_id}", responses=merged(GUARDED, describe(ExpenseNotFound)))
def read_expense(expense_id: UUID, caller: Seer, read: Reader) -> ExpenseOut:
    """One expense."""
    return _expense(read, caller, expense_id)


@router.post(
    "/{expense_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(ExpenseNotFound, EntryReversed, EntryDayInvalid)),
)
def reverse_expense(
    expense_id: UUID,
    undone: UndoneIn,
    caller: Annotated[Caller, may("expenses:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ExpenseOut:
    """Undo an expense by its contrary; answers what undid it."""
    reversal_id = write(
        lambda session: service.reverse_expense(
            session,
            business_id=caller.own_business_id,
            expense_id=expense_id,
            entered_on=undone.entered_on,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _expense(read, caller, reversal_id)


@router.delete(
    "/{expense_id}/note",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(ExpenseNotFound)),
)
def forget_expense_note(
    expense_id: UUID, caller: Annotated[Caller, may("expenses:undo")], write: Writer
) -> None:
    """Make what was written beside an expense unreadable for good; the expense stays."""
    write(
        lambda session: service.forget_note(
            session, business_id=caller.own_business_id, expense_id=expense_id
        )
    )


def _expense(read: Read, caller: Caller, expense_id: UUID) -> ExpenseOut:
    def ask(session: Session) -> ExpenseOut:
        row = queries.expense(session, caller.own_business_id, expense_id)
        if row is None:
            raise ExpenseNotFound(expense_id)
        return ExpenseOut.of(service.opened(session, [row])[0])

    return read(ask)
