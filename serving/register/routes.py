"""The sales register: what was issued in a period, page by page, as a file, and summed up."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from commerce.register import queries, service
from commerce.register.errors import RegisterPeriodInvalid
from commerce.register.service import Period
from commerce.tax.errors import BikramYearUnpublished
from serving.dependencies import Reader
from serving.financial.routes import FILES, MEDIA_TYPES
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.register.schemas import RegisteredOut, RegisterSummaryOut
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/tax/sales-register", tags=["tax"])

Seer = Annotated[Caller, may("books:read")]
First = Annotated[Day | None, Query(description="The first day; left out: the first of the month of `last`.")]
Last = Annotated[Day | None, Query(description="The last day, included; left out: today.")]
Month = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[0-9]{4}[-.][0-9]{2}$")] | None,
    Query(description="Instead of days: `2026-11`, in Nepal of Bikram Sambat: `2083.08`."),
]
ASKED = describe(RegisterPeriodInvalid, BikramYearUnpublished)


@router.get("", responses=merged(GUARDED, ASKED, describe(CursorInvalid)))
def list_sales_register(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["day", "latest"], Query(description="`day`: the earliest day first; `latest`: the last.")
    ] = "day",
    first: First = None,
    last: Last = None,
    month: Month = None,
) -> Page[RegisteredOut]:
    """Every invoice, bill and credit note of a period with its tax by column."""
    order = queries.DOCUMENTS_BY[sort]

    def ask(session: Session) -> Page[RegisteredOut]:
        period = service.period(
            session, business_id=caller.own_business_id, first=first, last=last, month=month
        )
        found = service.documents(session, period, by=order, after=asked.after, limit=asked.fetch)
        return asked.page(found, RegisteredOut.of, key=lambda one: order.key(one.row))

    return read(ask)


@router.get("/file", response_class=Response, responses=merged(GUARDED, ASKED) | FILES)
def download_sales_register(
    caller: Seer,
    read: Reader,
    first: First = None,
    last: Last = None,
    month: Month = None,
    form: Annotated[Literal["csv", "xlsx"], Query(description="Of the file.")] = "csv",
) -> Response:
    """The register as a sheet: in Nepal the columns of the sales book, in India tax by column."""

    def ask(session: Session) -> tuple[Period, bytes]:
        period = service.period(
            session, business_id=caller.own_business_id, first=first, last=last, month=month
        )
        return period, service.as_file(session, period, form)

    period, made = read(ask)
    return Response(
        made,
        media_type=MEDIA_TYPES[form],
        headers={
            "Content-Disposition": f'attachment; filename="sales-{period.first}-{period.last}.{form}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/summary", responses=merged(GUARDED, ASKED))
def read_sales_register_summary(
    caller: Seer, read: Reader, first: First = None, last: Last = None, month: Month = None
) -> RegisterSummaryOut:
    """A period by HSN and rate, and its series of documents: from, to, how many, how many cancelled."""

    def ask(session: Session) -> RegisterSummaryOut:
        period = service.period(
            session, business_id=caller.own_business_id, first=first, last=last, month=month
        )
        return RegisterSummaryOut.of(period, service.summary(session, period))

    return read(ask)
