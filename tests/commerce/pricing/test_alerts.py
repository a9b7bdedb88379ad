"""Alerts are raised by the business's own rule, once for each cause, and answered by people."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.catalogue import service as catalogue
from commerce.pricing import alerts
from commerce.pricing.alerts import AlertRule
from commerce.pricing.errors import PriceAlertNotFound, PriceAlertStateInvalid
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import market
from tests.commerce.pricing.test_market import NOW, Trade

pytestmark = pytest.mark.committing

USER = uuid7()


def watch(business_id: UUID, **given: Any) -> None:
    rule = AlertRule(**{"band_percent": None, "above_days": None, "rise_percent": None, **given})
    write(lambda session: alerts.set_rule(session, business_id=business_id, rule=rule, actor_id=USER))


def raised(business_id: UUID) -> list[str]:
    """The kinds of what is raised now, as the worker raises it."""
    with read() as session:
        assert business_id in alerts.alerts_due(session)
    made = write(lambda session: alerts.raise_alerts_due(session, business_id=business_id))
    with read() as session:
        rows = alerts.alerts_of(session, business_id, chosen=alerts.AlertFilter("open"), limit=50)
    return sorted(row["kind"] for row in rows if row["id"] in made)


def test_a_price_out_of_band_and_long_above_the_market_is_told_once(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("15", days_ago=9)
    for price in ("10", "10", "11", "12", "12"):
        trade.vendor(price, days_ago=9)
    with clock.at(NOW):
        watch(me, band_percent=Decimal(10), above_days=7)
        assert raised(me) == ["above-market", "out-of-band"]
        assert raised(me) == []
        trade.ask(me, "16")
        assert raised(me) == ["above-market", "out-of-band"]
        trade.ask(me, "11")
        assert raised(me) == []
        watch(me)
        with read() as session:
            assert me not in alerts.alerts_due(session)
    with read() as session:
        events = session.execute(
            text(
                "SELECT count(*) FROM app.domain_events WHERE business_id = :me AND type = 'price-alert-raised'"
            ),
            {"me": me},
        ).scalar_one()
    assert events == 4


def test_above_the_market_is_every_day_of_those_asked_for(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("15", days_ago=3)
    for _ in range(5):
        trade.vendor("12", days_ago=9)
    with clock.at(NOW):
        watch(me, above_days=7)
        assert raised(me) == []
        watch(me, above_days=3)
        assert raised(me) == ["above-market"]


def test_a_retailer_is_told_of_a_supplier_that_got_dearer(migrated: Server) -> None:
    trade = market(products=2)
    trade.accepted(5)
    later = clock.now() + timedelta(days=31)
    with clock.at(later):
        for product_id in trade.products:
            write(
                lambda session, product_id=product_id: catalogue.set_offer(
                    session,
                    vendor_id=trade.vendor_id,
                    product_id=product_id,
                    unit="carton",
                    unit_price=Decimal(276),
                    currency="NPR",
                )
            )
    with clock.at(later + timedelta(days=1)):
        watch(trade.retailer_id, rise_percent=Decimal(20))
        assert raised(trade.retailer_id) == []
        watch(trade.retailer_id, rise_percent=Decimal(10))
        assert raised(trade.retailer_id) == ["supplier-rise"]
    with read() as session:
        [alert] = alerts.alerts_of(session, trade.retailer_id, limit=5)
    assert alert["facts"] == {"price": "11.5", "price_before": "10", "percent": "15"}
    assert alert["product_id"] == trade.products[0]


def test_people_acknowledge_and_close_and_each_step_is_kept(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("15")
    for _ in range(5):
        trade.vendor("12")
    with clock.at(NOW):
        watch(me, band_percent=Decimal(5))
        assert raised(me) == ["out-of-band"]
    with read() as session:
        [found] = alerts.alerts_of(session, me, chosen=alerts.AlertFilter("open"), limit=5)

    def move(state: str, business_id: UUID = me) -> None:
        write(
            lambda session: alerts.move_alert(
                session, alert_id=found["id"], business_id=business_id, state=state, actor_id=USER
            )
        )

    move("acknowledged")
    move("closed")
    with pytest.raises(PriceAlertStateInvalid):
        move("open")
    with pytest.raises(PriceAlertNotFound):
        move("closed", business_id=uuid7())
    with read() as session:
        row, moves = alerts.alert(session, me, found["id"])
    assert (row["state"], [step["state"] for step in moves]) == ("closed", ["acknowledged", "closed"])
