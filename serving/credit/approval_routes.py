"""Orders that wait for somebody who approves their credit, and the rule that lets them wait."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.credit import stops
from commerce.credit.errors import (
    AgreementNotFound,
    CreditLimitExceeded,
    CreditStopped,
    SecondPersonNeeded,
    StopInvalid,
)
from commerce.credit.stops import StopRule
from commerce.ordering import approvals, service
from commerce.ordering.errors import (
    ApprovalNotFound,
    ApprovalOutdated,
    MoveNotAllowed,
    NotYourMove,
    OrderNotFound,
)
from serving.credit.approval_schemas import (
    ApprovalIn,
    ApprovalOut,
    ApprovalState,
    PairStopIn,
    StopIn,
    StopOut,
)
from serving.credit.desk_schemas import RefusalIn
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.routes import actor_of
from serving.orders.schemas import OrderOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

Approver = Annotated[Caller, may("credit:approve")]
Granter = Annotated[Caller, may("credit:grant")]
WAITED = describe(OrderNotFound, ApprovalNotFound, MoveNotAllowed, NotYourMove)


@router.get("/stop", responses=GUARDED)
def read_stop(caller: Approver, read: Reader) -> StopOut:
    """What the vendor wants of orders that credit has no room for."""
    return _rule(read, caller, None)


@router.put("/stop", responses=merged(GUARDED, describe(StopInvalid)))
def set_stop(wanted: StopIn, caller: Granter, write: Writer, read: Reader) -> StopOut:
    """From now on refuse orders over the limit, or hold them until somebody approves."""
    _set(write, caller, None, wanted)
    return _rule(read, caller, None)


@router.get("/stop/{retailer_id}", responses=GUARDED)
def read_stop_of_retailer(retailer_id: UUID, caller: Approver, read: Reader) -> StopOut:
    """What the vendor wants of the orders of one retailer; `as-vendor`: what it wants of all."""
    return _rule(read, caller, retailer_id)


@router.put("/stop/{retailer_id}", responses=merged(GUARDED, describe(StopInvalid, AgreementNotFound)))
def set_stop_of_retailer(
    retailer_id: UUID, wanted: PairStopIn, caller: Granter, write: Writer, read: Reader
) -> StopOut:
    """The same for the orders of one retailer, whatever holds for the others."""
    _set(write, caller, retailer_id, wanted)
    return _rule(read, caller, retailer_id)


@router.get("/approvals", responses=merged(GUARDED, describe(CursorInvalid)))
def list_approvals(
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    asked: PageAsked,
    state: ApprovalState | None = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what began to wait last first; `oldest`: what began to wait first."),
    ] = "newest",
) -> Page[ApprovalOut]:
    """Orders that wait or waited for approval, by `sort`: for the vendor who decides, and for the retailer."""
    order = approvals.APPROVALS_BY[sort]
    rows = read(
        lambda session: approvals.approvals_page(
            session,
            caller.role,
            caller.own_business_id,
            state=state,
            counterparty_id=counterparty_id,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: ApprovalOut(**row), key=order.key)


@router.post(
    "/approvals/{order_id}/approval",
    responses=merged(
        GUARDED,
        KEYED,
        WAITED,
        describe(ApprovalOutdated, SecondPersonNeeded, CreditLimitExceeded, CreditStopped),
    ),
)
def approve_order(
    order_id: UUID,
    wanted: ApprovalIn,
    caller: Approver,
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> OrderOut:
    """Let an order go over the limit, or past a debt that is late; whoever placed it does not approve it."""
    write(
        lambda session: service.approve(
            session,
            order_id=order_id,
            amount_paisa=wanted.amount_paisa,
            actor=actor_of(caller),
            note=wanted.note,
            request=request,
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


@router.post("/approvals/{order_id}/decline", responses=merged(GUARDED, WAITED))
def decline_approval(
    order_id: UUID, wanted: RefusalIn, caller: Approver, write: Writer, read: Reader
) -> OrderOut:
    """Do not let it go: the order is declined and its goods are free again; the retailer reads the reason."""
    write(
        lambda session: service.decline_waiting(
            session, order_id=order_id, actor=actor_of(caller), reason=wanted.reason
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


def _rule(read: Read, caller: Caller, retailer_id: UUID | None) -> StopOut:
    rule = read(lambda session: stops.rule_of(session, caller.own_business_id, retailer_id))
    return StopOut(**rule._asdict())


def _set(write: Writer, caller: Caller, retailer_id: UUID | None, wanted: StopIn | PairStopIn) -> None:
    rule = StopRule(
        wanted.mode,
        wanted.tolerance_percent,
        wanted.overdue_days,
        wanted.window_minutes,
        wanted.escalate_minutes or max(1, wanted.window_minutes // 2),
    )
    write(
        lambda session: stops.set_stop(
            session,
            vendor_id=caller.own_business_id,
            retailer_id=retailer_id,
            rule=rule,
            reason=wanted.reason,
            set_by=caller.user_id,
        ),
        counterparty=retailer_id,
    )
