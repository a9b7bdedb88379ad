"""The contracts and the migrated schema say the same, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from foundation.embedded_postgres import DATABASE, OWNER, Server
from ingestion import sources as contracts
from ingestion.sources import ContractBroken, Source, not_carried, sources

Catalogue = dict[str, dict[str, tuple[str, bool]]]


@pytest.fixture(scope="module")
def connection(migrated: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(migrated.url(OWNER, DATABASE)) as connection:
        yield connection


@pytest.fixture(scope="module")
def catalogue(connection: psycopg.Connection) -> Catalogue:
    """Table → column → (type, nullable), as Postgres says."""
    found: Catalogue = {}
    for table, column, type_, is_nullable in connection.execute(
        """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p')
        """
    ):
        short = type_.replace("character varying", "varchar").replace(
            "timestamp with time zone", "timestamptz"
        )
        found.setdefault(table, {})[column] = (short, is_nullable)
    return found


def test_every_table_of_the_source_is_carried_or_listed_with_the_reason(catalogue: Catalogue) -> None:
    assert {table.name for table in sources()} | set(not_carried()) == set(catalogue)
    assert not {table.name for table in sources()} & set(not_carried())
    assert all(len(reason) > 10 for reason in not_carried().values())


def test_a_table_is_carried_exactly_if_its_changes_are_captured(catalogue: Catalogue) -> None:
    captured = {table for table, columns in catalogue.items() if "changed_in" in columns}
    assert captured - {"tombstones"} == {table.name for table in sources()}
    assert all(catalogue[table]["changed_in"] == ("xid8", False) for table in captured)


@pytest.mark.parametrize("table", sources(), ids=lambda table: table.name)
def test_a_contract_has_every_column_with_its_type_and_nullability(
    table: Source, catalogue: Catalogue
) -> None:
    declared = {column.name: (column.type, column.is_nullable) for column in table.columns}
    assert declared == {n: facts for n, facts in catalogue[table.name].items() if n != "changed_in"}


def test_keys_are_the_primary_keys(connection: psycopg.Connection) -> None:
    keys = dict(
        connection.execute(
            """
            SELECT c.relname, array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum))
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
            WHERE c.relnamespace = 'app'::regnamespace AND i.indisprimary GROUP BY c.relname
            """
        ).fetchall()
    )
    assert {table.name: list(table.primary_key) for table in sources()} == {
        table.name: keys[table.name] for table in sources()
    }


def test_enum_values_are_those_that_the_source_allows(connection: psycopg.Connection) -> None:
    allowed: dict[tuple[str, str], set[str]] = {}
    for table, definition in connection.execute(
        """
        SELECT r.relname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
        WHERE c.contype = 'c' AND c.connamespace = 'app'::regnamespace
        """
    ):
        match = re.fullmatch(
            r'CHECK \(\(\("?(\w+)"?\)::text = ANY \(\(ARRAY\[(.+)\]\)::text\[\]\)\)\)', definition
        )
        if match and table not in not_carried():
            allowed[table, match[1]] = set(re.findall(r"'([^']*)'", match[2]))
    declared = {(t.name, c.name): set(c.values) for t in sources() for c in t.columns if c.values}
    assert declared == allowed
    assert len(declared) > 10


def test_money_is_whole_minor_units_in_bigint() -> None:
    money = [(t.name, c) for t in sources() for c in t.columns if c.name.endswith("_paisa")]
    assert money
    assert [(table, c.name) for table, c in money if c.type != "bigint"] == []


def test_what_people_are_called_is_personal_and_not_carried() -> None:
    personal = {(t.name, c.name) for t in sources() for c in t.columns if c.kind == "personal"}
    assert {
        ("users", "email_sealed"),
        ("users", "full_name_sealed"),
        ("users", "password_hash"),
        ("businesses", "name"),
    } < personal
    carried = {(t.name, c.name) for t in sources() for c in t.carried}
    assert not personal & carried


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"primary_key": ["id"], "fact": {"id": "uuid"}}, "must be of class key"),
        ({"primary_key": ["id"], "key": {"id": "uuid?"}}, "never empty"),
        ({"primary_key": ["id"], "key": {"id": "money"}}, "nothing here carries the type 'money'"),
        ({"primary_key": ["id"], "key": {"id": "uuid"}, "secret": {"x": "text"}}, "no part of a contract"),
        ({"primary_key": ["id"], "key": {"id": "uuid"}, "values": {"kind": ["a"]}}, "which is no column"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(ContractBroken, match=message):
        contracts._source("things", table)
