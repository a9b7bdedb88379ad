"""Access tokens (signed, short, checked without the database) and refresh tokens (random, stored hashed).

Tokens live by the machine's clock, never by the clock of business time.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import jwt

from commerce.identity.errors import TokenRejected
from foundation.errors import Unavailable
from foundation.ids import uuid7
from foundation.settings import settings

ALGORITHM = "HS256"
ISSUER = "sauda"
SECRET_LENGTH_MIN = 32  # RFC 7518, 3.2: a key no shorter than the hash


@dataclass(frozen=True)
class Access:
    """Who an access token speaks for."""

    user_id: UUID
    role: str
    business_id: UUID | None


def issue_access_token(access: Access) -> str:
    """A signed token that speaks for `access` for the minutes of the settings."""
    issued_at = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": str(access.user_id),
        "role": access.role,
        "business_id": str(access.business_id) if access.business_id else None,
        "jti": str(uuid7()),
        "iat": issued_at,
        "exp": issued_at + timedelta(minutes=settings().access_token_minutes),
    }
    return jwt.encode(claims, secret(), algorithm=ALGORITHM)


def read_access_token(token: str) -> Access:
    """Whom the token speaks for. Raises TokenRejected."""
    try:
        claims = jwt.decode(
            token,
            secret(),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["iss", "sub", "role", "jti", "iat", "exp"]},
        )
        business_id = claims.get("business_id")
        return Access(UUID(claims["sub"]), str(claims["role"]), UUID(business_id) if business_id else None)
    except jwt.ExpiredSignatureError:
        raise TokenRejected("is past its time") from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise TokenRejected("is not one that was issued here") from None


def new_refresh_token() -> str:
    """256 random bits, for the client alone."""
    return secrets.token_urlsafe(32)


def refresh_token_hash(token: str) -> str:
    """What is stored of a refresh token. The token is random, so that a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def secret() -> str:
    """The key of access tokens: `TOKEN_SECRET`, or one made once under SAUDA_HOME. Raises Unavailable."""
    chosen = settings()
    given = chosen.token_secret.get_secret_value() if chosen.token_secret else ""
    if not given:
        if chosen.sauda_env == "production":
            raise Unavailable("TOKEN_SECRET is not set; in production give one of 32 characters or more")
        return _kept_secret(chosen.home / "token_secret")
    if len(given.encode()) < SECRET_LENGTH_MIN:
        raise Unavailable(f"TOKEN_SECRET has {len(given)} characters; give {SECRET_LENGTH_MIN} or more")
    return given


@lru_cache
def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # A link appears whole and only once: processes that start together agree on one secret.
            path.hardlink_to(draft)
        except FileExistsError:
            return path.read_text()
        finally:
            draft.unlink()
    return path.read_text()
