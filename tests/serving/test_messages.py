"""What a shop says, through the API, and the phone of the one it is said to."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from commerce.messaging import saying, sending
from commerce.messaging.sandbox import contact_of
from foundation import database
from foundation.object_store import object_store
from foundation.settings import settings
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed
from tests.serving.test_khata import add

pytestmark = pytest.mark.committing

V1 = "/api/v1"
OFFER = {"purpose": "offer", "template": "offer", "values": {"text": "Sugar is cheap"}}
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def shop(person: Register) -> Person:
    return person("retailer", name=f"Gupta {SCRIPT}")


def bill(shop: Person, customer_id: str, **given: Any) -> str:
    said = database.write(
        lambda session: saying.say(
            session,
            business_id=shop.own,
            customer_id=UUID(customer_id),
            purpose="bill",
            template="bill",
            values={"number": "1", "date": "30-11-2026", "amount": "NPR 5.00", **given.pop("values", {})},
            key=f"bill:{uuid4()}",
            **given,
        )
    )
    return str(said.message_id)


def read_one(client: httpx.Client, shop: Person, message_id: str) -> dict[str, Any]:
    answer = client.get(f"{V1}/messages/{message_id}", headers=shop.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_offer_is_said_once_per_key_and_kept_back_from_who_did_not_ask(client: httpx.Client, shop: Person):
    keen = add(client, shop, "Ramesh", phone="9841234567", purposes=["offer"])["id"]
    shy = add(client, shop, "Sita", phone="9841234568")["id"]
    key = keyed(shop)
    first = client.post(f"{V1}/messages", json={"customer_id": keen, **OFFER}, headers=key)
    again = client.post(f"{V1}/messages", json={"customer_id": keen, **OFFER}, headers=key)
    kept = client.post(f"{V1}/messages", json={"customer_id": shy, **OFFER}, headers=keyed(shop)).json()
    assert (first.status_code, first.json()["state"], again.json()["id"]) == (
        201,
        "queued",
        first.json()["id"],
    )
    assert "Sugar is cheap" in first.json()["body"]
    assert first.json()["recipient"] == "+9779841234567"
    assert (kept["state"], kept["reason"], kept["is_resendable"]) == (
        "suppressed",
        "purpose-not-wanted",
        True,
    )
    wrong = client.post(
        f"{V1}/messages", json={"customer_id": keen, **OFFER, "values": {}}, headers=keyed(shop)
    )
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["missing"]) == (
        400,
        "message-values-missing",
        ["text"],
    )


def test_what_did_not_go_out_is_sent_again(client: httpx.Client, shop: Person):
    customer = add(client, shop, "Ramesh")["id"]
    message_id = bill(shop, customer)
    assert read_one(client, shop, message_id)["reason"] == "no-address"
    path = f"{V1}/messages/{message_id}/resend"
    still = client.post(path, headers=keyed(shop))
    assert (still.status_code, still.json()["code"]) == (409, "message-not-resendable")
    client.patch(f"{V1}/customers/{customer}", json={"phone": "9841234567"}, headers=shop.headers)
    key = keyed(shop)
    sent, again = client.post(path, headers=key), client.post(path, headers=key)
    assert (sent.status_code, sent.json()["state"], sent.json()["resend_of_id"]) == (
        201,
        "queued",
        message_id,
    )
    assert again.json()["id"] == sent.json()["id"]
    assert read_one(client, shop, message_id)["state"] == "suppressed"


def test_the_senders_settings_are_kept_and_checked(client: httpx.Client, person: Register):
    shop = person("retailer")
    usual = client.get(f"{V1}/message-settings", headers=shop.headers).json()
    assert (usual["reminders_per_day"], usual["offers_per_day"], usual["version"]) == (2, 1, 0)
    wanted = {"sms_header": "GUPTA", "dlt_templates": {"bill.hi": "1107161234567890123"}, "offers_per_day": 0}
    kept = client.put(f"{V1}/message-settings", json=wanted, headers=shop.headers)
    assert (kept.status_code, kept.json()["version"], kept.json()["sms_header"]) == (200, 1, "GUPTA")
    slips: list[tuple[dict[str, Any], str]] = [
        ({"dlt_templates": {"bill.fr": "1107161234567890123"}}, "bill.fr"),
        ({"sms_header": "GUPTA STORE"}, "3 to 11 letters or digits"),
    ]
    for slip, told in slips:
        refused = client.put(f"{V1}/message-settings", json=slip, headers=shop.headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "message-invalid")
        assert told in refused.json()["detail"]
    templates = client.get(f"{V1}/message-templates", headers=shop.headers).json()
    [shape] = [one for one in templates if one["name"] == "bill"]
    assert shape["words"][0]["dlt_text"] == (
        "{#var#}: bill {#var#} of {#var#} for {#var#}. Thank you, {#var#}."
    )


def test_a_phone_of_the_sandbox_reads_answers_and_stops(client: httpx.Client, shop: Person):
    key = f"papers/{shop.own}/bill-1.pdf"
    object_store().put(key, b"%PDF-1.7 a bill")
    customer = add(client, shop, SCRIPT, phone="9841234567", language="en")["id"]
    about = uuid4()
    message_id = bill(
        shop, customer, about=about, attachments=(key,), values={"link": 'https://x.example/?a="&b=<c>'}
    )
    while sending.send_due():
        continue
    path = read_one(client, shop, message_id)["sandbox_url"]
    assert "9841234567" not in path
    page = client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert 'href="https://x.example/?a=&quot;&amp;b=&lt;c&gt;"' in page.text
    assert "9841234567" not in page.text
    seen = read_one(client, shop, message_id)
    assert (seen["state"], seen["read_at"] is not None) == ("read", True)
    file = client.get(re.findall(r'href="(/sandbox/[^"]+/files/[^"]+)"', page.text)[0])
    assert (file.content, file.headers["content-disposition"]) == (
        b"%PDF-1.7 a bill",
        'attachment; filename="bill-1.pdf"',
    )
    pressed = client.post(path, data={"button": "wrong", "message": message_id})
    assert (pressed.status_code, pressed.headers["location"]) == (303, path)
    client.post(path, data={"text": SCRIPT})
    client.post(path, data={"text": "STOP"})
    heard = client.get(f"{V1}/messages", params={"direction": "in", "sort": "oldest"}, headers=shop.headers)
    assert [(one["button"], one["body"], one["about"]) for one in heard.json()["items"]] == [
        ("wrong", "Wrong?", str(about)),
        (None, SCRIPT, None),
        (None, "STOP", None),
    ]
    assert "<script" not in client.get(path).text
    assert bill(shop, customer) is not None
    [kept] = client.get(f"{V1}/messages", params={"state": "suppressed"}, headers=shop.headers).json()[
        "items"
    ]
    assert kept["reason"] == "opted-out"
    consents = client.get(f"{V1}/customers/{customer}/consents", headers=shop.headers).json()["items"]
    assert [(one["is_given"], one["how"]) for one in consents] == [(False, "reply")]
    empty = client.post(path, data={"text": "  "})
    assert (empty.status_code, empty.json()["code"]) == (400, "message-invalid")
    elsewhere = client.post(path, data={"button": "wrong", "message": str(uuid4())})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "message-not-found")


def test_the_sandbox_is_only_for_who_has_the_link_and_never_in_production(
    client: httpx.Client, shop: Person, monkeypatch: pytest.MonkeyPatch
):
    customer = add(client, shop, "Ramesh", phone="9841234567")["id"]
    other = add(client, shop, "Sita", phone="9841234568")["id"]
    message_id = bill(shop, customer)
    contact = contact_of(UUID(customer))
    forged = contact_of(UUID(other))[:22] + contact[22:]
    for unknown in (forged, contact[:-2], str(UUID(customer)), "x", "%00"):
        for answer in (
            client.get(f"/sandbox/{unknown}"),
            client.post(f"/sandbox/{unknown}", data={"text": "x"}),
        ):
            assert answer.status_code == 404, unknown
    assert client.get(f"/sandbox/{contact_of(UUID(other))}/files/{message_id}/0").status_code == 404
    assert "Nothing was said here yet" in client.get(f"/sandbox/{contact_of(UUID(other))}").text
    assert client.get(f"/sandbox/{contact}").status_code == 200
    monkeypatch.setenv("SAUDA_ENV", "production")
    monkeypatch.setenv("MASTER_KEY", (settings().home / "master_key").read_text().strip())
    settings.cache_clear()
    try:
        assert client.get(f"/sandbox/{contact}").json()["code"] == "sandbox-contact-unknown"
        assert read_one(client, shop, message_id)["sandbox_url"] is None
    finally:
        monkeypatch.undo()
        settings.cache_clear()
