"""Where the dbt project stands, and what a build of it is given."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

PROJECT_DIR = Path(__file__).resolve().parents[1]
PROFILES_DIR = Path(__file__).resolve().parent / "profiles"
PLANNER = {"join_collapse_limit": "1", "enable_mergejoin": "off", "work_mem": "64MB"}
"""Joins as the models write them, by hash: Postgres knows nothing of a cast inside a view, takes every id for one
of 200 values, and of a large market plans a product of all entries with all accounts
(docs/decisions/0009-joins-as-written.md)."""


def environment(warehouse_url: str) -> dict[str, str]:
    """The environment variables that `profiles.yml` reads, for a warehouse given by its libpq URL."""
    parts = conninfo_to_dict(warehouse_url)
    return {
        "SAUDA_WAREHOUSE_HOST": str(parts.get("host") or "127.0.0.1"),
        "SAUDA_WAREHOUSE_PORT": str(parts.get("port") or "5432"),
        "SAUDA_WAREHOUSE_USER": str(parts.get("user") or ""),
        "SAUDA_WAREHOUSE_PASSWORD": str(parts.get("password") or ""),
        "SAUDA_WAREHOUSE_DATABASE": str(parts.get("dbname") or ""),
        # libpq's own: dbt's profile has no place for settings of a session.
        "PGOPTIONS": " ".join(
            [os.environ.get("PGOPTIONS", ""), *(f"-c {name}={value}" for name, value in PLANNER.items())]
        ).strip(),
    }


def variables(as_of: date, run_id: str) -> str:
    """The `--vars` of a run."""
    return json.dumps({"as_of": as_of.isoformat(), "run_id": run_id})
