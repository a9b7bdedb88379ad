"""Alerts on prices: a business says when it wants to be told, each cause is told once, and people answer it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.pricing import market
from commerce.pricing.errors import PriceAlertNotFound, PriceAlertRuleInvalid, PriceAlertStateInvalid
from commerce.pricing.events import PriceAlertRaised
from commerce.pricing.market import Viewer
from foundation import clock
from foundation.events import publish
from foundation.ids import uuid7
from foundation.keyset import Order, page
from foundation.money import format_quantity

DAYS_MAX: Final = 30
PRODUCTS_AT_ONCE: Final = 500
RISE_WITHIN: Final = timedelta(days=30)
BOUGHT_WITHIN: Final = timedelta(days=90)
MOVES: Final = {"open": ("acknowledged", "closed"), "acknowledged": ("closed", "open"), "closed": ()}


@dataclass(frozen=True)
class AlertRule:
    """When a business wants to be told; a threshold without a value is off."""

    band_percent: Decimal | None
    """A vendor: so far out of the middle half of the market."""
    above_days: int | None
    """A vendor: over the market's average at the end of so many days on end."""
    rise_percent: Decimal | None
    """A retailer: a supplier asks so much more than thirty days ago."""


@dataclass(frozen=True)
class Cause:
    """What an alert is raised for; the same key is told once."""

    kind: str
    product_id: UUID
    vendor_id: UUID
    offer_id: UUID
    facts: dict[str, str]

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.offer_id}"


_RULE = """
    SELECT DISTINCT ON (business_id) business_id, band_percent, above_days, rise_percent FROM app.price_alert_rules
    WHERE valid_from <= :now {one} ORDER BY business_id, valid_from DESC, id DESC
"""
_SET_RULE = text("""
    INSERT INTO app.price_alert_rules
        (id, business_id, band_percent, above_days, rise_percent, valid_from, recorded_by)
    VALUES (:id, :business_id, :band_percent, :above_days, :rise_percent, :now, :actor_id)
""")
_OFFERED = text("""
    SELECT * FROM (
        SELECT DISTINCT ON (product_id) id, product_id, is_listed FROM app.offers
        WHERE vendor_id = :vendor_id AND valid_from <= :now AND (valid_until IS NULL OR valid_until > :now)
        ORDER BY product_id, valid_from DESC, id DESC
    ) newest WHERE is_listed ORDER BY product_id
""")
_HELD = """
    SELECT id, unit, unit_price, currency, is_listed, is_tax_inclusive FROM app.offers
    WHERE vendor_id = bought.vendor_id AND product_id = bought.product_id AND valid_from <= {at}
      AND (valid_until IS NULL OR valid_until > {at})
    ORDER BY valid_from DESC, id DESC LIMIT 1
"""
_RISEN = text(f"""
    WITH bought AS (
        SELECT DISTINCT placed.vendor_id, line.product_id
        FROM app.orders placed JOIN app.order_lines line ON line.order_id = placed.id
        WHERE placed.retailer_id = :business_id AND placed.placed_at > :bought_since
          AND placed.order_state IN ('accepted', 'completed')
    )
    SELECT bought.vendor_id, bought.product_id, newest.id AS offer_id, newest.unit_price / sold.base_quantity AS price,
           earlier.unit_price / was_sold.base_quantity AS price_before
    FROM bought
    CROSS JOIN LATERAL ({_HELD.format(at=":now")}) newest
    CROSS JOIN LATERAL ({_HELD.format(at=":risen_since")}) earlier
    JOIN app.product_units sold ON sold.product_id = bought.product_id AND sold.unit = newest.unit
    JOIN app.product_units was_sold ON was_sold.product_id = bought.product_id AND was_sold.unit = earlier.unit
    WHERE newest.is_listed AND newest.currency = earlier.currency
      AND newest.is_tax_inclusive = earlier.is_tax_inclusive AND earlier.unit_price > 0
      AND newest.unit_price / sold.base_quantity
          > earlier.unit_price / was_sold.base_quantity * (1 + CAST(:rise_percent AS numeric) / 100)
""")  # noqa: S608 - constants
_RAISE = text("""
    INSERT INTO app.price_alerts
        (id, business_id, kind, product_id, vendor_id, cause, facts, state, raised_at, changed_at)
    VALUES (:id, :business_id, :kind, :product_id, :vendor_id, :cause, CAST(:facts AS jsonb), 'open', :now, :now)
    ON CONFLICT (business_id, cause) DO NOTHING RETURNING id
""")
_LOCK = text("""
    SELECT state FROM app.price_alerts WHERE id = :id AND business_id = :business_id FOR NO KEY UPDATE
""")
_MOVE = text("""
    WITH moved AS (UPDATE app.price_alerts SET state = :state, changed_at = :now WHERE id = :alert_id)
    INSERT INTO app.price_alert_moves (id, alert_id, business_id, state, note, moved_by, moved_at)
    VALUES (:id, :alert_id, :business_id, :state, :note, :actor_id, :now)
""")
_ALERTS = """
    SELECT alert.*, product.sku, product.name FROM app.price_alerts alert
    JOIN app.products product ON product.id = alert.product_id
    WHERE alert.business_id = :business_id
"""
_ALERT_IS = {
    "state": "alert.state = :state",
    "kind": "alert.kind = :kind",
    "product_id": "alert.product_id = :product_id",
    "vendor_id": "alert.vendor_id = :vendor_id",
}
_RAISED = (("raised_at", "timestamptz"), ("id", "uuid"))
ALERTS_BY = {"newest": Order(_RAISED, is_descending=True), "oldest": Order(_RAISED)}
_HISTORY = text("""
    SELECT state, note, moved_by, moved_at FROM app.price_alert_moves WHERE alert_id = :alert_id ORDER BY moved_at, id
""")


def set_rule(session: Session, *, business_id: UUID, rule: AlertRule, actor_id: UUID) -> None:
    """Set when a business is told, from now on. Raises PriceAlertRuleInvalid."""
    for label, value in (("band_percent", rule.band_percent), ("rise_percent", rule.rise_percent)):
        if value is not None and not 0 < value <= 100:
            raise PriceAlertRuleInvalid(
                f"{label} {value} is out of bounds; give more than 0, and 100 at most"
            )
    if rule.above_days is not None and not 1 <= rule.above_days <= DAYS_MAX:
        raise PriceAlertRuleInvalid(f"above_days {rule.above_days} is out of bounds; give 1 to {DAYS_MAX}")
    values = {
        **asdict(rule),
        "id": uuid7(),
        "business_id": business_id,
        "now": clock.now(),
        "actor_id": actor_id,
    }
    session.execute(_SET_RULE, values)


def rule_of(session: Session, business_id: UUID) -> AlertRule:
    """What holds now; without a rule everything is off."""
    question = text(_RULE.format(one="AND business_id = :business_id"))
    row = session.execute(question, {"business_id": business_id, "now": clock.now()}).one_or_none()
    return (
        AlertRule(row.band_percent, row.above_days, row.rise_percent) if row else AlertRule(None, None, None)
    )


def alerts_due(session: Session) -> list[UUID]:
    """The businesses that want to be told of something."""
    rows = session.execute(text(_RULE.format(one="")), {"now": clock.now()})
    return [row.business_id for row in rows if any(row[1:])]


def raise_alerts_due(session: Session, *, business_id: UUID) -> list[UUID]:
    """Raise what a business wants to be told of and was not yet, one alert for each cause; their ids."""
    rule, now = rule_of(session, business_id), clock.now()
    causes: list[Cause] = []
    viewer = market.viewer_of(session, business_id, is_vendor=True)
    if rule.band_percent is not None or rule.above_days is not None:
        offered = session.execute(_OFFERED, {"vendor_id": business_id, "now": now}).all()
        for start in range(0, len(offered), PRODUCTS_AT_ONCE):
            offers = {row.product_id: row.id for row in offered[start : start + PRODUCTS_AT_ONCE]}
            causes += _own_causes(session, viewer, rule, offers, now)
    if rule.rise_percent is not None:
        causes += _risen(session, business_id, rule.rise_percent, now)
    raised: list[UUID] = []
    for cause in sorted(causes, key=lambda one: one.key):
        alert_id = session.execute(
            _RAISE,
            {
                "id": uuid7(),
                "business_id": business_id,
                "kind": cause.kind,
                "product_id": cause.product_id,
                "vendor_id": cause.vendor_id,
                "cause": cause.key,
                "facts": json.dumps(cause.facts),
                "now": now,
            },
        ).scalar_one_or_none()
        if alert_id is not None:
            told = PriceAlertRaised(str(alert_id), cause.kind, str(cause.product_id), str(cause.vendor_id))
            publish(session, told, business_id=business_id)
            raised.append(alert_id)
    return raised


def move_alert(
    session: Session,
    *,
    alert_id: UUID,
    business_id: UUID,
    state: str,
    actor_id: UUID,
    note: str | None = None,
) -> None:
    """Acknowledge, close or open again. Raises PriceAlertNotFound, PriceAlertStateInvalid."""
    before = session.execute(_LOCK, {"id": alert_id, "business_id": business_id}).scalar_one_or_none()
    if before is None:
        raise _not_found(alert_id)
    if state not in MOVES[before]:
        raise PriceAlertStateInvalid(
            f"the alert is {before}; from there it can become {' or '.join(MOVES[before]) or 'nothing else'}",
            state=before,
        )
    session.execute(
        _MOVE,
        {
            "id": uuid7(),
            "alert_id": alert_id,
            "business_id": business_id,
            "state": state,
            "note": note,
            "actor_id": actor_id,
            "now": clock.now(),
        },
    )


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts of a list; None does not filter."""

    state: str | None = None
    kind: str | None = None
    product_id: UUID | None = None
    vendor_id: UUID | None = None
    """Whose price it is about."""


def alerts_of(
    session: Session,
    business_id: UUID,
    *,
    chosen: AlertFilter = AlertFilter(),
    by: Order = ALERTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A business's alerts, newest first."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _ALERTS, values, filters=_ALERT_IS, by=by, after=after, limit=limit)


def alert(session: Session, business_id: UUID, alert_id: UUID) -> tuple[RowMapping, Sequence[RowMapping]]:
    """An alert and what people did about it. Raises PriceAlertNotFound."""
    question = text(f"{_ALERTS} AND alert.id = :alert_id")
    values = {"business_id": business_id, "alert_id": alert_id}
    row = session.execute(question, values).mappings().one_or_none()
    if row is None:
        raise _not_found(alert_id)
    return row, session.execute(_HISTORY, {"alert_id": alert_id}).mappings().all()


def _not_found(alert_id: UUID) -> PriceAlertNotFound:
    return PriceAlertNotFound(f"there is no alert {alert_id}", alert_id=str(alert_id))


def _own_causes(
    session: Session, viewer: Viewer, rule: AlertRule, offers: dict[UUID, UUID], now: datetime
) -> list[Cause]:
    me, causes, over = viewer.business_id, [], []
    found = market.asks(session, viewer, list(offers), [now])
    for product_id, offer_id in offers.items():
        asked = found.get((product_id, now), {})
        price = asked.get(me)
        today = market.market_of([ask for seller, ask in asked.items() if seller != me], now)
        if price is None or today.average is None or today.quantiles is None:
            continue
        facts = _facts(price=price, average=today.average, sellers=Decimal(today.sellers))
        if rule.band_percent is not None:
            low = today.quantiles[25] * (1 - rule.band_percent / 100)
            high = today.quantiles[75] * (1 + rule.band_percent / 100)
            if not low <= price <= high:
                causes.append(
                    Cause(
                        "out-of-band", product_id, me, offer_id, facts | _facts(band_low=low, band_high=high)
                    )
                )
        if rule.above_days is not None and price > today.average:
            over.append((product_id, facts))
    if rule.above_days is None or not over:
        return causes
    days = market.day_ends(viewer, now, rule.above_days)
    past = market.asks(session, viewer, [product_id for product_id, _ in over], days)
    for product_id, facts in over:
        if all(_is_over(past.get((product_id, day), {}), me, day) for day in days):
            told = facts | {"days": str(rule.above_days)}
            causes.append(Cause("above-market", product_id, me, offers[product_id], told))
    return causes


def _is_over(asked: dict[UUID, Decimal], me: UUID, day: datetime) -> bool:
    average = market.market_of([ask for seller, ask in asked.items() if seller != me], day).average
    return average is not None and me in asked and asked[me] > average


def _risen(session: Session, business_id: UUID, rise_percent: Decimal, now: datetime) -> list[Cause]:
    rows = session.execute(
        _RISEN,
        {
            "business_id": business_id,
            "now": now,
            "bought_since": now - BOUGHT_WITHIN,
            "risen_since": now - RISE_WITHIN,
            "rise_percent": rise_percent,
        },
    )
    return [
        Cause(
            "supplier-rise",
            row.product_id,
            row.vendor_id,
            row.offer_id,
            _facts(price=row.price, price_before=row.price_before)
            | _facts(percent=market.percent_over(row.price, row.price_before) or Decimal(0)),
        )
        for row in rows
    ]


def _facts(**figures: Decimal) -> dict[str, str]:
    return {name: format_quantity(round(figure, 6)) for name, figure in figures.items()}
