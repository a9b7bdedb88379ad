"""Senders end in the middle of their work: everything is said, and twice only what was in their hands."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from commerce.messaging import sending
from foundation.database import read, write
from foundation.settings import settings
from tests.commerce.messaging.conftest import Shop

pytestmark = [pytest.mark.committing, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
MESSAGES = 60
_SENDER = """
import commerce.tables
from commerce.messaging import sending
print("ready", flush=True)
while sending.send_due(limit=20):
    pass
"""


_OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in trans%' AND pid <> pg_backend_pid()
"""


class Killing:
    """A mail server that takes a mail and, at one of them, kills whoever sends before it answers."""

    def __init__(self, at: int) -> None:
        self.at, self.ids = at, Counter[str]()
        self.victim: subprocess.Popen[str] | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.ids[str(mail["Message-ID"])] += 1
        if self.ids.total() == self.at and self.victim is not None:
            self.victim.send_signal(signal.SIGKILL)
        return "250 OK"


def sender() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", _SENDER], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline().strip() == "ready"
    return started


@pytest.mark.parametrize("killed_at", [1, 13, 41])
def test_a_sender_that_is_killed_loses_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch, killed_at: int):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    settings.cache_clear()
    said = {shop.says(shop.customer(channel="mail"), f"bill:{at}").message_id for at in range(MESSAGES)}
    server = Killing(killed_at)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with sender() as first:
            server.victim = first
            assert first.wait(timeout=60) == -signal.SIGKILL
        with read() as session:
            left = session.scalar(text("SELECT count(*) FROM app.shop_messages WHERE state = 'queued'"))
        write(
            lambda session: session.execute(
                text("UPDATE app.shop_messages SET free_at = now() - interval '1 s'")
            )
        )
        with sender() as second:
            assert second.wait(timeout=60) == 0
    finally:
        controller.stop()
    assert left is not None
    assert left > 0
    with read() as session:
        states = session.execute(text("SELECT DISTINCT state FROM app.shop_messages")).scalars().all()
    assert states == ["sent"]
    assert set(server.ids) == {f"<{one}@sauda>" for one in said}
    # What was taken and not yet written down: one batch at most, each again under its own Message-ID.
    again = server.ids.total() - MESSAGES
    assert 1 <= again <= 20
    assert max(server.ids.values()) == 2


def test_what_was_said_when_the_sayer_dies_is_said_if_it_was_committed(shop: Shop):
    customer_id = shop.customer()
    script = f"""
import os, signal, sys
from uuid import UUID
import commerce.tables
from commerce.messaging import saying
from foundation.database import write
def work(session, key):
    saying.say(session, business_id=UUID("{shop.id}"), customer_id=UUID("{customer_id}"), purpose="bill",
               template="bill", values={{"number": "1", "date": "d", "amount": "INR 1.00"}}, key=key)
    if key == "lost":
        os.kill(os.getpid(), signal.SIGKILL)
write(lambda session: work(session, "kept"))
write(lambda session: work(session, "lost"))
"""
    died = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), check=False)
    assert died.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 60
    while True:  # the server notices a dead client by itself
        with read() as session:
            open_ = session.scalar(text(_OPEN))
        if not open_:
            break
        assert time.monotonic() < deadline, "the dead one's transaction is still open"
        threading.Event().wait(0.05)
    while sending.send_due():
        continue
    with read() as session:
        rows = session.execute(text("SELECT key, state FROM app.shop_messages")).all()
    assert [tuple(row) for row in rows] == [("kept", "sent")]
