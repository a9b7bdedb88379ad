"""Collecting: cheques, promises, whom to visit today and what came of it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.credit import cheques, collection, interest
from commerce.credit import collection_queries as queries
from commerce.credit.errors import (
    AgreementNotFound,
    ChequeInvalid,
    ChequeMoveInvalid,
    ChequeNotFound,
    CollectorUnknown,
    InterestRuleInvalid,
    PaymentInvalid,
    PromiseInvalid,
)
from commerce.parties import service as parties
from foundation import clock
from serving.credit.collection_schemas import (
    ChequeIn,
    ChequeMove,
    ChequeMoveIn,
    ChequeOut,
    ChequeState,
    CollectorIn,
    InterestOut,
    InterestRuleIn,
    InterestRuleOut,
    Outcome,
    PromiseIn,
    PromiseOut,
    RunOut,
    StopOut,
    VisitIn,
    VisitOut,
)
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

Collector = Annotated[Caller, may("collection:work")]


@router.post(
    "/cheques",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(AgreementNotFound, PaymentInvalid, ChequeInvalid)),
)
def receive_cheque(
    cheque: ChequeIn,
    caller: Annotated[Caller, may("payments:record")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ChequeOut:
    """Take a cheque into the drawer, also one of a later date; nothing is posted before it has cleared."""
    cheque_id = write(
        lambda session: cheques.receive_cheque(
            session,
            vendor_id=caller.own_business_id,
            **cheque.model_dump(),
            actor_id=caller.user_id,
            request=request,
        ),
        counterparty=cheque.retailer_id,
    )
    return _cheque(caller, read, cheque_id)


@router.get("/cheques", responses=merged(GUARDED, describe(CursorInvalid)))
def list_cheques(
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    asked: PageAsked,
    state: ChequeState | None = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    since: Annotated[Day | None, Query(description="Of this day or later.")] = None,
    by: Annotated[Day | None, Query(description="Of this day or before: what can be deposited then.")] = None,
    sort: Annotated[
        Literal["earliest", "latest"],
        Query(
            description="By the day written on them, `earliest`: the first to deposit first; `latest`: the last."
        ),
    ] = "earliest",
) -> Page[ChequeOut]:
    """Cheques that a vendor took, or that a retailer gave; by `sort`."""
    order = queries.CHEQUES_BY[sort]
    rows = read(
        lambda session: queries.cheques_of(
            session,
            caller.role,
            caller.own_business_id,
            state=state,
            counterparty_id=counterparty_id,
            first=since,
            last=by,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: ChequeOut(**row), key=order.key)


@router.post(
    "/cheques/{cheque_id}/{move}",
    responses=merged(
        GUARDED, KEYED, describe(ChequeNotFound, ChequeMoveInvalid, ChequeInvalid, PaymentInvalid)
    ),
)
def move_cheque(
    cheque_id: UUID,
    move: ChequeMove,
    wanted: ChequeMoveIn,
    caller: Annotated[Caller, may("payments:decide")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ChequeOut:
    """Deposit a cheque, clear it (which records the payment), let it bounce (which undoes it), or give it back."""
    write(
        lambda session: cheques.move_cheque(
            session,
            vendor_id=caller.own_business_id,
            cheque_id=cheque_id,
            verb=move,
            on=wanted.on,
            reason=wanted.reason,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _cheque(caller, read, cheque_id)


@router.post(
    "/promises",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(AgreementNotFound, PromiseInvalid)),
)
def record_promise(
    promised: PromiseIn, caller: Collector, request: IdempotencyKey, write: Writer, read: Reader
) -> PromiseOut:
    """Note what a retailer will pay by a day; the collection run leaves it in peace until then."""
    promise_id = write(
        lambda session: collection.promise(
            session,
            vendor_id=caller.own_business_id,
            **promised.model_dump(),
            recorded_by=caller.user_id,
            request=request,
        ),
        counterparty=promised.retailer_id,
    )
    today = _today(caller, read)
    [row] = read(
        lambda session: queries.promises_of(
            session, caller.own_business_id, today=today, promise_id=promise_id
        )
    )
    return PromiseOut(**row)


@router.get("/promises", responses=merged(GUARDED, describe(CursorInvalid)))
def list_promises(
    caller: Collector,
    read: Reader,
    asked: PageAsked,
    retailer_id: Annotated[UUID | None, Query(description="Of this retailer only.")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only those that went so.")] = None,
    sort: Annotated[
        Literal["newest", "oldest", "due"],
        Query(
            description="`newest`: what was promised last first; `oldest`: what was promised first; `due`: by the day."
        ),
    ] = "newest",
) -> Page[PromiseOut]:
    """Promises, by `sort`, each with how it went by what was paid since."""
    order, today = queries.PROMISES_BY[sort], _today(caller, read)
    rows = read(
        lambda session: queries.promises_of(
            session,
            caller.own_business_id,
            today=today,
            retailer_id=retailer_id,
            outcome=outcome,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: PromiseOut(**row), key=order.key)


@router.get("/collection-run", responses=merged(GUARDED, describe(CursorInvalid)))
def read_collection_run(
    caller: Collector,
    read: Reader,
    asked: PageAsked,
    collector_id: Annotated[UUID | None, Query(description="Whom this person visits.")] = None,
    zone: Annotated[SearchText | None, Query(description="Only in this delivery area.")] = None,
    sort: Annotated[
        Literal["pressing", "zone", "owed"],
        Query(
            description="`pressing`: broken promises, then the latest first; `zone`: so by area; `owed`: most first."
        ),
    ] = "pressing",
) -> RunOut:
    """Whom to visit today, by `sort`."""
    place_of, today = collection.RUN_BY[sort], _today(caller, read)
    stops = read(
        lambda session: collection.collection_run(
            session,
            vendor_id=caller.own_business_id,
            today=today,
            collector_id=collector_id,
            zone=zone,
            place_of=place_of,
        )
    )
    # The order is of what was promised, late and owed together: it is made anew for each page, and has no index.
    beyond = [stop for stop in stops if asked.after is None or place_of(stop) > asked.after]
    page = asked.page(beyond, StopOut.model_validate, key=place_of)
    return RunOut(day=today, stops=page.items, next_cursor=page.next_cursor)


@router.post(
    "/visits",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(AgreementNotFound, PromiseInvalid)),
)
def record_visit(visit: VisitIn, caller: Collector, request: IdempotencyKey, write: Writer) -> VisitOut:
    """Note what came of going to a retailer today."""
    visit_id = write(
        lambda session: collection.record_visit(
            session,
            vendor_id=caller.own_business_id,
            **visit.model_dump(),
            visited_by=caller.user_id,
            request=request,
        ),
        counterparty=visit.retailer_id,
    )
    return VisitOut(id=visit_id)


@router.put(
    "/collectors/{retailer_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(AgreementNotFound, CollectorUnknown)),
)
def assign_collector(
    retailer_id: UUID,
    wanted: CollectorIn,
    caller: Annotated[Caller, may("collection:assign")],
    write: Writer,
) -> None:
    """Let one of the vendor's people visit a retailer from now on."""
    write(
        lambda session: collection.assign_collector(
            session,
            vendor_id=caller.own_business_id,
            retailer_id=retailer_id,
            collector_id=wanted.collector_id,
            set_by=caller.user_id,
        ),
        counterparty=retailer_id,
    )


@router.put("/interest-rule", responses=merged(GUARDED, describe(InterestRuleInvalid)))
def set_interest_rule(
    wanted: InterestRuleIn, caller: Annotated[Caller, may("credit:grant")], write: Writer
) -> InterestRuleOut:
    """Set what is taken for what is late, from today on."""
    write(
        lambda session: interest.set_interest_rule(
            session, vendor_id=caller.own_business_id, **wanted.model_dump(), set_by=caller.user_id
        )
    )
    return InterestRuleOut.model_validate(wanted)


@router.post(
    "/interest/{retailer_id}", responses=merged(GUARDED, describe(AgreementNotFound, InterestRuleInvalid))
)
def charge_interest(
    retailer_id: UUID, caller: Annotated[Caller, may("interest:charge")], write: Writer
) -> InterestOut:
    """Charge a retailer the interest that was not charged yet, up to yesterday; each day of a debt once."""
    charged = write(
        lambda session: interest.charge_interest(
            session, vendor_id=caller.own_business_id, retailer_id=retailer_id, actor_id=caller.user_id
        ),
        counterparty=retailer_id,
    )
    return InterestOut.model_validate(charged)


def _cheque(caller: Caller, read: Read, cheque_id: UUID) -> ChequeOut:
    [row] = read(
        lambda session: queries.cheques_of(session, caller.role, caller.own_business_id, cheque_id=cheque_id)
    )
    return ChequeOut(**row)


def _today(caller: Caller, read: Read) -> date:
    vendor = read(lambda session: parties.get_business(session, business_id=caller.own_business_id))
    return clock.business_day(clock.now(), vendor.time_zone)
