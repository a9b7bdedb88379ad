"""The second factor: an authenticator's codes (TOTP, RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity import guards, people, queries, tokens
from commerce.identity.errors import (
    SecondFactorExists,
    SecondFactorNeeded,
    SecondFactorNotBegun,
    SecondFactorRejected,
    UserNotFound,
)
from commerce.identity.models import RecoveryCode, SecondFactor, User
from foundation.ids import uuid7

ISSUER: Final = "Sauda"
RECOVERY_CODES: Final = 10
STEP_SECONDS: Final = 30
SKEW_STEPS: Final = 1
"""A phone's clock may be half a minute off (RFC 6238, 5.2 allows one step)."""


@dataclass(frozen=True)
class Begun:
    """What an authenticator is set up with."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin(session: Session, *, user_id: UUID) -> Begun:
    """Make a secret for the user's authenticator; it counts once a code of it was shown.

    Raises UserNotFound, SecondFactorExists.
    """
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    stored = queries.lock_second_factor(session, user_id)
    if stored is not None and stored.confirmed_at is not None:
        raise SecondFactorExists
    secret = pyotp.random_base32()
    sealed = people.subject_of(user).seal("second factor", secret)
    if stored is None:
        session.add(
            SecondFactor(user_id=user_id, secret_sealed=sealed, last_step=0, begun_at=datetime.now(UTC))
        )
    else:
        stored.secret_sealed = sealed
    label = user.email or user.phone or str(user.id)
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER))


def count_attempt(session: Session, *, user_id: UUID) -> None:
    """Count an attempt at confirming or removing; commit it before. Raises TooManyAttempts."""
    guards.take(session, guards.SECOND_FACTOR, user_id.bytes)


def confirm(session: Session, *, user_id: UUID, code: str) -> list[str]:
    """Let the authenticator count from now on, and answer the recovery codes, which are shown this once.

    Raises UserNotFound, SecondFactorNotBegun, SecondFactorExists, SecondFactorRejected.
    """
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    stored = queries.lock_second_factor(session, user_id)
    if stored is None:
        raise SecondFactorNotBegun
    if stored.confirmed_at is not None:
        raise SecondFactorExists
    if not _takes(user, stored, code):
        raise SecondFactorRejected
    stored.confirmed_at = datetime.now(UTC)
    guards.clear(session, guards.SECOND_FACTOR, user_id.bytes)
    audit.record(
        session, "second-factor-set-up", business_id=user.business_id, actor_id=user_id, subject_id=user_id
    )
    codes = [tokens.new_typed_secret() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(id=uuid7(), user_id=user_id, code_hash=tokens.code_hash(one, user_id)) for one in codes
    )
    return codes


def remove(session: Session, *, user_id: UUID, code: str) -> None:
    """Work without a second factor again; an admin must set up another one at once.

    Raises UserNotFound, SecondFactorNotBegun, SecondFactorRejected.
    """
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    if not prove(session, user, code):
        raise SecondFactorNotBegun
    guards.clear(session, guards.SECOND_FACTOR, user_id.bytes)
    queries.remove_second_factor(session, user_id)
    # Log-ins that count as proven by it would go on doing so.
    queries.revoke_log_ins(session, user_id, datetime.now(UTC))
    audit.record(
        session, "second-factor-removed", business_id=user.business_id, actor_id=user_id, subject_id=user_id
    )


def prove(session: Session, user: User, given: str | None) -> bool:
    """Whether the user has proven a second factor: False where none is set up.

    Raises SecondFactorNeeded without a code, SecondFactorRejected for one that is wrong or was used.
    """
    stored = queries.lock_second_factor(session, user.id)
    if stored is None or stored.confirmed_at is None:
        return False
    if given is None:
        raise SecondFactorNeeded
    if _takes(user, stored, given):
        return True
    recovery = queries.recovery_code(session, user.id, tokens.code_hash(_as_printed(given), user.id))
    if recovery is None:
        raise SecondFactorRejected
    if recovery.used_at is not None:
        raise SecondFactorRejected(is_used_recovery_code=True)
    recovery.used_at = datetime.now(UTC)
    audit.record(
        session, "recovery-code-used", business_id=user.business_id, actor_id=user.id, subject_id=user.id
    )
    return True


def _takes(user: User, stored: SecondFactor, code: str) -> bool:
    """Whether the code is one of this moment that was not taken before; from now on it was."""
    totp = pyotp.TOTP(people.subject_of(user).open("second factor", stored.secret_sealed))
    now = int(datetime.now(UTC).timestamp()) // STEP_SECONDS
    given = code.strip().encode()
    for step in range(now - SKEW_STEPS, now + SKEW_STEPS + 1):
        if step > stored.last_step and hmac.compare_digest(totp.generate_otp(step).encode(), given):
            stored.last_step = step
            return True
    return False


def _as_printed(code: str) -> str:
    return code.strip().upper().replace("-", "").replace(" ", "")
