"""Links by which a customer opens a bill or the khata without a log-in: sealed, so that nothing in them can be read,
guessed or changed, and good for seven days."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from commerce.papers.errors import LinkExpired, LinkInvalid
from commerce.papers.vocabulary import LINK_LASTS
from foundation import keys
from foundation.errors import Unavailable
from foundation.settings import settings

Kind = Literal["bill", "khata"]
PATHS: Final[dict[Kind, str]] = {"bill": "/b", "khata": "/k"}
TOKEN_CHARACTERS: Final = 64
"""Twelve bytes of nonce, twenty of content, sixteen of proof, in base64."""


@dataclass(frozen=True)
class Link:
    """An address for a customer, and until when it opens."""

    token: str
    url: str
    until: datetime


def link_to(kind: Kind, target_id: UUID, *, now: datetime | None = None) -> Link:
    """A link to a bill by its id, or to a khata by the customer's, good for seven days from now on."""
    until = ((now or datetime.now(UTC)) + LINK_LASTS).replace(microsecond=0)
    content = target_id.bytes + int(until.timestamp()).to_bytes(4, "big")
    sealed = keys.seal(keys.derived("links"), content, f"link:{kind}")
    token = base64.urlsafe_b64encode(sealed).decode()
    return Link(token, f"{public_url()}{PATHS[kind]}/{token}", until)


def opened(kind: Kind, token: str) -> tuple[UUID, datetime]:
    """What a link of this kind is to, and until when. Raises LinkInvalid, LinkExpired."""
    try:
        sealed = base64.b64decode(token, altchars=b"-_", validate=True)
        content = keys.open_sealed(keys.derived("links"), sealed, f"link:{kind}")
    except (Unavailable, ValueError, binascii.Error):
        raise LinkInvalid from None
    until = datetime.fromtimestamp(int.from_bytes(content[16:], "big"), UTC)
    if datetime.now(UTC) >= until:
        raise LinkExpired(until)
    return UUID(bytes=content[:16]), until


def public_url() -> str:
    """Where people outside reach this installation."""
    chosen = settings()
    return (chosen.public_url or f"http://{chosen.api_host}:{chosen.api_port}").rstrip("/")
