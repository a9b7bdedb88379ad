"""Cursor pagination: an opaque mark of the last row seen, so that rows added meanwhile shift nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request

from foundation import keys
from foundation.errors import Invalid
from serving.shapes import Page

T = TypeVar("T")
V = TypeVar("V")

LIMIT_MAX = 200
CURSOR_LENGTH_MAX = 2_500
"""Room for the longest sort key: a name of 200 characters, whatever its letters."""
_OWN_PARAMETERS = {"limit", "cursor"}
_READERS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
    "str": str,
    "int": int,
}

SortKey = tuple[Any, ...]


class CursorInvalid(Invalid):
    """The cursor is not one of this list with these filters."""

    code = "cursor-invalid"

    def __init__(self, cursor: str) -> None:
        way_out = "begin again without a cursor"
        super().__init__(
            f"this cursor is not one of this list with these filters; {way_out}", cursor=cursor[:100]
        )


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked: `limit` rows after `after`, the sort key of the last row seen."""

    limit: int
    after: Any
    list_name: str

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than asked tells whether there is a next page."""
        return self.limit + 1

    def page(self, rows: Sequence[T], view: Callable[[T], V], key: Callable[[T], SortKey]) -> Page[V]:
        """The page of `rows` (read with `fetch`), each shown by `view`; `key` is the sort key of a row."""
        shown = rows[: self.limit]
        cursor = _encoded(key(shown[-1]), self.list_name) if len(rows) > self.limit else None
        return Page(items=[view(row) for row in shown], next_cursor=cursor)


async def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Rows of a page.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=CURSOR_LENGTH_MAX, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    filters = [pair for pair in request.query_params.multi_items() if pair[0] not in _OWN_PARAMETERS]
    list_name = _list_name(request.url.path, filters)
    return PageRequest(limit, None if cursor is None else _decoded(cursor, list_name), list_name)


PageAsked = Annotated[PageRequest, Depends(_page_request)]


def cursor_after(key: SortKey, path: str, filters: Sequence[tuple[str, str]]) -> str:
    """The cursor that a page of the list at `path` with these filters gives after the row with this sort key."""
    return _encoded(key, _list_name(path, filters))


def _list_name(path: str, filters: Sequence[tuple[str, str]]) -> str:
    # A cursor means nothing in another list, or in this one with other filters.
    return json.dumps([path, sorted(filters)])


def _encoded(key: SortKey, list_name: str) -> str:
    parts = [
        [type(part).__name__, part.isoformat() if isinstance(part, datetime) else str(part)] for part in key
    ]
    told = json.dumps([_seal(parts, list_name), *parts], ensure_ascii=False)
    return base64.urlsafe_b64encode(told.encode()).decode()


def _decoded(cursor: str, list_name: str) -> SortKey:
    try:
        seal, *parts = json.loads(base64.urlsafe_b64decode(cursor))
        if not hmac.compare_digest(seal, _seal(parts, list_name)):
            raise CursorInvalid(cursor)
        return tuple(_READERS[kind](value) for kind, value in parts)
    except (ValueError, KeyError, TypeError):
        raise CursorInvalid(cursor) from None


def _seal(parts: list[Any], list_name: str) -> str:
    # Sealed, so that only a sort key that came from a query gets back into one.
    told = json.dumps([list_name, parts]).encode()
    return hmac.new(keys.derived("cursors"), told, hashlib.sha256).hexdigest()[:24]
