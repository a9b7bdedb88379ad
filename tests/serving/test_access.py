"""Keys, members, second factors and what ends a log-in, as clients see them."""

from __future__ import annotations

from uuid import uuid4

import httpx
import jwt
import pyotp
import pytest

from serving import credentials
from tests.commerce.identity.conftest import answer_challenges, code_in, new_phone, said_to, token_in
from tests.serving.conftest import PASSWORD, Person, Register
from tests.serving.market import Market, open_market

pytestmark = pytest.mark.committing

V1 = "/api/v1"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}


def log_in(client: httpx.Client, **given: str) -> httpx.Response:
    return client.post(f"{V1}/auth/login", json={"password": PASSWORD, **given})


def make_key(client: httpx.Client, owner: Person, *scopes: str, **given: str) -> dict[str, str]:
    answer = client.post(
        f"{V1}/api-keys", json={"name": "A till", "scopes": scopes, **given}, headers=owner.headers
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def seen_key(client: httpx.Client, owner: Person, key_id: str) -> dict[str, str]:
    items = client.get(f"{V1}/api-keys", headers=owner.headers).json()["items"]
    return next(item for item in items if item["id"] == key_id)


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


# --- keys -----------------------------------------------------------------------------------------


def test_a_live_key_acts_within_its_scopes_and_is_shown_once(client: httpx.Client, market: Market) -> None:
    made = make_key(client, market.retailer, "orders:place", "orders:read")
    placed = client.post(f"{V1}/orders", json=market.wish(), headers=bearer(made["key"]))
    assert placed.status_code == 201
    read = client.get(f"{V1}/orders/{placed.json()['id']}", headers=market.retailer.headers)
    assert read.json()["number"] == placed.json()["number"]
    refused = client.get(f"{V1}/products", headers=bearer(made["key"]))
    assert (refused.json()["code"], refused.json()["scope"]) == ("scope-missing", "catalogue:read")
    seen = seen_key(client, market.retailer, made["id"])
    assert seen["last_used_at"] is not None
    assert made["key"].startswith(seen["prefix"])
    assert made["key"] not in client.get(f"{V1}/api-keys", headers=market.retailer.headers).text


def test_a_test_key_is_answered_as_a_live_one_and_leaves_nothing(
    client: httpx.Client, market: Market
) -> None:
    made = make_key(client, market.retailer, "orders:place", "orders:read", "credit:read", mode="test")
    assert made["key"].startswith("sauda_test_")
    limits_before = client.get(f"{V1}/credit/limits", headers=market.retailer.headers).json()
    for _ in range(2):
        placed = client.post(f"{V1}/orders", json=market.wish("3"), headers=bearer(made["key"]))
        assert placed.status_code == 201
        assert placed.json()["lines"][0]["ordered_quantity"] == "3"
        assert (
            client.get(f"{V1}/orders/{placed.json()['id']}", headers=bearer(made["key"])).status_code == 404
        )
    refused = client.post(f"{V1}/orders", json=market.wish("999999"), headers=bearer(made["key"]))
    assert refused.status_code == 409
    assert client.get(f"{V1}/orders", headers=market.retailer.headers).json()["items"] == []
    assert client.get(f"{V1}/credit/limits", headers=market.retailer.headers).json() == limits_before


def test_a_revoked_key_is_over(client: httpx.Client, market: Market) -> None:
    made = make_key(client, market.retailer, "orders:read")
    assert client.get(f"{V1}/orders", headers=bearer(made["key"])).status_code == 200
    path = f"{V1}/api-keys/{made['id']}"
    assert client.delete(path, headers=market.retailer.headers).status_code == 204
    assert client.delete(path, headers=market.retailer.headers).status_code == 404
    credentials.forget()  # as happens by itself within seconds
    over = client.get(f"{V1}/orders", headers=bearer(made["key"]))
    assert (over.status_code, over.json()["code"]) == (401, "token-rejected")
    assert "API key" in over.json()["detail"]
    assert "refresh" not in over.json()["detail"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"scopes": ["members:manage"]}, "api-key-invalid"),
        ({"scopes": ["orders:deliver"]}, "api-key-invalid"),  # a vendor's
        ({"scopes": ["everything"]}, "api-key-invalid"),
        ({"scopes": []}, "malformed"),
        ({"scopes": ["orders:read"], "expires_at": "2020-01-01T00:00:00Z"}, "api-key-invalid"),
        ({"scopes": ["orders:read"], "mode": "root"}, "malformed"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    client: httpx.Client, person: Register, given: dict[str, object], code: str
) -> None:
    answer = client.post(
        f"{V1}/api-keys", json={"name": "A till", **given}, headers=person("retailer").headers
    )
    assert answer.json()["code"] == code


def test_a_made_up_key_is_refused(client: httpx.Client) -> None:
    for key in ("sauda_live_", "sauda_live_" + "x" * 43, "sauda_test_ü"):
        answer = client.get(f"{V1}/orders", headers={"Authorization": f"Bearer {key}".encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "token-rejected")


def test_no_key_makes_keys_or_sees_a_profile(client: httpx.Client, market: Market) -> None:
    made = make_key(client, market.vendor, "orders:read", "audit:read")
    for method, path in (("GET", "api-keys"), ("GET", "members"), ("GET", "auth/profile")):
        answer = client.request(method, f"{V1}/{path}", headers=bearer(made["key"]))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing"), path


# --- members --------------------------------------------------------------------------------------


def test_who_trades_both_ways_invites_somebody_for_the_other_half(
    client: httpx.Client, market: Market, person: Register
) -> None:
    owner = person("retailer", both_ways=True)
    phone = new_phone()
    wanted = {"full_name": "Ramesh Oli", "phone": phone, "position": "owner", "role": "vendor"}
    path = f"{V1}/members/invitations"
    invited = client.post(path, json=wanted, headers=owner.headers)
    assert (invited.status_code, invited.json()["role"]) == (201, "vendor")
    joining = {"token": token_in(said_to(phone).body), "password": PASSWORD}
    assert client.post(f"{V1}/auth/invitations/accept", json=joining).status_code == 201
    seller = bearer(log_in(client, phone=phone).json()["access_token"])
    limit = {"limit": "50", "reason": "known for years", "net_days": 7}
    given = client.put(f"{V1}/credit/limits/{market.retailer.own}", json=limit, headers=seller)
    assert given.status_code == 200, given.text
    roles = [one["role"] for one in client.get(f"{V1}/members", headers=owner.headers).json()["items"]]
    assert sorted(roles) == ["retailer", "vendor"]
    refused = client.post(path, json=wanted | {"phone": new_phone()}, headers=market.retailer.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "registration-invalid")


def test_an_invited_cashier_joins_works_and_is_let_go(client: httpx.Client, market: Market) -> None:
    phone = new_phone()
    invited = client.post(
        f"{V1}/members/invitations",
        json={"full_name": "Ramesh Oli", "phone": phone, "position": "cashier"},
        headers=market.vendor.headers,
    )
    assert invited.status_code == 201
    token = token_in(said_to(phone).body)
    assert token not in invited.text
    joining = {"token": token, "password": PASSWORD}
    joined = client.post(f"{V1}/auth/invitations/accept", json=joining)
    assert (joined.status_code, joined.json()["position"]) == (201, "cashier")
    assert client.post(f"{V1}/auth/invitations/accept", json=joining).json()["code"] == "invitation-rejected"
    cashier = log_in(client, phone=phone).json()
    paying = {"retailer_id": str(market.retailer.own), "amount": "1", "mode": "cash"}
    market.place(client)
    paid = client.post(f"{V1}/credit/payment", json=paying, headers=bearer(cashier["access_token"]))
    assert paid.status_code == 201, paid.text
    for state, status in (("active", 200), ("removed", 403)):
        seen = client.get(f"{V1}/members", params={"state": state}, headers=bearer(cashier["access_token"]))
        assert seen.status_code == status, state
    limit = client.put(
        f"{V1}/credit/limits/{market.retailer.own}",
        json={"limit": "5", "reason": "test", "net_days": 7},
        headers=bearer(cashier["access_token"]),
    )
    assert limit.json()["code"] == "position-not-allowed"
    gone = client.delete(f"{V1}/members/{joined.json()['id']}", headers=market.vendor.headers)
    assert gone.status_code == 204
    credentials.forget()
    assert client.get(f"{V1}/orders", headers=bearer(cashier["access_token"])).status_code == 401
    assert log_in(client, phone=phone).json()["code"] == "credentials-rejected"


def test_the_owner_reads_who_did_what_and_nobody_elses(client: httpx.Client, market: Market) -> None:
    made = make_key(client, market.vendor, "orders:read")
    page = client.get(f"{V1}/audit", params={"limit": 1}, headers=market.vendor.headers).json()
    assert [(entry["action"], entry["subject_id"]) for entry in page["items"]] == [
        ("api-key-made", made["id"])
    ]
    rest = client.get(
        f"{V1}/audit", params={"limit": 50, "cursor": page["next_cursor"]}, headers=market.vendor.headers
    )
    actions = [entry["action"] for entry in rest.json()["items"]]
    assert actions[-1] == "user-registered"
    assert {entry["business_id"] for entry in rest.json()["items"]} == {str(market.vendor.own)}
    only = client.get(f"{V1}/audit", params={"action": "api-key-made"}, headers=market.retailer.headers)
    assert only.json()["items"] == []


def test_every_write_of_an_admin_is_told(client: httpx.Client, person: Register) -> None:
    admin = person("admin")
    sku = f"RICE-{uuid4().hex[:8]}"
    product = {"sku": sku, "name": "Rice", "category": "staples", "base_unit": "kg"}
    assert client.post(f"{V1}/products", json=product, headers=admin.headers).status_code == 201
    erased = person("analyst")
    assert client.delete(f"{V1}/people/{erased.user_id}", headers=admin.headers).status_code == 204
    told = client.get(f"{V1}/audit", params={"actor_id": str(admin.user_id)}, headers=admin.headers).json()
    acts = [(entry["action"], entry["facts"].get("operation")) for entry in told["items"]]
    assert {("admin-act", "add_product"), ("admin-act", "erase_person"), ("person-erased", None)} <= set(acts)


# --- log-ins --------------------------------------------------------------------------------------


def test_a_log_out_ends_the_access_token_too(client: httpx.Client, person: Register) -> None:
    someone = person("vendor")
    tokens = log_in(client, email=someone.email).json()
    headers = bearer(tokens["access_token"])
    assert client.get(f"{V1}/auth/profile", headers=headers).status_code == 200
    client.post(f"{V1}/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    credentials.forget()
    assert client.get(f"{V1}/auth/profile", headers=headers).status_code == 401


def test_a_password_is_changed_by_who_knows_it(client: httpx.Client, person: Register) -> None:
    someone = person("vendor")
    headers = bearer(log_in(client, email=someone.email).json()["access_token"])
    wanted = {"password": "not this one", "new_password": "another long phrase"}
    assert client.post(f"{V1}/auth/password", json=wanted, headers=headers).status_code == 401
    wanted["password"] = PASSWORD
    assert client.post(f"{V1}/auth/password", json=wanted, headers=headers).status_code == 204
    credentials.forget()
    assert client.get(f"{V1}/auth/profile", headers=headers).status_code == 401
    assert log_in(client, email=someone.email).status_code == 401
    assert log_in(client, email=someone.email, password="another long phrase").status_code == 200


def test_a_lost_password_is_set_anew_by_mail(client: httpx.Client, person: Register) -> None:
    someone = person("vendor")
    asked = client.post(f"{V1}/auth/password/forgotten", json={"email": someone.email})
    unknown = client.post(f"{V1}/auth/password/forgotten", json={"email": f"{uuid4().hex}@people.example"})
    assert (asked.status_code, asked.content) == (unknown.status_code, unknown.content) == (202, b"null")
    answer_challenges()
    reset = {"token": token_in(said_to(someone.email).body), "new_password": "another long phrase"}
    assert client.post(f"{V1}/auth/password/reset", json=reset).status_code == 204
    assert client.post(f"{V1}/auth/password/reset", json=reset).json()["code"] == "reset-rejected"
    assert log_in(client, email=someone.email, password="another long phrase").status_code == 200


def test_a_phone_is_confirmed_and_logs_in_by_code(client: httpx.Client, person: Register) -> None:
    someone, phone = person("retailer"), new_phone()
    assert client.post(f"{V1}/auth/phone", json={"phone": phone}, headers=someone.headers).status_code == 202
    confirmed = client.post(
        f"{V1}/auth/phone/confirm",
        json={"phone": phone, "code": code_in(said_to(phone).body)},
        headers=someone.headers,
    )
    assert confirmed.json()["phone"] == phone
    known = client.post(f"{V1}/auth/login/code", json={"phone": phone})
    unknown = client.post(f"{V1}/auth/login/code", json={"phone": new_phone()})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    answer_challenges()
    given = {"phone": phone, "code": code_in(said_to(phone).body)}
    assert client.post(f"{V1}/auth/login/phone", json=given).json()["user"]["id"] == str(someone.user_id)
    assert client.post(f"{V1}/auth/login/phone", json=given).json()["code"] == "code-rejected"


def test_an_admin_sets_up_a_second_factor_and_works_from_then_on(
    client: httpx.Client, person: Register
) -> None:
    admin = person("admin")
    first = log_in(client, email=admin.email).json()
    assert first["must_set_up_second_factor"]
    headers = bearer(first["access_token"])
    refused = client.get(f"{V1}/audit", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "second-factor-missing")
    staff = {"email": "x@y.example", "full_name": "X", "password": PASSWORD, "role": "analyst"}
    assert client.post(f"{V1}/auth/register", json=staff, headers=headers).status_code == 403
    begun = client.post(f"{V1}/auth/second-factor", headers=headers).json()
    assert pyotp.parse_uri(begun["uri"]).secret == begun["secret"]
    totp = pyotp.TOTP(begun["secret"])
    confirmed = client.post(f"{V1}/auth/second-factor/confirm", json={"code": totp.now()}, headers=headers)
    tokens = confirmed.json()["log_in"]
    assert client.get(f"{V1}/audit", headers=bearer(tokens["access_token"])).status_code == 200
    renewed = client.post(f"{V1}/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    assert client.get(f"{V1}/audit", headers=bearer(renewed["access_token"])).status_code == 200
    needed = log_in(client, email=admin.email)
    assert (needed.status_code, needed.json()["code"]) == (401, "second-factor-needed")
    code = confirmed.json()["recovery_codes"][0]
    assert log_in(client, email=admin.email, second_factor=code).status_code == 200


def test_trying_too_often_says_when_to_try_again(client: httpx.Client) -> None:
    address = f"{uuid4().hex}@people.example"
    answers = [log_in(client, email=address, password="wrong") for _ in range(11)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-attempts")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert address not in answers[-1].text


def test_the_public_keys_verify_what_was_issued(client: httpx.Client, person: Register) -> None:
    token = log_in(client, email=person("vendor").email).json()["access_token"]
    listed = jwt.PyJWKSet.from_dict(client.get(f"{V1}/auth/keys").json())
    key = listed[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["EdDSA"], issuer="sauda")["role"] == "vendor"
