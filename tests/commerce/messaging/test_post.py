"""Shops' mails by a real server: many over few connections, refused for good or put off, and one that is dead."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from commerce.messaging import sending
from commerce.messaging.carriers import Handed, Outgoing, Post
from commerce.messaging.ports import mailer
from commerce.messaging.templates import Content
from foundation.database import read, write
from foundation.object_store import object_store
from foundation.settings import settings
from tests.commerce.messaging.conftest import NOON, Shop

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("noon")]


class Server:
    """A mail server that counts its callers, and refuses some."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.callers: set[Any] = set()
        self.last: Any = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await asyncio.sleep(0)
        if address.startswith("gone"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.callers.add(session.peer)
        self.last = mail
        to = str(mail["To"])
        if to.startswith("spam"):
            return "554 this looks like spam"
        self.ids[str(mail["Message-ID"])] += 1
        return "451 later" if to.startswith("busy") else "250 OK"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found = int(free.getsockname()[1])
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{found}")
    settings.cache_clear()
    return found


@pytest.fixture
def running(port: int) -> Iterator[Server]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server
    controller.stop()


def rested() -> None:
    write(
        lambda session: session.execute(text("UPDATE app.shop_messages SET free_at = now() - interval '1 s'"))
    )


def states() -> dict[str, int]:
    with read() as session:
        rows = session.execute(text("SELECT state, count(*) FROM app.shop_messages GROUP BY state"))
        return {row.state: row.count for row in rows}


def test_many_mails_go_over_few_connections_each_once(shop: Shop, running: Server):
    for at in range(60):
        shop.says(shop.customer(channel="mail"), f"bill:{at}")
    while sending.send_due():
        continue
    assert states() == {"sent": 60}
    assert len(running.ids) == running.ids.total() == 60
    assert len(running.callers) <= sending.THREADS


@pytest.mark.parametrize(
    ("email", "state", "reason"),
    [
        ("gone@shop.example", "refused", "address-refused"),
        ("spam@shop.example", "refused", "mail-refused"),
        ("busy@shop.example", "queued", "server-unavailable"),
    ],
)
def test_what_the_server_says_decides(shop: Shop, running: Server, email: str, state: str, reason: str):
    said = shop.says(shop.customer(channel="mail", email=email))
    sending.send_due()
    row = shop.message(said.message_id)
    assert (row.state, row.reason) == (state, reason)


def test_a_message_waits_for_a_dead_server_and_goes_out_once(shop: Shop, port: int):
    said = shop.says(shop.customer(channel="mail"))
    for tries in (1, 2):
        sending.send_due()
        row = shop.message(said.message_id)
        assert (row.state, row.reason, row.tries) == ("queued", "server-unavailable", tries)
        rested()
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        sending.send_due()
        rested()
        sending.send_due()
    finally:
        controller.stop()
    assert shop.message(said.message_id).state == "sent"
    assert server.ids == {f"<{said.message_id}@sauda>": 1}


def test_a_line_break_in_a_name_begins_no_header(shop: Shop, running: Server):
    evil = "Shop\r\nBcc: x@evil.example\u2028two"
    write(
        lambda session: session.execute(
            text("UPDATE app.businesses SET name = :name WHERE id = :id"), {"name": evil, "id": shop.id}
        )
    )
    said = shop.says(shop.customer(channel="mail"))
    sending.send_due()
    assert shop.message(said.message_id).state == "sent"
    assert running.last["Bcc"] is None
    assert "Shop Bcc: x@evil.example two" in running.last["From"]


def test_what_no_header_can_hold_is_refused_and_not_tried_again(shop: Shop, running: Server):
    outgoing = Outgoing(
        id=uuid4(),
        business_id=shop.id,
        subject_id=uuid4(),
        channel="mail",
        recipient="a@shop.example\nBcc: x@evil.example",
        content=Content(template=None, language="en", title="A bill", body="A bill"),
        sender="Gupta Store",
        country="IN",
        category="utility",
        said_at=NOON,
    )
    assert Post(mailer(), object_store()).hand_over(outgoing) == Handed("refused", "mail-unwritable")
    assert running.ids == {}
