"""Prove that one has a phone or an address: codes for log-in and for a new phone, tokens for a lost password.

Who asks is answered alike, and as fast, whether or not the address is known: the request writes a row and a
job; the job looks who it is and sends, or does nothing.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity import guards, people, queries, second_factor, service, tokens
from commerce.identity.errors import CodeRejected, PhoneTaken, ResetRejected, UserNotFound
from commerce.identity.models import Challenge, User
from commerce.identity.service import LoggedIn
from commerce.messaging import service as messaging
from commerce.messaging.addresses import normal_phone
from foundation import jobs, personal
from foundation.ids import uuid7

ANSWER: Final = "answer-challenge"
CODE_LIVES: Final = timedelta(minutes=10)
RESET_LIVES: Final = timedelta(hours=1)


def ask(session: Session, *, purpose: Literal["log-in", "password"], address: str) -> None:
    """Ask for a log-in code to a phone, or a reset token to a mail address. Raises TooManyAttempts."""
    _, index = people.found_by(address)
    guards.take(session, guards.MESSAGES, index)
    challenge_id = _write(session, purpose, index)
    jobs.enqueue(session, ANSWER, str(challenge_id), workflow_id=f"{ANSWER}:{challenge_id}", queue="outward")


def answer(session: Session, *, challenge_id: UUID) -> None:
    """Send what was asked for, if the address is somebody's; once per challenge."""
    challenge = session.get(Challenge, challenge_id, with_for_update={"key_share": True})
    if challenge is None or challenge.secret_hash is not None:
        return
    channel: Literal["mail", "phone"] = "mail" if challenge.purpose == "password" else "phone"
    user = queries.active_user_at(session, channel, challenge.address_index)
    recipient = (user.email if channel == "mail" else user.phone) if user else None
    if user is None or recipient is None:
        return
    challenge.user_id = user.id
    if channel == "mail":
        token = tokens.new_secret()
        challenge.secret_hash = bytes.fromhex(tokens.secret_hash(token))
        title, body = "Your new Sauda password", _RESET.format(token=token)
    else:
        code = tokens.new_code()
        challenge.secret_hash = tokens.code_hash(code, challenge.id)
        title, body = "Sauda", _CODE.format(code=code)
    messaging.send(
        session,
        people.subject_of(user),
        channel=channel,
        recipient=recipient,
        purpose=challenge.purpose,
        title=title,
        body=body,
    )


def count_code(session: Session, *, phone: str) -> None:
    """Count an attempt at a code to this phone; commit it before. Raises TooManyAttempts."""
    guards.take(session, guards.CODE, people.found_by(phone)[1])


def log_in(session: Session, *, phone: str, code: str, second_factor_code: str | None = None) -> LoggedIn:
    """Log in by the code that was sent to the phone.

    Raises CodeRejected, SecondFactorNeeded (the code stays good), SecondFactorRejected.
    """
    index = people.found_by(phone)[1]
    challenge = _proven(session, "log-in", index, code)
    user = queries.lock_active_user(session, challenge.user_id) if challenge.user_id else None
    if user is None or user.phone_index != index:
        raise CodeRejected
    has_second_factor = second_factor.prove(session, user, second_factor_code)
    challenge.used_at = datetime.now(UTC)
    guards.clear(session, guards.CODE, index)
    return service.begin(session, user, has_second_factor=has_second_factor, how="code")


def propose_phone(session: Session, *, user_id: UUID, phone: str) -> None:
    """Send a code to a phone that the user wants to be theirs.

    Raises PhoneInvalid, TooManyAttempts, UserNotFound.
    """
    number = normal_phone(phone)
    user = queries.active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    index = personal.blind_index("phone", number)
    guards.take(session, guards.MESSAGES, index)
    subject = people.subject_of(user)
    challenge_id, code = _write(session, "phone", index, user=user), tokens.new_code()
    challenge = session.get_one(Challenge, challenge_id)
    challenge.secret_hash = tokens.code_hash(code, challenge_id)
    challenge.address_sealed = subject.seal("phone", number)
    messaging.send(
        session,
        subject,
        channel="phone",
        recipient=number,
        purpose="phone",
        title="Sauda",
        body=_CODE.format(code=code),
    )


def confirm_phone(session: Session, *, user_id: UUID, phone: str, code: str) -> User:
    """Let the phone be the user's. Raises PhoneInvalid, CodeRejected, PhoneTaken, UserNotFound."""
    index = personal.blind_index("phone", normal_phone(phone))
    challenge = _proven(session, "phone", index, code)
    user = queries.lock_active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    if challenge.user_id != user_id:
        raise CodeRejected
    if user.phone_index != index and queries.is_taken(session, "phone", index):
        raise PhoneTaken
    user.phone_index, user.phone_sealed = index, challenge.address_sealed
    challenge.used_at = datetime.now(UTC)
    guards.clear(session, guards.CODE, index)
    audit.record(
        session, "phone-confirmed", business_id=user.business_id, actor_id=user_id, subject_id=user_id
    )
    return user


def ask_confirmation(session: Session, *, user_id: UUID, act: str, told: str) -> None:
    """Mail a code that confirms one act of a user; `act` names it, `told` says in words what it does.

    Who has no mail gets it on the phone. Raises TooManyAttempts, UserNotFound.
    """
    user = queries.active_user(session, user_id)
    if user is None:
        raise UserNotFound(user_id)
    index = _act(user_id, act)
    guards.take(session, guards.MESSAGES, index)
    challenge_id, code = _write(session, "confirm", index, user=user), tokens.new_code()
    session.get_one(Challenge, challenge_id).secret_hash = tokens.code_hash(code, challenge_id)
    channel: Literal["mail", "phone"] = "mail" if user.email else "phone"
    messaging.send(
        session,
        people.subject_of(user),
        channel=channel,
        recipient=user.email or user.phone or "",
        purpose="confirm",
        title="Sauda: confirm by code",
        body=f"{told}\n\n{_CODE.format(code=code)}",
    )


def count_confirmation(session: Session, *, user_id: UUID, act: str) -> None:
    """Count an attempt at the code of an act; commit it before. Raises TooManyAttempts."""
    guards.take(session, guards.CODE, _act(user_id, act))


def confirm(session: Session, *, user_id: UUID, act: str, code: str) -> None:
    """Use up the code that confirms the act. Raises CodeRejected."""
    index = _act(user_id, act)
    challenge = _proven(session, "confirm", index, code)
    challenge.used_at = datetime.now(UTC)
    guards.clear(session, guards.CODE, index)


def _act(user_id: UUID, act: str) -> bytes:
    return personal.blind_index("confirmed act", f"{act}:{user_id}")


def check_reset(session: Session, *, token: str) -> None:
    """Raises ResetRejected unless the token would hold now."""
    _reset(session, token)


def reset_password(session: Session, *, token: str, password_hash: str) -> None:
    """Give the user whom the token was mailed to another password, once, and end all log-ins. Raises ResetRejected."""
    challenge, user_id = _reset(session, token, lock=True)
    challenge.used_at = datetime.now(UTC)
    try:
        service.change_password(session, user_id=user_id, password_hash=password_hash, why="reset by mail")
    except UserNotFound:
        raise ResetRejected from None


def _reset(session: Session, token: str, *, lock: bool = False) -> tuple[Challenge, UUID]:
    secret_hash = bytes.fromhex(tokens.secret_hash(token.strip()))
    challenge = queries.challenge_by_secret(session, secret_hash, datetime.now(UTC), lock=lock)
    if challenge is None or challenge.purpose != "password" or challenge.user_id is None:
        raise ResetRejected
    return challenge, challenge.user_id


def _write(session: Session, purpose: str, index: bytes, *, user: User | None = None) -> UUID:
    now = datetime.now(UTC)
    challenge = Challenge(
        id=uuid7(),
        purpose=purpose,
        address_index=index,
        user_id=user.id if user else None,
        asked_at=now,
        expires_at=now + (RESET_LIVES if purpose == "password" else CODE_LIVES),
    )
    session.add(challenge)
    session.flush()
    return challenge.id


def _proven(session: Session, purpose: str, index: bytes, code: str) -> Challenge:
    challenge = queries.lock_newest_challenge(session, purpose, index, datetime.now(UTC))
    if challenge is None or challenge.secret_hash is None:
        raise CodeRejected
    if not hmac.compare_digest(challenge.secret_hash, tokens.code_hash(code.strip(), challenge.id)):
        raise CodeRejected
    return challenge


_CODE = "{code} is your Sauda code. It holds for ten minutes. Nobody of Sauda will ever ask you for it."
_RESET = """Somebody asked for a new password for your Sauda log-in. If it was not you, do nothing.

To set one, give this within an hour:

{token}
"""
