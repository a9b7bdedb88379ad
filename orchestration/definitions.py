"""The data side as Dagster sees it: one code location, put together from the business areas of `defs/`."""

from __future__ import annotations

import dagster as dg

from orchestration import defs as areas
from orchestration import jobs
from orchestration.resources import Warehouse

defs = dg.Definitions(
    assets=dg.load_assets_from_package_module(areas),
    asset_checks=dg.load_asset_checks_from_package_module(areas),
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    resources={"warehouse": Warehouse(as_of="")},
    # One process per run: the lock of the warehouse spans its steps, and nothing is imported twice.
    executor=dg.in_process_executor,
)
