"""The papers of a month that is over, in the object store: `months/<YYYY-MM>/<name>.csv` and `.parquet`."""

import io
from datetime import date, timedelta

import dagster as dg
import polars as pl

from foundation import published, sheets
from foundation.object_store import object_store
from foundation.published import Publication
from orchestration.defs.publication.assets import publication
from orchestration.defs.statements import figures

PREFIX = "months"
MONTHS = dg.MonthlyPartitionsDefinition(start_date="2009-01", timezone="Asia/Kathmandu", fmt="%Y-%m")


class MonthOpen(dg.Failure):
    """The publication does not know the whole month."""


@dg.asset(
    deps=[publication], partitions_def=MONTHS, group_name="statements", required_resource_keys={"warehouse"}
)
def statements(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Each retailer's account with each vendor over the month."""
    newest, first, last = _month(context)
    return _file(context, "statements", figures.statements(newest, first=first, last=last), newest)


@dg.asset(
    deps=[publication], partitions_def=MONTHS, group_name="statements", required_resource_keys={"warehouse"}
)
def vendor_snapshots(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Vendors and their places, as of the first publication after the month."""
    newest, _, _ = _month(context)
    return _file(context, "vendor_snapshots", figures.vendor_snapshots(newest), newest)


@dg.asset(
    deps=[publication], partitions_def=MONTHS, group_name="statements", required_resource_keys={"warehouse"}
)
def limit_review(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Limits that a person should look at."""
    newest, _, _ = _month(context)
    return _file(context, "limit_review", figures.limit_review(newest), newest)


def _month(context: dg.AssetExecutionContext) -> tuple[Publication, date, date]:
    """The newest publication, and the first and last day of the partition's month. Raises MonthOpen."""
    first = date.fromisoformat(f"{context.partition_key}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    newest = published.reader().current()
    if newest.as_of < last:
        raise MonthOpen(
            f"the newest publication knows only until {newest.as_of}; run the data side as of {last} or later, "
            f"then close {context.partition_key}"
        )
    return newest, first, last


def _file(
    context: dg.AssetExecutionContext, name: str, frame: pl.DataFrame, newest: Publication
) -> dg.MaterializeResult:
    parquet = io.BytesIO()
    frame.write_parquet(parquet, compression="zstd")
    key = f"{PREFIX}/{context.partition_key}/{name}"
    object_store().put(f"{key}.parquet", parquet.getvalue())
    object_store().put(f"{key}.csv", sheets.inert_frame(frame).write_csv().encode())
    return dg.MaterializeResult(
        metadata={"rows": frame.height, "file": f"{key}.csv", "publication": newest.run_id}
    )
