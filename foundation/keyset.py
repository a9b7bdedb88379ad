"""The order of a list that is read page after page: what it sorts by, and where the page before ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import RowMapping, Select, text
from sqlalchemy.orm import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, all up or all down, so that one index serves it; the last column tells ties apart.

    `columns` are (column, SQL type): text of the program's own, never of a request.
    """

    columns: Sequence[tuple[str, str]]
    is_descending: bool = False
    mark: str = ":"
    """What the name of a parameter begins with: `$` where DuckDB is asked."""

    @property
    def by(self) -> str:
        """The columns for ORDER BY."""
        way = " DESC" if self.is_descending else ""
        return ", ".join(f"{column}{way}" for column, _ in self.columns)

    def beyond(self, after: Sequence[Any] | None) -> str:
        """The condition that a row comes after the one seen last, to follow a WHERE; none for the first page."""
        if after is None:
            return ""
        ours = ", ".join(column for column, _ in self.columns)
        seen = ", ".join(
            f"CAST({self.mark}after_{at} AS {kind})" for at, (_, kind) in enumerate(self.columns)
        )
        return f"AND ({ours}) {'<' if self.is_descending else '>'} ({seen})"

    def values(self, after: Sequence[Any] | None) -> dict[str, Any]:
        """The parameters of `beyond`."""
        return {f"after_{at}": value for at, value in enumerate(after or ())}

    def page_of(self, rows: str, after: Sequence[Any] | None) -> str:
        """The page of `rows`, a SELECT that has the columns by their own names: what comes after the row seen last.

        `rows` is of the program's own; the statement takes `limit` and the parameters of `values`.
        """
        return f"""
            SELECT * FROM ({rows}) listed
            WHERE true {self.beyond(after)} ORDER BY {self.by} LIMIT {self.mark}limit
        """  # noqa: S608 - constants of the program

    def paged(self, question: Select[T], after: Sequence[Any] | None, limit: int | None) -> Select[T]:
        """The same of a question that SQLAlchemy writes; its columns are named with their table."""
        beyond = text(f"true {self.beyond(after)}").bindparams(**self.values(after))
        return question.where(beyond).order_by(text(self.by)).limit(limit)

    def key(self, row: Mapping[Any, Any]) -> tuple[Any, ...]:
        """The sort key of a row, which has the columns by their own names."""
        return tuple(row[name] for name in self._names)

    def key_of(self, row: object) -> tuple[Any, ...]:
        """The sort key of a row that has the columns as attributes."""
        return tuple(getattr(row, name) for name in self._names)

    @property
    def _names(self) -> list[str]:
        return [column.rpartition(".")[2] for column, _ in self.columns]


def filtered(conditions: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """The conditions of the filters that are given, to follow a WHERE; a value that is None does not filter.

    A statement has the conditions that are asked for and no others: one that may hold or not is planned for neither.
    """
    return "".join(
        f" AND {condition}" for name, condition in conditions.items() if values.get(name) is not None
    )


def page(
    session: Session,
    rows: str,
    values: Mapping[str, Any],
    *,
    filters: Mapping[str, str],
    by: Order,
    after: Sequence[Any] | None,
    limit: int | None,
) -> Sequence[RowMapping]:
    """The page of `rows`, a SELECT that ends with its WHERE or HAVING, after the row seen last; `filters` by `values`.

    `rows`, `filters` and `by` are of the program's own.
    """
    query = by.page_of(f"{rows}{filtered(filters, values)}", after)
    return session.execute(text(query), {**values, **by.values(after), "limit": limit}).mappings().all()
