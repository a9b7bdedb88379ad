"""The last publication, as routes read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from foundation import published
from foundation.keyset import Order, filtered
from foundation.published import Publication, TableNotPublished


def current_with(table: str) -> Publication:
    """The last publication, which must hold `table`. Raises NothingPublished, TableNotPublished."""
    publication = published.reader().current()
    if table not in publication.tables:
        raise TableNotPublished(
            f"run {publication.run_id} holds no {table!r}; let a whole run end", table=table
        )
    return publication


def page(
    publication: Publication,
    rows: str,
    values: Mapping[str, Any],
    *,
    filters: Mapping[str, str],
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The page of `rows`, a SELECT that ends with its WHERE, after the row seen last; `filters` by `values`."""
    given = {name: value for name, value in values.items() if value is not None}
    query = by.page_of(f"{rows}{filtered(filters, given)}", after)
    return publication.query(query, {**given, **by.values(after), "limit": limit}).to_dicts()
