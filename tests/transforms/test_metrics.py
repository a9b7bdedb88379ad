"""Metrics as data: checked against dbt, and one answer from page and SQL alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from foundation.metrics import Metric, MetricInvalid
from foundation.published import Publication
from transforms import metrics, parsed

GMV = {
    "name": "gmv",
    "label": "GMV",
    "description": "Value ordered.",
    "unit": "paisa",
    "mart": "fct_orders",
    "date": "order_date",
    "numerator": {"sum": "total_paisa"},
    "dimensions": ["vendor_id"],
    "additive_over": ["date", "vendor_id"],
}


@pytest.fixture(scope="module")
def dbt_manifest() -> dict[str, Any]:
    return parsed.document()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"mart": "fct_order"}, "no mart 'fct_order'"),
        ({"numerator": {"sum": "totals_paisa"}}, "no column ['totals_paisa']"),
        ({"filters": ["state = 'x'"]}, "no column ['state']"),
        ({"dimensions": ["vendor"], "additive_over": []}, "no column ['vendor']"),
        ({"additive_over": ["zone"]}, "additive over ['zone']"),
        ({"unit": "rupees"}, "unit 'rupees'"),
        ({"currency": "ignored"}, "keeps its currency"),
        ({"numerator": {"avg": "total_paisa"}}, "give one of sum"),
        ({"denominator": {"count": "*"}}, "a ratio adds up over nothing"),
        ({"numerater": 1}, "unknown field"),
        ({"mart": None}, "'mart' is missing"),
    ],
)
def test_a_definition_that_does_not_fit_says_where(
    dbt_manifest: dict[str, Any], tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    definition = {name: value for name, value in {**GMV, **change}.items() if value is not None}
    (tmp_path / "one.yml").write_text(json.dumps([definition]))
    with pytest.raises(MetricInvalid) as refused:
        metrics.load(dbt_manifest, tmp_path)
    assert complaint in str(refused.value)


def test_definitions_survive_their_json(dbt_manifest: dict[str, Any]) -> None:
    loaded = metrics.load(dbt_manifest)
    assert [Metric.from_dict(each) for each in json.loads(metrics.as_json(loaded))] == loaded


def test_the_macro_and_the_api_give_one_answer(publication: Publication) -> None:
    for name, metric in publication.metrics.items():
        for by in ([], ["month"], ["date"], ["week", *metric.dimensions[:1]]):
            answer = publication.metric(name, by=by, period=(date(2026, 2, 1), date(2026, 6, 30))).rows
            macro = publication.query(
                f"SELECT * FROM metric_{name}(from_date := DATE '2026-02-01', to_date := DATE '2026-06-30',"
                f" dimensions := {by!r}::VARCHAR[])"
            ).to_dicts()
            assert {tuple(row.values()) for row in answer} == {
                tuple(
                    row[column] for column in (*metric.split_always, *by, "numerator", "denominator", "value")
                )
                for row in macro
            }, (name, by)


def test_amounts_stay_whole_and_ratios_keep_both_parts(publication: Publication) -> None:
    [gmv] = publication.metric("gmv", where={"currency": "NPR", "origin": "simulated"}).rows
    assert (gmv["value"], type(gmv["value"])) == (1_377_334, int)
    [fill] = publication.metric("fill_rate", where={"currency": "NPR", "origin": "simulated"}).rows
    assert fill["value"] == fill["numerator"] / fill["denominator"]


def test_a_level_is_that_of_the_last_day(publication: Publication) -> None:
    ask: Callable[..., Any] = publication.metric
    where = {"currency": "NPR", "origin": "simulated"}
    [end] = ask("receivables", where=where).rows
    assert end["value"] == 526_334
    months = {row["month"]: row["value"] for row in ask("receivables", by=["month"], where=where).rows}
    assert months[date(2026, 6, 1)] == 526_334
    [march] = ask("receivables", where=where, period=(date(2026, 3, 1), date(2026, 3, 31))).rows
    assert march["value"] == months[date(2026, 3, 1)]


def test_a_level_of_a_day_on_which_nothing_is_owed_is_not_an_older_one(publication: Publication) -> None:
    # Paid on 20 January: nothing was owed at the month's end, though something was on the day before.
    assert publication.metric("receivables", period=(date(2026, 1, 1), date(2026, 1, 31))).rows == []


def test_a_question_that_cannot_be_answered_says_why(publication: Publication) -> None:
    with pytest.raises(MetricInvalid, match="no dimension 'colour'"):
        publication.metric("gmv", by=["colour"])
    with pytest.raises(MetricInvalid, match="choose one"):
        publication.metric("gmv", by=["week", "month"])
    with pytest.raises(MetricInvalid, match="no dimension 'total_paisa'"):
        publication.metric("gmv", where={"total_paisa": 1})
