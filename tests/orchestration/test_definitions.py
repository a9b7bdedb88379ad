"""The code location as a whole: it loads, it is named right, and its schedules tick where the market is."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from commerce.credit.workflows import ADOPT_PUBLICATION as REGISTERED
from foundation import jobs
from ingestion.sources import sources
from orchestration.definitions import defs
from orchestration.defs.adoption.assets import ADOPT_PUBLICATION as ASKED_FOR
from orchestration.defs.marts.assets import MANIFEST

MONTHLY = {"statements", "vendor_snapshots", "limit_review"}


def keys_of(job: str) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.executable_asset_keys}


def checks_of(job: str) -> set[str]:
    return {
        f"{key.asset_key.to_user_string()}:{key.name}"
        for key in defs.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
    }


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_carried_table_is_an_asset_and_every_source_of_dbt_one_of_them() -> None:
    keys = {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}
    assert {f"raw/{table.name}" for table in sources()} <= keys
    assert {f"raw/{source['name']}" for source in MANIFEST["sources"].values()} <= keys


@pytest.mark.parametrize("job", ["refresh_market", "close_day"])
def test_the_jobs_of_a_day_make_everything_but_the_papers_of_a_month(job: str) -> None:
    everything = {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}
    assert keys_of(job) == everything - MONTHLY


def test_every_row_is_looked_for_once_a_day_only() -> None:
    assert checks_of("close_day") - checks_of("refresh_market") == {
        f"raw/{table.name}:nothing_left_behind" for table in sources()
    }


def test_our_checks_block_what_follows() -> None:
    ours = [spec for check in defs.asset_checks or () for spec in check.check_specs]  # type: ignore[union-attr]
    assert len(ours) > len(sources())
    assert all(spec.blocking for spec in ours)


def test_the_publication_waits_for_all_that_it_publishes() -> None:
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    published = {name for name in specs if name.startswith(("marts/", "predictions/"))}
    assert {dep.asset_key.to_user_string() for dep in specs["publication"].deps} == published


@pytest.mark.parametrize(
    ("schedule", "before", "tick"),
    [
        # Asia/Kathmandu is five hours and three quarters ahead of UTC.
        ("every_night", datetime(2026, 6, 29, 21, tzinfo=UTC), datetime(2026, 6, 30, 20, 15, tzinfo=UTC)),
        ("every_six_hours", datetime(2026, 6, 30, 1, tzinfo=UTC), datetime(2026, 6, 30, 6, 15, tzinfo=UTC)),
        ("every_month", datetime(2026, 6, 30, 1, tzinfo=UTC), datetime(2026, 6, 30, 22, 15, tzinfo=UTC)),
    ],
)
def test_schedules_tick_in_the_markets_own_time(schedule: str, before: datetime, tick: datetime) -> None:
    found = defs.resolve_schedule_def(schedule)
    assert found.default_status is dg.DefaultScheduleStatus.RUNNING
    ticks = schedule_execution_time_iterator(
        before.timestamp(), found.cron_schedule, found.execution_timezone, ascending=True
    )
    assert next(ticks) == tick


def test_the_workflow_that_is_asked_for_is_one_that_a_worker_runs() -> None:
    assert ASKED_FOR == REGISTERED
    assert ASKED_FOR in jobs.registered()
