"""The audit log: only ever added to, and what was altered behind its back is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from obstore.store import LocalStore
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from commerce.audit import service as audit
from commerce.identity import service
from foundation.database import read, write
from foundation.object_store import ObjectStore
from sauda.main import application

pytestmark = pytest.mark.committing

AUDIT = audit.AUDIT


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(str(tmp_path), LocalStore(tmp_path))


@pytest.fixture
def behind(own_world: str) -> Iterator[psycopg.Connection]:
    """A connection that no trigger, key or policy stops."""
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def lived(own_world: str) -> None:
    """Acts of a business and of the platform, sealed in two batches."""
    business = service.NewBusiness(name="Karnali", country="NP", state="NP-P6", zone="Surkhet")
    write(
        lambda session: service.register_owner(
            session,
            email="a@b.example",
            full_name="A",
            password_hash="h",
            role="vendor",
            business=business,
        )
    )
    AUDIT.seal_all()
    for email in ("c@d.example", "e@f.example"):
        write(
            lambda session, email=email: service.register(
                session, email=email, full_name="C", password_hash="h", role="analyst"
            )
        )
        AUDIT.seal_all()


def failed_checks(store: ObjectStore) -> set[str]:
    with read() as session:
        return {finding.check for finding in AUDIT.verify(session, AUDIT.anchored(store))}


def test_what_the_verbs_wrote_passes(lived: None, store: ObjectStore) -> None:
    AUDIT.anchor(store)
    with read() as session:
        assert len(AUDIT.heads(session)) == 2
        assert AUDIT.waiting(session).entries == 0
    assert failed_checks(store) == set()


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE app.audit_entries SET actor_id = gen_random_uuid() WHERE business_id IS NULL",
        "UPDATE app.audit_entries SET facts = '{}'",
        "UPDATE app.audit_entries SET recorded_at = recorded_at - interval '1 s'",
        "UPDATE app.audit_entries SET action = 'logged-out'",
        "UPDATE app.audit_seals SET hash = sha256('x') WHERE seal_no = 1",
        "DELETE FROM app.audit_entries WHERE business_id IS NULL",
    ],
)
def test_any_alteration_is_found(
    lived: None, store: ObjectStore, behind: psycopg.Connection, alteration: str
) -> None:
    assert behind.execute(alteration).rowcount
    assert failed_checks(store) & {"seals match their entries", "seals are a chain"}


def test_a_tail_that_was_cut_is_told_by_the_anchor(
    lived: None, store: ObjectStore, behind: psycopg.Connection
) -> None:
    AUDIT.anchor(store)
    tail = "(SELECT entry_id FROM app.audit_seal_members WHERE seal_no = 2)"
    behind.execute(f"DELETE FROM app.audit_entries WHERE id IN {tail}")
    behind.execute("DELETE FROM app.audit_seal_members WHERE seal_no = 2")
    behind.execute("DELETE FROM app.audit_seals WHERE seal_no = 2")
    assert failed_checks(store) == {"anchored seals are there"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.audit_entries SET action = 'x'",
        "DELETE FROM app.audit_entries",
        "TRUNCATE app.audit_entries CASCADE",
        "DELETE FROM app.audit_seals",
    ],
)
def test_the_application_can_only_add(lived: None, own_world: str, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        write(lambda session: session.execute(text(statement)))
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege | errors.RestrictViolation)
    with psycopg.connect(own_world) as superuser, pytest.raises(errors.RestrictViolation):
        superuser.execute(statement)


def test_the_command_says_what_holds(lived: None, behind: psycopg.Connection) -> None:
    well = CliRunner().invoke(application("verify"), ["verify", "audit"])
    assert well.exit_code == 0, well.output
    behind.execute("UPDATE app.audit_entries SET action = 'logged-out'")
    ill = CliRunner().invoke(application("verify"), ["verify", "audit"])
    assert ill.exit_code == 1
    assert "seals match their entries" in ill.output
