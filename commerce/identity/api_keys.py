"""API keys: a program's way in, to one business, within scopes.

A live key acts. A test key is answered as a live one would be, and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity import queries, tokens
from commerce.identity.errors import ApiKeyInvalid, ApiKeyNotFound
from commerce.identity.models import ApiKey, User
from commerce.identity.permissions import PERMISSIONS
from foundation.ids import uuid7
from foundation.keyset import Order

MARK: Final = "sauda_"
"""Every key begins with this, so that scanners of leaked secrets know one when they see it."""
SHOWN_LENGTH: Final = len("sauda_live_") + 8
TOUCHED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class KeyAccess:
    """What a key lets a program do."""

    key_id: UUID
    made_by: UUID
    business_id: UUID
    role: str
    scopes: frozenset[str]
    is_test: bool
    expires_at: datetime | None


def scopes_of(role: str) -> list[str]:
    """The scopes that a key for this side of a business may have."""
    return [name for name, held in PERMISSIONS.items() if held.is_scope and role in held.roles]


def make(
    session: Session,
    *,
    made_by: User,
    name: str,
    mode: Literal["live", "test"],
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the key itself, which is not kept and cannot be shown again.

    Raises ApiKeyInvalid.
    """
    if made_by.business_id is None:
        raise ApiKeyInvalid("business", "a key speaks for one business; its owner makes it")
    possible = scopes_of(made_by.role)
    wrong = sorted(set(scopes) - set(possible))
    if wrong or not scopes:
        named = ", ".join(wrong) or "nothing"
        raise ApiKeyInvalid("scopes", f"{named} cannot be one; give one or more of {', '.join(possible)}")
    now = datetime.now(UTC)
    if expires_at is not None and expires_at <= now:
        raise ApiKeyInvalid("expires_at", "this moment has passed; give one to come, or none")
    secret = f"{MARK}{mode}_{tokens.new_secret()}"
    key = ApiKey(
        id=uuid7(),
        business_id=made_by.business_id,
        name=name,
        role=made_by.role,
        mode=mode,
        prefix=secret[:SHOWN_LENGTH],
        key_hash=tokens.secret_hash(secret),
        scopes=sorted(set(scopes)),
        made_by=made_by.id,
        made_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    audit.record(
        session,
        "api-key-made",
        business_id=made_by.business_id,
        actor_id=made_by.id,
        subject_id=key.id,
        facts={"mode": mode, "scopes": key.scopes},
    )
    return key, secret


def list_keys(
    session: Session,
    *,
    business_id: UUID,
    chosen: queries.ApiKeyFilter = queries.ApiKeyFilter(),
    by: Order = queries.API_KEYS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[ApiKey]:
    """The keys of a business, newest first, revoked and expired ones too; `after`: the key of the last one seen."""
    return queries.api_keys(
        session, business_id, datetime.now(UTC), chosen=chosen, by=by, after=after, limit=limit
    )


def revoke(session: Session, *, business_id: UUID, key_id: UUID, revoked_by: UUID) -> None:
    """End a key within seconds, for ever. Raises ApiKeyNotFound."""
    ended = session.execute(
        update(ApiKey)
        .where(ApiKey.business_id == business_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
        .returning(ApiKey.id)
    ).scalar_one_or_none()
    if ended is None:
        raise ApiKeyNotFound(key_id)
    audit.record(session, "api-key-revoked", business_id=business_id, actor_id=revoked_by, subject_id=key_id)


def access_of(session: Session, *, key: str) -> KeyAccess | None:
    """What this key lets its holder do; None for one that is unknown, revoked or past its time."""
    found = queries.living_api_key(session, tokens.secret_hash(key), datetime.now(UTC))
    if found is None:
        return None
    return KeyAccess(
        key_id=found.id,
        made_by=found.made_by,
        business_id=found.business_id,
        role=found.role,
        scopes=frozenset(found.scopes),
        is_test=found.mode == "test",
        expires_at=found.expires_at,
    )


def touch(session: Session, *, key_id: UUID) -> None:
    """Note that the key is in use, at most once a minute."""
    now = datetime.now(UTC)
    session.execute(
        update(ApiKey)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - TOUCHED_EVERY),
        )
        .values(last_used_at=now)
    )
