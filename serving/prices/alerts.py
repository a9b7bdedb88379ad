"""Alerts on prices: when a business wants to be told, what it was told, and what it did about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.pricing import alerts
from commerce.pricing.alerts import AlertFilter, AlertRule
from commerce.pricing.errors import PriceAlertNotFound, PriceAlertRuleInvalid, PriceAlertStateInvalid
from serving.dependencies import Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.prices.schemas import (
    AlertRuleIn,
    AlertRuleOut,
    PriceAlertMoveOut,
    PriceAlertOut,
    PriceAlertShownOut,
    PriceAlertStateIn,
)
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/price-intelligence", tags=["price intelligence"])

Trader = Annotated[Caller, may("prices:read")]
Watcher = Annotated[Caller, may("prices:watch")]


@router.get("/alerts", responses=merged(GUARDED, describe(CursorInvalid)))
def list_price_alerts(
    caller: Trader,
    read: Reader,
    asked: PageAsked,
    state: Annotated[
        Literal["open", "acknowledged", "closed"] | None, Query(description="Only those that are this.")
    ] = None,
    kind: Annotated[
        Literal["out-of-band", "above-market", "supplier-rise"] | None,
        Query(description="Only for this cause."),
    ] = None,
    product_id: Annotated[UUID | None, Query(description="Only on this good.")] = None,
    vendor_id: Annotated[UUID | None, Query(description="Only on what this vendor asks.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last raised first; `oldest`: the first raised first."),
    ] = "newest",
) -> Page[PriceAlertOut]:
    """The caller's alerts on prices, by `sort`."""
    order = alerts.ALERTS_BY[sort]
    rows = read(
        lambda session: alerts.alerts_of(
            session,
            caller.own_business_id,
            chosen=AlertFilter(state, kind, product_id, vendor_id),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, PriceAlertOut.model_validate, key=order.key)


@router.get("/alerts/{alert_id}", responses=merged(GUARDED, describe(PriceAlertNotFound)))
def read_price_alert(alert_id: UUID, caller: Trader, read: Reader) -> PriceAlertShownOut:
    """An alert with its facts and its history."""
    row, moves = read(lambda session: alerts.alert(session, caller.own_business_id, alert_id))
    return PriceAlertShownOut(
        **PriceAlertOut.model_validate(row).model_dump(),
        moves=[PriceAlertMoveOut.model_validate(move) for move in moves],
    )


@router.post(
    "/alerts/{alert_id}/state",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(PriceAlertNotFound, PriceAlertStateInvalid)),
)
def move_price_alert(alert_id: UUID, wanted: PriceAlertStateIn, caller: Watcher, write: Writer) -> None:
    """Acknowledge an alert, close it, or open an acknowledged one again."""
    write(
        lambda session: alerts.move_alert(
            session,
            alert_id=alert_id,
            business_id=caller.own_business_id,
            state=wanted.state,
            note=wanted.note,
            actor_id=caller.user_id,
        )
    )


@router.get("/alert-rule", responses=GUARDED)
def read_alert_rule(caller: Trader, read: Reader) -> AlertRuleOut:
    """When the caller is told of prices; null is off, and so is everything before a rule is set."""
    return AlertRuleOut.model_validate(read(lambda session: alerts.rule_of(session, caller.own_business_id)))


@router.put("/alert-rule", responses=merged(GUARDED, describe(PriceAlertRuleInvalid)))
def set_alert_rule(wanted: AlertRuleIn, caller: Watcher, write: Writer) -> AlertRuleOut:
    """Set when the caller wants to be told of prices, from now on, in place of the rule before."""
    rule = AlertRule(**wanted.model_dump())
    write(
        lambda session: alerts.set_rule(
            session, business_id=caller.own_business_id, rule=rule, actor_id=caller.user_id
        )
    )
    return AlertRuleOut.model_validate(rule)
