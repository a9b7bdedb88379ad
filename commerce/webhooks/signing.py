"""Secrets and signatures of webhooks, by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final
from uuid import UUID

from foundation import keys

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
_PURPOSE: Final = "webhooks"


def new_secret() -> str:
    """A secret as its owner gets it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str, endpoint_id: UUID) -> bytes:
    """The secret as it is kept."""
    return keys.seal(keys.derived(_PURPOSE), secret.encode(), f"webhook-secret:{endpoint_id}")


def opened(kept: bytes, endpoint_id: UUID) -> str:
    """The secret that was kept. Raises Unavailable when the master key is another one."""
    return keys.open_sealed(keys.derived(_PURPOSE), kept, f"webhook-secret:{endpoint_id}").decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One entry of the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
