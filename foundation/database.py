"""The one way to the transactional database: `write` for verbs, `read` for questions.

`write` opens a transaction, runs the whole callable, commits, and runs it again with a fresh
session when Postgres gave up on it (serialization failure, deadlock). Nothing else commits.
"""

from __future__ import annotations

import os
import random
import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from foundation import locations
from foundation.errors import DomainError, OutcomeUnknown, Unavailable
from foundation.settings import settings
from foundation.statements import Statement

log = structlog.get_logger(__name__)

T = TypeVar("T")

SCHEMA = "app"
ATTEMPTS = 3
RETRIED_STATES = {"40001": "serialization-failure", "40P01": "deadlock"}
LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"
NO_SUCH_TABLE = ("42P01", "3F000")

Scope = Iterable[UUID] | str
SYSTEM: Final = "*"
"""The scope of work that no tenant asked for: jobs, imports, the simulator, operators."""

retries = Counter("sauda_write_retries", "Transactions run again, by cause", ["cause"])


class Base(DeclarativeBase):
    """Tables of the transactional schema."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )


class Busy(Unavailable):
    """Another transaction held what this one needs for longer than the lock time-out."""

    code = "busy"


class NotMigrated(Unavailable):
    """The database answers and has no tables yet."""

    code = "not-migrated"


class Writer(Protocol):
    """`write` bound to a scope: what a route gets instead of a session."""

    def __call__(self, work: Callable[[Session], T], *, counterparty: UUID | None = None) -> T: ...


_pools: list[Engine] = []
_making = threading.Lock()


def engine() -> Engine:
    """The pool of this process, as the application role. Size and time-outs come from the settings."""
    with _making:
        if not _pools:
            _pools.append(_make_pool())
        return _pools[0]


def _make_pool() -> Engine:
    chosen = settings()
    timeouts = {
        "lock_timeout": chosen.db_lock_timeout_ms,
        "statement_timeout": chosen.db_statement_timeout_ms,
        "idle_in_transaction_session_timeout": chosen.db_idle_in_transaction_timeout_ms,
    }
    made = create_engine(
        locations.for_sqlalchemy(locations.database_url()),
        pool_size=chosen.db_pool_size,
        max_overflow=0,
        pool_timeout=chosen.db_pool_timeout_seconds,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in timeouts.items()),
            "application_name": "sauda",
        },
    )
    event.listen(made, "checkout", _replace_if_ended)
    event.listen(made, "do_connect", _go_where_the_server_is)
    return made


def _go_where_the_server_is(_dialect: object, _record: object, _args: object, wanted: dict[str, Any]) -> None:
    # A long-running process outlives its embedded server, which may come back on another port.
    server = locations.living_server()
    if server is not None:
        wanted["port"] = server.port


def _replace_if_ended(connection: Any, _record: object, _proxy: object) -> None:
    # A server that ended the session has written its farewell into the socket. To look there costs
    # microseconds; a ping before every transaction costs each order a round trip.
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if socket.poll(0):
        raise InvalidatePoolError("the server ended the session")


def forget_pool(*, close: bool = True) -> None:
    """Close the pool; the next use makes one anew, from the settings of then."""
    while _pools:
        _pools.pop().dispose(close=close)


def _after_fork() -> None:
    # A child must not speak on its parent's sockets, nor wait for a lock that another thread of it held.
    global _making  # noqa: PLW0603 - one lock per process
    _making = threading.Lock()
    forget_pool(close=False)


os.register_at_fork(after_in_child=_after_fork)


def write(work: Callable[[Session], T], *, scope: Scope = SYSTEM) -> T:
    """Run `work` in one transaction and commit it; run it again on a deadlock or serialization failure.

    `scope` names the businesses whose rows the transaction may see and write (row-level security).
    A DomainError rolls everything back; what it carries in `aftermath` (the record of a refused
    decision) is then written in a second transaction. Raises Busy, Unavailable, OutcomeUnknown.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _write_once(work, scope)
        except DBAPIError as error:
            cause = RETRIED_STATES.get(sqlstate(error) or "")
            if cause is None or attempt == ATTEMPTS:
                raise _translated(error) from error
            retries.labels(cause).inc()
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        except PoolTimeout as error:
            raise Unavailable(
                "every database connection of this process is in use; try again shortly"
            ) from error
        except DomainError as error:
            if error.aftermath is not None:
                _record_refusal(error.aftermath, scope)
            raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _record_refusal(aftermath: Callable[[Session], object], scope: Scope) -> None:
    # The caller is answered with the refusal, whatever becomes of its record.
    try:
        write(aftermath, scope=scope)
    except Unavailable as error:
        log.error("refusal.not_recorded", reason=error.message)
    except SQLAlchemyError as error:
        # By its kind alone: the text of a database error repeats the values of the statement.
        state = sqlstate(error) if isinstance(error, DBAPIError) else None
        log.error("refusal.not_recorded", reason=type(error).__name__, sqlstate=state)


def _write_once(work: Callable[[Session], T], scope: Scope) -> T:
    with Session(engine(), expire_on_commit=False, autoflush=False) as session:
        set_scope(session, scope)
        result = work(session)
        session.flush()
        try:
            session.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise OutcomeUnknown(
                    "the connection was lost while committing; repeat the request with the same Idempotency-Key"
                ) from error
            raise
        return result


@contextmanager
def read(scope: Scope = SYSTEM) -> Iterator[Session]:
    """A session that cannot write, limited to the rows of `scope`. Raises Unavailable."""
    try:
        with Session(engine(), expire_on_commit=False, autoflush=False) as session:
            session.connection(execution_options={"postgresql_readonly": True})
            set_scope(session, scope)
            yield session
    except DBAPIError as error:
        raise _translated(error) from error
    except PoolTimeout as error:
        raise Unavailable("every database connection of this process is in use; try again shortly") from error


class Trial:
    """A transaction for verbs that are to answer as they would, and to leave nothing: it is never committed.

    The questions of the same trial see what its verbs wrote. Close it.
    """

    def __init__(self) -> None:
        self._session: Session | None = None

    def write(self, work: Callable[[Session], T], *, scope: Scope) -> T:
        """Run `work` as `write` would; what it raises undoes its own work alone."""

        def once(session: Session) -> T:
            with session.begin_nested():
                set_scope(session, scope)
                result = work(session)
                session.flush()
            return result

        return self._within(once)

    def read(self, question: Callable[[Session], T], *, scope: Scope) -> T:
        """Ask a question, limited to the rows of `scope`."""

        def once(session: Session) -> T:
            set_scope(session, scope)
            return question(session)

        return self._within(once)

    def close(self) -> None:
        """Undo everything."""
        if self._session is not None:
            self._session.close()

    def _within(self, work: Callable[[Session], T]) -> T:
        try:
            if self._session is None:
                self._session = Session(engine(), expire_on_commit=False, autoflush=False)
            try:
                return work(self._session)
            finally:
                # As if another session came after: what the next verb reads, it reads anew.
                self._session.expunge_all()
        except DBAPIError as error:
            raise _translated(error) from error
        except PoolTimeout as error:
            raise Unavailable(
                "every database connection of this process is in use; try again shortly"
            ) from error


_SET_SCOPE = Statement("SELECT set_config('app.business_id', :scope, true)")


def set_scope(session: Session, scope: Scope) -> None:
    """Limit the running transaction to the rows of `scope`."""
    ids = scope if isinstance(scope, str) else ",".join(map(str, scope))
    _SET_SCOPE.run(session, {"scope": ids})


def sqlstate(error: DBAPIError) -> str | None:
    """The five-letter SQLSTATE of a database error, or None when it never reached the server."""
    return getattr(error.orig, "sqlstate", None)


def _translated(error: DBAPIError) -> Exception:
    state = sqlstate(error)
    if state == LOCK_NOT_AVAILABLE:
        return Busy("another request is working on the same account or goods; try again shortly")
    if state == QUERY_CANCELED:
        return Unavailable("the database took too long to answer; try again shortly")
    if state in NO_SUCH_TABLE:
        return NotMigrated("this database has no tables of Sauda yet; run `sauda migrate`")
    # Without a state it never reached the server, also when the driver refused a value: that is no lost connection.
    if error.connection_invalidated or (state is None and isinstance(error, OperationalError)):
        return Unavailable("the database does not answer; nothing was changed, try again shortly")
    return error
