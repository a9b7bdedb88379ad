"""What happens reaches a business's own system, by webhook and by the feed of changes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from commerce.webhooks import service, workflows
from commerce.webhooks.sending import Attempt
from commerce.webhooks.vocabulary import ENDPOINTS_MAX, FAILING_FOR
from foundation import database, feed
from foundation.database import read, write
from foundation.events import publish
from foundation.settings import settings
from foundation.worker import launch
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, open_market

pytestmark = [pytest.mark.committing, pytest.mark.slow]

ENDPOINTS = "/api/v1/webhooks/endpoints"
DEADLINE_SECONDS = 60


@dataclass
class Receiver:
    """A business's own system: keeps what it got, and answers as it is told."""

    url: str
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, DEADLINE_SECONDS), self.got
            return list(self.got)

    def wait_for_order(self, order_id: str, count: int = 1) -> list[tuple[dict[str, str], bytes]]:
        def of_order() -> list[tuple[dict[str, str], bytes]]:
            return [one for one in self.got if json.loads(one[1])["data"].get("order_id") == order_id]

        with self.came:
            assert self.came.wait_for(lambda: len(of_order()) >= count, DEADLINE_SECONDS), self.got
            return of_order()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with receiver.came:
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                receiver.came.notify_all()
            self.send_response(status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join(30)
    server.server_close()


@pytest.fixture(autouse=True)
def to_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker in this process, with the workflow of webhooks among its own."""
    assert workflows.DELIVER_WEBHOOK
    running = launch(settings())
    yield
    running.stop()


def endpoint_of(client: httpx.Client, who: Person, url: str, **facts: Any) -> dict[str, Any]:
    # Whatever other tests left behind is handed out before.
    write(service.hand_out)
    answer = client.post(ENDPOINTS, json={"url": url, **facts}, headers=who.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def deliveries_of(
    client: httpx.Client, who: Person, endpoint_id: str, **filters: str
) -> list[dict[str, Any]]:
    answer = client.get(f"{ENDPOINTS}/{endpoint_id}/deliveries", params=filters, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def until(condition: Callable[[], Any], what: str) -> Any:
    done = threading.Event()
    for _ in range(DEADLINE_SECONDS * 50):
        if found := condition():
            return found
        done.wait(0.02)
    raise AssertionError(f"waited {DEADLINE_SECONDS} s for {what}")


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver verifies, by the words of the standard."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


def test_an_order_reaches_both_sides_signed_and_with_ids_and_amounts_only(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    secrets = {
        endpoint_of(client, who, f"{receiver.url}/{who.role}")["id"]: who
        for who in (market.vendor, market.retailer)
    }
    assert len(secrets) == 2
    order = market.place(client)
    assert write(service.hand_out) >= 2
    assert write(service.hand_out) == 0
    for headers, body in receiver.wait_for_order(order["id"], 2):
        content = json.loads(body)
        assert content["type"] == "order-placed"
        assert content["data"] == {
            "order_id": order["id"],
            "vendor_id": str(market.vendor.own),
            "retailer_id": str(market.retailer.own),
            "total": order["total"],
            "currency": order["currency"],
        }
        assert headers["content-type"] == "application/json"
        assert headers["webhook-id"].startswith("msg_")


def test_after_a_rotation_both_secrets_sign(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, receiver.url)
    path = f"{ENDPOINTS}/{made['id']}"
    rotated = client.post(f"{path}/rotate-secret", headers=market.vendor.headers).json()
    assert rotated["secret"] != made["secret"]
    order = market.place(client)
    write(service.hand_out)
    headers, body = receiver.wait_for_order(order["id"])[0]
    assert verifies(made["secret"], headers, body)
    assert verifies(rotated["secret"], headers, body)
    shown = client.get(path, headers=market.vendor.headers).text
    assert made["secret"] not in shown
    assert rotated["secret"] not in shown
    with read() as session:
        kept = session.execute(
            text("SELECT sealed_secret, sealed_old_secret FROM app.webhook_endpoints WHERE id = :id"),
            {"id": made["id"]},
        ).one()
    assert rotated["secret"].encode() not in bytes(kept[0])
    assert made["secret"].encode() not in bytes(kept[1])


def test_a_rotation_asked_for_again_within_a_minute_is_the_same(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, receiver.url)
    path = f"{ENDPOINTS}/{made['id']}"
    first, again = (
        client.post(f"{path}/rotate-secret", headers=market.vendor.headers).json() for _ in range(2)
    )
    assert first == again
    assert not first["is_older_ended"]
    wanted = {"name": "a trial", "mode": "test", "scopes": ["webhooks:manage"]}
    key = client.post("/api/v1/api-keys", json=wanted, headers=market.vendor.headers).json()["key"]
    tried = client.post(f"{path}/rotate-secret", headers={"Authorization": f"Bearer {key}"})
    assert tried.status_code == 200
    assert tried.json()["secret"] != first["secret"]
    order = market.place(client)
    write(service.hand_out)
    headers, body = receiver.wait_for_order(order["id"])[0]
    assert verifies(made["secret"], headers, body)
    assert verifies(first["secret"], headers, body)


def test_a_later_rotation_says_that_the_oldest_secret_ended(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, receiver.url)
    path = f"{ENDPOINTS}/{made['id']}"
    first = client.post(f"{path}/rotate-secret", headers=market.vendor.headers).json()
    write(  # as if it had been an hour ago
        lambda session: session.execute(
            text("""
                UPDATE app.webhook_endpoints SET old_secret_until = old_secret_until - interval '1 hour'
                WHERE id = :id
            """),
            {"id": made["id"]},
        )
    )
    second = client.post(f"{path}/rotate-secret", headers=market.vendor.headers).json()
    assert (second["secret"] != first["secret"], second["is_older_ended"]) == (True, True)
    order = market.place(client)
    write(service.hand_out)
    headers, body = receiver.wait_for_order(order["id"])[0]
    assert [verifies(one, headers, body) for one in (made["secret"], first["secret"], second["secret"])] == [
        False,
        True,
        True,
    ]


def test_a_failed_attempt_is_logged_and_tried_again_under_the_same_id(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, receiver.url, event_types=["order-placed"])
    receiver.answers = [503]
    order = market.place(client)
    write(service.hand_out)
    first, second = receiver.wait_for_order(order["id"], 2)
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    delivered = until(
        lambda: deliveries_of(client, market.vendor, made["id"], state="delivered"), "the second attempt"
    )
    whole = client.get(
        f"/api/v1/webhooks/deliveries/{delivered[0]['id']}", headers=market.vendor.headers
    ).json()
    assert [(one["outcome"], one["status_code"]) for one in whole["attempts"]] == [
        ("unwell", 503),
        ("delivered", 200),
    ]
    assert whole["attempts"][1]["response_excerpt"] == "ok"
    assert (
        client.get(f"{ENDPOINTS}/{made['id']}", headers=market.vendor.headers).json()["failing_since"] is None
    )


def test_what_was_missed_comes_again_by_replay(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    before = datetime.now(UTC) - timedelta(seconds=5)
    missed = market.place(client)
    made = endpoint_of(client, market.retailer, receiver.url, event_types=["order-placed"])
    path = f"{ENDPOINTS}/{made['id']}"
    replayed = client.post(
        f"{path}/replay", json={"since": before.isoformat()}, headers=market.retailer.headers
    )
    assert replayed.json() == {"deliveries": 1, "next_since": None}
    receiver.wait_for_order(missed["id"])
    delivery = until(
        lambda: deliveries_of(client, market.retailer, made["id"], state="delivered"), "the replay"
    )[0]
    again = client.post(
        f"/api/v1/webhooks/deliveries/{delivery['id']}/replay", headers=market.retailer.headers
    )
    assert again.json()["state"] in ("pending", "delivered")
    assert len(receiver.wait_for_order(missed["id"], 2)) == 2


def test_an_endpoint_that_is_gone_is_switched_off_with_a_notice(
    client: httpx.Client, person: Register, receiver: Receiver, worker: None
) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, receiver.url)
    receiver.answers = [410]
    market.place(client)
    write(service.hand_out)
    path = f"{ENDPOINTS}/{made['id']}"
    off = until(
        lambda: (now := client.get(path, headers=market.vendor.headers).json())["disabled_at"] and now,
        "the endpoint to be switched off",
    )
    assert (off["is_enabled"], off["disabled_reason"]) == (False, "gone")
    feed_now = client.get(
        "/api/v1/changes", params={"type": "webhook-endpoint-disabled"}, headers=market.vendor.headers
    ).json()
    assert [one["data"] for one in feed_now["items"]] == [{"endpoint_id": made["id"], "reason": "gone"}]
    refused = client.post(
        f"{path}/replay", json={"since": "2026-01-01T00:00:00Z"}, headers=market.vendor.headers
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook-endpoint-is-disabled")
    on = client.patch(path, json={"is_enabled": True}, headers=market.vendor.headers).json()
    assert (on["is_enabled"], on["disabled_reason"]) == (True, None)


def test_after_days_of_failure_an_endpoint_is_switched_off(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    made = endpoint_of(client, market.vendor, "https://shop.example/hooks", event_types=["order-placed"])
    market.place(client)
    write(service.hand_out)
    delivery = deliveries_of(client, market.vendor, made["id"])[0]
    failed = Attempt(datetime.now(UTC).isoformat(), 5, "no-answer", None, "nobody", "", None)

    def fail(turn: int) -> str | None:
        return write(
            lambda session: service.record_attempt(
                session, delivery_id=UUID(delivery["id"]), turn=turn, attempt=failed
            )
        )

    assert fail(1) == "pending"
    assert fail(1) is None  # a workflow that is run again writes nothing twice
    write(
        lambda session: session.execute(
            text("UPDATE app.webhook_endpoints SET failing_since = failing_since - :days WHERE id = :id"),
            {"days": FAILING_FOR, "id": made["id"]},
        )
    )
    assert fail(2) == "pending"
    shown = client.get(f"{ENDPOINTS}/{made['id']}", headers=market.vendor.headers).json()
    assert (shown["is_enabled"], shown["disabled_reason"]) == (False, "failing")


def test_an_endpoint_is_changed_listed_and_deleted_by_its_business(
    client: httpx.Client, person: Register
) -> None:
    vendor = person("vendor")
    ids = [endpoint_of(client, vendor, f"https://shop.example/{n}")["id"] for n in range(3)]
    page = client.get(ENDPOINTS, params={"limit": 2}, headers=vendor.headers).json()
    rest = client.get(
        ENDPOINTS, params={"limit": 2, "cursor": page["next_cursor"]}, headers=vendor.headers
    ).json()
    assert [one["id"] for one in (*page["items"], *rest["items"])] == ids
    path = f"{ENDPOINTS}/{ids[0]}"
    changed = client.patch(
        path, json={"url": "https://shop.example/new", "event_types": None}, headers=vendor.headers
    )
    assert changed.json()["url"] == "https://shop.example/new"
    assert client.delete(path, headers=vendor.headers).status_code == 204
    assert client.get(path, headers=vendor.headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://shop.example/"}, "webhook-url-invalid"),
        ({"url": "https://10.0.0.1/"}, "webhook-url-invalid"),
        ({"url": "https://shop.example/", "event_types": ["order-eaten"]}, "event-type-unknown"),
    ],
)
def test_what_cannot_be_told_is_refused(
    client: httpx.Client, person: Register, body: dict[str, Any], code: str
) -> None:
    answer = client.post(ENDPOINTS, json=body, headers=person("vendor").headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_business_has_a_bounded_number_of_endpoints(client: httpx.Client, person: Register) -> None:
    vendor = person("vendor")
    for n in range(ENDPOINTS_MAX):
        endpoint_of(client, vendor, f"https://shop.example/{n}")
    answer = client.post(ENDPOINTS, json={"url": "https://shop.example/"}, headers=vendor.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-webhook-endpoints")


# --- the feed ---------------------------------------------------------------------------------------


def changes(client: httpx.Client, who: Person, **asked: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/changes", params=asked, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_feed_goes_on_where_it_was_left_for_either_side(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    orders = [market.place(client)["id"] for _ in range(3)]
    for who in (market.vendor, market.retailer):
        first = changes(client, who, type="order-placed", limit=2)
        assert first["has_more"]
        second = changes(client, who, type="order-placed", limit=9, after=first["next_after"])
        assert not second["has_more"]
        told = [one["data"]["order_id"] for one in (*first["items"], *second["items"])]
        assert told == orders
        assert changes(client, who, type="order-placed", after=second["next_after"])["items"] == []
        later = market.place(client)["id"]
        third = changes(client, who, type="order-placed", after=second["next_after"])
        assert [one["data"]["order_id"] for one in third["items"]] == [later]
        orders.append(later)


def test_what_commits_late_comes_late_and_once(client: httpx.Client, person: Register) -> None:
    market: Market = open_market(person)
    seen: list[str] = []
    with database.engine().connect() as slow:
        session = database.Session(bind=slow)
        database.set_scope(session, database.SYSTEM)
        event = service.WebhookEndpointDisabled(endpoint_id=str(uuid4()), reason="gone")
        late = publish(session, event, business_id=market.vendor.own)
        session.flush()
        market.place(client)
        page = changes(client, market.vendor)
        seen += [one["id"] for one in page["items"]]
        assert str(late) not in seen
        session.commit()
    after = changes(client, market.vendor, after=page["next_after"])
    assert [one["id"] for one in after["items"]] == [str(late)]
    assert changes(client, market.vendor, after=after["next_after"])["items"] == []


def test_a_cursor_is_of_its_business_and_cannot_be_made_up(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    mark = changes(client, market.vendor)["next_after"]
    for who, cursor in ((market.retailer, mark), (market.vendor, "bm8="), (market.vendor, mark[:-8])):
        answer = client.get("/api/v1/changes", params={"after": cursor}, headers=who.headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


def test_a_stranger_is_told_of_nothing(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    market.place(client)
    assert changes(client, person("vendor"))["items"] == []
    with read([person("vendor").own]) as session:
        rows, _ = feed.events_after(session, market.vendor.own, None, types=["order-placed"], limit=5)
    assert rows == []
