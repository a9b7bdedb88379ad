"""Where the signing secret comes from, and who may read it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from commerce.identity import passwords, tokens
from commerce.identity.errors import RegistrationInvalid, TokenRejected
from commerce.identity.tokens import Access
from foundation.errors import Unavailable
from foundation.settings import settings


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    settings.cache_clear()
    tokens._kept_secret.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    tokens._kept_secret.cache_clear()


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    first = tokens.secret()
    tokens._kept_secret.cache_clear()
    assert tokens.secret() == first
    kept = tmp_path / "token_secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(first) >= tokens.SECRET_LENGTH_MIN
    assert [path.name for path in tmp_path.iterdir()] == ["token_secret"]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path):
    make = tokens._kept_secret.__wrapped__
    with ThreadPoolExecutor(8) as starters:
        made = set(starters.map(lambda _: make(tmp_path / "token_secret"), range(32)))
    assert len(made) == 1


def test_production_wants_a_secret_that_was_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAUDA_ENV", "production")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="TOKEN_SECRET is not set"):
        tokens.secret()


def test_a_short_secret_is_refused_without_being_quoted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_SECRET", "hunter2")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="32 or more") as refused:
        tokens.secret()
    assert "hunter2" not in str(refused.value)


def test_a_token_speaks_for_whom_it_was_issued(monkeypatch: pytest.MonkeyPatch):
    somebody = Access(uuid4(), "retailer", uuid4())
    lender = Access(uuid4(), "loan_officer", None)
    for access in (somebody, lender):
        assert tokens.read_access_token(tokens.issue_access_token(access)) == access
    token = tokens.issue_access_token(somebody)
    monkeypatch.setenv("TOKEN_SECRET", "another secret of forty characters, no less")
    settings.cache_clear()
    with pytest.raises(TokenRejected):
        tokens.read_access_token(token)


@pytest.mark.parametrize("password", ["short", "x" * 257, ""])
def test_a_password_is_neither_guessable_nor_a_burden(password: str):
    with pytest.raises(RegistrationInvalid):
        passwords.hash_password(password)


def test_any_script_makes_a_password():
    kept = passwords.hash_password("मेरो लामो पासवर्ड 🔑")
    assert passwords.matches("मेरो लामो पासवर्ड 🔑", kept)
    assert not passwords.matches("मेरो लामो पासवर्ड", kept)
    assert not passwords.needs_rehash(kept)
