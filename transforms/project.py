"""Where the dbt project stands, and what a build of it is given."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

PROJECT_DIR = Path(__file__).resolve().parents[1]
PROFILES_DIR = Path(__file__).resolve().parent / "profiles"


def environment(warehouse_url: str) -> dict[str, str]:
    """The environment variables that `profiles.yml` reads, for a warehouse given by its libpq URL."""
    parts = conninfo_to_dict(warehouse_url)
    return {
        "SAUDA_WAREHOUSE_HOST": str(parts.get("host") or "127.0.0.1"),
        "SAUDA_WAREHOUSE_PORT": str(parts.get("port") or "5432"),
        "SAUDA_WAREHOUSE_USER": str(parts.get("user") or ""),
        "SAUDA_WAREHOUSE_PASSWORD": str(parts.get("password") or ""),
        "SAUDA_WAREHOUSE_DATABASE": str(parts.get("dbname") or ""),
    }


def variables(as_of: date, run_id: str) -> str:
    """The `--vars` of a run."""
    return json.dumps({"as_of": as_of.isoformat(), "run_id": run_id})
