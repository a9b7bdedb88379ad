"""Money that came by the bank: files, the review of their lines, and recording them as payments."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.credit import bank
from commerce.credit.bank import LineFilter
from commerce.credit.bank_files import LINES_MAX, Layout, Reading, file_hash, guess, understand
from commerce.credit.errors import (
    AgreementNotFound,
    AllocationInvalid,
    BankFileInvalid,
    BankFileKnown,
    BankLineDecided,
    BankLineInvalid,
    BankLineNotFound,
    ClaimDecidedAlready,
    ClaimNotFound,
    PaymentDuplicate,
    PaymentInvalid,
)
from foundation import clock, sheets
from foundation.sheets import SheetInvalid
from serving.credit.bank_schemas import (
    BankFileIn,
    BankLineOut,
    BankStatementOut,
    IgnoreIn,
    LayoutOut,
    LineAcceptanceIn,
    LineState,
    LinkIn,
    PreviewOut,
    ReadLineOut,
)
from serving.credit.report_schemas import FaultOut
from serving.credit.schemas import chosen
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

Reviewer = Annotated[Caller, may("payments:decide")]
FILED = describe(SheetInvalid, BankFileInvalid)
DECIDED = describe(BankLineNotFound, BankLineDecided, BankLineInvalid)


@router.post("/bank-statements/preview", responses=merged(GUARDED, FILED))
def preview_bank_statement(wanted: BankFileIn, caller: Reviewer) -> PreviewOut:
    """How a file would be read: the layout as guessed or given, its first lines, its faults. Keeps nothing."""
    caller.own_business_id  # noqa: B018 - a platform's role has no bank here
    grid, layout, reading = _read(wanted)
    came = [line.amount_paisa for line in reading.lines if line.amount_paisa > 0]
    went = [-line.amount_paisa for line in reading.lines if line.amount_paisa < 0]
    return PreviewOut(
        layout=LayoutOut.model_validate(layout),
        headings=grid[layout.heading_row] if layout.heading_row < len(grid) else [],
        lines=len(reading.lines),
        came_paisa=sum(came),
        went_paisa=sum(went),
        first_lines=[ReadLineOut.model_validate(line) for line in reading.lines[:10]],
        faults=[FaultOut.model_validate(fault) for fault in reading.faults[:20]],
    )


@router.post(
    "/bank-statements",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, FILED, describe(BankFileKnown)),
)
def take_bank_statement_in(
    wanted: BankFileIn, caller: Reviewer, write: Writer, read: Reader
) -> BankStatementOut:
    """Keep a file's lines for review, whole or not at all; a file and a line come in once. Records no payment."""
    _, layout, reading = _read(wanted)
    statement_id = write(
        lambda session: bank.take_in(
            session,
            business_id=caller.own_business_id,
            content_hash=file_hash(wanted.file),
            layout=layout,
            reading=reading,
            actor_id=caller.user_id,
        )
    )
    rows = read(
        lambda session: bank.statements_of(
            session, caller.own_business_id, statement_id=statement_id, limit=1
        )
    )
    return BankStatementOut(**rows[0])


def _read(wanted: BankFileIn) -> tuple[list[list[str]], Layout, Reading]:
    grid = sheets.grid_of(wanted.file, lines_max=LINES_MAX)
    layout = guess(grid) if wanted.layout is None else Layout(**wanted.layout.model_dump())
    # The day may have begun where the bank is and not in UTC: it is never more than 14 hours ahead.
    return grid, layout, understand(grid, layout, latest=(clock.now() + timedelta(hours=14)).date())


@router.get("/bank-statements", responses=merged(GUARDED, describe(CursorInvalid)))
def list_bank_statements(
    caller: Reviewer,
    read: Reader,
    asked: PageAsked,
    first: Annotated[Day | None, Query(description="Only with lines of this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Only with lines of this day or earlier.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what came in last first; `oldest`: what came in first."),
    ] = "newest",
) -> Page[BankStatementOut]:
    """The files that came in, by `sort`, with how many of their lines wait."""
    order = bank.STATEMENTS_BY[sort]
    rows = read(
        lambda session: bank.statements_of(
            session,
            caller.own_business_id,
            first=first,
            last=last,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: BankStatementOut(**row), key=order.key)


@router.get("/bank-lines", responses=merged(GUARDED, describe(CursorInvalid)))
def list_bank_lines(
    caller: Reviewer,
    read: Reader,
    asked: PageAsked,
    state: Annotated[LineState | None, Query(description="`open`: what waits for an answer.")] = None,
    statement_id: Annotated[UUID | None, Query(description="Only of this file.")] = None,
    first: Annotated[Day | None, Query(description="Booked this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Booked this day or earlier.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="By the bank's day, `newest`: the last first; `oldest`: the first."),
    ] = "newest",
) -> Page[BankLineOut]:
    """Lines, by `sort`: open ones with whose payment they may be, by what, and how sure that is."""
    order = bank.LINES_BY[sort]
    wanted = LineFilter(state=state, statement_id=statement_id, first=first, last=last)
    rows = read(
        lambda session: bank.lines_of(
            session, caller.own_business_id, chosen=wanted, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, BankLineOut.model_validate, key=order.key_of)


@router.post(
    "/bank-lines/{line_id}/acceptance",
    responses=merged(
        GUARDED,
        KEYED,
        DECIDED,
        describe(
            AgreementNotFound,
            AllocationInvalid,
            PaymentInvalid,
            PaymentDuplicate,
            ClaimNotFound,
            ClaimDecidedAlready,
        ),
    ),
)
def accept_bank_line(
    line_id: UUID,
    wanted: LineAcceptanceIn,
    caller: Reviewer,
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> BankLineOut:
    """Record a line as the payment of a retailer, or in parts as those of several."""
    parts = [
        bank.Part(part.retailer_id, part.amount_paisa, chosen(part.settles), part.claim_id)
        for part in wanted.parts
    ]
    write(
        lambda session: bank.accept_line(
            session,
            business_id=caller.own_business_id,
            line_id=line_id,
            parts=parts,
            confirm_duplicate=wanted.confirm_duplicate,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _line(read, caller, line_id)


@router.post("/bank-lines/{line_id}/link", responses=merged(GUARDED, DECIDED))
def link_bank_line(
    line_id: UUID, wanted: LinkIn, caller: Reviewer, write: Writer, read: Reader
) -> BankLineOut:
    """Say that a line is a payment that was recorded before it came; posts nothing."""
    write(
        lambda session: bank.link_line(
            session,
            business_id=caller.own_business_id,
            line_id=line_id,
            payment_id=wanted.payment_id,
            actor_id=caller.user_id,
        )
    )
    return _line(read, caller, line_id)


@router.post("/bank-lines/{line_id}/ignore", responses=merged(GUARDED, DECIDED))
def ignore_bank_line(
    line_id: UUID, wanted: IgnoreIn, caller: Reviewer, write: Writer, read: Reader
) -> BankLineOut:
    """Say that a line is no payment of a retailer; it can be recorded later."""
    write(
        lambda session: bank.ignore_line(
            session,
            business_id=caller.own_business_id,
            line_id=line_id,
            reason=wanted.reason,
            actor_id=caller.user_id,
        )
    )
    return _line(read, caller, line_id)


def _line(read: Read, caller: Caller, line_id: UUID) -> BankLineOut:
    [row] = read(lambda session: bank.lines_of(session, caller.own_business_id, chosen=LineFilter(line_id)))
    return BankLineOut.model_validate(row)
