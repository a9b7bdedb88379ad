"""Questions about users, their log-ins and what they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from commerce.identity.models import (
    ApiKey,
    AttemptGuard,
    Challenge,
    Invitation,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    SigningKey,
    User,
)
from foundation.keyset import Order
from foundation.personal import SubjectKey


def active_user(session: Session, user_id: UUID) -> User | None:
    """The user with this id, unless put out of use."""
    return session.scalars(select(User).where(User.id == user_id, User.is_active)).one_or_none()


def lock_active_user(session: Session, user_id: UUID) -> User | None:
    """The user with this id, locked, unless put out of use."""
    return session.scalars(
        select(User).where(User.id == user_id, User.is_active).with_for_update(key_share=True, of=User)
    ).one_or_none()


def active_user_at(session: Session, channel: str, index: bytes) -> User | None:
    """The user of this e-mail ("mail") or confirmed phone ("phone"), by its blind index."""
    column = User.email_index if channel == "mail" else User.phone_index
    return session.scalars(select(User).where(column == index, User.is_active)).one_or_none()


def is_taken(session: Session, channel: str, index: bytes) -> bool:
    """Whether any user has this e-mail or phone, also one that was put out of use."""
    column = User.email_index if channel == "mail" else User.phone_index
    return bool(session.scalar(select(exists().where(column == index))))


_JOINED = (("users.created_at", "timestamptz"), ("users.id", "uuid"))
MEMBERS_BY = {
    "longest": Order(_JOINED),
    "newest": Order(_JOINED, is_descending=True),
    "position": Order((("users.position", "text"), *_JOINED)),
}


@dataclass(frozen=True)
class MemberFilter:
    """Which members of a list; None does not filter."""

    role: str | None = None
    position: str | None = None
    is_active: bool = True
    """Those who are there, or those who were removed and not forgotten since."""


def members(
    session: Session,
    business_id: UUID,
    *,
    chosen: MemberFilter = MemberFilter(),
    by: Order = MEMBERS_BY["longest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[User]:
    """The members of a business, the longest first."""
    question = select(User).where(
        User.business_id == business_id, User.is_active == chosen.is_active, User.erased_at.is_(None)
    )
    if chosen.role is not None:
        question = question.where(User.role == chosen.role)
    if chosen.position is not None:
        question = question.where(User.position == chosen.position)
    return session.scalars(by.paged(question, after, limit)).all()


def lock_members(session: Session, business_id: UUID) -> Sequence[User]:
    """The active members of a business, locked: two owners who leave at once would leave none."""
    return session.scalars(
        select(User)
        .where(User.business_id == business_id, User.is_active)
        .order_by(User.id)
        .with_for_update(key_share=True, of=User)
    ).all()


def lock_admins(session: Session) -> Sequence[User]:
    """The active admins of the platform, locked: two who leave at once would leave none."""
    return session.scalars(
        select(User)
        .where(User.role == "admin", User.is_active)
        .order_by(User.id)
        .with_for_update(key_share=True, of=User)
    ).all()


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


def revoke_log_ins(session: Session, user_id: UUID, at: datetime) -> None:
    """End every log-in of a user."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.user_id == user_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def is_living(session: Session, family_id: UUID) -> bool:
    """Whether a log-in was not ended and its user is in use."""
    living = exists().where(
        RefreshToken.family_id == family_id,
        RefreshToken.revoked_at.is_(None),
        User.id == RefreshToken.user_id,
        User.is_active,
    )
    return bool(session.scalar(select(living)))


def lock_newest_challenge(
    session: Session, purpose: str, address_index: bytes, now: datetime
) -> Challenge | None:
    """The last challenge to this address, locked, if it still holds: a newer one ends those before it."""
    newest = session.scalars(
        select(Challenge)
        .where(Challenge.purpose == purpose, Challenge.address_index == address_index)
        .order_by(Challenge.asked_at.desc(), Challenge.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).one_or_none()
    return newest if newest and newest.used_at is None and newest.expires_at > now else None


def challenge_by_secret(
    session: Session, secret_hash: bytes, now: datetime, *, lock: bool
) -> Challenge | None:
    """The challenge that this secret answers, if it still holds."""
    question = select(Challenge).where(
        Challenge.secret_hash == secret_hash, Challenge.used_at.is_(None), Challenge.expires_at > now
    )
    return session.scalars(question.with_for_update(key_share=True) if lock else question).one_or_none()


def forget_challenges(session: Session, user: User) -> None:
    """Delete what was sent to the user, and the counts of what was tried at their addresses."""
    addresses = [index for index in (user.email_index, user.phone_index) if index is not None]
    session.execute(
        delete(Challenge).where((Challenge.user_id == user.id) | Challenge.address_index.in_(addresses))
    )
    session.execute(delete(AttemptGuard).where(AttemptGuard.concerns.in_(addresses)))


def invitation_by_token(session: Session, token_hash: str, now: datetime, *, lock: bool) -> Invitation | None:
    """The invitation of this token, if it still holds."""
    question = select(Invitation).where(Invitation.token_hash == token_hash, *_open(now))
    return session.scalars(question.with_for_update(key_share=True) if lock else question).one_or_none()


_INVITED = (("invitations.invited_at", "timestamptz"), ("invitations.id", "uuid"))
INVITATIONS_BY = {"newest": Order(_INVITED, is_descending=True), "oldest": Order(_INVITED)}


@dataclass(frozen=True)
class InvitationFilter:
    """Which invitations of a list; None does not filter."""

    role: str | None = None
    position: str | None = None
    channel: str | None = None


def open_invitations(
    session: Session,
    business_id: UUID,
    now: datetime,
    *,
    chosen: InvitationFilter = InvitationFilter(),
    by: Order = INVITATIONS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[Invitation]:
    """The invitations of a business that can still be taken up, newest first."""
    question = select(Invitation).where(Invitation.business_id == business_id, *_open(now))
    if chosen.role is not None:
        question = question.where(Invitation.role == chosen.role)
    if chosen.position is not None:
        question = question.where(Invitation.position == chosen.position)
    if chosen.channel is not None:
        question = question.where(Invitation.channel == chosen.channel)
    return session.scalars(by.paged(question, after, limit)).all()


def lock_open_invitation(
    session: Session, business_id: UUID, invitation_id: UUID, now: datetime
) -> Invitation | None:
    """One of them, locked."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.business_id == business_id, Invitation.id == invitation_id, *_open(now))
        .with_for_update(key_share=True)
    ).one_or_none()


def lock_second_factor(session: Session, user_id: UUID) -> SecondFactor | None:
    """The user's authenticator, locked: of two who show one code at once, the second sees that it was used."""
    return session.scalars(
        select(SecondFactor).where(SecondFactor.user_id == user_id).with_for_update(key_share=True)
    ).one_or_none()


def recovery_code(session: Session, user_id: UUID, code_hash: bytes) -> RecoveryCode | None:
    """The user's recovery code of this hash, be it used or not."""
    return session.scalars(
        select(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
    ).one_or_none()


def remove_second_factor(session: Session, user_id: UUID) -> None:
    """Delete the user's authenticator and recovery codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


_MADE = (("api_keys.made_at", "timestamptz"), ("api_keys.id", "uuid"))
API_KEYS_BY = {
    "newest": Order(_MADE, is_descending=True),
    "oldest": Order(_MADE),
    "name": Order((("api_keys.name", "text"), ("api_keys.id", "uuid"))),
}


@dataclass(frozen=True)
class ApiKeyFilter:
    """Which keys of a list; None does not filter."""

    state: Literal["active", "revoked", "expired"] | None = None
    """A key that was revoked and would have expired since is revoked."""
    mode: str | None = None
    scope: str | None = None


def api_keys(
    session: Session,
    business_id: UUID,
    now: datetime,
    *,
    chosen: ApiKeyFilter = ApiKeyFilter(),
    by: Order = API_KEYS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[ApiKey]:
    """The keys of a business, newest first."""
    question = select(ApiKey).where(ApiKey.business_id == business_id)
    if chosen.state == "active":
        question = question.where(*_living(now))
    elif chosen.state == "revoked":
        question = question.where(ApiKey.revoked_at.is_not(None))
    elif chosen.state == "expired":
        question = question.where(ApiKey.revoked_at.is_(None), ApiKey.expires_at <= now)
    if chosen.mode is not None:
        question = question.where(ApiKey.mode == chosen.mode)
    if chosen.scope is not None:
        question = question.where(ApiKey.scopes.contains([chosen.scope]))
    return session.scalars(by.paged(question, after, limit)).all()


def living_api_key(session: Session, key_hash: str, now: datetime) -> ApiKey | None:
    """The key of this hash, unless it was revoked or has expired."""
    return session.scalars(select(ApiKey).where(ApiKey.key_hash == key_hash, *_living(now))).one_or_none()


def delete_ended(session: Session, before: datetime) -> None:
    """Delete what ended before the moment given, and the keys of people who never took their invitation up."""
    session.execute(delete(AttemptGuard).where(AttemptGuard.ends_at < before))
    session.execute(delete(Challenge).where(Challenge.expires_at < before))
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))
    session.execute(delete(SigningKey).where(SigningKey.retired_at < before))
    unwanted = select(Invitation.id).where(Invitation.expires_at < before, Invitation.accepted_at.is_(None))
    session.execute(delete(SubjectKey).where(SubjectKey.id.in_(unwanted)))


def _living(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return ApiKey.revoked_at.is_(None), ApiKey.expires_at.is_(None) | (ApiKey.expires_at > now)


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now
