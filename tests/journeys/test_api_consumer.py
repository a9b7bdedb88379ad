"""A distributor's own software: keys with scopes, orders that are sent twice, webhooks that are verified, the feed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import pytest

from commerce.webhooks import service
from foundation.database import write
from foundation.settings import settings
from foundation.worker import launch
from sauda.worker import import_workflows
from tests.journeys.people import Someone, goods, trader, wish

pytestmark = pytest.mark.committing

CAME_WITHIN_SECONDS = 60


class OwnSystem:
    """Where the distributor's software is told: it keeps what has a valid signature, once by its id."""

    def __init__(self) -> None:
        self.secret = ""
        self.told: dict[str, dict[str, str]] = {}
        self.refused = 0
        self.came = threading.Condition()
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = (
                    204
                    if own.take({name.lower(): value for name, value in self.headers.items()}, body)
                    else 401
                )
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing to standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sauda"

    def take(self, headers: dict[str, str], body: bytes) -> bool:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        with self.came:
            if wanted not in headers["webhook-signature"].split():
                self.refused += 1
                return False
            event = json.loads(body)
            self.told[headers["webhook-id"]] = {
                "type": event["type"],
                "order_id": event["data"].get("order_id", ""),
            }
            self.came.notify_all()
            return True

    def wait_for(self, *types: str, order_id: str) -> None:
        def there() -> set[str]:
            return {one["type"] for one in self.told.values() if one["order_id"] == order_id}

        with self.came:
            assert self.came.wait_for(lambda: set(types) <= there(), CAME_WITHIN_SECONDS), self.told


@pytest.fixture
def own_system(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnSystem]:
    monkeypatch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
    settings.cache_clear()
    system = OwnSystem()
    thread = threading.Thread(target=system.server.serve_forever, daemon=True)
    thread.start()
    yield system
    system.server.shutdown()
    thread.join(30)
    system.server.server_close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that hands out what happened, as `sauda worker` does each second."""
    import_workflows()
    running = launch(settings())
    yield
    running.stop()


def test_software_orders_by_key_and_is_told(client: httpx.Client, own_system: OwnSystem, worker: None):
    vendor = trader(client, "vendor", "Narayani Foods")
    shop = trader(client, "retailer", "Chain of Ten Shops")
    tea = goods(vendor, "Ilam tea", unit_price="90", on_hand="100")
    vendor.put(f"/credit/limits/{shop.business_id}", {"limit": "50000", "reason": "a chain", "net_days": 30})

    # A test key first: it is answered as a live one would be, and nothing is there afterwards.
    scopes = ["catalogue:read", "orders:read", "orders:place", "events:read"]
    trying = Someone(client, shop.post("/api-keys", {"name": "try", "mode": "test", "scopes": scopes})["key"])
    assert trying.post("/orders", wish(vendor, **{tea: "5"}))["total"] == "450.00"
    assert trying.ask("/orders")["items"] == []

    live = shop.post("/api-keys", {"name": "our ERP", "mode": "live", "scopes": scopes})
    program = Someone(client, live["key"])
    assert program.ask("/members", status=403)["code"] == "scope-missing"

    # Both sides let themselves be told.
    write(service.hand_out)
    endpoint = shop.post("/webhooks/endpoints", {"url": own_system.url, "description": "our ERP"})
    own_system.secret = endpoint["secret"]

    # The answer to an order is lost; the program sends it again with its key, and there is one.
    start = program.ask("/changes", limit=200)["next_after"]
    key = uuid4().hex
    order = program.post("/orders", wish(vendor, **{tea: "5"}), key=key)
    assert program.post("/orders", wish(vendor, **{tea: "5"}), key=key)["id"] == order["id"]
    assert (
        program.post("/orders", wish(vendor, **{tea: "6"}), key=key, status=409)["code"]
        == "idempotency-key-reused"
    )
    vendor.act(f"/orders/{order['id']}/accept")
    vendor.post(f"/orders/{order['id']}/deliveries")
    write(service.hand_out)
    own_system.wait_for("order-placed", "order-accepted", "order-delivered", order_id=order["id"])
    assert own_system.refused == 0

    # The secret is changed and the old one still signs beside it, so nothing is missed.
    own_system.secret = shop.act(f"/webhooks/endpoints/{endpoint['id']}/rotate-secret")["secret"]
    bulk = program.act("/orders/bulk", {"orders": [wish(vendor, **{tea: "1"}), wish(vendor, **{tea: "200"})]})
    assert (bulk["placed"], bulk["refused"], bulk["outcomes"][1]["code"]) == (1, 1, "out-of-stock")
    write(service.hand_out)
    own_system.wait_for("order-placed", order_id=bulk["outcomes"][0]["order_id"])
    log = shop.ask(f"/webhooks/endpoints/{endpoint['id']}/deliveries")["items"]
    assert {"order-placed", "order-accepted", "order-delivered"} <= {one["event_type"] for one in log}

    # Who was not told by a webhook finds the same in the feed, each once and in order.
    changes = program.ask("/changes", after=start, limit=200)
    of_order = [one["type"] for one in changes["items"] if one["data"].get("order_id") == order["id"]]
    assert of_order == ["order-placed", "order-accepted", "order-delivered"]
    assert program.ask("/changes", after=changes["next_after"])["items"] == []

    # A revoked key ends.
    shop.delete(f"/api-keys/{live['id']}")
    assert [one["name"] for one in shop.ask("/api-keys")["items"] if one["revoked_at"] is None] == ["try"]
