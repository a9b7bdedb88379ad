"""The keys that access tokens are signed with: Ed25519, known by `kid`, shared through the database.

The newest key signs. A retired one verifies until the last token that it may have signed has run out. Each
process keeps the keys that it knows and looks again after a minute, or when a token names one that it does
not know. Private keys are sealed under the installation's master key.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity.models import SigningKey
from foundation import database, keys
from foundation.settings import settings

ALGORITHM: Final = "EdDSA"
FRESH_SECONDS: Final = 60.0
LOOK_AGAIN_SECONDS: Final = 1.0
"""Tokens that name made-up keys must not cost a question each."""
SLACK: Final = timedelta(minutes=5)
"""How long a process may go on signing with a key that another has retired: its minute, and a clock's error."""


@dataclass(frozen=True)
class _Ring:
    """The keys of one database as this process last saw them."""

    engine: Engine
    seen_at: float
    signing: tuple[str, Ed25519PrivateKey]
    verifying: Mapping[str, Ed25519PublicKey]


_lock = threading.Lock()
_rings: list[_Ring] = []


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """The kid and key to sign with now; the first one of an installation is made here."""
    ring = _known()
    if ring is None or time.monotonic() - ring.seen_at > FRESH_SECONDS:
        ring = _look()
    return ring.signing


def verifying_key(kid: str, *, ask: bool = True) -> Ed25519PublicKey | None:
    """The public key of this kid, if it still verifies. Without `ask` the database is not asked for it."""
    ring = _known()
    age = time.monotonic() - ring.seen_at if ring else float("inf")
    if ring is not None and age <= FRESH_SECONDS and kid in ring.verifying:
        return ring.verifying[kid]
    if not ask:
        return None
    if ring is None or age > LOOK_AGAIN_SECONDS:
        ring = _look()
    return ring.verifying.get(kid)


def rotate(session: Session) -> str:
    """Make a new key, retire those before it, delete those that no living token was signed with; the new kid."""
    now = datetime.now(UTC)
    session.execute(delete(SigningKey).where(SigningKey.retired_at < _verifies_until(now)))
    session.execute(update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=now))
    kid = _make(session, now)
    audit.record(session, "signing-key-rotated", business_id=None, actor_id=None, facts={"kid": kid})
    return kid


def published() -> list[dict[str, Any]]:
    """The public keys that verify now, as a JWK set (RFC 7517, RFC 8037) lists them."""
    verifying_key("", ask=True)
    ring = _known()
    return [] if ring is None else [_as_jwk(kid, key) for kid, key in sorted(ring.verifying.items())]


def forget() -> None:
    """Look anew at the next use."""
    _rings.clear()


def _known() -> _Ring | None:
    # A process that was pointed at another database must not go on with the keys of the one before.
    return next((ring for ring in _rings if ring.engine is database.engine()), None)


def _look() -> _Ring:
    with _lock:
        with database.read() as session:
            rows = _verifying(session)
        if not any(row.retired_at is None for row in rows):
            rows = database.write(_with_a_first)
        current = max((row for row in rows if row.retired_at is None), key=lambda row: (row.made_at, row.kid))
        ring = _Ring(
            engine=database.engine(),
            seen_at=time.monotonic(),
            signing=(current.kid, Ed25519PrivateKey.from_private_bytes(_private(current))),
            verifying={row.kid: Ed25519PublicKey.from_public_bytes(row.public_key) for row in rows},
        )
        _rings[:] = [ring]
        return ring


def _with_a_first(session: Session) -> list[SigningKey]:
    if not any(row.retired_at is None for row in _verifying(session)):
        _make(session, datetime.now(UTC))
        session.flush()
    return _verifying(session)


def _verifying(session: Session) -> list[SigningKey]:
    return list(
        session.scalars(
            select(SigningKey).where(
                or_(
                    SigningKey.retired_at.is_(None),
                    SigningKey.retired_at >= _verifies_until(datetime.now(UTC)),
                )
            )
        )
    )


def _verifies_until(now: datetime) -> datetime:
    return now - timedelta(minutes=settings().access_token_minutes) - SLACK


def _make(session: Session, now: datetime) -> str:
    kid, private = secrets.token_urlsafe(9), Ed25519PrivateKey.generate()
    session.add(
        SigningKey(
            kid=kid,
            public_key=private.public_key().public_bytes_raw(),
            private_key_sealed=keys.seal(_wrapping(), private.private_bytes_raw(), f"signing key:{kid}"),
            made_at=now,
        )
    )
    return kid


def _private(row: SigningKey) -> bytes:
    return keys.open_sealed(_wrapping(), row.private_key_sealed, f"signing key:{row.kid}")


def _wrapping() -> bytes:
    return keys.derived("signing keys")


def _as_jwk(kid: str, key: Ed25519PublicKey) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": ALGORITHM}
