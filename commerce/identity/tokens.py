"""Access tokens, and secrets of which the database keeps a hash alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from commerce.identity import signing
from commerce.identity.errors import TokenRejected
from foundation import keys
from foundation.ids import uuid7
from foundation.settings import settings

ISSUER = "sauda"
CODE_DIGITS = 6
_TYPEABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what is mistaken for one another


@dataclass(frozen=True)
class Access:
    """Who an access token speaks for, from which log-in, and by how much proof."""

    user_id: UUID
    role: str
    business_id: UUID | None
    position: str | None = None
    session_id: UUID | None = None
    has_second_factor: bool = False


def issue_access_token(access: Access) -> str:
    """A signed token that speaks for `access` for the minutes of the settings."""
    issued_at = datetime.now(UTC)
    kid, key = signing.signing_key()
    claims = {
        "iss": ISSUER,
        "sub": str(access.user_id),
        "role": access.role,
        "business_id": str(access.business_id) if access.business_id else None,
        "position": access.position,
        "sid": str(access.session_id) if access.session_id else None,
        "mfa": access.has_second_factor,
        "jti": str(uuid7()),
        "iat": issued_at,
        "exp": issued_at + timedelta(minutes=settings().access_token_minutes),
    }
    return jwt.encode(claims, key, algorithm=signing.ALGORITHM, headers={"kid": kid})


def needs_a_look(token: str) -> bool:
    """Whether reading the token would ask the database for its key."""
    return signing.verifying_key(_kid(token), ask=False) is None


def read_with_expiry(token: str) -> tuple[Access, float]:
    """Whom the token speaks for, and until when (seconds since 1970). Raises TokenRejected."""
    key = signing.verifying_key(_kid(token))
    if key is None:
        raise TokenRejected("is not one that was issued here")
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[signing.ALGORITHM],
            issuer=ISSUER,
            options={"require": ["iss", "sub", "role", "jti", "iat", "exp"]},
        )
        return _access(claims), float(claims["exp"])
    except jwt.ExpiredSignatureError:
        raise TokenRejected("is past its time") from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise TokenRejected("is not one that was issued here") from None


def new_secret() -> str:
    """256 random bits, for their holder alone."""
    return secrets.token_urlsafe(32)


def new_typed_secret() -> str:
    """50 random bits in ten characters that can be typed from a phone."""
    return "".join(secrets.choice(_TYPEABLE) for _ in range(10))


def new_code() -> str:
    """Six random digits: few, so whoever asks for one may guess only a handful of times."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def secret_hash(secret: str) -> str:
    """What is stored of a long secret. It is random, so that a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_hash(code: str, belongs_to: UUID) -> bytes:
    """What is stored of a short code: under a key, because all short codes could be tried against a bare hash."""
    return hmac.new(keys.derived("short codes"), f"{belongs_to}:{code}".encode(), hashlib.sha256).digest()


def _kid(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.InvalidTokenError:
        raise TokenRejected("is not one that was issued here") from None


def _access(claims: dict[str, Any]) -> Access:
    business_id, session_id = claims.get("business_id"), claims.get("sid")
    return Access(
        user_id=UUID(claims["sub"]),
        role=str(claims["role"]),
        business_id=UUID(business_id) if business_id else None,
        position=claims.get("position"),
        session_id=UUID(session_id) if session_id else None,
        has_second_factor=claims.get("mfa") is True,
    )
