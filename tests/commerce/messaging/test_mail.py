"""Mail goes to a real server where one is set, and into files where none is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from obstore.store import LocalStore

from commerce.messaging import ports, service
from commerce.messaging.workflows import _send
from foundation import clock, personal
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import Unavailable
from foundation.object_store import ObjectStore
from foundation.settings import settings

pytestmark = pytest.mark.committing


class Post:
    """What a mail server was handed; it refuses some."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await asyncio.sleep(0)
        if address.startswith("gone"):
            return "550 no such person"
        if address.startswith("busy"):
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0)
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture
def post(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    settings.cache_clear()
    yield handler
    controller.stop()
    monkeypatch.undo()
    settings.cache_clear()


def say(address: str, title: str = "सौदा: your code", body: str = "नमस्ते 🙏\n.\n") -> UUID:
    def queue(session: Any) -> UUID:
        subject = personal.new_subject(session, made_at=clock.now())
        return service.send(
            session,
            subject,
            channel="mail",
            recipient=address,
            purpose="test",
            title=title,
            body=body,
        )

    return write(queue)


def state_of(message_id: UUID) -> str:
    with read() as session:
        found = service.opened(session, message_id)
    assert found is not None
    return found.state


def test_a_mail_is_handed_over_once_with_all_scripts(post: Post) -> None:
    message_id = say(f"{uuid4().hex}@people.example")
    assert _send(str(message_id)) == "sent"
    assert _send(str(message_id)) == "nothing to send"
    [content] = post.taken
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Subject"] == "सौदा: your code"
    assert mail["Message-ID"] == f"<{message_id}@sauda>"
    assert "नमस्ते 🙏" in mail.get_content()
    assert state_of(message_id) == "sent"


def test_a_refused_address_is_kept_as_refused(post: Post) -> None:
    message_id = say(f"gone.{uuid4().hex}@people.example")
    assert _send(str(message_id)) == "refused"
    assert state_of(message_id) == "refused"
    assert post.taken == []


def test_a_server_that_puts_us_off_is_tried_again(post: Post) -> None:
    message_id = say(f"busy.{uuid4().hex}@people.example")
    with pytest.raises(Unavailable, match="451") as put_off:
        _send(str(message_id))
    assert "people.example" not in put_off.value.message
    assert state_of(message_id) == "queued"


def test_a_server_that_is_not_there_is_unavailable(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ports.MailServer("smtp://someone:hush@127.0.0.1:9")
    with read() as session:
        message = service.opened(session, say(f"{uuid4().hex}@people.example"))
    assert message is not None
    with pytest.raises(Unavailable) as missing:
        server.send(service.as_mail(message), person_id=message.person_id, message_id=message.id)
    assert "hush" not in missing.value.message


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.example:25"])
def test_an_address_of_a_server_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(Unavailable, match="smtp://user:password@host:587"):
        ports.MailServer(url)


def test_a_mail_is_plain_text_whatever_names_are_in_it(migrated: Server) -> None:
    evil = "<script>alert(1)</script>\r\nBcc: x@evil.example"
    with read() as session:
        message = service.opened(session, say(f"{uuid4().hex}@people.example", title=evil, body=evil))
    assert message is not None
    mail = service.as_mail(message)
    assert (mail.get_content_type(), mail.is_multipart(), mail["Bcc"]) == ("text/plain", False, None)
    assert mail["Subject"] == " ".join(evil.split())


def test_without_a_server_mails_are_files_that_can_be_forgotten(migrated: Server, tmp_path: Path) -> None:
    folder = ports.MailFolder(ObjectStore(str(tmp_path), LocalStore(tmp_path)))
    with read() as session:
        message = service.opened(session, say(f"{uuid4().hex}@people.example"))
    assert message is not None
    folder.send(service.as_mail(message), person_id=message.person_id, message_id=message.id)
    [file] = tmp_path.rglob("*.eml")
    assert message.recipient.encode() in file.read_bytes()
    folder.forget(message.person_id)
    assert not list(tmp_path.rglob("*.eml"))


def test_a_title_cannot_smuggle_a_header(post: Post) -> None:
    message_id = say(f"{uuid4().hex}@people.example", title="Shop\r\nBcc: rival@people.example")
    assert _send(str(message_id)) == "sent"
    mail = message_from_bytes(post.taken[0], policy=policy.default)
    assert mail["Bcc"] is None
