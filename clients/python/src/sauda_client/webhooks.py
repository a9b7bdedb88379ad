"""Whether a webhook is Sauda's: Standard Webhooks 1.0, with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 300


class SignatureInvalid(Exception):
    """The webhook was not signed with this secret, was changed on the way, or is old."""


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str, *, now: float | None = None) -> None:
    """Raises SignatureInvalid unless `body`, as it came, was signed with `secret` within the last five minutes."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
        age = abs((time.time() if now is None else now) - int(timestamp))
    except (KeyError, ValueError):
        raise SignatureInvalid("webhook-id, webhook-timestamp or webhook-signature is missing") from None
    if age > TOLERANCE_SECONDS:
        raise SignatureInvalid(
            f"the webhook is {int(age)} s off this clock; {TOLERANCE_SECONDS} are let through"
        )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # After a rotation two secrets sign: one that fits is enough.
    if not any(hmac.compare_digest(wanted.encode(), each.encode()) for each in signatures):
        raise SignatureInvalid("no signature fits; is this the endpoint's secret, and the body as it came?")
