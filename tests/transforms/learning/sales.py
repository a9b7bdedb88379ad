"""Sales for the learning tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from transforms.learning.demand_panel import SALES_SCHEMA

AS_OF = date(2026, 3, 1)
"""A Sunday."""


def sales_of(
    series: Mapping[str, Iterable[float]], censored: Iterable[tuple[str, int]] = (), last_day: date = AS_OF
) -> pl.DataFrame:
    """Daily sales whose last value falls on `last_day`; `censored` names series and days back from it."""
    cut = set(censored)
    rows = []
    for name, values in series.items():
        quantities = list(values)
        for number, quantity in enumerate(quantities):
            back = len(quantities) - 1 - number
            rows.append((name, last_day - timedelta(days=back), float(quantity), (name, back) in cut))
    return pl.DataFrame(rows, schema=SALES_SCHEMA, orient="row")


@cache
def market(goods: int = 60, days: int = 220) -> pl.DataFrame:
    """Goods with Poisson sales around a weekday profile that they share; the shop is shut on Saturdays."""
    rng = np.random.default_rng(11)
    profile = np.array([1.4, 1.1, 1.0, 1.0, 1.2, 0.0, 0.8])
    weekdays = np.array([(AS_OF - timedelta(days=back)).weekday() for back in range(days - 1, -1, -1)])
    levels = rng.gamma(2.0, 6.0, size=goods)
    return sales_of({f"g{n:02d}": rng.poisson(level * profile[weekdays]) for n, level in enumerate(levels)})
