"""A shop's day in figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from commerce.summary import service
from commerce.summary.errors import SummaryDayInvalid
from serving.dependencies import Reader
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day
from serving.summary.schemas import DailySummaryOut

router = APIRouter(prefix=f"{V1}/summary", tags=["till"])


@router.get("/daily", responses=merged(GUARDED, describe(SummaryDayInvalid)))
def read_daily_summary(
    caller: Annotated[Caller, may("books:read")],
    read: Reader,
    day: Annotated[Day | None, Query(description="Of the shop's own calendar; left out: today.")] = None,
) -> DailySummaryOut:
    """Bills, money by how it came, khata, expenses and goods of a day, beside the same weekday a week before."""
    return DailySummaryOut.of(
        read(lambda session: service.daily(session, business_id=caller.own_business_id, day=day))
    )
