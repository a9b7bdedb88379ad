"""How a list is planted with rows that its orders and filters tell apart, and read whole or page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Connection, event, text

from foundation import database
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed

Row = dict[str, Any]


@dataclass(frozen=True)
class By:
    """What an order sorts by, of a row as it is answered."""

    key: Callable[[Row], Any]
    is_descending: bool = False


def up(name: str, read: Callable[[Any], Any] = str) -> By:
    """The smallest first."""
    return By(lambda row: read(row[name]))


def down(name: str, read: Callable[[Any], Any] = str) -> By:
    """The greatest first."""
    return By(lambda row: read(row[name]), is_descending=True)


@dataclass(frozen=True)
class Filter:
    """Parameters, and which rows of the whole list they keep; without `keeps` they show what it does not."""

    asked: Mapping[str, Any]
    keeps: Callable[[Row], bool] | None = None


def only(name: str, value: object) -> Filter:
    """The filter that is named as the field that it looks at."""
    return Filter({name: str(value)}, lambda row: bool(row[name] == str(value)))


@dataclass(frozen=True)
class Planted:
    """Who reads a list that has rows now, where, with which parameters always, and the filters that part its rows."""

    who: Person
    filters: Sequence[Filter] = ()
    within: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """A list: where it is, what its orders sort by, the first being the usual one, and how to plant its rows."""

    path: str
    sorts: Mapping[str, By]
    plant: Callable[[httpx.Client, Register], Planted]


def set_row(table: str, row_id: UUID, **values: Any) -> None:
    """Write into a row what no verb would."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    statement = text(f"UPDATE app.{table} SET {columns} WHERE id = :id")
    database.write(lambda session: session.execute(statement, {**values, "id": row_id}))


def put_row(table: str, **values: Any) -> None:
    """Write a row that what is tested elsewhere would write."""
    names = ", ".join(values)
    statement = text(f"INSERT INTO app.{table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})")
    database.write(lambda session: session.execute(statement, values))


def made(client: httpx.Client, path: str, who: Person, **payload: Any) -> Row:
    """What a POST made."""
    answer = client.post(f"/api/v1{path}", json=payload, headers=keyed(who))
    assert answer.is_success, answer.text
    row: Row = answer.json()
    return row


def page(
    client: httpx.Client, who: Person, path: str, asked: Mapping[str, Any]
) -> tuple[list[Row], str | None]:
    """A page's rows, whatever it calls them, and the cursor of the next."""
    answer = client.get(f"/api/v1{path}", params=dict(asked), headers=who.headers)
    assert answer.is_success, answer.text
    told = answer.json()
    return told["stops"] if "stops" in told else told["items"], told["next_cursor"]


def read(client: httpx.Client, who: Person, path: str, **asked: Any) -> list[Row]:
    """The whole list."""
    rows, next_cursor = page(client, who, path, {"limit": 200, **asked})
    assert next_cursor is None
    return rows


def walked(client: httpx.Client, who: Person, path: str, **asked: Any) -> list[Row]:
    """The list page after page, of one row if no `limit` is asked."""
    rows: list[Row] = []
    cursor: dict[str, str] = {}
    while True:
        found, next_cursor = page(client, who, path, {"limit": 1, **asked, **cursor})
        rows += found
        if next_cursor is None:
            return rows
        cursor = {"cursor": next_cursor}


@contextmanager
def sorted_anew() -> Iterator[list[str]]:
    """What pages the server sorts by itself, since no index gives their order, however few rows there are now."""
    found: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "after_0" not in statement:
            return
        with connection.connection.cursor() as beside:
            beside.execute("SET LOCAL enable_sort = off")
            beside.execute("SET LOCAL enable_seqscan = off")
            beside.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            [[node]] = ([row["Plan"] for row in answer[0]] for answer in beside.fetchall())
            beside.execute("SET LOCAL enable_sort TO DEFAULT")
            beside.execute("SET LOCAL enable_seqscan TO DEFAULT")
        below: dict[str, Any] | None = node
        while below is not None and below["Node Type"] != "Sort":
            # Along what gives the order: a join keeps that of its outer side. An incremental sort has only ties to tell
            # apart.
            inputs = below.get("Plans", ())
            below = next((one for one in inputs if one["Parent Relationship"] in ("Outer", "Subquery")), None)
        if below is not None:
            found.append(", ".join(below["Sort Key"]))

    engine = database.engine()
    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)
