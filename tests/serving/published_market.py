"""A publication with hand-written marts: the tables of the contracts, a few rows, and the real publisher."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import yaml
from psycopg import sql

from foundation.embedded_postgres import OWNER, SUPERUSER, Server
from foundation.metrics import Metric
from foundation.object_store import ObjectStore, object_store
from orchestration.defs.demand.assets import FORECAST, TOTAL
from orchestration.defs.vendors.assets import RANKING
from transforms import publish
from transforms.metrics import FOLDER

AS_OF = date(2026, 11, 18)
MODELS = Path(publish.__file__).parent / "models"


def publish_market(
    server: Server,
    rows: Mapping[str, list[dict[str, Any]]],
    *,
    as_of: date = AS_OF,
    run_id: str | None = None,
    store: ObjectStore | None = None,
) -> str:
    """Publish a run whose marts have the contracts' columns and these rows; its run_id."""
    name, run_id = f"published_{uuid4().hex}", run_id or f"run-{uuid4().hex[:12]}"
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
        )
    url = server.url(OWNER, name)
    with psycopg.connect(url) as connection:
        for schema in ("raw", "marts", "predictions"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute("CREATE TABLE raw.ledger_seals (business_id uuid, seal_no bigint, hash bytea)")
        for (schema, table), columns in _contracts().items():
            connection.execute(f"CREATE TABLE {schema}.{table} ({columns})")
            for row in rows.get(table, []):
                connection.execute(
                    f"INSERT INTO {schema}.{table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
                    list(row.values()),
                )
    publish.publish(
        warehouse_url=url,
        store=store or object_store(),
        as_of=as_of,
        run_id=run_id,
        checks=[],
        metrics=[Metric.from_dict(each) for each in yaml.safe_load((FOLDER / "executive.yml").read_text())],
    )
    return run_id


def _contracts() -> dict[tuple[str, str], str]:
    """Schema and name of every published table, with its columns as dbt and the runs promise them."""
    tables = {
        ("predictions", prediction.name): ", ".join(
            f"{name} {kind}" for name, kind in prediction.all_columns.items()
        )
        for prediction in (FORECAST, TOTAL, RANKING)
    }
    for schema in ("marts", "predictions"):
        for file in (MODELS / schema).glob("*.yml"):
            for model in yaml.safe_load(file.read_text())["models"]:
                columns = ", ".join(f"{each['name']} {each['data_type']}" for each in model["columns"])
                tables[schema, model["name"]] = columns
    return tables
