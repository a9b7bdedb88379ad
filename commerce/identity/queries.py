"""Questions about users and their log-ins."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from commerce.identity.models import RefreshToken, User


def active_user(session: Session, user_id: UUID) -> User | None:
    """The user with this id, unless put out of use."""
    return session.scalars(select(User).where(User.id == user_id, User.is_active)).one_or_none()


def active_user_by_email(session: Session, email: str) -> User | None:
    """The user with this e-mail in any spelling of case, unless put out of use."""
    return session.scalars(
        select(User).where(func.lower(User.email) == email.lower(), User.is_active)
    ).one_or_none()


def lock_refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    """The stored token, locked: of two who show it at once, the second sees that it was used."""
    return session.scalars(
        select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update(key_share=True)
    ).one_or_none()


def revoke_family(session: Session, family_id: UUID, at: datetime) -> None:
    """End every token of a log-in that was not ended before."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def delete_tokens_expired_before(session: Session, moment: datetime) -> None:
    """Delete the refresh tokens that expired before `moment`."""
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < moment))
