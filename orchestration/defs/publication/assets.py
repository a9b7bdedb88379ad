"""The publication: the run's marts and predictions, immutable, and then the pointer."""

import dagster as dg

from foundation.object_store import object_store
from orchestration.defs.demand.assets import KEYS
from orchestration.defs.marts.assets import MANIFEST, MARTS, target
from orchestration.defs.vendors.assets import vendor_ranking
from orchestration.resources import Warehouse
from transforms import metrics
from transforms.publish import Check, checks_of, publish


@dg.asset(deps=[*MARTS, *KEYS.values(), vendor_ranking], group_name="publication")
def publication(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Publish the run. Every blocking check stands before it."""
    manifest = publish(
        warehouse_url=warehouse.url,
        store=object_store(),
        as_of=warehouse.day(),
        run_id=context.run.run_id,
        checks=[*checks_of(target() / "run_results.json"), *_checks_of(context)],
        metrics=metrics.load(MANIFEST),
    )
    rows = sum(table["rows"] for table in manifest["tables"].values())
    return dg.MaterializeResult(
        metadata={"rows": rows, "tables": len(manifest["tables"]), "checks": len(manifest["checks"])}
    )


def _checks_of(context: dg.AssetExecutionContext) -> list[Check]:
    """What this run's own checks said, those of dbt's tests left out."""
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    said = [
        record.event_log_entry.dagster_event.asset_check_evaluation_data
        for record in records
        if record.event_log_entry.dagster_event is not None
        and record.event_log_entry.dagster_event.step_key != "dbt"
    ]
    return [
        Check(f"{one.asset_key.to_user_string()}:{one.check_name}", one.passed, one.description or "")
        for one in said
    ]
