"""Dagster's persistent instance: a folder under the home, its runs and events in a database of their own."""

from __future__ import annotations

from foundation import locations
from foundation.settings import settings

_CONFIGURATION = """\
# Written by `sauda`; changes are overwritten.
storage:
  postgres:
    postgres_url:
      env: SAUDA_DAGSTER_URL
concurrency:
  runs:
    max_concurrent_runs: 1
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 30
      success: 90
# What a run prints stays where it was started: capturing it would take the terminal away from `sauda run`.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
telemetry:
  enabled: false
"""


def environment() -> dict[str, str]:
    """The variables that a process needs to find the instance; makes its folder where it is missing."""
    home = settings().home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists() or configuration.read_text() != _CONFIGURATION:
        configuration.write_text(_CONFIGURATION)
    return {
        "DAGSTER_HOME": str(home),
        "SAUDA_DAGSTER_URL": locations.for_dagster(locations.dagster_database_url()),
    }
