"""The raw tables: what was committed in the source, carried to lake and warehouse by one cut."""

from collections.abc import Iterator

import dagster as dg

from ingestion.run import ingest
from ingestion.sources import sources
from orchestration.resources import Warehouse

RAW = {table.name: dg.AssetKey(["raw", table.name]) for table in sources()}


@dg.multi_asset(
    name="ingest", specs=[dg.AssetSpec(key, group_name="ingest", kinds={"postgres"}) for key in RAW.values()]
)
def raw(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Carry the changes since the last run."""
    report = ingest(context.run.run_id, warehouse_url=warehouse.url)
    # A wrong day is told before anything is built.
    day = warehouse.day().isoformat()
    for name, count in report.tables.items():
        yield dg.MaterializeResult(
            asset_key=RAW[name],
            metadata={
                "rows": count.upserted + count.deleted,
                "upserted": count.upserted,
                "deleted": count.deleted,
                "batch": report.batch,
                "as_of": day,
                "read_anew_because": report.read_anew_because or "only changes were read",
            },
        )
