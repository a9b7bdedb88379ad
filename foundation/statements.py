"""Statements of the hot path, handed to the driver as they are.

What SQLAlchemy does around a statement costs more than psycopg and the wire together, and an order is seven of them
(`sauda bench order`). A `Statement` runs on the session's own connection and in its transaction; its failures are the
ones that SQLAlchemy would raise, so `foundation.database.write` treats them alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import psycopg
from psycopg.rows import RowFactory, dict_row, tuple_row
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Row = tuple[Any, ...]
T = TypeVar("T")

_DIALECT: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Statement:
    """A statement with `:named` parameters, as `sqlalchemy.text` reads it; its rows are tuples, or dictionaries.

    psycopg keeps what it learns of a statement of at most 4,096 characters; a longer one is read anew each time.
    """

    def __init__(self, sql: str) -> None:
        self._sql = str(text(" ".join(sql.split())).compile(dialect=_DIALECT))

    def all(self, session: Session, values: Mapping[str, object]) -> list[Row]:
        """Run it and fetch all rows. Raises what `Session.execute` raises."""
        return self._run(session, values, tuple_row).fetchall()

    def named(self, session: Session, values: Mapping[str, object]) -> list[dict[str, Any]]:
        """Run it and fetch all rows, by the names of their columns. Raises what `Session.execute` raises."""
        return self._run(session, values, dict_row).fetchall()

    def first(self, session: Session, values: Mapping[str, object]) -> Row | None:
        """Run it and fetch the first row, if there is one. Raises what `Session.execute` raises."""
        return self._run(session, values, tuple_row).fetchone()

    def run(self, session: Session, values: Mapping[str, object]) -> None:
        """Run it for what it does. Raises what `Session.execute` raises."""
        self._run(session, values, tuple_row)

    def _run(self, session: Session, values: Mapping[str, object], shape: RowFactory[T]) -> psycopg.Cursor[T]:
        connection = session.connection()
        driver: psycopg.Connection[Row] | None = connection.connection.dbapi_connection  # type: ignore[assignment]
        assert driver is not None  # the session has just been given it
        cursor = driver.cursor(row_factory=shape)
        try:
            return cursor.execute(self._sql, values)
        except psycopg.Error as error:
            is_lost = connection.dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
            if is_lost:
                connection.invalidate(error)
            # Without the values: what a message repeats ends in logs.
            raise DBAPIError.instance(
                self._sql,
                None,
                error,
                psycopg.Error,
                connection_invalidated=is_lost,
                dialect=connection.dialect,
            ) from error
