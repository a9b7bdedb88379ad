"""A shop's customers and their khatas through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.commerce.identity.conftest import code_in, said_to
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed

pytestmark = pytest.mark.committing

V1 = "/api/v1"


@pytest.fixture
def shop(person: Register) -> Person:
    return person("retailer")


def add(client: httpx.Client, shop: Person, name: str, **given: Any) -> dict[str, Any]:
    answer = client.post(f"{V1}/customers", json={"name": name, **given}, headers=keyed(shop))
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["customer"])


def ask(client: httpx.Client, shop: Person, path: str, **query: Any) -> Any:
    answer = client.get(path if path.startswith("/") else f"{V1}/{path}", params=query, headers=shop.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_customer_is_taken_in_found_changed_and_warned_of(client: httpx.Client, shop: Person):
    key = keyed(shop)
    wanted = {
        "name": "Ramesh Kumar",
        "phone": "9841234567",
        "aliases": ["रमेश भाई"],
        "opening_balance": "250.50",
    }
    first = client.post(f"{V1}/customers", json=wanted, headers=key)
    again = client.post(f"{V1}/customers", json=wanted, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    customer = first.json()["customer"]
    assert (customer["phone"], customer["balance"], customer["currency"]) == (
        "+9779841234567",
        "250.50",
        "NPR",
    )
    twin = client.post(f"{V1}/customers", json={"name": "Sita", "phone": "9841234567"}, headers=keyed(shop))
    assert (twin.status_code, twin.json()["code"], twin.json()["customers"]) == (
        409,
        "customer-duplicate",
        [customer["id"]],
    )
    namesake = client.post(f"{V1}/customers", json={"name": "रमेश कुमार"}, headers=keyed(shop)).json()
    assert [one["id"] for one in namesake["namesakes"]] == [customer["id"]]
    found = ask(client, shop, "customers/search", q="ramesh bhai")
    assert [one["id"] for one in found] == [customer["id"]]
    path = f"{V1}/customers/{customer['id']}"
    seen = client.get(path, headers=shop.headers).headers["etag"]
    changed = client.patch(
        path,
        json={"phone": "9851000000", "heard_until": "18:30"},
        headers={**shop.headers, "If-Match": seen},
    )
    assert (changed.status_code, changed.json()["phone"], changed.json()["heard_until"]) == (
        200,
        "+9779851000000",
        "18:30:00",
    )
    stale = client.patch(path, json={"nickname": "Old"}, headers={**shop.headers, "If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")


def test_a_khata_is_kept_through_the_counter(client: httpx.Client, shop: Person):
    ramesh = add(client, shop, "Ramesh", opening_balance="100")["id"]
    sita = add(client, shop, "Sita")["id"]
    debit = client.post(
        f"{V1}/ledger/credit", json={"customer_id": ramesh, "amount": "50"}, headers=keyed(shop)
    ).json()
    assert (debit["amount"], debit["customer"]["balance"]) == ("50.00", "150.00")
    paid = client.post(
        f"{V1}/ledger/payment",
        json={
            "customer_id": ramesh,
            "amount": "30",
            "mode": "upi",
            "settles": [{"item_id": debit["item_id"], "amount": "30"}],
        },
        headers=keyed(shop),
    ).json()
    ahead = {"customer_id": sita, "amount": "20", "mode": "cash"}
    assert client.post(f"{V1}/ledger/payment", json=ahead, headers=keyed(shop)).status_code == 201
    assert client.post(f"{V1}/ledger/payment", json=ahead, headers=keyed(shop)).json()["code"] == (
        "khata-entry-duplicate"
    )
    rows = ask(client, shop, f"ledger/{ramesh}", sort="oldest")["items"]
    assert [(row["kind"], row["amount"], row["open"]) for row in rows] == [
        ("opening", "100.00", "100.00"),
        ("charge", "50.00", "20.00"),
        ("payment", "-30.00", "0.00"),
    ]
    open_rows = ask(client, shop, f"ledger/{ramesh}", is_open=True)["items"]
    assert [row["open"] for row in open_rows] == ["20.00", "100.00"]
    for path in (f"{V1}/customers", "/api/customers"):
        owed = ask(client, shop, f"{path}/balances")["items"]
        assert [(one["name"], one["balance"]) for one in owed] == [("Ramesh", "120.00"), ("Sita", "-20.00")]
        pending = ask(client, shop, f"{path}/total-pending")
        assert (pending["customers"], pending["owed"], pending["advances"]) == (1, "120.00", "20.00")
    undone = client.post(
        f"{V1}/ledger/entries/{paid['id']}/reversal", json={"reason": "bounced"}, headers=keyed(shop)
    ).json()
    assert (undone["reverses_id"], undone["customer"]["balance"]) == (paid["id"], "150.00")
    told = ask(client, shop, f"ledger/{ramesh}/statement")
    assert (told["customer"], told["opening"], told["closing"]) == ("Ramesh", "0.00", "150.00")
    assert [row["balance"] for row in told["entries"]] == ["100.00", "150.00", "120.00", "150.00"]


def test_a_customer_is_forgotten_by_the_code_in_the_owners_mail(client: httpx.Client, shop: Person):
    customer = add(client, shop, "Ramesh Kumar", opening_balance="5")["id"]
    path = f"{V1}/customers/{customer}/erasure"
    assert client.post(path, headers=shop.headers).status_code == 202
    mail = said_to(shop.email)
    assert "Ramesh Kumar" in mail.body
    confirm, code = f"{path}/confirmation", code_in(mail.body)
    wrong = client.post(confirm, json={"code": "000000"}, headers=shop.headers)
    assert wrong.json()["code"] == "customer-owes"
    client.post(
        f"{V1}/ledger/payment",
        json={"customer_id": customer, "amount": "5", "mode": "cash"},
        headers=keyed(shop),
    )
    wrong = client.post(confirm, json={"code": "000000"}, headers=shop.headers)
    assert wrong.json()["code"] == "code-rejected"
    assert client.post(confirm, json={"code": code}, headers=shop.headers).status_code == 204
    gone = ask(client, shop, f"customers/{customer}")
    assert (gone["name"], gone["is_erased"], gone["balance"]) == ("(forgotten)", True, "0.00")
    assert [row["amount"] for row in ask(client, shop, f"ledger/{customer}")["items"]] == ["-5.00", "5.00"]
    assert ask(client, shop, "customers")["items"] == ask(client, shop, "customers/search", q="ramesh") == []
    again = client.post(confirm, json={"code": code}, headers=shop.headers)
    assert again.json()["code"] == "customer-erased"
