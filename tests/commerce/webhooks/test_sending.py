"""Signatures are those of the standard, and nothing is sent into our own network."""

from __future__ import annotations

import ipaddress
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from commerce.subscriptions import TOLD
from commerce.webhooks import sending, signing
from commerce.webhooks.addresses import TargetRefused, check_url, chosen, may_be_reached
from commerce.webhooks.errors import WebhookUrlInvalid
from commerce.webhooks.sending import Message
from commerce.webhooks.service import what_follows
from commerce.webhooks.vocabulary import REFUSED_TRIES, RETRY_AFTER
from foundation.errors import Unavailable
from foundation.settings import settings

ROOT = Path(__file__).parents[3]
SHARED_DATA = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
VECTORS = SHARED_DATA / "webhooks" / "standard_webhooks_vectors.json"
PAGE = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture
def to_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no {VECTORS}; SHARED_DATA names their folder")
def test_signatures_are_those_of_the_standard() -> None:
    vectors = json.loads(VECTORS.read_text())["vectors"]
    assert vectors
    for one in vectors:
        made = signing.signature(one["secret"], one["id"], one["timestamp"], one["payload"].encode())
        assert made == one["signature"]


def test_a_secret_is_kept_sealed_for_its_endpoint_alone() -> None:
    secret = signing.new_secret()
    endpoint, other = UUID(int=1), UUID(int=2)
    kept = signing.sealed(secret, endpoint)
    assert secret.encode() not in kept
    assert signing.opened(kept, endpoint) == secret
    with pytest.raises(Unavailable, match="sealed with another key"):
        signing.opened(kept, other)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "168.63.129.16", "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1",
    ],
)  # fmt: skip
def test_addresses_of_our_own_network_are_not_reached(address: str) -> None:
    assert not may_be_reached(ipaddress.ip_address(address))


def test_addresses_of_the_open_net_are_reached() -> None:
    assert may_be_reached(ipaddress.ip_address("93.184.215.14"))
    assert may_be_reached(ipaddress.ip_address("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))


def test_a_name_that_leads_outside_and_inside_is_refused() -> None:
    outside, inside = ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("10.0.0.1")
    assert chosen("shop.example", [outside]) == outside
    for mixed in ([outside, inside], []):
        with pytest.raises(TargetRefused):
            chosen("shop.example", mixed)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/x", "ftp://shop.example/",
        "https://user:word@shop.example/", "https:///x", "shop.example", "https://shop.example/#part",
        "https://shop.example:99999/", "https://[::1/", "https://shop.example/a b", "http://127.0.0.1/",
    ],
)  # fmt: skip
def test_a_url_that_webhooks_do_not_go_to_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(WebhookUrlInvalid, match="webhooks cannot go to"):
        check_url(url)


def test_loopback_is_let_in_by_the_setting_alone(to_loopback: None) -> None:
    assert check_url("http://127.0.0.1:8080/x").port == 8080
    for url in ("http://shop.example/", "https://10.0.0.1/", "http://192.168.1.1/"):
        with pytest.raises(WebhookUrlInvalid):
            check_url(url)


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status and size that the path asks for."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        _, status, size = self.path.split("/")
        self.send_response(int(status))
        self.send_header("location", "http://127.0.0.1:1/inside")
        self.send_header("retry-after", "900")
        self.send_header("content-length", size)
        self.end_headers()
        try:
            self.wfile.write(b"x" * int(size))
        except OSError:
            self.close_connection = True  # the sender hung up, as it should on a long answer

    def log_message(self, *_: object) -> None:
        """Nothing to standard error."""


@pytest.fixture
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(30)
    server.server_close()


def a_message(url: str) -> Message:
    return Message(
        "msg_1", url, [signing.new_secret()], "order-placed", datetime.now(UTC), {"total_paisa": 150}
    )


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/200/2", "delivered"), ("/204/0", "delivered"), ("/302/2", "refused"), ("/400/2", "refused"),
        ("/410/2", "gone"), ("/429/2", "unwell"), ("/500/2", "unwell"),
    ],
)  # fmt: skip
def test_the_answer_decides_the_outcome(to_loopback: None, receiver: str, path: str, outcome: str) -> None:
    attempt = sending.send(a_message(receiver + path))
    assert attempt.outcome == outcome, attempt
    assert attempt.status_code == int(path.split("/")[1])
    assert attempt.retry_after_seconds == 900


def test_a_long_answer_is_not_read_to_its_end(to_loopback: None, receiver: str) -> None:
    attempt = sending.send(a_message(receiver + "/200/50000000"))
    assert attempt.outcome == "delivered"
    assert attempt.response_excerpt == "x" * 500


def test_nobody_there_is_no_answer_and_inside_is_refused(to_loopback: None, receiver: str) -> None:
    assert sending.send(a_message("http://127.0.0.1:1/")).outcome == "no-answer"
    refused = sending.send(a_message("https://10.0.0.1/"))
    assert (refused.outcome, refused.status_code) == ("address-refused", None)


def test_without_the_setting_a_url_kept_from_before_reaches_nothing(receiver: str) -> None:
    assert sending.send(a_message(receiver + "/200/2")).outcome == "address-refused"
    assert sending.send(a_message("https://localhost/")).outcome == "address-refused"


def test_amounts_are_told_in_rupees() -> None:
    content = json.loads(a_message("https://shop.example/").body)
    assert content["data"] == {"total": "1.50"}
    assert datetime.fromisoformat(content["timestamp"]).tzinfo is not None


def test_what_follows_an_attempt_goes_by_the_class_of_its_outcome() -> None:
    assert what_follows("delivered", 1, None).state == "delivered"
    pauses = [what_follows("no-answer", tries, None).pause for tries in range(1, len(RETRY_AFTER) + 1)]
    assert pauses == list(RETRY_AFTER)
    assert what_follows("unwell", len(RETRY_AFTER) + 1, None).state == "failed"
    assert what_follows("refused", REFUSED_TRIES - 1, None).state == "pending"
    assert what_follows("refused", REFUSED_TRIES, None).state == "failed"
    assert what_follows("gone", 1, None).state == "failed"
    assert what_follows("unwell", 1, 900).pause == timedelta(minutes=15)
    assert what_follows("unwell", 1, 10**8).pause == timedelta(days=1)


def test_the_page_has_every_type_with_its_fields() -> None:
    for type_, event in TOLD.items():
        told = ", ".join(f"`{field.name.removesuffix('_paisa')}`" for field in fields(event))  # type: ignore[arg-type]
        assert f"| `{type_}` | {told} |" in PAGE
    assert PAGE.count("\n| `") == len(TOLD)
