"""Rows of every kind for every table, the extremes of each type among them."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from ingestion.sources import Column, Source, sources

_WORDS = ["", "नमक", 'comma, "quote" and \\backslash', "two\nlines\tand tab", "🧂", "NULL", "\\N", "0"]
_MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, 0, 123_456, tzinfo=UTC),
]


def fill_every_table(connection: psycopg.Connection, seed: int, rows: int = 40) -> None:
    """Plant `rows` random rows in each carried table; wants a superuser whom no check stops."""
    draw = random.Random(seed)
    for table in sources():
        for (constraint,) in connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            (f"app.{table.name}",),
        ).fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            connection.execute(drop.format(sql.Identifier("app", table.name), sql.Identifier(constraint)))
        insert_random(connection, table, draw, rows)


def insert_random(connection: psycopg.Connection, table: Source, draw: random.Random, rows: int) -> None:
    """Plant `rows` random rows in one table."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("app", table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL(", ").join(sql.Placeholder() for _ in table.columns),
    )
    connection.cursor().executemany(
        statement, [[_value(column, draw) for column in table.columns] for _ in range(rows)]
    )


def _value(column: Column, draw: random.Random) -> Any:
    if column.is_nullable and draw.random() < 0.3:
        return None
    kind, _, precision = column.type.rstrip(")").partition("(")
    match kind:
        case "uuid":
            return UUID(int=draw.getrandbits(128))
        case "boolean":
            return draw.random() < 0.5
        case "smallint" | "integer" | "bigint":
            top = 2 ** ({"smallint": 16, "integer": 32, "bigint": 64}[kind] - 1)
            return draw.choice([-top, top - 1, 0, draw.randrange(-top, top)])
        case "numeric":
            digits, scale = map(int, precision.split(","))
            whole = draw.choice([0, 1, 10 ** (digits - 1), 10**digits - 1, draw.randrange(10**digits)])
            return Decimal(f"{draw.choice([-1, 1]) * whole}E-{scale}")
        case "date":
            return draw.choice([date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29)])
        case "timestamptz":
            return draw.choice(_MOMENTS)
        case "jsonb":
            return Jsonb(
                draw.choice([{}, {"a": [1, None, "नमक"]}, {"n": 10**30}, {"s": json.dumps({"q": '"'})}])
            )
        case "bytea":
            # Those under a unique index are long enough to differ.
            return draw.randbytes(32 if column.name.endswith("_index") else draw.choice([0, 1, 32]))
        case _:
            length = int(precision) if precision else 200
            # The tail keeps words under a unique index apart.
            return (draw.choice(_WORDS) + f"{draw.getrandbits(64):x}")[-length:]
