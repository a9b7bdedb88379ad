"""Sales of many series as one matrix, the shape that the demand models work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SALES_SCHEMA = {"series_id": pl.String, "day": pl.Date, "quantity": pl.Float64, "is_censored": pl.Boolean}
WINDOW_DAYS = 730
"""Older days take no part: two years hold every lag, profile and origin that a model looks at."""


@dataclass(frozen=True)
class Panel:
    """Quantities by series (rows, ordered by id) and day (columns, the last one is `last_day`).

    A cell is NaN where nothing may be learned: before the first sale, and on censored days. Every other day
    without a row is a zero: the goods were on the shelf and nobody bought them.
    """

    series: list[str]
    quantity: Floats
    first_sale: Ints
    """Column of the first sale, negative when it lies before the window, and past the end when there is
    none."""
    last_day: date

    @property
    def days(self) -> int:
        return int(self.quantity.shape[1])

    @property
    def last(self) -> int:
        """Column of the last known day."""
        return self.days - 1

    def weekdays(self, columns: Ints) -> Ints:
        """ISO weekday (0 is Monday) of columns, those of the future too."""
        return (self.last_day.weekday() + columns - self.last) % 7

    def age(self, origin: int) -> Ints:
        """Days known of each series up to and with column `origin`; zero or less before its first sale."""
        return origin - self.first_sale + 1

    def rows(self, chosen: npt.NDArray[np.bool_]) -> Panel:
        """The same panel of some series only."""
        names = [name for name, is_chosen in zip(self.series, chosen, strict=True) if is_chosen]
        return Panel(names, self.quantity[chosen], self.first_sale[chosen], self.last_day)


def read_panel(sales: pl.DataFrame, as_of: date) -> Panel:
    """The panel of everything known at the end of `as_of`; later rows are as if they did not exist.

    `sales(series_id, day, quantity, is_censored)`; several rows of a series and day are added up, and the
    day is censored when one of them is. Raises ValueError on a missing column, a null or a quantity that is
    no number.
    """
    known = _checked(sales).filter(pl.col("day") <= as_of)
    # Floats are added up in one order whatever the order of the rows: results are the same to the last digit.
    daily = (
        known.sort("series_id", "day", "quantity")
        .group_by("series_id", "day", maintain_order=True)
        .agg(pl.col("quantity").sum(), pl.col("is_censored").any())
    )
    if daily.is_empty():
        return Panel([], np.zeros((0, 1)), np.zeros(0, dtype=np.int64), as_of)
    names = sorted(daily["series_id"].unique().to_list())
    row_of = {name: row for row, name in enumerate(names)}
    days = min((as_of - min(daily["day"].to_list())).days + 1, WINDOW_DAYS)

    first_sale = np.full(len(names), days, dtype=np.int64)
    first_sales = daily.filter(pl.col("quantity") > 0).group_by("series_id").agg(pl.col("day").min())
    for name, day in first_sales.iter_rows():
        first_sale[row_of[name]] = days - 1 - (as_of - day).days

    quantity = np.zeros((len(names), days))
    recent = daily.filter(pl.col("day") > as_of - timedelta(days=days)).with_columns(
        row=pl.col("series_id").replace_strict(row_of, return_dtype=pl.Int64),
        column=days - 1 - (pl.lit(as_of) - pl.col("day")).dt.total_days(),
    )
    row, column = recent["row"].to_numpy(), recent["column"].to_numpy()
    quantity[row, column] = recent["quantity"].to_numpy()
    censored = recent["is_censored"].to_numpy()
    quantity[row[censored], column[censored]] = np.nan
    quantity[np.arange(days)[None, :] < first_sale[:, None]] = np.nan
    return Panel(names, quantity, first_sale, as_of)


def _checked(sales: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in SALES_SCHEMA if name not in sales.columns]
    if missing:
        raise ValueError(f"sales lack the column {', '.join(missing)}; they need {', '.join(SALES_SCHEMA)}")
    frame = sales.select(pl.col(name).cast(kind) for name, kind in SALES_SCHEMA.items())
    for name, nulls in frame.null_count().row(0, named=True).items():
        if nulls:
            raise ValueError(f"sales.{name} is null on {nulls} rows; fill them or leave the rows out")
    unusable = frame.filter(~pl.col("quantity").is_finite())
    if unusable.height:
        first = unusable.row(0, named=True)
        raise ValueError(f"sales.quantity is {first['quantity']} for {first['series_id']} on {first['day']}")
    return frame


def mean(values: Floats, axis: int | tuple[int, ...] = -1, otherwise: float = 0.0) -> Floats:
    """The mean over known cells, and `otherwise` where none is known."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)
