"""Rules about risk: one admin writes, another lets go; a shop is hit, its order waits, and its vendor knows better."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import uuid4

import httpx
import pytest

from commerce.risk import dry_runs
from commerce.risk import service as risk
from foundation import clock, database
from tests.journeys.people import Someone, administrator, deliver, goods, trader, wish

pytestmark = pytest.mark.committing


def ask_about_today(rule: str, watcher: Someone, *, rests: timedelta) -> None:
    """What a worker does once the vendor's day is over; of this rule alone, for others' are on the same market."""
    day = clock.business_day(clock.now(), "Asia/Kathmandu")
    closed_at = datetime.combine(day + timedelta(days=1), time(0, 10), UTC)
    with clock.at(closed_at):
        database.write(partial(risk.evaluate, rule_id=rule, day=day))
    with clock.at(max(closed_at, clock.now() + rests) if rests else clock.now()):
        for action in watcher.ask("/risk-control/actions", state="due")["items"]:
            database.write(partial(risk.act, action_id=action["id"]))


def test_a_rule_holds_a_shops_orders_and_lowers_its_limit_until_the_vendor_undoes_it(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    # Of the market of all tests, 90 days are asked in tests/serving/test_risk.py, once.
    monkeypatch.setattr(dry_runs, "DRY_RUN_DAYS", 3)
    writer, other = administrator(client), administrator(client)
    vendor, shop = trader(client, "vendor", "Bheri Suppliers"), trader(client, "retailer", "Sita Pasal")
    rice = goods(vendor, "Sona rice", unit_price="1357.91", on_hand="50")
    party = shop.business_id
    vendor.put(f"/credit/limits/{party}", {"limit": "20000", "reason": "asked", "net_days": 7})
    deliver(vendor, shop, rice, "3")

    # The limit goes down only where the vendor's owner says how far.
    assert vendor.ask("/risk-control/bounds")["is_on"] is False
    bounds = {"is_on": True, "floor": "15000", "step_max_percent": "10", "days_between": 1}
    assert vendor.put("/risk-control/bounds", bounds)["floor"] == "15000.00"
    rules = []
    for effect in ({"effect": "hold"}, {"effect": "lower-limit", "lower_by": "step", "lower": "5000"}):
        draft = {"name": f"j-{uuid4().hex[:10]}", "condition": "owed == 4073.73 and orders_7d >= 1", **effect}
        rule = writer.post("/risk-control/rules", draft)
        path = f"/risk-control/rules/{rule['id']}"
        tried = writer.act(f"{path}/dry-run")["dry_run"]["effect"]
        assert (tried["kind"], tried["pairs"]) == (effect["effect"], 0)  # nothing is known of today yet
        assert writer.act(f"{path}/release", status=403)["code"] == "risk-rule-own"
        assert other.act(f"{path}/release")["state"] == "live"
        # The API goes by the clock of the wall: what it is to show as held is held now, and a limit rests for a day.
        rests = timedelta(days=1, minutes=1) if effect["effect"] == "lower-limit" else timedelta()
        ask_about_today(rule["id"], vendor, rests=rests)
        rules.append(rule)

    # The shop reads that its order waits; the vendor sees why, and whose rule it was.
    order = shop.post("/orders", wish(vendor, **{rice: "1"}))
    assert order["credit_state"] == "awaiting"
    found = vendor.ask("/risk-control/actions", retailer_id=party)["items"]
    held, lowered = sorted(found, key=lambda action: action["kind"])
    assert (lowered["limit_before"], lowered["limit_after"]) == ("20000.00", "18000.00")
    assert lowered["score_version"].startswith("transparent-")
    assert held["policy_version"] == f"risk-{rules[0]['name']}-1"
    alert = vendor.ask(f"/risk-control/alerts/{held['alert_id']}")
    assert alert["figures"] == {"owed": "4073.73", "orders_7d": "1"}
    assert {move["action_id"] for move in alert["history"]} == {None, held["id"]}
    told = {event["type"] for event in vendor.ask("/changes")["items"]}
    assert {"risk-alert-raised", "risk-action-taken", "credit-limit-set"} <= told
    assert not {event["type"] for event in shop.ask("/changes")["items"]} & {"risk-alert-raised"}
    assert shop.ask("/risk-control/actions", status=403)["code"] == "role-not-allowed"

    # It was known better: both are undone, the next order goes as before, and a second time there is nothing to undo.
    for action in (lowered, held):
        undo = f"/risk-control/actions/{action['id']}/reversal"
        assert vendor.act(undo, {"reason": "paid, the slip was late"})["state"] == "reverted"
        assert vendor.act(undo, {"reason": "again"}, status=409)["code"] == "risk-action-move-invalid"
    assert shop.post("/orders", wish(vendor, **{rice: "1"}))["credit_state"] == "held"

    # The other admin takes the alert over and is done with it.
    given = writer.act(f"/risk-control/alerts/{alert['id']}/assignment", {"owner_id": other.id})
    assert given["owner_id"] == other.id
    closed = other.act(f"/risk-control/alerts/{alert['id']}/closing", {"reason": "undone by the vendor"})
    assert closed["state"] == "closed"
    for rule in rules:
        other.act(f"/risk-control/rules/{rule['id']}/retirement")
