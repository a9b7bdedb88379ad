"""The contracts with the source: which tables and columns the data side carries, and as what.

One TOML file per slice. A column stands under its class, which says what may be done with it:
`key` joins, `fact` is measured and grouped, `personal` names a person and is never carried.
A type ends in `?` where the column may be empty. `changed_in` is in every table and not repeated.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa

FOLDER = Path(__file__).parent
_NOT_CARRIED = FOLDER / "not_carried.toml"

ColumnClass = Literal["key", "fact", "personal"]

# `pa.uuid()` would stand in the lake as a type that Spark refuses; sixteen bytes are read by everything.
_ARROW_TYPES: dict[str, pa.DataType] = {
    "uuid": pa.binary(16),
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "jsonb": pa.string(),
    "bytea": pa.binary(),
    "text": pa.string(),
}


class ContractBroken(ValueError):
    """A file of contracts says something that cannot be; the message names file, table and column."""


@dataclass(frozen=True)
class Column:
    """A column as the source has it. `type` is Postgres' own, with precision."""

    name: str
    type: str
    is_nullable: bool
    kind: ColumnClass
    values: tuple[str, ...] = ()

    @property
    def arrow_type(self) -> pa.DataType:
        """The exact type in Arrow and Parquet. Raises ContractBroken for a type that nothing here carries."""
        if self.type in _ARROW_TYPES:
            return _ARROW_TYPES[self.type]
        if re.fullmatch(r"varchar\(\d+\)", self.type):
            return pa.string()
        if match := re.fullmatch(r"numeric\((\d+),(\d+)\)", self.type):
            return pa.decimal128(int(match[1]), int(match[2]))
        raise ContractBroken(f"{self.name}: nothing here carries the type {self.type!r}")

    @property
    def is_summed(self) -> bool:
        """Whether source and warehouse must agree in its sum."""
        return self.type in ("smallint", "integer", "bigint") or self.type.startswith("numeric(")


@dataclass(frozen=True)
class Source:
    """A table of the source: its key and all its columns, keys first."""

    name: str
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def carried(self) -> tuple[Column, ...]:
        """The columns that leave the source."""
        return tuple(column for column in self.columns if column.kind != "personal")

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the primary key, in its order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.primary_key)


@lru_cache
def sources() -> tuple[Source, ...]:
    """Every carried table, by name. Raises ContractBroken."""
    found: list[Source] = []
    for file in sorted(FOLDER.glob("*.toml")):
        if file != _NOT_CARRIED:
            for name, table in tomllib.loads(file.read_text()).items():
                try:
                    found.append(_source(name, table))
                except (ContractBroken, KeyError, TypeError) as error:
                    raise ContractBroken(f"{file.name}, table {name}: {error}") from error
    return tuple(sorted(found, key=lambda source: source.name))


def source(name: str) -> Source:
    """The contract of one table. Raises KeyError."""
    return {each.name: each for each in sources()}[name]


@lru_cache
def not_carried() -> dict[str, str]:
    """The tables of the source that are not carried, each with the reason."""
    return tomllib.loads(_NOT_CARRIED.read_text())


def fingerprint(tables: tuple[Source, ...]) -> str:
    """Changes when what is carried changes; rows carried under another one are read anew."""
    shape = repr(
        [(table.name, table.primary_key, [(c.name, c.type) for c in table.carried]) for table in tables]
    )
    return hashlib.sha256(shape.encode()).hexdigest()[:16]


def _source(name: str, table: dict[str, Any]) -> Source:
    if strange := set(table) - {"primary_key", "values", *get_args(ColumnClass)}:
        raise ContractBroken(f"{sorted(strange)} is no part of a contract")
    values = {column: tuple(allowed) for column, allowed in table.get("values", {}).items()}
    columns = tuple(
        Column(column, declared.removesuffix("?"), declared.endswith("?"), kind, values.pop(column, ()))
        for kind in get_args(ColumnClass)
        for column, declared in table.get(kind, {}).items()
    )
    if values:
        raise ContractBroken(f"values for {sorted(values)}, which is no column")
    made = Source(name, tuple(table["primary_key"]), columns)
    for column in made.columns:
        _ = column.arrow_type
    for column in made.key_columns:
        if column.kind != "key" or column.is_nullable:
            raise ContractBroken(
                f"{column.name} is in the primary key: it must be of class key and never empty"
            )
    return made
