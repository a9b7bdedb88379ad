"""Take users in, log them in and out, and know who they are.

A log-in is a chain (family) of refresh tokens, each good for one use. A used one that comes again
means that two hold the chain, so the chain ends for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.identity import passwords, queries, tokens
from commerce.identity.errors import (
    CredentialsRejected,
    EmailTaken,
    RefreshTokenRejected,
    RefreshTokenReused,
    RegistrationInvalid,
    RoleNotGrantable,
    UserNotFound,
)
from commerce.identity.models import ROLES, RefreshToken, User
from commerce.parties import service as parties
from foundation import clock
from foundation.ids import uuid7
from foundation.settings import settings

EXPIRED_TOKENS_KEPT = timedelta(days=30)
"""A used token that comes again still ends its chain until it expires; later it is unknown, which is refused too."""

BUSINESS_ROLES = ("vendor", "retailer")


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

    access_token: str
    refresh_token: str
    expires_in_seconds: int
    user: User


def register(
    session: Session,
    *,
    email: str,
    full_name: str,
    password_hash: str,
    role: str,
    business_id: UUID | None = None,
) -> User:
    """Take in a user. `password_hash` comes from `passwords.hash_password`, made before the transaction.

    Raises RegistrationInvalid, EmailTaken.
    """
    if role not in ROLES:
        raise RegistrationInvalid("role", f"{role!r} is none; give one of {', '.join(ROLES)}")
    if (role in BUSINESS_ROLES) != (business_id is not None):
        raise RegistrationInvalid(
            "business_id", "a vendor or retailer belongs to one business, the others to none"
        )
    full_name = full_name.strip()
    if not full_name:
        raise RegistrationInvalid("full_name", "write the person's name")
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise RegistrationInvalid("email", f"{email!r} is no e-mail address: {error}") from None
    user_id = session.scalar(
        insert(User)
        .values(
            id=uuid7(),
            email=address,
            full_name=full_name,
            password_hash=password_hash,
            role=role,
            business_id=business_id,
            created_at=clock.now(),
        )
        # Asking first whether the address is free would let two at once both hear yes.
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    if user_id is None:
        raise EmailTaken(address)
    return session.get_one(User, user_id)


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
    return queries.active_user_by_email(session, email)


def profile(session: Session, *, user_id: UUID) -> User:
    """The active user with this id. Raises UserNotFound."""
    user = queries.active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    return user


def check_password(user: User | None, password: str) -> User:
    """The user, if the password is theirs. Touches no database, so that hashing holds no transaction open.

    Raises CredentialsRejected, after the same time and with the same words for an unknown user.
    """
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise CredentialsRejected
    return user


def log_in(session: Session, *, user_id: UUID, stronger_password_hash: str | None = None) -> LoggedIn:
    """Begin a chain of refresh tokens for a user whose password was checked. Raises CredentialsRejected."""
    user = queries.active_user(session, user_id)
    if user is None:
        raise CredentialsRejected
    if stronger_password_hash is not None:
        user.password_hash = stronger_password_hash
    return _issue(session, user, family_id=uuid7())


def refresh(session: Session, *, refresh_token: str) -> LoggedIn:
    """Trade a refresh token for the next one and a new access token.

    Raises RefreshTokenRejected; RefreshTokenReused, which ends the whole chain.
    """
    stored = queries.lock_refresh_token(session, tokens.refresh_token_hash(refresh_token))
    now = datetime.now(UTC)
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        raise RefreshTokenRejected
    if stored.used_at is not None:
        reused = RefreshTokenReused()
        family_id = stored.family_id
        reused.aftermath = lambda later: queries.revoke_family(later, family_id, now)
        raise reused
    user = queries.active_user(session, stored.user_id)
    if user is None:
        raise RefreshTokenRejected
    stored.used_at = now
    return _issue(session, user, family_id=stored.family_id)


def log_out(session: Session, *, refresh_token: str) -> None:
    """End the chain that the token belongs to. An unknown token is no error: it is out already."""
    stored = queries.lock_refresh_token(session, tokens.refresh_token_hash(refresh_token))
    if stored is not None:
        queries.revoke_family(session, stored.family_id, datetime.now(UTC))


def delete_expired_tokens(session: Session, *, now: datetime) -> None:
    """Forget the refresh tokens that expired more than 30 days before `now`."""
    queries.delete_tokens_expired_before(session, now - EXPIRED_TOKENS_KEPT)


def _issue(session: Session, user: User, *, family_id: UUID) -> LoggedIn:
    chosen = settings()
    refresh_token = tokens.new_refresh_token()
    issued_at = datetime.now(UTC)
    session.add(
        RefreshToken(
            id=uuid7(),
            family_id=family_id,
            user_id=user.id,
            token_hash=tokens.refresh_token_hash(refresh_token),
            issued_at=issued_at,
            expires_at=issued_at + timedelta(days=chosen.refresh_token_days),
        )
    )
    session.flush()
    return LoggedIn(
        access_token=tokens.issue_access_token(tokens.Access(user.id, user.role, user.business_id)),
        refresh_token=refresh_token,
        expires_in_seconds=chosen.access_token_minutes * 60,
        user=user,
    )
