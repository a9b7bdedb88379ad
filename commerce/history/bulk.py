"""The bulk path's one mechanism: a frame goes by COPY into a temporary table, and from there into the table.

COPY straight into the table is not possible: row-level security refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.ids import uuid7s

_ROWS_AT_ONCE = 20_000


def insert(session: Session, table: str, frame: pl.DataFrame) -> None:
    """Insert `frame`, whose columns are named as the table's; the table's triggers see all rows at once."""
    if frame.is_empty():
        return
    columns = ", ".join(frame.columns)
    # All names come from this slice's code, none from a file.
    staged = f"CREATE TEMP TABLE staged AS SELECT {columns} FROM app.{table} WITH NO DATA"  # noqa: S608
    moved = f"INSERT INTO app.{table} ({columns}) SELECT {columns} FROM pg_temp.staged"  # noqa: S608
    session.execute(text(staged))
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY pg_temp.staged ({columns}) FROM STDIN (FORMAT csv)") as copy:
        for part in frame.iter_slices(_ROWS_AT_ONCE):
            # Unquoted empty is null and quoted empty is text, in what polars writes and in what COPY reads.
            copy.write(part.write_csv(include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z"))
    session.execute(text(moved))
    session.execute(text("DROP TABLE pg_temp.staged"))


def fetch(session: Session, question: str, schema: dict[str, pl.DataType], **values: object) -> pl.DataFrame:
    """The answer to a question as a frame; ids come as text."""
    rows: Sequence[Sequence[object]] = session.execute(text(question), values).all()
    columns = {
        name: [str(row[at]) if kind == pl.String else row[at] for row in rows]
        for at, (name, kind) in enumerate(schema.items())
    }
    return pl.DataFrame(columns, schema=schema)


def ids(count: int) -> pl.Series:
    """`count` new ids as text."""
    return pl.Series("id", [str(one) for one in uuid7s(count)], pl.String)


def mapped(column: str, values: Mapping[str, str]) -> pl.Expr:
    """The words of a column by their counterparts in `values`."""
    return pl.col(column).cast(pl.String).replace_strict(values, default=None, return_dtype=pl.String)
