"""A database of its own for each play: a market fills it, and a second one must find it empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from tests.conftest import forget_connections

Stage = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def stage(server: Server, migrated_template: str) -> Stage:
    """`with stage(): …` runs the body against a migrated database in which nothing ever happened."""

    @contextmanager
    def fresh() -> Iterator[None]:
        name = f"stage_{uuid4().hex[:12]}"
        with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    *map(sql.Identifier, (name, OWNER, migrated_template))
                )
            )
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", server.url(APP, name))
            environment.setenv("DATABASE_ADMIN_URL", server.url(OWNER, name))
            forget_connections()
            try:
                yield
            finally:
                environment.undo()
                forget_connections()

    return fresh
