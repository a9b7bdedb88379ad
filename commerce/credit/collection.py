"""Collecting: promises to pay and how they went, whom to visit today and in what order, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.credit import collection_queries as queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import CollectorUnknown, PromiseInvalid
from commerce.credit.events import PaymentPromised
from commerce.credit.models import VISIT_RESULTS, CollectionVisit, CollectorAssignment, PaymentPromise
from commerce.identity import queries as identity
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

PROMISE_DAYS_MAX: Final = 90
"""A promise keeps its retailer off the run until its day: one of the year 2099 would for ever."""


def promise(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    amount_paisa: int,
    due_on: date,
    recorded_by: UUID,
    note: str | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Note that a retailer will pay so much by a day. Returns the promise's id.

    Raises AgreementNotFound, PromiseInvalid, RequestKeyReused.
    """
    promise_id = uuid7()
    if request is not None and (earlier := claim(session, request, promise_id)) is not None:
        return earlier
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    today = business_day(clock.now(), agreement.time_zone)
    if amount_paisa <= 0 or due_on < today:
        raise PromiseInvalid(
            f"a promise of {format_amount(amount_paisa, agreement.currency)} by {due_on}, and today is {today}; "
            "give an amount above zero and a day to come",
            due_on=due_on.isoformat(),
        )
    if (latest := today + timedelta(days=PROMISE_DAYS_MAX)) < due_on:
        raise PromiseInvalid(
            f"a promise by {due_on} is too far off: until then nobody is sent to the retailer; give {latest} or before",
            due_on=due_on.isoformat(),
        )
    session.execute(
        insert(PaymentPromise.__table__).values(  # type: ignore[arg-type]
            id=promise_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            agreement_id=agreement.id,
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            promised_on=today,
            due_on=due_on,
            note=note,
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    publish(
        session,
        PaymentPromised(
            promise_id=str(promise_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            due_on=due_on.isoformat(),
        ),
        business_id=vendor_id,
        actor_id=recorded_by,
        channel="api",
    )
    return promise_id


def assign_collector(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, collector_id: UUID | None, set_by: UUID
) -> None:
    """Let one of the vendor's people visit a retailer from now on (None: nobody in particular).

    Raises AgreementNotFound, CollectorUnknown.
    """
    find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    people = {one.id for one in identity.members(session, vendor_id)}
    if collector_id is not None and collector_id not in people:
        raise CollectorUnknown(
            f"{collector_id} does not work for this business; `GET /api/v1/members` has its people",
            collector_id=str(collector_id),
        )
    session.execute(
        insert(CollectorAssignment.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            collector_id=collector_id,
            set_by=set_by,
            valid_from=clock.now(),
        )
    )


def record_visit(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    result: str,
    visited_by: UUID,
    note: str | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Note that a retailer was visited today and what came of it. Returns the visit's id.

    Raises AgreementNotFound, PromiseInvalid (no such result), RequestKeyReused.
    """
    visit_id = uuid7()
    if request is not None and (earlier := claim(session, request, visit_id)) is not None:
        return earlier
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    if result not in VISIT_RESULTS:
        raise PromiseInvalid(f"a visit does not end with {result!r}; give one of {', '.join(VISIT_RESULTS)}")
    session.execute(
        insert(CollectionVisit.__table__).values(  # type: ignore[arg-type]
            id=visit_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            visited_by=visited_by,
            visited_on=business_day(clock.now(), agreement.time_zone),
            result=result,
            note=note,
            recorded_at=clock.now(),
        )
    )
    return visit_id


@dataclass(frozen=True)
class Stop:
    """A customer to be visited, and why."""

    retailer_id: UUID
    name: str
    zone: str
    currency: str
    collector_id: UUID | None
    overdue_paisa: int
    days_past_due: int
    promise: str | None
    """How the last promise went; None where there is none."""
    promised_for: date | None
    visited_on: date | None
    last_result: str | None


def _pressing(stop: Stop) -> tuple[Any, ...]:
    is_promise_due = stop.promise in ("open", "broken", "kept-in-part")
    return (int(not is_promise_due), -stop.days_past_due, -stop.overdue_paisa)


Place = Callable[[Stop], tuple[Any, ...]]
RUN_BY: Final[Mapping[str, Place]] = {
    "pressing": lambda stop: (*_pressing(stop), stop.retailer_id, stop.currency),
    "zone": lambda stop: (stop.zone, *_pressing(stop), stop.retailer_id, stop.currency),
    "owed": lambda stop: (-stop.overdue_paisa, stop.retailer_id, stop.currency),
}
"""Where a stop stands in each order of the run.

Pressing are promises of today and broken ones, then who is late the longest, then who owes the most.
"""


def in_order(stops: Iterable[Stop], today: date, place_of: Place = RUN_BY["pressing"]) -> list[Stop]:
    """Whom to visit on a day, in an order of RUN_BY. Pure.

    Who was visited today, or promised to pay on a day to come, is left in peace.
    """
    due = [
        stop
        for stop in stops
        if stop.visited_on != today
        and not (stop.promise == "open" and stop.promised_for is not None and stop.promised_for > today)
    ]
    return sorted(due, key=place_of)


def collection_run(
    session: Session,
    *,
    vendor_id: UUID,
    today: date,
    collector_id: UUID | None = None,
    zone: str | None = None,
    place_of: Place = RUN_BY["pressing"],
) -> Sequence[Stop]:
    """Whom a vendor's people visit today, in order; `collector_id`: that person's alone, `zone`: those of it."""
    stops = [
        Stop(
            retailer_id=row["retailer_id"],
            name=row["name"],
            zone=row["zone"],
            currency=row["currency"],
            collector_id=row["collector_id"],
            overdue_paisa=row["overdue_paisa"],
            days_past_due=row["days_past_due"],
            promise=row["promise"],
            promised_for=row["promised_for"],
            visited_on=row["visited_on"],
            last_result=row["result"],
        )
        for row in queries.standing_of_late(session, vendor_id, today)
    ]
    wanted = (
        stop for stop in stops if collector_id in (None, stop.collector_id) and zone in (None, stop.zone)
    )
    return in_order(wanted, today, place_of)
