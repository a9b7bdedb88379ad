"""Is the platform well: for load balancers, supervisors and people."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation import database, jobs
from foundation.errors import Unavailable
from foundation.logs import logger
from serving.health.schemas import HealthOut

log = logger(__name__)

UNSEALED_SECONDS_MAX = 300.0
"""Sealing comes seconds after a commit; minutes mean that no worker does it."""
UNPROCESSED_SECONDS_MAX = 300.0

router = APIRouter(tags=["operations"])

_OLDEST_UNSEALED = text(
    "SELECT extract(epoch FROM clock_timestamp() - min(queued_at)) FROM app.ledger_unsealed"
)


@router.get(
    "/health", responses={503: {"model": HealthOut, "description": "Something is bad; `reasons` says what"}}
)
def read_health(response: Response) -> HealthOut:
    """Database, workers, sealing and jobs. 503 when one of them is bad."""
    try:
        with database.read() as session:
            health = _look(session)
    except database.NotMigrated as error:
        health = _without_database("has no tables", error.message)
    except Unavailable as error:
        # The words may name hosts and settings of ours: they are for the operator's log.
        log.warning("health_without_database", reason=error.message)
        health = _without_database("does not answer", "the database does not answer")
    if health.status == "bad":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return health


def _without_database(standing: Literal["does not answer", "has no tables"], reason: str) -> HealthOut:
    return HealthOut(
        status="bad",
        database=standing,
        workers=0,
        oldest_unsealed_seconds=None,
        oldest_unprocessed_seconds=None,
        failed_jobs=0,
        reasons=[reason],
    )


def _look(session: Session) -> HealthOut:
    unsealed: Decimal | None = session.execute(_OLDEST_UNSEALED).scalar_one()
    work = jobs.health(session)
    unsealed_seconds = None if unsealed is None else round(float(unsealed), 1)
    waiting_seconds = work.oldest_waiting_seconds
    reasons = []
    if not work.workers:
        reasons.append("no worker runs; start one with `sauda worker`")
    if unsealed_seconds is not None and unsealed_seconds > UNSEALED_SECONDS_MAX:
        reasons.append(f"ledger entries wait for a seal since {unsealed_seconds:.0f} seconds")
    if waiting_seconds is not None and waiting_seconds > UNPROCESSED_SECONDS_MAX:
        reasons.append(f"jobs wait since {waiting_seconds:.0f} seconds")
    return HealthOut(
        status="bad" if reasons else "ok",
        database="answers",
        workers=len(work.workers),
        oldest_unsealed_seconds=unsealed_seconds,
        oldest_unprocessed_seconds=waiting_seconds,
        failed_jobs=work.failed,
        reasons=reasons,
    )
