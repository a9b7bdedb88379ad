"""Which assets are made together, and when. All times are those of the market, Asia/Kathmandu."""

from __future__ import annotations

import dagster as dg

from orchestration.defs.ingest.checks import nothing_is_left_behind
from orchestration.defs.statements.assets import limit_review, statements, vendor_snapshots

TIME_ZONE = "Asia/Kathmandu"

_MONTHLY = dg.AssetSelection.assets(statements, vendor_snapshots, limit_review)
_THOROUGH = dg.AssetSelection.checks(nothing_is_left_behind)

refresh_market = dg.define_asset_job(
    "refresh_market",
    selection=dg.AssetSelection.all() - _MONTHLY - _THOROUGH,
    description="From the cut of the source to the publication and its adoption; what `sauda run` runs.",
)
close_day = dg.define_asset_job(
    "close_day",
    selection=dg.AssetSelection.all() - _MONTHLY,
    description="The same, and every row of the source is looked for in the warehouse.",
)
close_month = dg.define_asset_job(
    "close_month",
    selection=_MONTHLY,
    description="Statements, vendor snapshots and the limit-review list of a month that is over.",
)

_RUNNING = dg.DefaultScheduleStatus.RUNNING

every_six_hours = dg.ScheduleDefinition(
    name="every_six_hours",
    job=refresh_market,
    cron_schedule="0 */6 * * *",
    execution_timezone=TIME_ZONE,
    default_status=_RUNNING,
)
every_night = dg.ScheduleDefinition(
    name="every_night",
    job=close_day,
    cron_schedule="0 2 * * *",
    execution_timezone=TIME_ZONE,
    default_status=_RUNNING,
)
# After the night's run of the first, which is the first to know the whole month.
every_month = dg.build_schedule_from_partitioned_job(
    close_month, name="every_month", hour_of_day=4, default_status=_RUNNING
)

JOBS = [refresh_market, close_day, close_month]
SCHEDULES = [every_six_hours, every_night, every_month]
