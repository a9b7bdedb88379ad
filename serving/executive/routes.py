"""The owner's picture: figures by definition, from the last publication, never from live tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from commerce.parties import service as parties
from foundation import published
from foundation.errors import Invalid
from foundation.metrics import Metric, MetricInvalid, Period
from foundation.money import to_rupees
from foundation.published import MetricAnswer, NothingPublished, Publication, TableNotPublished
from serving.dependencies import Reader
from serving.executive.schemas import (
    FigureOut,
    MetricOut,
    SummaryOut,
    TopVendorOut,
    TrendPointOut,
    Unit,
)
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Origin

router = APIRouter(prefix=f"{V1}/executive", tags=["executive"])

PERIOD_DAYS = 30
TOP_VENDORS = 10
TREND = ("gmv", "orders")
UNITS: dict[str, Unit] = {
    "paisa": "rupees",
    "paisa_per_order": "rupees_per_order",
    "count": "count",
    "ratio": "ratio",
}

From = Annotated[Day | None, Query(alias="from", description="Left out: thirty days to the as-of day.")]
Until = Annotated[Day | None, Query(alias="until", description="Left out: the as-of day.")]
OnlyOrigin = Annotated[Origin | None, Query(description="Only figures of this origin.")]
NOT_MODIFIED: Responses = {
    304: {"description": "Nothing newer was published; the answer that you hold still stands"}
}


class PeriodInvalid(Invalid):
    """The period ends before it begins."""

    code = "period-invalid"


@router.get(
    "/summary",
    responses=merged(GUARDED, describe(NothingPublished, PeriodInvalid)) | NOT_MODIFIED,
    response_model=SummaryOut,
)
def read_summary(
    caller: Annotated[Caller, may("figures:read")],
    read: Reader,
    response: Response,
    period_from: From = None,
    period_until: Until = None,
    origin: OnlyOrigin = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> SummaryOut | Response:
    """Every executive metric over a period, the daily trend and the vendors that sell most in each market."""
    publication = published.reader().current()
    period = _period(publication, period_from, period_until)
    etag = publication.etag("market", f"summary {period} {origin}")
    if if_none_match == etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    where = {"origin": origin} if origin else {}
    trend = {name: publication.metric(name, by=["date"], where=where, period=period) for name in TREND}
    selling = publication.metric("gmv", by=["vendor_id"], where=where, period=period)
    top = list(_ranked(selling.rows))
    names = read(lambda session: parties.names_of(session, [UUID(row["vendor_id"]) for _, row in top]))
    response.headers["ETag"] = etag
    return SummaryOut(
        as_of=publication.as_of,
        run_id=publication.run_id,
        period_from=period[0],
        period_until=period[1],
        figures=[
            _figure(metric, row)
            for name, metric in publication.metrics.items()
            for row in publication.metric(name, where=where, period=period).rows
        ],
        trend=[
            TrendPointOut(
                day=row["date"],
                metric=name,
                origin=row["origin"],
                currency=row.get("currency"),
                value=_told(answer.metric.unit, row["value"]),
            )
            for name, answer in trend.items()
            for row in answer.rows
        ],
        top_vendors=[
            TopVendorOut(
                rank=rank,
                vendor_id=row["vendor_id"],
                name=names.get(UUID(row["vendor_id"])),
                origin=row["origin"],
                currency=row["currency"],
                gmv=to_rupees(row["value"]),
            )
            for rank, row in top
        ],
    )


@router.get(
    "/metrics/{name}",
    responses=merged(GUARDED, describe(NothingPublished, TableNotPublished, MetricInvalid, PeriodInvalid)),
)
def read_metric(
    name: str,
    caller: Annotated[Caller, may("figures:read")],
    by: Annotated[
        list[str], Query(max_length=5, description="Split by these dimensions, and date, week or month.")
    ] = [],  # noqa: B006 - FastAPI copies it
    period_from: From = None,
    period_until: Until = None,
    origin: OnlyOrigin = None,
) -> MetricOut:
    """One metric, split as asked; always by origin, and by currency where it is an amount."""
    publication = published.reader().current()
    period = _period(publication, period_from, period_until)
    answer = publication.metric(name, by=by, where={"origin": origin} if origin else {}, period=period)
    return MetricOut(
        as_of=answer.as_of,
        run_id=answer.run_id,
        metric=name,
        label=answer.metric.label,
        description=answer.metric.description,
        unit=UNITS[answer.metric.unit],
        rows=_rows(answer),
    )


def _period(publication: Publication, period_from: date | None, period_until: date | None) -> Period:
    until = period_until or publication.as_of
    since = period_from or until - timedelta(days=PERIOD_DAYS - 1)
    if since > until:
        raise PeriodInvalid(
            f"the period from {since} until {until} is empty; let it end on or after its first day"
        )
    return since, until


def _ranked(selling: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The first vendors of every origin and currency with their places: amounts across either do not compare."""

    def market(row: dict[str, Any]) -> tuple[str, str]:
        return row["origin"], row["currency"]

    for _, rows in groupby(sorted(selling, key=market), market):
        best = sorted(rows, key=lambda row: (-row["value"], row["vendor_id"]))
        yield from enumerate(best[:TOP_VENDORS], 1)


def _figure(metric: Metric, row: dict[str, Any]) -> FigureOut:
    is_quotient = metric.denominator is not None
    return FigureOut(
        metric=metric.name,
        label=metric.label,
        unit=UNITS[metric.unit],
        origin=row["origin"],
        currency=row.get("currency"),
        value=_told(metric.unit, row["value"]),
        numerator=_part(metric, row["numerator"]) if is_quotient else None,
        denominator=_denominator(metric, row["denominator"]) if is_quotient else None,
    )


def _rows(answer: MetricAnswer) -> list[dict[str, str | None]]:
    figures = {"value", "numerator", "denominator"}
    return [
        {
            **{
                key: None if value is None else str(value) for key, value in row.items() if key not in figures
            },
            "value": _told(answer.metric.unit, row["value"]),
        }
        for row in answer.rows
    ]


def _told(unit: str, value: float | None) -> str | None:
    if value is None:
        return None
    if unit.startswith("paisa"):
        return to_rupees(round(value))
    return f"{value:.4f}" if unit == "ratio" else str(value)


def _part(metric: Metric, value: int) -> str:
    """A part of a quotient: an amount where the metric keeps a currency, else a count."""
    return to_rupees(value) if metric.currency == "kept" else str(value)


def _denominator(metric: Metric, value: int) -> str:
    return str(value) if metric.unit == "paisa_per_order" else _part(metric, value)
