"""People are sealed while they are here, and gone when they are forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from obstore.store import LocalStore

from commerce.identity import challenges, passwords, queries, second_factor, service
from commerce.identity.errors import CredentialsRejected, LastAdmin, RefreshTokenRejected
from commerce.identity.models import User
from commerce.identity.service import NewBusiness
from commerce.messaging import service as messaging
from commerce.messaging.workflows import _send
from foundation import personal
from foundation.database import read, write
from foundation.errors import Unavailable
from foundation.object_store import ObjectStore
from foundation.settings import settings
from tests.commerce.identity.conftest import (
    PASSWORD,
    Known,
    answer_challenges,
    give_phone,
    new_phone,
    said_to,
)

pytestmark = pytest.mark.committing

NAME = "Harkamaya Budhathoki"


@pytest.fixture
def her(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Known, str]:
    """A person who was here: with a phone, mails as files, a second factor, log-ins and messages."""
    monkeypatch.setattr("commerce.messaging.ports.object_store", lambda: _store(tmp_path))
    monkeypatch.setattr("commerce.messaging.service.object_store", lambda: _store(tmp_path))
    email, number = f"harkamaya.{uuid4().hex}@people.example", new_phone()
    user = write(
        lambda session: service.register_owner(
            session,
            email=email,
            full_name=NAME,
            password_hash=passwords.hash_password(PASSWORD),
            role="retailer",
            business=NewBusiness(name="A shop", country="NP", state="NP-P6", zone="Surkhet"),
        )
    )
    known = Known(user.id, email, user.business_id)
    give_phone(known, number)
    write(lambda session: challenges.ask(session, purpose="password", address=email))
    answer_challenges()
    assert _send(str(said_to(email).id)) == "sent"
    write(lambda session: second_factor.begin(session, user_id=known.id))
    return known, number


def _store(folder: Path) -> ObjectStore:
    return ObjectStore(str(folder), LocalStore(folder))


def everything_in(url: str, folder: Path) -> list[str]:
    """Every row of every table of the transactional database as text, and every file."""
    found = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('app', 'dbos')"
        ).fetchall()
        assert ("app", "users") in tables
        for schema, table in tables:
            rows = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" t'.encode())
            for (row,) in rows:
                found.append(f"{schema}.{table}: {row}")
    found += [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    return found


def mentions(texts: list[str], *, of: tuple[str, ...]) -> list[str]:
    """The texts in which one of the words stands, plain or as the hex of its bytes."""
    spelled = [spelling for word in of for spelling in (word, word.encode().hex())]
    return [one for one in texts if any(spelling in one for spelling in spelled)]


def test_no_table_has_a_person_in_plain_words_even_before_they_are_forgotten(
    her: tuple[Known, str], own_world: str, tmp_path: Path
) -> None:
    known, number = her
    words = (NAME, "Harkamaya", known.email, number)
    in_tables = [one for one in everything_in(own_world, tmp_path) if one.startswith(("app.", "dbos."))]
    assert not mentions(in_tables, of=words)
    assert said_to(known.email).recipient == known.email
    user = known.user()
    assert (user.full_name, user.email, user.phone) == (NAME, known.email, number)


def test_nothing_anywhere_names_a_person_who_was_forgotten(
    her: tuple[Known, str], own_world: str, tmp_path: Path
) -> None:
    known, number = her
    words = (NAME, "Harkamaya", known.email, number)
    assert mentions(everything_in(own_world, tmp_path), of=words), "the mail as a file names her"
    logged_in = write(lambda session: service.log_in(session, user_id=known.id, address=known.email))
    write(lambda session: service.erase(session, user_id=known.id, erased_by=known.id))
    messaging.forget_files(known.id)
    assert not mentions(everything_in(own_world, tmp_path), of=words)
    with read() as session:
        assert personal.subject(session, known.id) is None
        assert messaging.inbox(session, channel="mail", recipient=known.email) == []
        assert service.user_by_email(session, email=known.email) is None
    with pytest.raises(RefreshTokenRejected):
        write(lambda session: service.refresh(session, refresh_token=logged_in.refresh_token))
    with pytest.raises(CredentialsRejected):
        service.check_password(
            write(lambda session: service.begin_log_in(session, address=known.email)), PASSWORD
        )


def test_the_books_keep_who_it_was_by_id_and_the_address_is_free_again(her: tuple[Known, str]) -> None:
    known, _ = her
    write(lambda session: service.erase(session, user_id=known.id, erased_by=known.id))
    with read() as session:
        kept = session.get_one(User, known.id)
        assert (kept.role, kept.business_id, kept.is_active) == ("retailer", known.business_id, False)
        assert kept.full_name == personal.FORGOTTEN
        assert (kept.email, kept.phone, kept.password_hash) == (None, None, "")
    again = write(
        lambda session: service.register(
            session, email=known.email, full_name="Another", password_hash="hash", role="analyst"
        )
    )
    assert again.id != known.id


def test_another_master_key_reads_nobody(her: tuple[Known, str], monkeypatch: pytest.MonkeyPatch) -> None:
    known, _ = her
    user = known.user()
    monkeypatch.setenv("MASTER_KEY", "another key of forty characters, no less")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="MASTER_KEY"):
        assert user.full_name
    monkeypatch.undo()
    settings.cache_clear()


def test_the_last_admin_is_not_forgotten_and_of_two_who_leave_at_once_one_stays(
    own_world: str, password_hash: str
) -> None:
    def admin() -> User:
        return write(
            lambda session: service.register(
                session,
                email=f"{uuid4().hex}@people.example",
                full_name=NAME,
                password_hash=password_hash,
                role="admin",
            )
        )

    def leave(user: User) -> bool:
        try:
            write(lambda session: service.erase(session, user_id=user.id, erased_by=user.id))
        except LastAdmin:
            return False
        return True

    first = admin()
    assert not leave(first)
    both = [first, admin()]
    with ThreadPoolExecutor(2) as callers:
        assert sorted(callers.map(leave, both)) == [False, True]
    with read() as session:
        assert len([one for one in both if queries.active_user(session, one.id)]) == 1
