"""Rules over figures of the past: what a condition says, what was known when, once and only once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.risk import service
from commerce.risk.errors import OwnRule, RuleInvalid, RuleMoveInvalid
from commerce.risk.figures import UNITS, table
from commerce.risk.language import read_condition
from commerce.risk.models import RiskDryRun
from foundation import clock
from foundation.database import read, write
from foundation.ids import uuid7
from tests.commerce.factories import Market, market

WRITER, OTHER = uuid7(), uuid7()
START = datetime(2031, 3, 1, 6, tzinfo=UTC)
NOTHING: dict[str, Decimal | None] = dict.fromkeys(UNITS)


def test_a_condition_is_read_with_numbers_as_written_and_nothing_unknown_holds() -> None:
    condition = read_condition("0 < days_past_due <= 30 and not utilisation > 0.9 or overdue >= 1000.50")
    assert condition.figures == ("days_past_due", "overdue", "utilisation")
    late = {**NOTHING, "days_past_due": Decimal(30), "utilisation": Decimal("0.9")}
    assert condition.holds(late)
    assert condition.holds({**NOTHING, "overdue": Decimal("1000.5")})
    assert not condition.holds({**late, "utilisation": None})
    assert not read_condition("not burst > 3").holds(NOTHING)


@pytest.mark.parametrize(
    ("written", "position", "word"),
    [
        ("days_past_due >= 30 and utilisaton > 1", 25, "utilisaton"),
        ("__import__('os').system('x') > 1", 1, "__import__('os').system('x')"),
        ("owed > 1e999999999 and owed.real > 1", 24, "owed.real"),
        ("owed > True", 8, "True"),
        ("owed", 1, "owed"),
        ("owed > overdue * 2", 8, "overdue * 2"),
        ("owed > days_past_due", 1, "owed > days_past_due"),
        ("owed in limit", 1, "owed in limit"),
        ("owed > 'a'", 8, "'a'"),
        ("(owed := 3) > 1", 2, "owed := 3"),
    ],
)
def test_what_a_condition_cannot_say_is_told_by_place_and_word(
    written: str, position: int, word: str
) -> None:
    with pytest.raises(RuleInvalid) as refused:
        read_condition(written)
    assert (refused.value.facts["position"], refused.value.facts["word"]) == (position, word)


@given(st.text(alphabet="owedlimt_ ()<>=!.0123456789andrt,:[]'\\{}", max_size=80))
def test_any_text_is_a_condition_or_refused(written: str) -> None:
    with suppress(RuleInvalid):
        read_condition(written).holds(NOTHING)


@pytest.fixture
def trade(own_world: str) -> Market:
    """Alone on its market, for a rule is asked of all pairs that there are.

    Ten orders' worth of past: 10 rupees due on 16 March, part of it paid on the 20th, undone on the 25th.
    """
    with clock.at(START):
        made = market(limit_paisa=200_000)
        made.deliver(made.accepted(10))
    with clock.at(START + timedelta(days=19)):
        payment = made.pay(4_000)
    with clock.at(START + timedelta(days=24)):
        made.bounce(payment)
    return made


def figures(trade: Market, day: date) -> dict[str, Decimal | None]:
    with read() as session:
        [pair] = [pair for pair in service.measure(session, day) if pair.vendor_id == trade.vendor_id]
    return pair.figures


@pytest.mark.committing
def test_a_figure_of_a_past_day_knows_nothing_of_later(trade: Market) -> None:
    def told(day: int) -> tuple[Any, ...]:
        seen = figures(trade, date(2031, 3, day))
        return seen["owed"], seen["overdue"], seen["days_past_due"], seen["bounced_90d"], seen["limit"]

    before = {day: told(day) for day in (10, 19, 20, 24, 25)}
    assert before[10] == (100, 0, 0, 0, 2000)
    assert before[19] == (100, 100, 3, 0, 2000)
    assert before[20] == (60, 60, 4, 0, 2000)
    assert before[24] == (60, 60, 8, 0, 2000)
    assert before[25][3] == 1
    assert before[25][1] == 100
    # The future, a changed limit and a late record among it, changes none of them.
    with clock.at(START + timedelta(days=40)):
        trade.set_limit(5_000)
        trade.pay(10_000, paid_on=date(2031, 3, 18))
        trade.accepted(3)
    assert {day: told(day) for day in before} == before


@pytest.mark.committing
def test_the_dry_run_finds_what_asking_day_by_day_would_have_raised_and_twice_is_once(trade: Market) -> None:
    condition = "days_past_due >= 3 and overdue > 50"
    name = f"late-{uuid7().hex[-8:]}"
    with clock.at(START + timedelta(days=30)):
        rule_id = write(
            lambda session: service.write_rule(session, name=name, condition=condition, actor_id=WRITER)
        )
        with pytest.raises(RuleMoveInvalid, match="run it dry"):
            write(lambda session: service.go_live(session, rule_id=rule_id, actor_id=OTHER))
        run_id = write(lambda session: service.dry_run(session, rule_id=rule_id, actor_id=WRITER))
        with pytest.raises(OwnRule):
            write(lambda session: service.go_live(session, rule_id=rule_id, actor_id=WRITER))
        write(lambda session: service.go_live(session, rule_id=rule_id, actor_id=OTHER))
    with read() as session:
        run = session.get_one(RiskDryRun, run_id)
    assert run.last_day == date(2031, 3, 30)
    for number in range(90):
        day = run.first_day + timedelta(days=number)
        assert write(lambda session, day=day: service.evaluate(session, rule_id=rule_id, day=day))
        assert not write(lambda session, day=day: service.evaluate(session, rule_id=rule_id, day=day))
    with read() as session:
        hits, alerts = session.execute(
            text("SELECT sum(hits), sum(alerts) FROM app.risk_evaluations WHERE rule_id = :id"),
            {"id": rule_id},
        ).one()
        raised = session.execute(
            text("SELECT vendor_id, day FROM app.risk_alerts WHERE rule_id = :id AND vendor_id = :vendor"),
            {"id": rule_id, "vendor": trade.vendor_id},
        ).all()
    assert (hits, alerts) == (run.hits, run.pairs)
    assert raised == [(trade.vendor_id, date(2031, 3, 19))]
    mine = [each for each in run.found["samples"] if each["vendor_id"] == str(trade.vendor_id)]
    assert mine[0]["days"] == 12


def test_the_document_has_the_catalogue_of_the_code() -> None:
    document = Path(__file__).parents[3] / "docs" / "risk.md"
    assert document.read_text().endswith(table()), "end docs/risk.md with commerce.risk.figures.table()"
