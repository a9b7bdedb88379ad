"""What is owed, told to people: statements in four forms, ageing of all, the past of a debt, the cash flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from commerce.credit import desk_queries, openings, outlook, papers
from commerce.credit.errors import AgreementNotFound, ItemNotFound, OpeningsFaulty, PeriodInvalid
from commerce.credit.statements import Statement, statement
from commerce.parties import service as parties
from foundation import clock
from foundation.sheets import SheetInvalid
from serving.credit.report_schemas import (
    AgeingOfAllOut,
    CashFlowOut,
    CustomerAgeingOut,
    EntryOut,
    FaultOut,
    Form,
    OpeningsIn,
    OpeningsOut,
    PastDueOut,
    PayerOut,
    StatementOut,
    StepOut,
    WeekOut,
)
from serving.dependencies import Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

DebtReader = Annotated[Caller, may("debts:read")]
KnownOn = Annotated[Day | None, Query(description="As it was known at the end of this day; left out: now.")]

MAKERS: dict[str, tuple[str, Callable[[Statement], bytes]]] = {
    "pdf": ("application/pdf", papers.as_pdf),
    "csv": ("text/csv", papers.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", papers.as_xlsx),
}
FILES: Responses = {
    200: {
        "content": {
            media_type: {
                "schema": {"type": "string", "format": "binary"},
                "example": "(the bytes of the file)",
            }
            for media_type, _ in MAKERS.values()
        }
    }
}


@router.get(
    "/statements/{counterparty_id}",
    response_model=StatementOut,
    responses=merged(GUARDED, describe(AgreementNotFound, PeriodInvalid)) | FILES,
)
def read_statement(
    counterparty_id: UUID,
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    first: Annotated[Day | None, Query(description="Left out: the first of the month.")] = None,
    last: Annotated[Day | None, Query(description="Left out: today.")] = None,
    known_on: KnownOn = None,
    form: Annotated[Form, Query(description="`json`, or a file of the same lines.")] = "json",
) -> Any:
    """The statement between the caller and a counterparty: opening, entries, closing, ageing of any period."""
    own = caller.own_business_id
    vendor_id, retailer_id = (own, counterparty_id) if caller.role == "vendor" else (counterparty_id, own)
    told = read(
        lambda session: statement(
            session, vendor_id=vendor_id, retailer_id=retailer_id, first=first, last=last, known_on=known_on
        ),
        counterparty=counterparty_id,
    )
    if form == "json":
        return _statement_out(told)
    media_type, make = MAKERS[form]
    name = f"statement-{retailer_id}-{told.first}-{told.last}.{form}"
    return Response(
        make(told),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _statement_out(told: Statement) -> StatementOut:
    facts = {name: value for name, value in vars(told).items() if name not in ("ageing", "entries")}
    return StatementOut(
        **facts,
        entries=[EntryOut.model_validate(entry) for entry in told.entries],
        not_due_paisa=told.ageing["not_due"],
        days_1_30_paisa=told.ageing["1_30"],
        days_31_60_paisa=told.ageing["31_60"],
        days_61_90_paisa=told.ageing["61_90"],
        over_90_days_paisa=told.ageing["over_90"],
        disputed_paisa=told.ageing["disputed"],
    )


@router.get("/ageing", responses=merged(GUARDED, describe(CursorInvalid)))
def read_ageing_of_all(
    caller: DebtReader,
    read: Reader,
    asked: PageAsked,
    as_of: Annotated[Day | None, Query(description="How it stood on this day; left out: today.")] = None,
    known_on: KnownOn = None,
    sort: Annotated[
        Literal["customer", "owed"],
        Query(description="`customer`: by its id; `owed`: who owed most on the day first."),
    ] = "customer",
) -> AgeingOfAllOut:
    """What every customer of the vendor owed, by how late it was, on any past day; by `sort`."""
    vendor_id = caller.own_business_id

    def ask(session: Session) -> AgeingOfAllOut:
        time_zone = parties.get_business(session, business_id=vendor_id).time_zone
        day = as_of or clock.business_day(clock.now(), time_zone)
        known_at = None if known_on is None else clock.end_of_day(known_on, time_zone)
        order = outlook.AGEING_ORDERS[sort]
        rows = outlook.ageing_of_all(
            session,
            vendor_id=vendor_id,
            day=day,
            known_at=known_at,
            order=order,
            after=asked.after,
            limit=asked.fetch,
        )
        page = asked.page(rows, lambda row: CustomerAgeingOut(**row), key=order.key)
        return AgeingOfAllOut(as_of=day, items=page.items, next_cursor=page.next_cursor)

    return read(ask)


@router.get("/items/{item_id}/days-past-due", responses=merged(GUARDED, describe(ItemNotFound)))
def read_past_due(item_id: UUID, caller: DebtReader, read: Reader) -> PastDueOut:
    """How a debt stood on each day on which it changed: made, paid in part, past due, settled."""
    vendor_id = caller.own_business_id

    def ask(session: Session) -> PastDueOut:
        item = desk_queries.item_between(session, vendor_id, item_id)
        if item is None or item.amount_paisa < 0:
            raise ItemNotFound(
                f"vendor {vendor_id} has no debt {item_id}; `GET /api/v1/credit/history` has the ids",
                item_id=str(item_id),
            )
        time_zone = parties.get_business(session, business_id=vendor_id).time_zone
        steps = outlook.past_due_history(
            item.amount_paisa,
            item.document_date,
            item.due_date,
            outlook.settled_parts(session, [item_id])[item_id],
            clock.business_day(clock.now(), time_zone),
        )
        return PastDueOut(
            item_id=item_id,
            amount_paisa=item.amount_paisa,
            due_date=item.due_date,
            days_past_due_max=max((step.days_past_due for step in steps), default=0),
            steps=[StepOut(**step._asdict()) for step in steps],
        )

    return read(ask)


@router.get("/cash-flow", responses=GUARDED)
def read_cash_flow(
    caller: DebtReader, read: Reader, weeks: Annotated[int, Query(ge=1, le=26)] = 8
) -> CashFlowOut:
    """When open debts fall due, and when they are likely to be paid by each payer's own delay."""
    vendor_id = caller.own_business_id

    def ask(session: Session) -> CashFlowOut:
        vendor = parties.get_business(session, business_id=vendor_id)
        today = clock.business_day(clock.now(), vendor.time_zone)
        flow = outlook.cash_flow(session, vendor_id=vendor_id, today=today, weeks=weeks)
        return CashFlowOut(
            today=today,
            currency=vendor.currency,
            overdue_paisa=flow.overdue_paisa,
            weeks=[WeekOut.model_validate(week) for week in flow.weeks],
            later_paisa=flow.later_paisa,
            payers=[
                PayerOut(retailer_id=payer, delay_days=delay.days, settled_items=delay.settled_items)
                for payer, delay in sorted(flow.delays.items())
            ],
        )

    return read(ask)


@router.post("/openings", responses=merged(GUARDED, describe(SheetInvalid, OpeningsFaulty)))
def take_openings_in(
    wanted: OpeningsIn, caller: Annotated[Caller, may("openings:write")], write: Writer, read: Reader
) -> OpeningsOut:
    """Take in from a sheet what customers owed before, whole or not at all; a document comes in once.

    Lines that cannot be taken in refuse the sheet with `openings-faulty`, which has the members of the answer, the
    `faults` by line among them. A preview is answered 200 with them.
    """
    vendor_id = caller.own_business_id
    rows = openings.rows_of(wanted.sheet)
    time_zone = read(lambda session: parties.get_business(session, business_id=vendor_id)).time_zone
    reading = write(
        lambda session: openings.take_in(
            session, vendor_id=vendor_id, rows=rows, time_zone=time_zone, is_preview=wanted.is_preview
        )
    )
    return OpeningsOut(
        is_written=not wanted.is_preview,
        lines=len(reading.lines),
        total_paisa=reading.total_paisa,
        faults=[FaultOut.model_validate(fault) for fault in reading.faults],
    )
