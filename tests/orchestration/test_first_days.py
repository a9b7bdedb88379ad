"""The first days of a market: what a run makes of a day on which little or nothing had happened yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from foundation import clock, published
from foundation.embedded_postgres import Server
from sauda.run_command import RunFailed
from tests.commerce import factories
from tests.orchestration.conftest import Home, home_of_its_own

pytestmark = [pytest.mark.committing, pytest.mark.slow]

JOINED, CASH_ALONE = date(2026, 6, 26), date(2026, 6, 28)


def first_days() -> factories.Market:
    """A vendor that joins, sells for cash two days later, and on credit for the first time on the last day."""
    with clock.at(datetime(2026, 6, 26, 6, tzinfo=UTC)):
        market = factories.market()
    with clock.at(datetime(2026, 6, 28, 6, tzinfo=UTC)):
        market.accepted(2, settlement="cash")
    with clock.at(datetime(2026, 6, 30, 6, tzinfo=UTC)):
        market.deliver(market.accepted(3, 4))
    return market


@pytest.fixture(scope="module")
def home(server: Server, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_of_its_own(server, migrated_template, tmp_path_factory.mktemp("home"), first_days) as made:
        yield made


def test_a_day_before_anybody_joined_is_refused_in_words_that_say_when_to_come_back(home: Home) -> None:
    with pytest.raises(RunFailed) as refused:
        home.run(date(2026, 6, 25))
    said = str(refused.value)
    assert "the first business joined on 2026-06-26, and these figures are as of 2026-06-25" in said
    assert said.count(" failed: ") == 1


def test_a_day_with_businesses_and_no_trade_yet_is_published_empty(home: Home) -> None:
    run = published.reader().run(home.run(JOINED).run_id)
    assert (run.table("dim_business").height, run.table("fct_orders").height) == (2, 0)


def test_a_day_before_the_first_debt_is_published_with_the_cash_trade_of_then(home: Home) -> None:
    run = published.reader().run(home.run(CASH_ALONE).run_id)
    assert (run.table("fct_orders").height, run.table("fct_receivable_balance").height) == (1, 0)
    assert run.table("mart_executive_daily")["orders"].sum() == 1
