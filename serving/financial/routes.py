"""Credit over many pairs: positions as a file, a retailer's figures, exposures for lenders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit import positions as credit
from commerce.credit.errors import AgreementNotFound, LimitInvalid
from commerce.credit.positions import SELLERS_MIN, Position
from commerce.ledger import tally
from commerce.ledger.errors import BookPeriodInvalid
from commerce.parties import service as parties
from commerce.parties.errors import BusinessNotFound
from foundation import clock, database
from foundation.errors import Invalid
from serving.credit.reading import widen_to_vendors
from serving.dependencies import Read, Reader, Writer
from serving.financial.schemas import (
    AdviceIn,
    AdviceOut,
    ExposureOut,
    FiguresOut,
    Form,
    MarketOut,
    MetricsOut,
    PositionOut,
    SummaryOut,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import CurrencyCode, Day, Page

router = APIRouter(prefix=V1, tags=["credit"])

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILES: Responses = {
    200: {
        "content": {
            media_type: {
                "schema": {"type": "string", "format": "binary"},
                "example": "(the bytes of the file)",
            }
            for media_type in MEDIA_TYPES.values()
        }
    }
}


class SubjectMissing(Invalid):
    """A lender says whose positions it wants."""

    code = "positions-of-whom"


@router.get(
    "/financial-export/credit-summary",
    response_model=SummaryOut,
    responses=merged(GUARDED, describe(SubjectMissing, BusinessNotFound)) | FILES,
)
def export_credit_summary(
    caller: Annotated[Caller, may("positions:export")],
    read: Reader,
    as_of: Annotated[Day | None, Query(description="At the end of this day; left out: today.")] = None,
    vendor_id: Annotated[
        UUID | None, Query(description="Only with this vendor; lenders: its customers.")
    ] = None,
    retailer_id: Annotated[
        UUID | None, Query(description="Only with this retailer; lenders: its vendors.")
    ] = None,
    form: Annotated[Form, Query(description="`json`, or a file of the same lines.")] = "json",
) -> Any:
    """Limit, terms, owed and ageing with every counterparty at the end of a day."""
    if caller.role == "vendor":
        vendor_id = caller.own_business_id
    elif caller.role == "retailer":
        retailer_id = caller.own_business_id
    elif vendor_id is None and retailer_id is None:
        raise SubjectMissing("whose positions? give `vendor_id`, `retailer_id`, or both")
    own = caller.business_id or vendor_id or retailer_id
    assert own is not None

    def ask(session: Session) -> tuple[date, list[Position]]:
        today = _today(session, own)
        day = as_of or today
        if caller.role == "retailer":
            widen_to_vendors(session, own)
        return day, credit.positions(
            session, day=day, is_today=day == today, vendor_id=vendor_id, retailer_id=retailer_id
        )

    day, found = read(ask)
    if form == "json":
        return SummaryOut(as_of=day, items=[PositionOut.model_validate(row) for row in found])
    made = credit.as_csv(found) if form == "csv" else credit.as_xlsx(found, clock.now())
    return Response(
        made,
        media_type=MEDIA_TYPES[form],
        headers={
            "Content-Disposition": f'attachment; filename="credit-{own}-{day}.{form}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get(
    "/financial-export/tally",
    response_class=Response,
    responses=merged(GUARDED, describe(BookPeriodInvalid))
    | {
        200: {
            "description": "The file.",
            "content": {"application/xml": {"example": "<ENVELOPE>…</ENVELOPE>"}},
        }
    },
)
def export_for_tally(
    caller: Annotated[Caller, may("books:export")],
    read: Reader,
    first: Annotated[Day, Query(description="The first day; best the first of a fiscal year.")],
    last: Annotated[Day, Query(description="The last day, included; a year later at most.")],
    part: Annotated[tally.Part, Query(description="Import `masters` first, then `vouchers`.")] = "masters",
) -> Response:
    """The caller's book of a period for Tally: accounts with opening balances, or vouchers."""
    own = caller.own_business_id
    book = read(lambda session: tally.book(session, business_id=own, first=first, last=last))
    return Response(
        tally.as_xml(book, part),
        media_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="tally-{part}-{first}-{last}.xml"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get(
    "/financial-metrics/retailer/{retailer_id}",
    responses=merged(GUARDED, describe(BusinessNotFound, AgreementNotFound)),
)
def read_retailer_metrics(
    retailer_id: UUID, caller: Annotated[Caller, may("metrics:read")], read: Reader
) -> MetricsOut:
    """Exposure, utilisation, lateness, turnover, trend, concentration: over all vendors for lenders and the retailer.

    A vendor gets its own part, and the total where the retailer lets it and five vendors or more give credit.
    """
    if caller.role == "retailer" and retailer_id != caller.business_id:
        raise BusinessNotFound(retailer_id)
    if caller.role == "vendor":
        return _as_vendor(retailer_id, caller.own_business_id, read)

    def ask(session: Session) -> MetricsOut:
        if not parties.get_business(session, business_id=retailer_id).is_retailer:
            raise BusinessNotFound(retailer_id)
        today = _today(session, retailer_id)
        if caller.role == "retailer":
            widen_to_vendors(session, retailer_id)
        figures = _figures(session, retailer_id, today, None)
        advised = credit.advised_limit(session, retailer_id) if caller.sees_the_market else None
        return MetricsOut(
            retailer_id=retailer_id,
            as_of=today,
            figures=[FiguresOut.model_validate(one) for one in figures],
            market=None,
            advice=None if advised is None else _advice(advised, figures),
        )

    return read(ask)


def _as_vendor(retailer_id: UUID, vendor_id: UUID, read: Read) -> MetricsOut:
    def ask(session: Session) -> tuple[date, list[credit.Metrics], bool]:
        today = _today(session, vendor_id)
        figures = _figures(session, retailer_id, today, vendor_id)
        may_know = parties.has_consent(session, retailer_id=retailer_id, vendor_id=vendor_id)
        return today, figures, may_know

    today, figures, may_know = read(ask, counterparty=retailer_id)
    if not figures:
        raise AgreementNotFound(
            f"vendor {vendor_id} gives retailer {retailer_id} no credit; agree on a limit first",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    market = None
    if may_know:
        with database.read() as session:
            whole = _figures(session, retailer_id, today, None)
        market = [MarketOut.model_validate(one) for one in whole if one.vendors >= SELLERS_MIN] or None
    return MetricsOut(
        retailer_id=retailer_id,
        as_of=today,
        figures=[FiguresOut.model_validate(replace(one, largest_share_percent=None)) for one in figures],
        market=market,
        advice=None,
    )


@router.get("/financial-metrics/exposures", responses=merged(GUARDED, describe(CursorInvalid)))
def list_exposures(
    caller: Annotated[Caller, may("exposures:read")],
    read: Reader,
    asked: PageAsked,
    over_advice: Annotated[bool, Query(description="Only who is over the advisory limit.")] = False,
    currency: Annotated[CurrencyCode | None, Query(description="Only in this currency.")] = None,
    sort: Annotated[
        Literal["exposure", "owed", "retailer"],
        Query(
            description="`exposure`: the most exposed first; `owed`: who owes most first; `retailer`: by its id."
        ),
    ] = "exposure",
) -> Page[ExposureOut]:
    """What each retailer owes and was promised over all its vendors, by `sort`; by currency, which are never summed."""
    order = credit.EXPOSURES_BY[sort]
    rows = read(
        lambda session: credit.exposures(
            session,
            is_over_advice=over_advice or None,
            currency=currency,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: ExposureOut(**row), key=order.key)


@router.put(
    "/financial-metrics/advisory-limits/{retailer_id}",
    responses=merged(GUARDED, describe(BusinessNotFound, LimitInvalid)),
)
def advise_limit(
    retailer_id: UUID,
    wanted: AdviceIn,
    caller: Annotated[Caller, may("limits:advise")],
    write: Writer,
    read: Reader,
) -> AdviceOut:
    """Say what a retailer should owe all its vendors together at most; no order is judged by it."""
    write(
        lambda session: credit.advise_limit(
            session, retailer_id=retailer_id, **wanted.model_dump(), set_by=caller.user_id
        )
    )

    def ask(session: Session) -> AdviceOut:
        advised = credit.advised_limit(session, retailer_id)
        assert advised is not None
        return _advice(advised, _figures(session, retailer_id, _today(session, retailer_id), None))

    return read(ask)


def _today(session: Session, business_id: UUID) -> date:
    return clock.business_day(clock.now(), parties.get_business(session, business_id=business_id).time_zone)


def _figures(
    session: Session, retailer_id: UUID, today: date, vendor_id: UUID | None
) -> list[credit.Metrics]:
    found = credit.positions(session, day=today, is_today=True, vendor_id=vendor_id, retailer_id=retailer_id)
    trade = credit.bought(session, retailer_id=retailer_id, day=today, vendor_id=vendor_id)
    return credit.metrics(found, trade)


def _advice(advised: RowMapping, figures: Sequence[credit.Metrics]) -> AdviceOut:
    exposed = sum(one.exposure_paisa for one in figures if one.currency == advised["currency"])
    facts = {name: advised[name] for name in ("currency", "limit_paisa", "reason", "valid_from")}
    return AdviceOut(**facts, is_over=exposed > advised["limit_paisa"])
