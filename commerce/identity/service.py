"""Take users in, log them in and out, know who they are, and forget them.

A log-in is a chain (family) of refresh tokens, each good for one use. A used one that comes again
means that two hold the chain, so the chain ends for both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity import guards, passwords, people, queries, second_factor, tokens
from commerce.identity.errors import (
    CredentialsRejected,
    LastAdmin,
    RefreshTokenRejected,
    RefreshTokenReused,
    RegistrationInvalid,
    RoleNotGrantable,
    UserNotFound,
)
from commerce.identity.models import RefreshToken, User
from commerce.identity.permissions import BUSINESS_ROLES
from commerce.messaging import service as messaging
from commerce.parties import service as parties
from foundation import clock, personal
from foundation.ids import uuid7
from foundation.settings import settings

EXPIRED_KEPT = timedelta(days=30)
"""A used token that comes again still ends its chain until it expires; later it is unknown, which is refused too."""


@dataclass(frozen=True)
class NewBusiness:
    """The business that comes in with its first user; the fields are those of `parties.create_business`."""

    name: str
    country: str
    state: str
    zone: str
    currency: str | None = None
    time_zone: str | None = None
    tax_profile: str = "unregistered"
    registration_number: str | None = None
    trades_both_ways: bool = False


@dataclass(frozen=True)
class LoggedIn:
    """What a client gets at log-in and at each refresh."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_seconds: int
    user: User
    must_set_up_second_factor: bool


def register(
    session: Session,
    *,
    email: str,
    full_name: str,
    password_hash: str,
    role: str,
    business_id: UUID | None = None,
    registered_by: UUID | None = None,
) -> User:
    """Take in a user; one of a business is its owner. `password_hash` was made before the transaction.

    Raises RegistrationInvalid, EmailTaken.
    """
    address = people.checked_email(email)
    subject = personal.new_subject(session, made_at=clock.now())
    user = people.add(
        session,
        subject,
        email=address,
        full_name=full_name,
        password_hash=password_hash,
        role=role,
        position="owner" if role in BUSINESS_ROLES else None,
        business_id=business_id,
    )
    audit.record(
        session,
        "user-registered",
        business_id=business_id,
        actor_id=registered_by or user.id,
        subject_id=user.id,
        facts={"role": role},
    )
    return user


def register_owner(
    session: Session, *, email: str, full_name: str, password_hash: str, role: str, business: NewBusiness
) -> User:
    """Take in a business together with its first user, who is its vendor or its retailer.

    Raises RegistrationInvalid, EmailTaken, BusinessInvalid, TaxProfileInvalid.
    """
    if role not in BUSINESS_ROLES:
        raise RegistrationInvalid(
            "role", f"a {role!r} has no business; give one of {', '.join(BUSINESS_ROLES)}"
        )
    created = parties.create_business(
        session,
        name=business.name,
        is_vendor=role == "vendor" or business.trades_both_ways,
        is_retailer=role == "retailer" or business.trades_both_ways,
        country=business.country,
        state=business.state,
        zone=business.zone,
        currency=business.currency,
        time_zone=business.time_zone,
        tax_profile=business.tax_profile,
        registration_number=business.registration_number,
    )
    return register(
        session,
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        role=role,
        business_id=created.id,
    )


def check_may_register_staff(role: str, registered_by_role: str | None) -> None:
    """Only an admin takes in admins, loan officers and analysts. Raises RoleNotGrantable."""
    if registered_by_role != "admin":
        raise RoleNotGrantable(role)


def user_by_email(session: Session, *, email: str) -> User | None:
    """The active user with this e-mail."""
    return queries.active_user_at(session, *people.found_by(email))


def profile(session: Session, *, user_id: UUID) -> User:
    """The active user with this id. Raises UserNotFound."""
    user = queries.active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    return user


def begin_log_in(session: Session, *, address: str) -> User | None:
    """Count an attempt and find the active user of this e-mail or phone. Commit it before the password is checked.

    Raises TooManyAttempts, for unknown addresses as for known ones.
    """
    channel, index = people.found_by(address)
    left = guards.take(session, guards.PASSWORD, index)
    user = queries.active_user_at(session, channel, index)
    if user is not None and left == 0:
        audit.record(
            session, "log-in-locked", business_id=user.business_id, actor_id=None, subject_id=user.id
        )
    return user


def check_password(user: User | None, password: str) -> User:
    """The user, if the password is theirs. Touches no database, so that hashing holds no transaction open.

    Raises CredentialsRejected, after the same time and with the same words for an unknown user.
    """
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise CredentialsRejected
    return user


def log_in(
    session: Session,
    *,
    user_id: UUID,
    address: str,
    second_factor_code: str | None = None,
    stronger_password_hash: str | None = None,
) -> LoggedIn:
    """Begin a chain of refresh tokens for a user whose password was checked.

    Raises CredentialsRejected, SecondFactorNeeded, SecondFactorRejected.
    """
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise CredentialsRejected
    has_second_factor = second_factor.prove(session, user, second_factor_code)
    guards.clear(session, guards.PASSWORD, people.found_by(address)[1])
    if stronger_password_hash is not None:
        user.password_hash = stronger_password_hash
    return begin(session, user, has_second_factor=has_second_factor, how="password")


def begin(session: Session, user: User, *, has_second_factor: bool, how: str) -> LoggedIn:
    """Begin a chain for a user who proved who they are."""
    audit.record(
        session,
        "logged-in",
        business_id=user.business_id,
        actor_id=user.id,
        subject_id=user.id,
        facts={"how": how, "has_second_factor": has_second_factor},
    )
    return _issue(session, user, family_id=uuid7(), has_second_factor=has_second_factor)


def refresh(session: Session, *, refresh_token: str) -> LoggedIn:
    """Trade a refresh token for the next one and a new access token.

    Raises RefreshTokenRejected; RefreshTokenReused, which ends the whole chain.
    """
    stored = queries.lock_refresh_token(session, tokens.secret_hash(refresh_token))
    now = datetime.now(UTC)
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        raise RefreshTokenRejected
    user = queries.active_user(session, stored.user_id)
    if stored.used_at is not None:
        reused = RefreshTokenReused()
        reused.aftermath = lambda later: _end_reused(later, stored, now, user)
        raise reused
    if user is None:
        raise RefreshTokenRejected
    stored.used_at = now
    return _issue(session, user, family_id=stored.family_id, has_second_factor=stored.has_second_factor)


def _end_reused(session: Session, stored: RefreshToken, now: datetime, user: User | None) -> None:
    queries.revoke_family(session, stored.family_id, now)
    audit.record(
        session,
        "refresh-token-reused",
        business_id=user.business_id if user else None,
        actor_id=None,
        subject_id=stored.user_id,
    )


def log_out(session: Session, *, refresh_token: str) -> None:
    """End the chain that the token belongs to. An unknown token is no error: it is out already."""
    stored = queries.lock_refresh_token(session, tokens.secret_hash(refresh_token))
    if stored is None or stored.revoked_at is not None:
        return
    queries.revoke_family(session, stored.family_id, datetime.now(UTC))
    user = queries.active_user(session, stored.user_id)
    audit.record(
        session,
        "logged-out",
        business_id=user.business_id if user else None,
        actor_id=stored.user_id,
        subject_id=stored.user_id,
    )


def begin_password_change(session: Session, *, user_id: UUID) -> User:
    """Count an attempt and find the user. Commit it before the present password is checked.

    Raises UserNotFound, TooManyAttempts.
    """
    guards.take(session, guards.PASSWORD, user_id.bytes)
    return profile(session, user_id=user_id)


def change_password(session: Session, *, user_id: UUID, password_hash: str, why: str = "changed") -> None:
    """Give a user whose present password was checked another one, and end all their log-ins. Raises UserNotFound."""
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    user.password_hash = password_hash
    guards.clear(session, guards.PASSWORD, user_id.bytes)
    for index in (user.email_index, user.phone_index):
        if index is not None:
            guards.clear(session, guards.PASSWORD, index)
    queries.revoke_log_ins(session, user_id, datetime.now(UTC))
    audit.record(
        session,
        "password-changed",
        business_id=user.business_id,
        actor_id=user_id,
        subject_id=user_id,
        facts={"why": why},
    )


def erase(session: Session, *, user_id: UUID, erased_by: UUID) -> None:
    """Forget a person: name, addresses, messages and log-ins go, and the key that their fields were sealed with.

    What the books refer to stays: the id, its role and business. Mails kept as files go by
    `messaging.forget_files`, after the commit. Raises UserNotFound, LastAdmin.
    """
    known = queries.active_user(session, user_id)
    if known is not None and known.role == "admin" and len(queries.lock_admins(session)) < 2:
        raise LastAdmin
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    queries.revoke_log_ins(session, user_id, datetime.now(UTC))
    queries.remove_second_factor(session, user_id)
    queries.forget_challenges(session, user)
    messaging.forget(session, user_id)
    people.erase(user)
    session.flush()
    personal.forget(session, user_id)
    audit.record(
        session, "person-erased", business_id=user.business_id, actor_id=erased_by, subject_id=user_id
    )


def delete_expired(session: Session, *, now: datetime) -> None:
    """Delete guards, challenges, refresh tokens and retired keys that ended more than 30 days before `now`."""
    queries.delete_ended(session, now - EXPIRED_KEPT)


def _issue(session: Session, user: User, *, family_id: UUID, has_second_factor: bool) -> LoggedIn:
    chosen = settings()
    refresh_token = tokens.new_secret()
    issued_at = datetime.now(UTC)
    session.add(
        RefreshToken(
            id=uuid7(),
            family_id=family_id,
            user_id=user.id,
            token_hash=tokens.secret_hash(refresh_token),
            has_second_factor=has_second_factor,
            issued_at=issued_at,
            expires_at=issued_at + timedelta(days=chosen.refresh_token_days),
        )
    )
    session.flush()
    access = tokens.Access(
        user_id=user.id,
        role=user.role,
        business_id=user.business_id,
        position=user.position,
        session_id=family_id,
        has_second_factor=has_second_factor,
    )
    return LoggedIn(
        access_token=tokens.issue_access_token(access),
        refresh_token=refresh_token,
        expires_in_seconds=chosen.access_token_minutes * 60,
        user=user,
        must_set_up_second_factor=user.role == "admin" and not has_second_factor,
    )
