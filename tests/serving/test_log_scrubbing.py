"""No secret and no person ever stands in a line of the log, whatever a client does at the door."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pyotp
import pytest
import structlog

from commerce.messaging import queries, reading, sending
from commerce.messaging.carriers import Handed, Outgoing
from foundation import database
from foundation.logs import configure_logs
from sauda import api
from tests.commerce.identity.conftest import answer_challenges, code_in, new_phone, said_to, token_in
from tests.serving.conftest import PASSWORD, Register
from tests.serving.market import keyed

pytestmark = pytest.mark.committing

V1 = "/api/v1"


@pytest.fixture(autouse=True, params=[True, False], ids=["production", "development"])
def _logging_as_in_use(request: pytest.FixtureRequest) -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers, root.level
    configure_logs(json=request.param, level="DEBUG")
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_a_whole_visit_leaves_nothing_private_in_the_log(
    client: httpx.Client, person: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets: set[str] = {PASSWORD}

    def ask(path: str, headers: dict[str, str] | None = None, **body: object) -> dict[str, object]:
        secrets.update(str(value) for name, value in body.items() if name != "position")
        answer = client.post(f"{V1}/{path}", json=body, headers=headers or {})
        return answer.json() if answer.content else {}

    name, email, phone = f"Harkamaya {uuid4().hex[:6]}", f"{uuid4().hex}@people.example", new_phone()
    business = {"name": "Karnali Traders", "country": "NP", "state": "NP-P6", "zone": "Surkhet"}
    client.post(
        f"{V1}/auth/register",
        json={
            "email": email,
            "full_name": name,
            "password": PASSWORD,
            "role": "vendor",
            "business": business,
        },
    )
    secrets |= {name, email, phone}
    ask("auth/login", email=email, password="a wrong phrase of hers")
    ask("auth/login", email=email, password={"not": "text-of-hers"})
    tokens = ask("auth/login", email=email, password=PASSWORD)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    secrets |= {str(tokens["access_token"]), str(tokens["refresh_token"])}
    ask("auth/phone", headers, phone=phone)
    ask("auth/phone/confirm", headers, phone=phone, code="wrong7")
    ask("auth/phone/confirm", headers, phone=phone, code=code_in(said_to(phone).body))
    ask("auth/login/code", phone=phone)
    answer_challenges()
    ask("auth/login/phone", phone=phone, code=code_in(said_to(phone).body))
    ask("auth/password/forgotten", email=email)
    answer_challenges()
    ask("auth/password/reset", token=token_in(said_to(email).body), new_password="another phrase of hers")
    headers = {
        "Authorization": f"Bearer {ask('auth/login', email=email, password='another phrase of hers')['access_token']}"
    }
    secrets.add(headers["Authorization"].removeprefix("Bearer "))
    begun = ask("auth/second-factor", headers)
    secrets |= {str(begun["secret"])}
    done = ask("auth/second-factor/confirm", headers, code=pyotp.TOTP(str(begun["secret"])).now())
    secrets |= set(done["recovery_codes"])
    guest = f"{uuid4().hex}@people.example"
    ask("members/invitations", headers, full_name="Ramesh of Surkhet", email=guest, position="cashier")
    ask("auth/invitations/accept", token=token_in(said_to(guest).body), password="a phrase of the guest")
    made = client.post(
        f"{V1}/api-keys", json={"name": "till", "scopes": ["orders:read"]}, headers=headers
    ).json()
    secrets.add(made["key"])
    client.get(f"{V1}/orders", headers={"Authorization": f"Bearer {made['key']}"})
    client.get(f"{V1}/orders", headers={"Authorization": f"Bearer {made['key']}x"})
    log = capsys.readouterr().err
    assert "/api/v1/auth/login" in log
    private = {secret for secret in secrets if len(secret) > 5}
    assert len(private) > 25
    assert not [secret for secret in private if secret in log]


def test_a_fault_in_the_middle_of_a_log_in_shows_no_password(
    client: httpx.Client,
    person: Register,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    someone = person("vendor")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot go on with postgresql://sauda:{PASSWORD.replace(' ', '-')}@db/x")

    monkeypatch.setattr("commerce.identity.service.log_in", fails)
    answer = client.post(f"{V1}/auth/login", json={"email": someone.email, "password": PASSWORD})
    assert answer.status_code == 500
    log = capsys.readouterr().err
    assert "cannot go on" in log
    assert not [secret for secret in (PASSWORD, PASSWORD.replace(" ", "-"), someone.email) if secret in log]


def test_what_a_shop_says_leaves_nothing_private_in_the_log(
    client: httpx.Client, person: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = person("retailer")
    name, phone, words = f"Harkamaya {uuid4().hex[:6]}", "9841234599", f"Sugar {uuid4().hex[:8]} is cheap"
    wanted = {"name": name, "phone": phone, "purposes": ["offer"]}
    customer = client.post(f"{V1}/customers", json=wanted, headers=keyed(shop)).json()["customer"]["id"]
    offer = {"customer_id": customer, "purpose": "offer", "template": "offer", "values": {"text": words}}
    said = client.post(f"{V1}/messages", json=offer, headers=keyed(shop)).json()
    client.post(f"{V1}/messages", json={**offer, "values": {"txt": words}}, headers=keyed(shop))

    class Broken:
        def hand_over(self, message: Outgoing) -> Handed:
            raise RuntimeError(f"cannot say {message.content.body} to {message.recipient}")

    with database.read() as session:
        row = queries.messages_of(session, shop.own, [said["id"]])[0]
    content, recipient = reading.shown(row).content, reading.shown(row).recipient
    assert content is not None
    assert recipient is not None
    outgoing = Outgoing(
        row["id"],
        shop.own,
        row["subject_id"],
        "whatsapp",
        recipient,
        content,
        "S",
        "NP",
        "marketing",
        row["said_at"],
    )
    claimed = sending.Claimed(outgoing, 1, row["said_at"])
    [result] = sending.hand_over([claimed], {"whatsapp": Broken()})
    assert result.handed is not None
    assert result.handed.outcome == "unknown"
    answer = {"text": f"no, {words}"}
    for path in (said["sandbox_url"], said["sandbox_url"] + "x"):
        client.get(path)
        client.post(path, data=answer)
    told = capsys.readouterr()
    # `sauda api` has the server's own lines switched off, for they hold whole paths; the tests' server has them.
    log = "\n".join(line for line in (told.out + told.err).splitlines() if "uvicorn.access" not in line)
    assert "message.not_handed_over" in log
    assert "/sandbox/{contact}" in log
    secrets = {name, phone, words, recipient, said["sandbox_url"].removeprefix("/sandbox/")}
    assert not [secret for secret in secrets if secret in log]


@pytest.mark.parametrize("where", ["/b", "/k", "/sandbox"])
def test_a_link_that_lets_in_whoever_holds_it_stands_in_no_line(
    client: httpx.Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("cannot go on")

    held = uuid4().hex
    for path in (held, f"{held}/", f"{held}/files/x/y/z"):
        client.get(f"{where}/{path}")
    for opened in ("commerce.papers.links.opened", "commerce.messaging.sandbox.look"):
        monkeypatch.setattr(opened, fails)
    assert client.get(f"{where}/{held}").status_code == 500
    told = capsys.readouterr()
    log = "\n".join(line for line in (told.out + told.err).splitlines() if "uvicorn.access" not in line)
    assert "request_failed" in log
    assert f"{where}/{{" in log
    assert held not in log


def test_the_servers_own_lines_which_hold_whole_paths_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda *_, **chosen: given.update(chosen))
    monkeypatch.setattr("migrations.refuse_older", lambda: None)
    api.api()
    assert (given["access_log"], given["log_config"]) == (False, None)
