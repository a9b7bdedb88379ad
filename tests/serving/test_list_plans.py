"""No list costs more at its end than at its start: what the server passes over for a page is counted, not timed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from benchmarks import lists
from benchmarks.parts import big_market, plans

pytestmark = pytest.mark.committing

ORDERS = 20_000
ROWS_PASSED_MAX = 20 * lists.LIMIT
READ_WHOLE_RIGHTLY = {"businesses", "credit_agreements", "receivables"}
"""Some thousand rows at most, of which the lists that read them show a large part."""


@pytest.fixture
def planted(own_world: str) -> list[lists.AskedPage]:
    with psycopg.connect(own_world, autocommit=True) as admin:
        market = big_market.plant(admin, orders=ORDERS, vendors=60, retailers=300, products=6_000)
        return list(lists.pages_of(admin, market))


def test_every_page_of_a_list_reads_along_an_index_and_passes_over_few_rows(
    planted: list[lists.AskedPage],
) -> None:
    deepest = {page.asked.name: page.number for page in planted}
    assert max(deepest.values()) == ORDERS // lists.LIMIT
    with plans.explained() as ask:
        for page in planted:
            found = ask(page.path, page.parameters, page.headers)
            what = (page.asked.name, page.number, plans.summary(found))
            assert plans.read_whole(found) <= READ_WHOLE_RIGHTLY, what
            assert not page.asked.keys or plans.rows_passed(found) <= ROWS_PASSED_MAX, what


def test_the_page_of_queries_names_every_list_and_no_index_that_is_gone(own_world: str) -> None:
    page = Path(__file__).parents[2] / "docs/queries.md"
    rows = [row.split(" | ") for row in page.read_text().partition(lists.MARK)[2].strip().splitlines()[2:]]
    assert {row[0].removeprefix("| ") for row in rows} == {asked.name for asked in lists.ASKED}
    with psycopg.connect(own_world) as connection:
        known = {
            row[0] for row in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'app'")
        }
    named = {word.strip("`") for row in rows for word in row[2].split(", ") if word.startswith("`")}
    assert named <= known
