"""Registering, logging in, refreshing and logging out, as clients see it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from argon2 import PasswordHasher
from httpx import Client
from sqlalchemy import text

from commerce.identity import passwords, service, signing, tokens
from foundation import database

pytestmark = pytest.mark.committing

PASSWORD = "a long phrase of nobody"
BUSINESS = {"name": "Karnali Traders", "country": "NP", "state": "NP-P6", "zone": "Birendranagar"}


def registration(**changes):
    return {
        "email": f"{uuid4().hex}@people.example",
        "full_name": "Asha Thapa",
        "password": PASSWORD,
        "role": "vendor",
        "business": BUSINESS,
        **changes,
    }


@pytest.fixture
def logged_in(client: Client, person):
    someone = person("vendor")
    answer = client.post("/api/v1/auth/login", json={"email": someone.email, "password": PASSWORD})
    assert answer.status_code == 200
    return answer.json()


def test_a_vendor_registers_logs_in_and_sees_the_profile(client: Client):
    wanted = registration()
    registered = client.post("/api/v1/auth/register", json=wanted)
    assert registered.status_code == 201
    assert "password" not in registered.text
    login = client.post("/api/v1/auth/login", json={"email": wanted["email"].upper(), "password": PASSWORD})
    assert login.status_code == 200
    assert login.json()["token_type"] == "Bearer"
    bearer = {"Authorization": f"Bearer {login.json()['access_token']}"}
    profile = client.get("/api/v1/auth/profile", headers=bearer).json()
    assert profile["id"] == registered.json()["id"]
    assert profile["business"]["currency"] == "NPR"
    assert profile["business"]["time_zone"] == "Asia/Kathmandu"
    assert profile["business"]["is_vendor"]
    assert not profile["business"]["is_retailer"]


@pytest.mark.parametrize("country", ["ZZ", "Nepal"])
def test_a_country_that_is_none_is_named_with_those_that_are(client: Client, country: str):
    wanted = registration(business={**BUSINESS, "country": country})
    refused = client.post("/api/v1/auth/register", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (400, "business-invalid")
    assert refused.json()["detail"].startswith(f"country '{country}' is not possible; give IN or NP, or ")


def test_an_email_is_taken_in_any_case(client: Client):
    wanted = registration()
    assert client.post("/api/v1/auth/register", json=wanted).status_code == 201
    again = client.post("/api/v1/auth/register", json={**wanted, "email": wanted["email"].upper()})
    assert again.status_code == 409
    assert again.json()["code"] == "email-taken"


def test_a_refused_registration_leaves_no_business_behind(client: Client):
    wanted = registration()
    assert client.post("/api/v1/auth/register", json=wanted).status_code == 201
    name = f"Left behind {uuid4()}"
    again = {**wanted, "business": {**BUSINESS, "name": name}}
    assert client.post("/api/v1/auth/register", json=again).status_code == 409
    with database.read() as session:
        count = session.execute(
            text("SELECT count(*) FROM app.businesses WHERE name = :name"), {"name": name}
        )
        assert count.scalar_one() == 0


@pytest.mark.parametrize("role", ["admin", "loan_officer", "analyst"])
def test_only_an_admin_takes_in_staff(client: Client, person, role: str):
    wanted = registration(role=role, business=None)
    refused = client.post("/api/v1/auth/register", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "role-not-grantable")
    by_vendor = client.post("/api/v1/auth/register", json=wanted, headers=person("vendor").headers)
    assert by_vendor.status_code == 403
    by_admin = client.post("/api/v1/auth/register", json=wanted, headers=person("admin").headers)
    assert by_admin.status_code == 201
    assert by_admin.json()["business_id"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "admin"}, "registration-invalid"),
        ({"business": None}, "registration-invalid"),
        ({"email": "not an address"}, "registration-invalid"),
        ({"full_name": "   "}, "malformed"),
        ({"password": "short"}, "malformed"),
        ({"role": "king"}, "malformed"),
        ({"unknown": 1}, "malformed"),
        ({"full_name": "a\0b"}, "malformed"),
        ({"business": {**BUSINESS, "state": "Karnali"}}, "business-invalid"),
        ({"business": {**BUSINESS, "time_zone": "Mars/Olympus"}}, "business-invalid"),
        ({"business": {**BUSINESS, "time_zone": "localtime"}}, "business-invalid"),
        ({"business": {**BUSINESS, "currency": "INR"}}, "business-invalid"),
        (
            {"business": {**BUSINESS, "tax_profile": "vat", "registration_number": "12"}},
            "tax-profile-invalid",
        ),
    ],
)
def test_what_does_not_hold_is_refused_with_its_value(client: Client, changes, code: str):
    answer = client.post("/api/v1/auth/register", json=registration(**changes))
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_a_malformed_payload_never_repeats_the_password(client: Client):
    answer = client.post("/api/v1/auth/register", json=registration(password="short"))
    assert answer.status_code == 422
    assert "short" not in answer.text.replace("too_short", "")


def test_a_wrong_password_and_an_unknown_email_answer_alike(client: Client, person):
    someone = person("retailer")
    wrong = client.post("/api/v1/auth/login", json={"email": someone.email, "password": "not this one"})
    unknown = client.post(
        "/api/v1/auth/login", json={"email": f"{uuid4().hex}@people.example", "password": "not this one"}
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.headers["www-authenticate"] == "Bearer"


def test_an_unknown_email_costs_a_verification_too(monkeypatch: pytest.MonkeyPatch):
    verified = []
    real = PasswordHasher.verify

    def counted(self, *arguments):
        verified.append(arguments)
        return real(self, *arguments)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    assert not passwords.matches("anything", None)
    assert not passwords.matches("the password of nobody", None)
    assert len(verified) == 2


def test_each_refresh_token_is_good_once_and_a_second_use_ends_the_log_in(client: Client, logged_in):
    first = logged_in["refresh_token"]
    second = client.post("/api/v1/auth/refresh", json={"refresh_token": first})
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first
    reused = client.post("/api/v1/auth/refresh", json={"refresh_token": first})
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh-token-reused")
    after = client.post("/api/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
    assert (after.status_code, after.json()["code"]) == (401, "refresh-token-rejected")


def test_a_logged_out_chain_is_over_and_logging_out_twice_is_fine(client: Client, logged_in):
    given = {"refresh_token": logged_in["refresh_token"]}
    assert client.post("/api/v1/auth/logout", json=given).status_code == 204
    assert client.post("/api/v1/auth/logout", json=given).status_code == 204
    assert client.post("/api/v1/auth/refresh", json=given).status_code == 401


def test_a_refresh_token_past_its_time_is_rejected(client: Client, logged_in):
    token_hash = tokens.secret_hash(logged_in["refresh_token"])
    with database.engine().begin() as connection:
        connection.execute(
            text(
                "UPDATE app.refresh_tokens SET expires_at = now() - interval '1 s' WHERE token_hash = :hash"
            ),
            {"hash": token_hash},
        )
    answer = client.post("/api/v1/auth/refresh", json={"refresh_token": logged_in["refresh_token"]})
    assert answer.json()["code"] == "refresh-token-rejected"


def test_a_user_put_out_of_use_neither_logs_in_nor_refreshes(client: Client, logged_in):
    user = logged_in["user"]
    with database.engine().begin() as connection:
        connection.execute(text("UPDATE app.users SET is_active = false WHERE id = :id"), {"id": user["id"]})
    login = client.post("/api/v1/auth/login", json={"email": user["email"], "password": PASSWORD})
    assert login.json()["code"] == "credentials-rejected"
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": logged_in["refresh_token"]})
    assert refreshed.status_code == 401
    bearer = {"Authorization": f"Bearer {logged_in['access_token']}"}
    profile = client.get("/api/v1/auth/profile", headers=bearer)
    assert (profile.status_code, profile.json()["code"]) == (401, "token-rejected")


def test_a_hash_of_weaker_parameters_is_replaced_at_log_in(client: Client, person):
    someone = person("vendor")
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with database.engine().begin() as connection:
        connection.execute(
            text("UPDATE app.users SET password_hash = :weak WHERE id = :id"),
            {"weak": weak, "id": someone.user_id},
        )
    credentials = {"email": someone.email, "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=credentials).status_code == 200
    with database.read() as session:
        kept = service.profile(session, user_id=someone.user_id).password_hash
    assert kept != weak
    assert not passwords.needs_rehash(kept)
    assert client.post("/api/v1/auth/login", json=credentials).status_code == 200


def test_tokens_that_were_not_issued_here_are_rejected(client: Client, person):
    good = person("admin").headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(good, options={"verify_signature": False})
    kid, key = signing.signing_key()
    named = {"kid": kid}

    def signed(told):
        return jwt.encode(told, key, algorithm="EdDSA", headers=named)

    forged = {
        "another key": jwt.encode(claims, "x" * 40, algorithm="HS256", headers=named),
        "no signature": jwt.encode(claims, None, algorithm="none", headers=named),
        "past its time": signed({**claims, "exp": claims["iat"] - 1}),
        "no id": signed({**claims, "jti": None}),
        "no subject": signed({**claims, "sub": "nobody"}),
        "an unknown key": jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "unknown"}),
        "no key": jwt.encode(claims, key, algorithm="EdDSA"),
        "cut": good[:-4],
        "text": "not a token",
    }
    for why, token in forged.items():
        answer = client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "token-rejected"), why
    missing = client.get("/api/v1/auth/profile")
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == "Bearer"


def test_an_access_token_says_whom_it_speaks_for_and_ends(client: Client, logged_in):
    claims = jwt.decode(logged_in["access_token"], options={"verify_signature": False})
    assert claims["position"] == "owner"
    assert claims["role"] == "vendor"
    assert claims["business_id"] == logged_in["user"]["business_id"]
    assert claims["exp"] - claims["iat"] == timedelta(hours=1).total_seconds()
