"""How predictions are kept: one table each, a partition per as-of day, replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import psycopg
from psycopg import sql

STAMPS: Mapping[str, str] = {
    "as_of": "date",
    "model_version": "varchar(120)",
    "run_id": "varchar(64)",
    "predicted_at": "timestamptz",
}
"""The columns that every prediction has; nothing in them but `predicted_at` depends on the machine's clock."""


@dataclass(frozen=True)
class PredictionTable:
    """A table of the schema `predictions`: its columns beside the stamps, and what is unique in a day."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def all_columns(self) -> dict[str, str]:
        """Every column with its type."""
        return {**STAMPS, **self.columns}


def replace_partition(
    url: str, table: PredictionTable, frame: pl.DataFrame, *, as_of: date, run_id: str
) -> int:
    """Put `frame` in the place of what the table holds of that day, in one transaction; the number of rows.

    The frame has the table's own columns and `model_version`; the other stamps are given here.
    """
    stamped = frame.with_columns(
        as_of=pl.lit(as_of), run_id=pl.lit(run_id), predicted_at=pl.lit(datetime.now(UTC))
    ).select(list(table.all_columns))
    name = sql.Identifier("predictions", table.name)
    with psycopg.connect(url, application_name="sauda predictions") as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS predictions")
        connection.execute(_definition(table))
        connection.execute(sql.SQL("DELETE FROM {} WHERE as_of = %s").format(name), (as_of,))
        columns = sql.SQL(", ").join(map(sql.Identifier, table.all_columns))
        with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as copy:
            for row in stamped.iter_rows():
                copy.write_row(row)
    return stamped.height


def _definition(table: PredictionTable) -> sql.Composed:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in table.all_columns.items()
    ]
    key = sql.SQL(", ").join(map(sql.Identifier, ("as_of", *table.key)))
    return sql.SQL("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({}))").format(
        sql.Identifier("predictions", table.name), sql.SQL(", ").join(columns), key
    )
