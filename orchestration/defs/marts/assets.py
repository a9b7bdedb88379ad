"""dbt: from raw rows to marts and to the score, with every test of theirs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from foundation.settings import settings
from orchestration import dbt
from orchestration.defs.ingest.assets import RAW
from orchestration.resources import Warehouse
from transforms import parsed


class Names(DagsterDbtTranslator):
    """dbt's sources are the tables that ingestion carries; everything else is named by schema and name."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return RAW[dbt_resource_props["name"]]
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])


NAMES = Names()
MANIFEST = parsed.document()

MARTS = [
    NAMES.get_asset_key(node)
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "model" and node["schema"] in ("marts", "predictions")
]
"""What dbt makes for readers: it stands in every publication."""


def target() -> Path:
    """Where dbt leaves its artifacts; one run at a time writes them, for it holds the warehouse."""
    return settings().home / "dbt"


def _told(node: dbt.Node) -> str:
    """What was wrong with a node, in words; of a test how many rows it found, and the query that shows them."""
    if node.kind == "test" and node.status == "fail":
        asked = MANIFEST["nodes"][node.unique_id]
        # A test of a column stands in a folder that is named as the file that asks for it.
        file = target() / "compiled" / asked["package_name"] / asked["original_file_path"]
        file = file if file.suffix == ".sql" else file / asked["path"]
        return f"test {node.name} found {node.failures} rows (the query: {file})"
    return f"{node.kind} {node.name} ({' '.join(node.message.split()) or node.status})"


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=NAMES, name="dbt")
def models(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Build and test everything by one invocation."""
    checks = {key.name: key for key in context.selected_asset_check_keys}
    failed: list[str] = []
    built = dbt.build(
        warehouse_url=warehouse.url, as_of=warehouse.day(), run_id=context.run.run_id, target=target()
    )
    for node in built:
        if node.status != "skipped" and not node.is_good:
            failed.append(_told(node))
        if node.kind in ("model", "seed") and node.is_good:
            figures: dict[str, int | float] = {"seconds": round(node.seconds, 3)}
            if node.rows is not None:
                figures["rows"] = node.rows
            key = NAMES.get_asset_key(MANIFEST["nodes"][node.unique_id])
            yield dg.MaterializeResult(asset_key=key, metadata=figures)
        elif node.name in checks:
            key = checks[node.name].asset_key
            yield dg.AssetCheckResult(
                asset_key=key, check_name=node.name, passed=node.is_good, description=node.message
            )
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)
