"""One attempt to deliver a webhook: signed, to the address that was resolved, and never for long."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal

import anyio
import httpx

from commerce.webhooks import signing
from commerce.webhooks.addresses import TargetRefused, check_url, resolved
from commerce.webhooks.errors import WebhookUrlInvalid
from commerce.webhooks.vocabulary import EXCERPT_CHARACTERS
from foundation.money import told

Outcome = Literal["delivered", "no-answer", "unwell", "refused", "gone", "address-refused"]

WHOLE_SECONDS: Final = 15
"""From the look-up of the name to the last byte read: a receiver that drips may not hold a worker."""
CONNECT_SECONDS: Final = 5
READ_BYTES_MAX: Final = 16_384
UNWELL: Final = (408, 425, 429)
"""Answers below 500 that ask for another try."""
GONE: Final = 410


@dataclass(frozen=True)
class Message:
    """What goes out: one event for one endpoint."""

    id: str
    url: str
    secrets: Sequence[str]
    type: str
    occurred_at: datetime
    payload: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The payload of Standard Webhooks; amounts as everywhere in the API."""
        content = {
            "type": self.type,
            "timestamp": self.occurred_at.astimezone(UTC).isoformat(),
            "data": told(self.payload),
        }
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Attempt:
    """How it went; plain values, because a finished step is kept as JSON."""

    began_at: str
    duration_ms: int
    outcome: Outcome
    status_code: int | None
    reason: str | None
    response_excerpt: str
    retry_after_seconds: int | None


def send(message: Message) -> Attempt:
    """Deliver once; whatever goes wrong out there is an outcome and raises nothing."""
    began_at, began = datetime.now(UTC), time.perf_counter()
    outcome: Outcome = "no-answer"
    status: int | None = None
    reason: str | None = None
    excerpt, retry_after = "", None
    try:
        answer, read = anyio.run(_post, message)
    except (TargetRefused, WebhookUrlInvalid) as error:
        outcome, reason = "address-refused", str(error)
    except TimeoutError:
        reason = f"no whole answer within {WHOLE_SECONDS} s"
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        status, outcome = answer.status_code, _outcome_of(answer.status_code)
        excerpt = read.decode(errors="replace").replace("\0", "\ufffd")[:EXCERPT_CHARACTERS]
        asked = answer.headers.get("retry-after", "")
        retry_after = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    return Attempt(
        began_at=began_at.isoformat(),
        duration_ms=round((time.perf_counter() - began) * 1000),
        outcome=outcome,
        status_code=status,
        reason=None if reason is None else reason[:200],
        response_excerpt=excerpt,
        retry_after_seconds=retry_after,
    )


def _outcome_of(status: int) -> Outcome:
    if 200 <= status < 300:
        return "delivered"
    if status == GONE:
        return "gone"
    return "unwell" if status in UNWELL or status >= 500 else "refused"


@lru_cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


async def _post(message: Message) -> tuple[httpx.Response, bytes]:
    with anyio.fail_after(WHOLE_SECONDS):
        parts = check_url(message.url)
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        address = await resolved(host, port)
        # The name is asked once and the connection goes to its answer: a second answer could lead inside.
        target = httpx.URL(message.url).copy_with(host=str(address))
        async with (
            httpx.AsyncClient(
                verify=_trusted(),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS),
            ) as client,
            client.stream(
                "POST",
                target,
                content=message.body,
                headers=_headers(message, parts.netloc),
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            read = b""
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) >= READ_BYTES_MAX:
                    break
            return answer, read


def _headers(message: Message, host: str) -> dict[str, str]:
    timestamp = int(time.time())
    signatures = (
        signing.signature(secret, message.id, timestamp, message.body) for secret in message.secrets
    )
    return {
        "host": host,
        "content-type": "application/json",
        "user-agent": "Sauda-Webhooks/1",
        "accept-encoding": "identity",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
