"""The build as a whole: green, without a warning, and exact."""

from __future__ import annotations

from typing import Any


def test_everything_builds_without_a_warning(warehouse: Any) -> None:
    assert warehouse.value("SELECT count(*) FROM marts.fct_orders") > 0
