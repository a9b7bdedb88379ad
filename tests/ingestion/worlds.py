"""A source with its warehouse and lake, and what tests do with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from obstore.store import LocalStore
from psycopg import sql

from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from foundation.object_store import ObjectStore
from ingestion.run import IngestReport, ingest, rebuild_raw
from ingestion.sources import Source, sources


@dataclass(frozen=True)
class World:
    """One source with its warehouse and lake."""

    server: Server
    database: str
    warehouse: str
    folder: Path

    @property
    def source_url(self) -> str:
        return self.server.url(APP, self.database)

    @property
    def warehouse_url(self) -> str:
        return self.server.url(OWNER, self.warehouse)

    @property
    def store(self) -> ObjectStore:
        return ObjectStore(str(self.folder), LocalStore(self.folder, mkdir=True))

    def source(self) -> psycopg.Connection:
        """A connection as the application, seeing every tenant."""
        connection = psycopg.connect(self.source_url)
        connection.execute("SET app.business_id = '*'")
        connection.commit()
        return connection

    def superuser(self) -> psycopg.Connection:
        """A connection that no trigger and no foreign key stops: for planting rows."""
        connection = psycopg.connect(self.server.url(SUPERUSER, self.database), autocommit=True)
        connection.execute("SET session_replication_role = replica")
        return connection

    def add_business(self, connection: psycopg.Connection, name: str = "Nobody's Shop") -> UUID:
        """Insert one; the caller commits."""
        business = uuid4()
        connection.execute(
            "INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone, currency,"
            " time_zone, origin, joined_at)"
            " VALUES (%s, %s, true, true, 'NP', 'Karnali', 'Surkhet', 'NPR', 'Asia/Kathmandu', 'real', now())",
            (business, name),
        )
        return business

    def ingest(self, tables: tuple[Source, ...] | None = None) -> IngestReport:
        return ingest(
            str(uuid4()),
            source_url=self.source_url,
            warehouse_url=self.warehouse_url,
            store=self.store,
            tables=tables,
        )

    def rebuild(self) -> None:
        assert rebuild_raw(warehouse_url=self.warehouse_url, store=self.store) is not None

    def raw(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.warehouse_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def contents(self, url: str, schema: str) -> dict[str, list[str]]:
        """Every carried row of every table as text, in the order of its key."""
        found = {}
        with psycopg.connect(url) as connection:
            connection.execute("SET app.business_id = '*'")
            for table in sources():
                columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.carried)
                keys = sql.SQL(", ").join(sql.Identifier(name) for name in table.primary_key)
                query = sql.SQL("SELECT ROW({})::text FROM {} ORDER BY {}").format(
                    columns, sql.Identifier(schema, table.name), keys
                )
                found[table.name] = [row for (row,) in connection.execute(query)]
        return found

    def assert_raw_is_the_source(self) -> None:
        assert self.contents(self.warehouse_url, "raw") == self.contents(self.source_url, "app")


def create_database(server: Server, name: str, template: str = "template0") -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
            )
        )
