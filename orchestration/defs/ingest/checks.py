"""Does the warehouse hold what the source held, and is it of this run? All block what follows."""

from collections.abc import Iterable, Iterator

import dagster as dg

from ingestion import checks
from ingestion.checks import Finding
from ingestion.merge import BATCHES
from orchestration.defs.ingest.assets import RAW
from orchestration.resources import Warehouse


def _results(check: str, findings: Iterable[Finding]) -> Iterator[dg.AssetCheckResult]:
    found: dict[str, list[str]] = {}
    for finding in findings:
        found.setdefault(finding.table, []).append(finding.what)
    for name, key in RAW.items():
        wrong = "; ".join(found.get(name, ()))
        yield dg.AssetCheckResult(
            asset_key=key, check_name=check, passed=not wrong, description=wrong or "nothing is amiss"
        )


@dg.multi_asset_check(
    name="raw_equals_source",
    specs=[dg.AssetCheckSpec("equals_source", asset=key, blocking=True) for key in RAW.values()],
)
def raw_equals_source(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Counts and sums of every table are those of the source at the cut."""
    yield from _results("equals_source", checks.disagreements(warehouse_url=warehouse.url))


@dg.multi_asset_check(
    name="nothing_is_left_behind",
    specs=[dg.AssetCheckSpec("nothing_left_behind", asset=key, blocking=True) for key in RAW.values()],
)
def nothing_is_left_behind(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """No row older than two intervals is missing. Reads every key, so it runs once a day."""
    yield from _results("nothing_left_behind", checks.left_behind(warehouse_url=warehouse.url))


@dg.asset_check(asset=RAW["businesses"], name="cut_is_fresh", blocking=True)
def cut_is_fresh(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> dg.AssetCheckResult:
    """The newest cut is the one that this run took."""
    newest = warehouse.rows(f"SELECT run_id FROM {BATCHES} ORDER BY batch DESC LIMIT 1")  # noqa: S608 - a constant
    by = None if newest.is_empty() else newest.item()
    return dg.AssetCheckResult(
        passed=by == context.run.run_id,
        description=f"the newest cut was taken by run {by}; run the whole job, so that all parts are of one cut",
    )
