"""Reminders through the API: written by the shop's clock, moved, called off, and seen as they wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from commerce.identity import tokens
from commerce.reminders import sending
from foundation import clock, database
from foundation.embedded_postgres import Server
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed

pytestmark = pytest.mark.committing

V1 = "/api/v1/reminders"
HERE = ZoneInfo("Asia/Kathmandu")


@pytest.fixture
def shop(person: Register) -> Person:
    return person("retailer")


@pytest.fixture
def customer_id(client: httpx.Client, shop: Person) -> str:
    wanted = {"name": "Ramesh", "phone": "9841234567", "opening_balance": "120.50"}
    answer = client.post("/api/v1/customers", json=wanted, headers=keyed(shop))
    return str(answer.json()["customer"]["id"])


def wall(*, days: int = 1) -> str:
    """Ten o'clock by the shop's clock, without an offset."""
    day = clock.now().astimezone(HERE) + timedelta(days=days)
    return f"{day:%Y-%m-%d}T10:00"


def add(client: httpx.Client, shop: Person, **wanted: Any) -> dict[str, Any]:
    answer = client.post(V1, json={"remind_at": wall(), **wanted}, headers=keyed(shop))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_reminder_is_written_once_and_read_by_the_shops_clock(
    client: httpx.Client, shop: Person, customer_id: str
):
    key, wanted = (
        keyed(shop),
        {"kind": "custom", "customer_id": customer_id, "remind_at": wall(), "text": " Your parcel "},
    )
    first = client.post(V1, json=wanted, headers=key)
    again = client.post(V1, json=wanted, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    shown = first.json()
    assert (shown["remind_at"], shown["text"], shown["customer"], shown["state"]) == (
        f"{wall()}:00+05:45",
        "Your parcel",
        "Ramesh",
        "scheduled",
    )
    read = client.get(f"{V1}/{shown['id']}", headers=shop.headers)
    assert read.json() == shown
    listed = client.get(V1, params={"customer_id": customer_id}, headers=shop.headers).json()
    assert listed["items"] == [shown]


def test_it_is_moved_by_who_has_read_it(client: httpx.Client, shop: Person, customer_id: str):
    path = f"{V1}/{add(client, shop, kind='payment_due', customer_id=customer_id)['id']}"
    seen = client.get(path, headers=shop.headers).headers["etag"]
    moved = client.patch(
        path,
        json={"remind_at": wall(days=2), "repeats": "weekly"},
        headers={**shop.headers, "If-Match": seen},
    )
    assert (moved.status_code, moved.json()["remind_at"], moved.json()["repeats"]) == (
        200,
        f"{wall(days=2)}:00+05:45",
        "weekly",
    )
    stale = client.patch(path, json={"repeats": None}, headers={**shop.headers, "If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"remind_at": "2020-01-01T10:00"}, 400, "reminder-invalid"),
        ({"remind_at": "2026-12-01"}, 422, "malformed"),
        ({"remind_at": 1_800_000_000}, 422, "malformed"),
        ({"remind_at": "tomorrow"}, 422, "malformed"),
        ({"kind": "birthday"}, 422, "malformed"),
        ({"kind": "custom"}, 400, "reminder-invalid"),
        ({"kind": "custom", "text": "x" * 501}, 422, "malformed"),
        ({"customer_id": None}, 400, "reminder-invalid"),
    ],
)
def test_what_cannot_be_is_refused(
    client: httpx.Client, shop: Person, customer_id: str, wanted: dict[str, Any], status: int, code: str
):
    body = {"kind": "payment_due", "customer_id": customer_id, "remind_at": wall(), **wanted}
    answer = client.post(V1, json=body, headers=keyed(shop))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_what_is_past_is_told_with_the_time_of_the_shop(client: httpx.Client, shop: Person, customer_id: str):
    body = {"kind": "payment_due", "customer_id": customer_id, "remind_at": "2020-01-01T10:00"}
    detail = client.post(V1, json=body, headers=keyed(shop)).json()["detail"]
    assert "that is past, for the shop's clock shows" in detail
    assert "(Asia/Kathmandu)" in detail


def test_the_list_is_read_page_by_page_and_by_what_is_due(
    client: httpx.Client, shop: Person, customer_id: str
):
    made = [
        add(client, shop, kind="payment_due", customer_id=customer_id, remind_at=wall(days=days))
        for days in (3, 1, 2)
    ]
    first = client.get(V1, params={"limit": 2}, headers=shop.headers).json()
    rest = client.get(V1, params={"limit": 2, "cursor": first["next_cursor"]}, headers=shop.headers).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == [made[at]["id"] for at in (1, 2, 0)]
    within = {"due_from": wall(days=2), "due_until": wall(days=3)}
    found = client.get(V1, params=within, headers=shop.headers).json()["items"]
    assert [one["id"] for one in found] == [made[2]["id"]]
    assert client.get(V1, params={"state": "sent"}, headers=shop.headers).json()["items"] == []


def test_one_that_waits_for_its_customers_hours_says_until_when(
    client: httpx.Client, person: Register, own_world: str
):
    shop = person("retailer")
    wanted = {"name": "Sita", "phone": "9841234567", "opening_balance": "50"}
    customer_id = client.post("/api/v1/customers", json=wanted, headers=keyed(shop)).json()["customer"]["id"]
    night = datetime.fromisoformat(f"{wall()[:10]}T22:00:00+05:45")
    made = add(client, shop, kind="payment_due", customer_id=customer_id, remind_at=night.isoformat())
    with clock.at(night):
        database.write(partial(sending.reminders_due, now=night))
    shown = client.get(f"{V1}/{made['id']}", headers=shop.headers).json()
    assert (shown["state"], shown["reason"]) == ("scheduled", "outside-hours")
    assert shown["waits_until"] == (night + timedelta(hours=11)).isoformat()


def test_it_is_called_off_once_and_for_all(client: httpx.Client, shop: Person, customer_id: str):
    path = f"{V1}/{add(client, shop, kind='payment_due', customer_id=customer_id)['id']}"
    for _ in range(2):
        answer = client.post(f"{path}/cancel", headers=shop.headers)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    moved = client.patch(path, json={"remind_at": wall(days=2)}, headers=shop.headers)
    assert (moved.status_code, moved.json()["code"]) == (409, "reminder-move-not-allowed")
    resent = client.post(f"{path}/resend", headers=shop.headers)
    assert (resent.status_code, resent.json()["state"]) == (409, "cancelled")


def test_a_shop_says_which_reminders_go_out_by_themselves(client: httpx.Client, shop: Person):
    path = f"{V1}/settings"
    unset = client.get(path, headers=shop.headers).json()
    assert (unset["days_before_due"], unset["days_after_due"], unset["version"]) == (None, None, 0)
    body = {"days_before_due": 2, "days_after_due": 7, "at": "18:30"}
    held = client.put(path, json=body, headers=shop.headers).json()
    assert (held["days_before_due"], held["at"], held["version"]) == (2, "18:30:00", 1)
    wrong = client.put(path, json={"days_after_due": 0}, headers=shop.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "malformed")


def test_a_trial_key_leaves_no_reminder(
    client: httpx.Client, shop: Person, customer_id: str, migrated: Server
):
    scopes = ["reminders:read", "reminders:write"]
    made = client.post(
        "/api/v1/api-keys", json={"name": "A trial", "scopes": scopes, "mode": "test"}, headers=shop.headers
    )
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['key']}", "Idempotency-Key": "once"}
    body = {"kind": "payment_due", "customer_id": customer_id, "remind_at": wall()}
    answer = client.post(V1, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    with database.read((shop.own,)) as session:
        count = session.execute(
            text("SELECT count(*) FROM app.reminders WHERE business_id = :shop"), {"shop": shop.own}
        ).scalar_one()
    assert count == 0


def test_a_collector_neither_reads_nor_writes_them(client: httpx.Client, shop: Person):
    access = tokens.Access(shop.user_id, "retailer", shop.own, "collector")
    headers = {"Authorization": f"Bearer {tokens.issue_access_token(access)}"}
    answer = client.get(V1, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "position-not-allowed")
