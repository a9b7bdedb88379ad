"""A statement that goes to the driver by itself belongs to the session's transaction, and fails as any other."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation import database
from foundation.database import ATTEMPTS, read, write
from foundation.embedded_postgres import SUPERUSER, Server
from foundation.errors import Unavailable
from foundation.statements import Statement

pytestmark = pytest.mark.committing

_NUMBERS = Statement(
    "SELECT n, CAST(n AS numeric) / 2 AS half FROM generate_series(1, :last) AS n ORDER BY n"
)


def test_rows_are_tuples_or_by_name(migrated: Server) -> None:
    with read() as session:
        assert _NUMBERS.all(session, {"last": 2}) == [(1, Decimal("0.5")), (2, Decimal(1))]
        assert _NUMBERS.named(session, {"last": 1}) == [{"n": 1, "half": Decimal("0.5")}]
        assert _NUMBERS.first(session, {"last": 5}) == (1, Decimal("0.5"))
        assert _NUMBERS.first(session, {"last": 0}) is None


def test_a_percent_sign_and_a_cast_are_what_they_are_in_sql(migrated: Server) -> None:
    asked = Statement("SELECT 7 % :by, 'ten %', '{\"a\": 1}'::jsonb ->> 'a'")
    with read() as session:
        assert asked.first(session, {"by": 4}) == (3, "ten %", "1")


def test_it_is_of_the_sessions_transaction(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as owner:
        owner.execute("CREATE TABLE app.kept (n int)")
        owner.execute("GRANT SELECT, INSERT ON app.kept TO sauda_app")
    put = Statement("INSERT INTO app.kept VALUES (:n)")

    def change_ones_mind(session: Session) -> None:
        session.execute(text("INSERT INTO app.kept VALUES (1)"))
        put.run(session, {"n": 2})
        assert session.execute(text("SELECT count(*) FROM app.kept")).scalar_one() == 2
        raise Unavailable("not today")

    with pytest.raises(Unavailable):
        write(change_ones_mind)
    write(lambda session: put.run(session, {"n": 3}))
    with read() as session:
        assert Statement("SELECT n FROM app.kept").all(session, {}) == [(3,)]


def test_what_postgres_gave_up_is_run_again(migrated: Server) -> None:
    given_up = Statement("SELECT app.no_such_function(:n)")
    tries = []

    def work(session: Session) -> str:
        tries.append(session)
        if len(tries) < ATTEMPTS:
            Statement("DO $$ BEGIN RAISE EXCEPTION 'given up' USING ERRCODE = '40001'; END $$").run(
                session, {}
            )
        return "done"

    assert write(work) == "done"
    assert len(tries) == ATTEMPTS
    with read() as session, pytest.raises(DBAPIError) as refused:
        given_up.all(session, {"n": "secret"})
    assert database.sqlstate(refused.value) == "42883"
    assert "secret" not in str(refused.value)


def test_a_lost_connection_is_said_and_replaced(migrated: Server) -> None:
    whoami = Statement("SELECT pg_backend_pid()")
    seen: list[int] = []

    def lose_it(session: Session) -> None:
        (pid,) = whoami.first(session, {}) or (0,)
        seen.append(pid)
        with psycopg.connect(migrated.url(SUPERUSER, "postgres"), autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s)", [pid])
        whoami.all(session, {})

    with pytest.raises(Unavailable, match="does not answer"):
        write(lose_it)
    with read() as session:
        assert whoami.first(session, {}) != (seen[0],)
