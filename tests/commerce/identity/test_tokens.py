"""Access tokens: whom they speak for, which key signs them, and how keys follow one another."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from commerce.identity import passwords, signing, tokens
from commerce.identity.errors import RegistrationInvalid, TokenRejected
from commerce.identity.tokens import Access
from foundation import database
from foundation.embedded_postgres import Server
from sauda.main import application

SOMEBODY = Access(uuid4(), "retailer", uuid4(), "cashier", uuid4())


def whom(token: str) -> Access:
    return tokens.read_with_expiry(token)[0]


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_token_speaks_for_whom_it_was_issued(migrated: Server):
    lender = Access(uuid4(), "loan_officer", None, has_second_factor=True)
    for access in (SOMEBODY, lender):
        assert whom(tokens.issue_access_token(access)) == access


def test_rotated_keys_verify_until_their_tokens_end(own_world: str):
    before = tokens.issue_access_token(SOMEBODY)
    assert CliRunner().invoke(application("keys"), ["keys", "rotate"]).exit_code == 0
    signing.forget()
    after = tokens.issue_access_token(SOMEBODY)
    assert kid_of(before) != kid_of(after)
    assert whom(before) == whom(after) == SOMEBODY
    assert {key["kid"] for key in signing.published()} == {kid_of(before), kid_of(after)}
    with database.engine().begin() as connection:
        connection.execute(text("UPDATE app.signing_keys SET retired_at = retired_at - interval '3 hours'"))
    signing.forget()
    with pytest.raises(TokenRejected):
        whom(before)
    assert whom(after) == SOMEBODY
    CliRunner().invoke(application("keys"), ["keys", "rotate"])
    with database.read() as session:
        kids = set(session.execute(text("SELECT kid FROM app.signing_keys")).scalars())
    assert kid_of(before) not in kids
    assert kid_of(after) in kids


def test_a_process_finds_the_key_that_another_made(own_world: str, monkeypatch: pytest.MonkeyPatch):
    tokens.issue_access_token(SOMEBODY)
    known_here = list(signing._rings)
    database.write(signing.rotate)
    signing.forget()
    of_another = tokens.issue_access_token(SOMEBODY)
    signing._rings[:] = known_here
    assert tokens.needs_a_look(of_another)
    monkeypatch.setattr(signing, "LOOK_AGAIN_SECONDS", 0.0)
    assert whom(of_another) == SOMEBODY
    assert not tokens.needs_a_look(of_another)


def test_the_first_keys_of_two_databases_are_not_mixed_up(own_world: str):
    token = tokens.issue_access_token(SOMEBODY)
    database.forget_pool()
    assert tokens.needs_a_look(token)
    assert whom(token) == SOMEBODY


def test_what_stands_in_the_database_signs_nothing(own_world: str):
    token = tokens.issue_access_token(SOMEBODY)
    with database.read() as session:
        row = session.execute(text("SELECT public_key, private_key_sealed FROM app.signing_keys")).one()
    private = signing.signing_key()[1].private_bytes_raw()
    assert private not in row.private_key_sealed
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, row.public_key, algorithm="HS256", headers={"kid": kid_of(token)})
    with pytest.raises(TokenRejected):
        whom(forged)


def test_an_access_token_lives_an_hour(migrated: Server):
    claims = jwt.decode(tokens.issue_access_token(SOMEBODY), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == timedelta(hours=1).total_seconds()


@pytest.mark.parametrize("password", ["short", "x" * 257, "", "12345678", "Password123"])
def test_a_password_is_neither_guessable_nor_a_burden(password: str):
    with pytest.raises(RegistrationInvalid):
        passwords.hash_password(password)


def test_any_script_makes_a_password():
    kept = passwords.hash_password("मेरो लामो पासवर्ड 🔑")
    assert passwords.matches("मेरो लामो पासवर्ड 🔑", kept)
    assert not passwords.matches("मेरो लामो पासवर्ड", kept)
    assert not passwords.needs_rehash(kept)
