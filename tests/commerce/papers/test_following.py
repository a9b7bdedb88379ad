"""After a bill its paper is put away and its customer told: later where something is down, and once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import RowMapping, text

from commerce import subscriptions
from commerce.billing.tenders import Tender
from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.messaging import sending
from commerce.messaging.saying import opened_content
from commerce.messaging.templates import Content
from commerce.papers import filing, workflows
from foundation import database, personal
from foundation.database import read, write
from foundation.object_store import object_store
from foundation.settings import settings
from foundation.worker import launch
from sauda.worker import import_workflows
from tests.commerce.billing.counter import Shop, add
from tests.commerce.papers.made import read_back

pytestmark = [pytest.mark.committing, pytest.mark.slow]
DEADLINE_SECONDS = 60


@pytest.fixture
def home(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    monkeypatch.delenv("SMTP_URL", raising=False)
    settings.cache_clear()
    monkeypatch.setattr(workflows, "FIRST_PAUSE", timedelta(milliseconds=300))
    return tmp_path


@pytest.fixture
def shop(home: Path) -> Shop:
    return Shop("regular")


def known(shop: Shop, channel: str) -> UUID:
    return write(
        lambda session: customers.add_customer(
            session,
            business_id=shop.id,
            details=Details("Ramesh", phone="98100 12345", email="ramesh@home.example"),
            preferences=Preferences(language="en", channel=channel),
            confirm_duplicate=True,
        )
    )


@contextmanager
def worker() -> Iterator[None]:
    """A worker in this process, without what is done by the clock."""
    assert subscriptions.FOLLOWED
    import_workflows()
    running = launch(settings())
    try:
        yield
    finally:
        running.stop()


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.02)
    return found


def messages(shop: Shop) -> list[RowMapping]:
    with read((shop.id,)) as session:
        rows = session.execute(
            text(
                "SELECT template, channel, state, attachments, about, key FROM app.shop_messages ORDER BY said_at, id"
            )
        )
        return list(rows.mappings())


def content_of(shop: Shop, bill: UUID) -> Content:
    """What was said about a bill, in plain words."""
    with read((shop.id,)) as session:
        row = session.execute(
            text("SELECT subject_id, content_sealed FROM app.shop_messages WHERE about = :bill"),
            {"bill": bill},
        ).one()
        subject = personal.subject(session, row.subject_id)
        assert subject is not None
        return opened_content(subject, row.content_sealed)


def jobs_of(name: str) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(
            text("SELECT workflow_uuid, status FROM dbos.workflow_status WHERE name = :name"), {"name": name}
        )
        return [(row[0], row[1]) for row in rows]


def is_done() -> bool:
    return all(status == "SUCCESS" for _, status in jobs_of(workflows.FOLLOW_BILL))


def paper_key(shop: Shop, bill: UUID) -> str:
    return filing.key_of(shop.id, bill, shop.paper(bill)["number"])


def cancelled_key(shop: Shop, bill: UUID) -> str:
    return filing.key_of(shop.id, bill, shop.paper(bill)["number"], is_cancelled=True)


def test_a_bill_is_put_away_and_told_with_the_balance_and_a_link(shop: Shop) -> None:
    ramesh = known(shop, "whatsapp")
    bill = shop.sell(add(shop.biscuits, "5"), tenders=[Tender("cash", 20_00)], customer=ramesh)
    paid = shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 10_00)], customer=ramesh)
    nobodys = shop.sell(add(shop.biscuits, "2"))
    with worker():
        until(is_done, "the papers")
    for each in (bill, paid, nobodys):
        assert shop.paper(each)["number"] in read_back(object_store().get(paper_key(shop, each)))[0]
    told = {row["about"]: row for row in messages(shop)}
    assert set(told) == {bill, paid}
    assert (told[bill]["template"], told[paid]["template"]) == ("bill-on-khata", "bill")
    assert told[bill]["attachments"] == []
    content = content_of(shop, bill)
    assert "INR 30.00" in content.body
    assert "/b/" in (content.link or "")
    assert [label for _, label in content.buttons] == ["Wrong?"]
    assert shop.errors() == []


def test_who_does_not_want_to_hear_of_bills_hears_nothing(shop: Shop) -> None:
    silent = shop.take_in("Sita", language="en", channel="none")
    bill = shop.sell(add(shop.biscuits, "5"), customer=silent)
    with worker():
        until(is_done, "the paper")
    assert object_store().exists(paper_key(shop, bill))
    assert [row["state"] for row in messages(shop)] == ["suppressed"]


def test_a_cancelled_bill_is_put_away_as_one_and_told(shop: Shop) -> None:
    ramesh = known(shop, "whatsapp")
    bill = shop.sell(add(shop.biscuits, "5"), customer=ramesh)
    with worker():
        until(is_done, "the paper")
        shop.cancel(bill)
        until(lambda: len(jobs_of(workflows.FOLLOW_BILL)) == 2 and is_done(), "the cancelled paper")
        note_of = shop.sell(add(shop.biscuits, "5"), customer=ramesh)
        shop.give_back(note_of, (1, "2"))
        until(lambda: len(jobs_of(workflows.FOLLOW_BILL)) == 4 and is_done(), "the credit note")
    # What was put away before stays as it is, and the cancelled one is beside it.
    assert "CANCELLED" not in read_back(object_store().get(paper_key(shop, bill)))[0]
    assert "CANCELLED" in read_back(object_store().get(cancelled_key(shop, bill)))[0]
    assert sorted(row["template"] for row in messages(shop)) == [
        "bill-cancelled",
        "bill-on-khata",
        "bill-on-khata",
        "credit-note",
    ]


def test_while_no_store_takes_the_paper_the_books_are_right_and_all_comes_later_once(
    shop: Shop, home: Path
) -> None:
    (home / "objects").mkdir()
    blocked = home / "objects" / "documents"
    blocked.write_text("in the way")
    by_mail, by_phone = known(shop, "mail"), known(shop, "whatsapp")
    bills = [shop.sell(add(shop.biscuits, "5"), customer=each) for each in (by_mail, by_phone)]
    with worker():
        until(lambda: len(jobs_of(workflows.FOLLOW_BILL)) >= 6, "some attempts")
        # A message to a phone needs no file; a mail waits for its own.
        assert [row["channel"] for row in messages(shop)] == ["whatsapp"]
        assert (shop.balance(by_mail), shop.balance(by_phone), shop.errors()) == (50_00, 50_00, [])
        blocked.unlink()
        until(lambda: len(messages(shop)) == 2 and is_done(), "the mail")
    keys = [paper_key(shop, each) for each in bills]
    assert all(object_store().exists(key) for key in keys)
    assert {row["channel"]: row["attachments"] for row in messages(shop)} == {
        "mail": [keys[0]],
        "whatsapp": [],
    }
    files = list((home / "objects").rglob("*.pdf"))
    assert len(files) == 2


def test_after_the_last_attempt_a_person_is_asked_and_the_mail_goes_with_the_link_alone(
    shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflows, "PUT_OFF_MAX", 1)
    (home / "objects").mkdir()
    (home / "objects" / "documents").write_text("in the way")
    shop.sell(add(shop.biscuits, "5"), customer=known(shop, "mail"))
    with worker():
        until(
            lambda: any(status == "ERROR" for _, status in jobs_of(workflows.FOLLOW_BILL)), "the dead letter"
        )
    assert [(row["channel"], row["attachments"]) for row in messages(shop)] == [("mail", [])]


NO_ROOM = """
import resource, sys
from uuid import UUID
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from commerce.papers import filing
print(filing.file_paper(UUID(sys.argv[1])))
"""


def test_a_disk_without_room_keeps_no_half_of_a_paper(shop: Shop, home: Path) -> None:
    bill = shop.sell(add(shop.biscuits, "5"))
    ran = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(bill)], env=dict(os.environ), capture_output=True, check=True
    )
    assert ran.stdout.decode().strip().endswith("None")
    assert object_store().list("documents") == []
    key = filing.file_paper(bill)
    assert key == paper_key(shop, bill)
    assert object_store().get(key).startswith(b"%PDF")
    assert shop.errors() == []


def test_a_worker_killed_in_the_middle_leaves_paper_and_message_to_the_next(shop: Shop, home: Path) -> None:
    ramesh = known(shop, "mail")
    bill = shop.sell(add(shop.biscuits, "5"), customer=ramesh)
    assert jobs_of(workflows.FOLLOW_BILL) != []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
        store = {"OBJECT_STORE_URL": "s3://papers/sauda", "S3_ENDPOINT": endpoint}
        process = subprocess.Popen(
            [sys.executable, "-m", "sauda", "worker"], env={**os.environ, **keys, **store}
        )
        try:
            silent.settimeout(DEADLINE_SECONDS)
            # It has begun to write the paper, and is never answered.
            connection, _ = silent.accept()
            process.send_signal(signal.SIGKILL)
            process.wait()
            connection.close()
        finally:
            process.kill()
            process.wait()
    assert messages(shop) == []
    assert (shop.balance(ramesh), shop.errors()) == (50_00, [])
    with worker():
        until(lambda: messages(shop) and is_done(), "what the dead worker left")
    assert [row["attachments"] for row in messages(shop)] == [[paper_key(shop, bill)]]


class Post:
    """A mail server that keeps what it is handed."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0)
        self.taken.append(envelope.content)
        return "250 OK"


def test_a_mail_server_that_was_down_gets_the_mail_with_the_paper_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shop.sell(add(shop.biscuits, "5"), customer=known(shop, "mail"))
    with worker():
        until(is_done, "the paper")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    settings.cache_clear()
    assert sending.send_due() == 1
    assert [row["state"] for row in messages(shop)] == ["queued"]
    handler = Post()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        write(
            lambda session: session.execute(
                text("UPDATE app.shop_messages SET free_at = now() - interval '1 s'")
            )
        )
        assert [sending.send_due(), sending.send_due()] == [1, 0]
    finally:
        controller.stop()
    [mail] = [message_from_bytes(each, policy=policy.default) for each in handler.taken]
    number = shop.paper(bill)["number"]
    [attached] = list(mail.iter_attachments())
    assert attached.get_filename() == f"{number.replace('/', '-')}.pdf"
    assert number in read_back(attached.get_content())[0]
    page = mail.get_body(("html",)).get_content()
    assert "/b/" in page
    assert "50.00" in page


def test_papers_with_the_name_of_who_is_forgotten_are_deleted(shop: Shop) -> None:
    ramesh = known(shop, "whatsapp")
    bill = shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 10_00)], customer=ramesh)
    kept = shop.sell(add(shop.biscuits, "1"))
    # From 50,000 rupees on the law wants the name on the paper.
    large = shop.sell(add(shop.biscuits, "5000"), tenders=[Tender("bank", 50_000_00)], customer=ramesh)
    with worker():
        until(is_done, "the papers")
        assert object_store().exists(paper_key(shop, bill))
        write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=ramesh))
        until(lambda: not object_store().exists(paper_key(shop, bill)), "the deletion")
    assert object_store().exists(paper_key(shop, kept))
    assert "Ramesh" in read_back(object_store().get(paper_key(shop, large)))[0]


def test_a_paper_with_a_name_that_is_kept_is_not_written_over_when_its_bill_is_cancelled(shop: Shop) -> None:
    ramesh = known(shop, "none")
    small, large = (shop.sell(add(shop.biscuits, each), customer=ramesh) for each in ("1", "5000"))
    for bill in (small, large):
        assert filing.file_paper(bill) == paper_key(shop, bill)
        shop.cancel(bill)
        assert filing.file_paper(bill) == cancelled_key(shop, bill)
    kept = object_store().get(paper_key(shop, large))
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=ramesh))
    assert filing.forget_papers(ramesh) == 2
    # Drawn anew for the smaller one, without the name; of the larger one both stay as they were.
    for bill in (small, large):
        assert filing.file_paper(bill) == cancelled_key(shop, bill)
    assert "Ramesh" not in read_back(object_store().get(paper_key(shop, small)))[0]
    assert object_store().get(paper_key(shop, large)) == kept
    assert "Ramesh" in read_back(kept)[0]
    assert "Ramesh" in read_back(object_store().get(cancelled_key(shop, large)))[0]
