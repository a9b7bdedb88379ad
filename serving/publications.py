"""The last publication, as routes read it."""

from __future__ import annotations

from foundation import published
from foundation.published import Publication, TableNotPublished


def current_with(table: str) -> Publication:
    """The last publication, which must hold `table`. Raises NothingPublished, TableNotPublished."""
    publication = published.reader().current()
    if table not in publication.tables:
        raise TableNotPublished(
            f"run {publication.run_id} holds no {table!r}; let a whole run end", table=table
        )
    return publication
