"""What rules do to pairs: orders wait or stop, limits go down within a vendor's bounds, and the vendor undoes it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit import stops
from commerce.credit.errors import CreditStopped
from commerce.credit.stops import StopRule
from commerce.ledger import service as ledger
from commerce.ledger.errors import CreditLimitExceeded
from commerce.risk import queries, rules, service
from commerce.risk.days import closed_day
from commerce.risk.dry_runs import lowerings
from commerce.risk.effects import Bounds, Effect, lowered
from commerce.risk.errors import ActionMoveInvalid, ActionNotFound, BoundsInvalid, OwnerUnknown, RuleInvalid
from commerce.risk.figures import UNITS, Measured
from commerce.risk.models import RiskDryRun
from foundation import clock, score
from foundation.database import Scope, read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, market

pytestmark = pytest.mark.committing

WRITER, OTHER, OWNER = uuid7(), uuid7(), uuid7()
START = datetime(2032, 5, 10, 6, tzinfo=UTC)
BOUNDS = Bounds(True, 50_000, Decimal(20), 7)
UNHEARD_OF = Decimal("98765432109.87")
"""What no pair of another test owes: the rules of these stay live."""
NEWEST_LIMIT = (
    "SELECT limit_paisa FROM app.credit_limits WHERE agreement_id = :id ORDER BY valid_from DESC, id DESC"
)
TENTH = Effect("lower-limit", "percent", None, Decimal(10))


@dataclass
class Watched:
    """A pair that every rule of the test hits, and the day by the clock."""

    trade: Market
    agreement_id: UUID

    @property
    def scope(self) -> Scope:
        return frozenset({self.trade.vendor_id})

    def rule(self, effect: Effect, name: str | None = None, condition: str = "owed >= 0") -> UUID:
        rule_id = write(
            partial(
                service.write_rule,
                name=name or f"watch-{uuid7().hex[-8:]}",
                condition=f"owed == {UNHEARD_OF} and {condition}",
                actor_id=WRITER,
                effect=effect,
            )
        )
        write(partial(service.dry_run, rule_id=rule_id, actor_id=WRITER))
        write(partial(service.go_live, rule_id=rule_id, actor_id=OTHER))
        return rule_id

    def ask(self, rule_id: UUID) -> None:
        """Ask about the last closed day, and do what follows."""
        self.find(rule_id)
        for action_id in self.due():
            write(partial(service.act, action_id=action_id))

    def find(self, rule_id: UUID) -> None:
        """Ask about the last closed day, and do nothing yet."""
        write(partial(service.evaluate, rule_id=rule_id, day=closed_day()))

    def due(self) -> list[UUID]:
        return self.told("SELECT id FROM app.risk_actions WHERE state = 'due' AND agreement_id = :id")

    def alert(self) -> UUID:
        [alert_id] = self.told(
            "SELECT id FROM app.risk_alerts WHERE agreement_id = :id AND state <> 'closed'"
        )
        assert isinstance(alert_id, UUID)
        return alert_id

    def allow(self, bounds: Bounds = BOUNDS) -> None:
        write(partial(service.set_bounds, vendor_id=self.trade.vendor_id, bounds=bounds, set_by=OWNER))

    def stop(self, rule: StopRule) -> None:
        write(
            partial(
                stops.set_stop,
                vendor_id=self.trade.vendor_id,
                retailer_id=self.trade.retailer_id,
                rule=rule,
                reason="said so",
                set_by=OWNER,
            )
        )

    def actions(self) -> list[Any]:
        """As the vendor sees them, oldest first."""
        with read(self.scope) as session:
            return list(queries.actions(session, self.trade.vendor_id))[::-1]

    def revert(self, action_id: UUID) -> None:
        write(
            partial(
                service.revert,
                action_id=action_id,
                vendor_id=self.trade.vendor_id,
                actor_id=OWNER,
                reason="known better",
            ),
            scope=self.scope,
        )

    def limit(self) -> int:
        return self.trade.exposure()[2]

    def told(self, question: str) -> list[Any]:
        with read() as session:
            return list(session.execute(text(question), {"id": self.agreement_id}).scalars())

    def notes(self) -> list[str]:
        return self.told("""
            SELECT move.note FROM app.risk_alert_moves move JOIN app.risk_alerts alert ON alert.id = move.alert_id
            WHERE alert.agreement_id = :id AND move.note IS NOT NULL ORDER BY move.id
        """)


Watch = Callable[..., Watched]


@pytest.fixture
def watch(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Makes pairs of which alone rules are asked: what figures say is tested with them."""
    pairs: list[Measured] = []
    monkeypatch.setattr(rules, "measure", lambda *_asked: list(pairs))

    def made(since: datetime = START - timedelta(days=60)) -> Watched:
        with clock.at(since):
            trade = market(limit_paisa=100_000)
        with read() as session:
            agreement_id = session.execute(
                text("SELECT id FROM app.credit_agreements WHERE vendor_id = :id"), {"id": trade.vendor_id}
            ).scalar_one()
        figures = {**dict.fromkeys(UNITS), "owed": UNHEARD_OF, "ring_30d": Decimal(1)}
        pairs[:] = [Measured(agreement_id, trade.vendor_id, trade.retailer_id, "NPR", 0, figures)]
        return Watched(trade, agreement_id)

    return made


def order_state(order_id: UUID) -> str:
    with read() as session:
        return str(
            session.execute(
                text("SELECT credit_state FROM app.orders WHERE id = :id"), {"id": order_id}
            ).scalar_one()
        )


def test_a_hold_lets_orders_wait_until_the_vendor_undoes_it(watch: Watch) -> None:
    with clock.at(START):
        watched = watch()
        trade = watched.trade
        rule_id = watched.rule(Effect("hold"))
        watched.ask(rule_id)
        assert order_state(trade.place(1)) == "awaiting"
    with clock.at(START + timedelta(days=1)):
        watched.ask(rule_id)
        [action] = watched.actions()
        assert (action["kind"], action["state"]) == ("hold", "taken")
        with pytest.raises(ActionNotFound):
            write(
                partial(
                    service.revert, action_id=action["id"], vendor_id=uuid7(), actor_id=OWNER, reason="mine"
                )
            )
        watched.revert(action["id"])
        assert order_state(trade.place(1)) == "held"
        with pytest.raises(ActionMoveInvalid, match="reverted"):
            watched.revert(action["id"])
    with clock.at(START + timedelta(days=2)):
        watched.ask(rule_id)
        assert order_state(trade.place(1)) == "held"
    assert watched.notes() == ["orders on credit wait for approval", "undone: known better"]
    with read() as session:
        decided = session.execute(
            text("""
                SELECT outcome, reason_code, policy_version, facts ->> 'mode' FROM app.decisions
                WHERE kind = 'stop' AND vendor_id = :vendor ORDER BY id
            """),
            {"vendor": trade.vendor_id},
        ).all()
        told = session.execute(
            text("""
                SELECT type FROM app.domain_events WHERE business_id = :vendor AND type LIKE 'risk-%' ORDER BY id
            """),
            {"vendor": trade.vendor_id},
        ).scalars()
        assert list(told) == ["risk-alert-raised", "risk-action-taken", "risk-action-reverted"]
    assert [(row[0], row[1], row[3]) for row in decided] == [
        ("held", "risk-hold", "hold-all"),
        ("granted", "risk-reverted", "as-vendor"),
    ]
    assert decided[0].policy_version == action["policy_version"]


def test_a_stop_refuses_credit_and_no_cash_and_what_held_before_comes_back(
    watch: Watch,
) -> None:
    with clock.at(START - timedelta(days=40)):
        watched = watch()
        watched.stop(StopRule("hold", Decimal(10), None, 60, 30))
    with clock.at(START):
        watched.ask(watched.rule(Effect("stop")))
        with pytest.raises(CreditStopped):
            watched.trade.place(1)
        watched.trade.place(1, settlement="cash")
        watched.revert(watched.actions()[0]["id"])
        assert order_state(watched.trade.place(1)) == "held"
        with read() as session:
            rule = stops.rule_of(session, watched.trade.vendor_id, watched.trade.retailer_id)
    assert rule == StopRule("hold", Decimal(10), None, 60, 30)


def test_what_the_vendor_said_of_a_pair_stands(watch: Watch) -> None:
    with clock.at(START - timedelta(days=1)):
        watched = watch()
        watched.stop(StopRule("as-vendor"))
    with clock.at(START):
        rule_id = watched.rule(Effect("hold"))
        watched.ask(rule_id)
    with clock.at(START + timedelta(days=1)):
        watched.ask(rule_id)
    # Kept once, not each day.
    assert [one["reason_code"] for one in watched.actions()] == ["vendor-said"]
    assert watched.notes() == ["nothing was done: the vendor spoke of this pair's orders a short time ago"]
    with clock.at(START + timedelta(days=31)):
        watched.ask(rule_id)
        watched.stop(StopRule("as-vendor"))
        with pytest.raises(ActionMoveInvalid, match="since"):
            watched.revert(watched.actions()[-1]["id"])


def test_a_limit_goes_down_where_the_vendor_lets_it_and_each_change_says_why(
    watch: Watch,
) -> None:
    with clock.at(START):
        watched = watch()
        rule_id = watched.rule(TENTH)
        watched.ask(rule_id)
        assert (watched.limit(), watched.actions()) == (100_000, [])
        watched.allow()
    for day in (1, 2, 8):
        with clock.at(START + timedelta(days=day)):
            watched.ask(rule_id)
    told = [(one["reason_code"], one["limit_after_paisa"]) for one in watched.actions()]
    assert told == [(None, 90_000), ("too-soon", None), (None, 81_000)]
    assert watched.actions()[0]["score_version"] == score.version()
    with read() as session:
        limits = session.execute(
            text("""
                SELECT dated.limit_paisa, dated.policy_version, dated.reason, decided.score_version
                FROM app.credit_limits dated
                JOIN app.decisions decided ON decided.vendor_id = dated.vendor_id AND decided.kind = 'limit'
                    AND decided.decided_at = dated.valid_from
                WHERE dated.agreement_id = :id AND dated.policy_version IS NOT NULL ORDER BY dated.valid_from
            """),
            {"id": watched.agreement_id},
        ).all()
    assert [row.limit_paisa for row in limits] == [90_000, 81_000]
    assert {row.policy_version for row in limits} == {watched.actions()[0]["policy_version"]}
    assert limits[1].reason.endswith(f"version 1, held of 2032-05-17; score {score.version()}")
    assert limits[0].score_version == score.version()
    with clock.at(START + timedelta(days=9)):
        with pytest.raises(ActionMoveInvalid, match="anew since"):
            watched.revert(watched.actions()[0]["id"])
        watched.revert(watched.actions()[2]["id"])
    assert watched.limit() == 90_000
    with clock.at(START + timedelta(days=10)):
        watched.revert(watched.actions()[0]["id"])  # it is the later one now
    assert watched.limit() == 100_000
    with clock.at(START + timedelta(days=30)):
        watched.ask(rule_id)  # undone under this alert: not done again
    assert watched.limit() == 100_000


def test_a_stop_upon_a_hold_is_undone_and_then_the_hold(watch: Watch) -> None:
    with clock.at(START):
        watched = watch()
        watched.ask(watched.rule(Effect("hold")))
    with clock.at(START + timedelta(days=1)):
        watched.ask(watched.rule(Effect("stop")))
        hold, stop = watched.actions()
        with pytest.raises(ActionMoveInvalid, match="undo the later action first"):
            watched.revert(hold["id"])
        watched.revert(stop["id"])
        assert order_state(watched.trade.place(1)) == "awaiting"
    with clock.at(START + timedelta(days=2)):
        watched.revert(hold["id"])
        assert order_state(watched.trade.place(1)) == "held"


def test_what_acts_is_seen_and_undone_though_the_rule_before_found_it_for_the_platform_alone(
    watch: Watch,
) -> None:
    name = f"round-{uuid7().hex[-8:]}"
    with clock.at(START):
        watched = watch()
        watched.ask(watched.rule(Effect("alert"), name, "ring_30d > 0.9"))
        with read(watched.scope) as session:
            assert queries.alerts(session, watched.trade.vendor_id) == []
    with clock.at(START + timedelta(days=1)):
        watched.ask(watched.rule(Effect("stop"), name, "ring_30d > 0.9"))
        [action] = watched.actions()
        with read(watched.scope) as session:
            [alert] = queries.alerts(session, watched.trade.vendor_id)
        assert (alert["id"], alert["figures"]) == (action["alert_id"], {"owed": f"{UNHEARD_OF}"})
        with pytest.raises(CreditStopped):
            watched.trade.place(1)
        watched.revert(action["id"])
        assert order_state(watched.trade.place(1)) == "held"
    with read() as session:
        told = session.execute(
            text("""
                SELECT type FROM app.domain_events WHERE business_id = :vendor AND type LIKE 'risk-%' ORDER BY id
            """),
            {"vendor": watched.trade.vendor_id},
        ).scalars()
        assert list(told) == ["risk-alert-raised", "risk-action-taken", "risk-action-reverted"]


def test_a_hold_lets_no_order_pass_that_the_vendor_refused(watch: Watch) -> None:
    with clock.at(START - timedelta(days=40)):
        watched = watch()
        watched.trade.set_limit(10_000)
        watched.stop(StopRule("refuse", Decimal(10), None, 60, 30))
    with clock.at(START):
        with pytest.raises(CreditLimitExceeded):
            watched.trade.place(11)
        watched.ask(watched.rule(Effect("hold")))
        assert order_state(watched.trade.place(1)) == "awaiting"
        with pytest.raises(CreditLimitExceeded):
            watched.trade.place(11)


def test_what_was_found_is_done_neither_late_nor_while_the_alert_waits(watch: Watch) -> None:
    with clock.at(START):
        watched = watch()
        rule_id = watched.rule(Effect("stop"))
        watched.find(rule_id)
    with clock.at(START + timedelta(days=4)):
        watched.ask(rule_id)  # a worker that was down for days: by the last day alone
        assert [(one["day"].day, one["reason_code"]) for one in watched.actions()] == [
            (9, "too-late"),
            (13, None),
        ]
    with clock.at(START):
        other = watch()
        other.find(other.rule(Effect("stop")))
        write(
            partial(
                service.snooze, alert_id=other.alert(), until=date(2032, 6, 1), actor_id=WRITER, note=None
            )
        )
        [action_id] = other.due()
        assert not write(partial(service.act, action_id=action_id))
        assert [one["reason_code"] for one in other.actions()] == ["alert-snoozed"]


def test_what_the_vendor_says_while_an_action_waits_for_the_account_is_heard(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.at(START):
        watched = watch()
        watched.allow()
        watched.find(watched.rule(TENTH))
        [action_id] = watched.due()
        lock = ledger.lock_exposure

        def said_meanwhile(session: Session, *, account_id: UUID) -> ledger.Exposure:
            monkeypatch.undo()
            watched.allow(replace(BOUNDS, is_on=False))
            return lock(session, account_id=account_id)

        monkeypatch.setattr(ledger, "lock_exposure", said_meanwhile)
        assert not write(partial(service.act, action_id=action_id))
    assert (watched.limit(), watched.actions()[0]["reason_code"]) == (100_000, "not-allowed")


def at_once(*works: Callable[[], object]) -> None:
    """Run all in threads that begin together; what one raises fails the test."""
    begin, failed = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        begin.wait()
        try:
            work()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []


def test_of_a_rule_and_the_vendor_at_once_the_vendor_has_the_last_word(watch: Watch) -> None:
    for number in range(4):
        watched = watch(clock.now() - timedelta(days=60))
        watched.allow()
        for effect in (TENTH, Effect("stop")):
            rule_id = watched.rule(effect)
            watched.find(rule_id)
        due = watched.told("SELECT id FROM app.risk_actions WHERE agreement_id = :id")
        at_once(
            *(partial(write, partial(service.act, action_id=action_id)) for action_id in due),
            partial(watched.trade.set_limit, 120_000 + number),
            partial(watched.stop, StopRule("hold-all")),
        )
        assert watched.limit() == watched.told(NEWEST_LIMIT)[0] == 120_000 + number
        with read() as session:
            said = stops.rule_of(session, watched.trade.vendor_id, watched.trade.retailer_id)
        assert said.mode == "hold-all"
        assert order_state(watched.trade.place(1)) == "awaiting"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("days"), st.integers(1, 12)),
        st.tuples(st.just("vendor"), st.integers(0, 300_000)),
        st.tuples(st.just("revert"), st.just(0)),
        st.tuples(st.just("close"), st.just(0)),
        st.tuples(
            st.just("bounds"),
            st.builds(
                Bounds,
                st.booleans(),
                st.integers(0, 90_000),
                st.decimals(1, 100, places=1),
                st.integers(1, 10),
            ),
        ),
    ),
    min_size=4,
    max_size=10,
)
effects = st.sampled_from(
    [
        TENTH,
        Effect("lower-limit", "step", 33_333),
        Effect("lower-limit", "to-owed"),
        Effect("lower-limit", "percent", None, Decimal(100)),
    ]
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(effect=effects, taken=steps)
def test_whatever_happens_limits_stay_within_the_bounds(
    watch: Watch, effect: Effect, taken: list[tuple[str, Any]]
) -> None:
    at, bounds = START, BOUNDS
    undoable: list[Any] = []
    with clock.at(at):
        watched = watch()
        watched.allow(bounds)
        rule_id = watched.rule(effect)
    for step, value in taken:
        at += timedelta(minutes=1)
        with clock.at(at):
            if step == "vendor":
                watched.trade.set_limit(value)
                undoable.clear()  # a person's word is no rule's to undo
            elif step == "bounds":
                bounds = value
                watched.allow(bounds)
            elif step == "revert":
                last = undoable.pop() if undoable else None
                for one in watched.actions():
                    if one["state"] == "taken" and one["id"] != last:
                        with pytest.raises(ActionMoveInvalid):
                            watched.revert(one["id"])
                if last is not None:
                    watched.revert(last)
                    [undone] = [one for one in watched.actions() if one["id"] == last]
                    assert watched.limit() == undone["limit_before_paisa"]
            elif step == "close":
                for alert_id in watched.told(
                    "SELECT id FROM app.risk_alerts WHERE agreement_id = :id AND state <> 'closed'"
                ):
                    write(partial(service.close, alert_id=alert_id, reason="seen", actor_id=WRITER))
        for _ in range(value if step == "days" else 0):
            at += timedelta(days=1)
            before, last_set = (
                watched.limit(),
                watched.told("SELECT max(valid_from) FROM app.credit_limits WHERE agreement_id = :id")[0],
            )
            with clock.at(at):
                watched.ask(rule_id)
            after = watched.limit()
            if after == before:
                continue
            undoable.append(watched.actions()[-1]["id"])
            assert bounds.is_on
            assert bounds.floor_paisa <= after < before
            assert before - after <= before * bounds.step_max_percent / 100
            assert at - last_set >= timedelta(days=bounds.days_between)
    assert watched.told(NEWEST_LIMIT)[0] == watched.limit()


@given(
    limit=st.integers(0, 10**12),
    exposed=st.integers(0, 10**12),
    effect=effects,
    bounds=st.builds(
        Bounds, st.just(True), st.integers(0, 10**12), st.decimals("0.001", 100, places=3), st.just(1)
    ),
)
def test_a_change_is_down_above_the_floor_and_no_larger_than_a_step(
    limit: int, exposed: int, effect: Effect, bounds: Bounds
) -> None:
    after = lowered(limit, exposed, effect, bounds)
    assert min(limit, bounds.floor_paisa) <= after <= limit
    assert limit - after <= limit * bounds.step_max_percent / 100


def test_the_dry_run_tells_what_asking_day_by_day_would_have_made_of_a_limit() -> None:
    limits = [(START, 100_000), (START + timedelta(days=10), 200_000)]
    hits = [(date(2032, 5, 12) + timedelta(days=number), 0) for number in range(20)]
    tried = lowerings(TENTH, BOUNDS, limits, hits)
    # On the 17th by a tenth; the vendor's own 200,000 rest from the 20th, and go down once more on the 27th.
    assert (tried.changes, tried.before_paisa, tried.after_paisa) == (2, 100_000, 180_000)
    assert lowerings(TENTH, BOUNDS, limits, hits[:3]).reason_code == "too-soon"
    low = Bounds(True, 500_000, Decimal(20), 7)
    assert lowerings(TENTH, low, limits, hits).reason_code == "nothing-to-lower"


def test_a_draft_tells_what_it_would_do(watch: Watch) -> None:
    with clock.at(START):
        watched = watch()
        watched.trade.place(1)
        watched.allow()
        tried = {}
        for effect in (Effect("hold"), TENTH):
            rule_id = watched.rule(effect)
            with read() as session:
                [row] = queries.rules(session, rule_id=rule_id)
            tried[effect.kind] = row["found"]["effect"]
    with read() as session:
        assert session.query(RiskDryRun).filter_by(rule_id=rule_id).one().pairs == 1
    assert (tried["hold"]["pairs"], tried["hold"]["orders"]) == (1, 0)  # placed today, which is not closed
    # From 100,000 by a tenth each week, to the floor: 90 days have room for 9 changes.
    assert tried["lower-limit"]["lowered_paisa"] == {"NPR": 50_000}
    assert tried["lower-limit"]["pairs"] == 1


def test_a_dry_run_keeps_of_each_pair_what_was_measured_last(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    measured: weakref.WeakSet[Measured] = weakref.WeakSet()
    with clock.at(START):
        watched = watch()
        [pair] = rules.measure(None, START.date())  # type: ignore[arg-type]

        def anew(*_asked: object) -> list[Measured]:
            kept.append(len(measured))
            found = Measured(**vars(pair))
            measured.add(found)
            return [found]

        monkeypatch.setattr(Measured, "__hash__", object.__hash__)
        monkeypatch.setattr(rules, "measure", anew)
        rule_id = watched.rule(Effect("hold"))
    with read() as session:
        assert session.query(RiskDryRun).filter_by(rule_id=rule_id).one().hits == len(kept) == 90
    assert max(kept) <= 2


def test_days_without_a_worker_are_asked_about_later_seven_of_them_and_only_the_last_acts(
    watch: Watch,
) -> None:
    with clock.at(START):
        watched = watch()
        watched.allow()
        rule_id = watched.rule(TENTH)
        watched.ask(rule_id)
    with clock.at(START + timedelta(days=12)):
        write(service.skip_missed)
        write(service.skip_missed)
        with read() as session:
            due = [one.day for one in service.days_due(session) if one.rule_id == rule_id]
        assert due == [date(2032, 5, 15) + timedelta(days=number) for number in range(7)]
        for day in due:
            assert write(partial(service.evaluate, rule_id=rule_id, day=day))
            assert not write(partial(service.evaluate, rule_id=rule_id, day=day))
        with read() as session:
            assert rule_id not in [one.rule_id for one in service.days_due(session)]
            kept = session.execute(
                text("""
                    SELECT count(*) FILTER (WHERE is_skipped), count(*) FILTER (WHERE NOT is_skipped), sum(alerts)
                    FROM app.risk_evaluations WHERE rule_id = :id
                """),
                {"id": rule_id},
            ).one()
    # Skipped are the 10th to the 14th; one alert of the 9th is open all the time.
    assert tuple(kept) == (5, 8, 1)
    assert [one["day"] for one in watched.actions()] == [date(2032, 5, 9), date(2032, 5, 21)]


def test_an_alert_is_given_to_admins_alone(watch: Watch) -> None:
    with clock.at(START):
        watched = watch()
        watched.ask(watched.rule(Effect("alert")))
        [alert_id] = watched.told("SELECT id FROM app.risk_alerts WHERE agreement_id = :id")
        with pytest.raises(OwnerUnknown):
            write(partial(service.assign, alert_id=alert_id, owner_id=OWNER, actor_id=WRITER))


@pytest.mark.parametrize(
    "effect",
    [
        Effect("sell"),
        Effect("lower-limit"),
        Effect("hold", "step", 5),
        Effect("lower-limit", "by-half"),
        Effect("lower-limit", "step"),
        Effect("lower-limit", "percent", None, Decimal(101)),
        Effect("lower-limit", "step", 0),
        Effect("lower-limit", "to-owed", 5),
    ],
)
def test_an_effect_that_cannot_be_is_refused(effect: Effect) -> None:
    with pytest.raises(RuleInvalid):
        effect.check()


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(True, -1, Decimal(10), 7),
        Bounds(True, 0, Decimal(0), 7),
        Bounds(True, 0, Decimal(101), 7),
        Bounds(True, 0, Decimal(10), 0),
        Bounds(True, 0, Decimal(10), 366),
    ],
)
def test_bounds_that_cannot_be_are_refused(bounds: Bounds) -> None:
    with pytest.raises(BoundsInvalid):
        bounds.check()
