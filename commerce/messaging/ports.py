"""Who carries mail: a mail server, or files in the object store where none is set."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from commerce.messaging.errors import AddressRefused, MailRefused
from foundation.errors import Unavailable
from foundation.object_store import ObjectStore, object_store
from foundation.settings import settings

FOLDER = "mail"
SMS_FOLDER = "sms"
TIMEOUT_SECONDS = 20
PERMANENT = 500


class Mailer(Protocol):
    """Takes a mail over. Called outside of transactions; the same mail twice only after an unclear answer."""

    def send(self, mail: EmailMessage, *, person_id: UUID, message_id: UUID) -> None: ...

    def close(self) -> None: ...


class MailFolder:
    """Mails as `.eml` files: for development, and to look at."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def send(self, mail: EmailMessage, *, person_id: UUID, message_id: UUID) -> None:
        self._store.put(f"{FOLDER}/{person_id}/{message_id}.eml", mail.as_bytes())

    def close(self) -> None:
        """Nothing is open."""

    def forget(self, person_id: UUID) -> None:
        """Delete every mail to this person."""
        self._store.delete(*(found.key for found in self._store.list(f"{FOLDER}/{person_id}")))


class MailServer:
    """An SMTP server: `smtps://` speaks TLS from the start, `smtp://` as soon as the server offers it."""

    def __init__(self, url: str, *, keeps_connections: bool = False) -> None:
        self._idle: list[smtplib.SMTP] = []
        self._keeps_connections = keeps_connections
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise Unavailable("SMTP_URL cannot be read; write it like smtp://user:password@host:587")
        self._is_tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._is_tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, mail: EmailMessage, *, person_id: UUID, message_id: UUID) -> None:
        """Hand the mail over, by several threads at once if need be.

        Raises AddressRefused and MailRefused for good, Unavailable when it is worth another try.
        """
        try:
            self._send(mail)
        except smtplib.SMTPRecipientsRefused as error:
            reply = next(iter(error.recipients.values()))[0]
            if reply >= PERMANENT:
                raise AddressRefused(reply) from None
            raise Unavailable(f"the mail server put the recipient off with {reply}") from None
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= PERMANENT:
                raise MailRefused(error.smtp_code) from None
            raise Unavailable(f"the mail server put the mail off with {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            # The words of the server may repeat the address.
            raise Unavailable(f"{self._host}:{self._port} took no mail: {type(error).__name__}") from None

    def close(self) -> None:
        """Take leave of the server."""
        while self._idle:
            with suppress(smtplib.SMTPException, OSError):
                self._idle.pop().quit()

    def _send(self, mail: EmailMessage) -> None:
        server = self._idle.pop() if self._idle else self._connected()
        try:
            server.send_message(mail)
        except BaseException:
            server.close()
            raise
        if self._keeps_connections:
            self._idle.append(server)
        else:
            server.quit()

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if not self._is_tls and server.has_extn("starttls"):
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def mailer(*, keeps_connections: bool = False) -> Mailer:
    """The server of SMTP_URL, or else the folder. Who keeps connections closes it."""
    url = settings().smtp_url
    if url is not None and url.get_secret_value():
        return MailServer(url.get_secret_value(), keeps_connections=keeps_connections)
    return MailFolder(object_store())
