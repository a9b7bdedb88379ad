"""Write down a person: checked, sealed under a key of their own, found again by blind index."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from email_validator import EmailNotValidError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.identity import queries
from commerce.identity.errors import EmailTaken, PhoneTaken, RegistrationInvalid
from commerce.identity.models import User
from commerce.identity.permissions import BUSINESS_ROLES, POSITIONS, ROLES
from commerce.messaging.addresses import normal_email, normal_phone
from commerce.messaging.errors import PhoneInvalid
from foundation import clock, personal
from foundation.personal import Subject, blind_index


def add(
    session: Session,
    subject: Subject,
    *,
    email: str | None,
    phone: str | None = None,
    full_name: str,
    password_hash: str,
    role: str,
    position: str | None,
    business_id: UUID | None,
) -> User:
    """Take in a user under the subject's id. Raises RegistrationInvalid, EmailTaken, PhoneTaken."""
    if role not in ROLES:
        raise RegistrationInvalid("role", f"{role!r} is none; give one of {', '.join(ROLES)}")
    if (role in BUSINESS_ROLES) != (business_id is not None):
        raise RegistrationInvalid(
            "business_id", "a vendor or retailer belongs to one business, the others to none"
        )
    if position is not None and position not in POSITIONS:
        raise RegistrationInvalid("position", f"{position!r} is none; give one of {', '.join(POSITIONS)}")
    full_name = checked_name(full_name)
    session.flush()  # the subject's key, which the user is read with
    user_id = session.scalar(
        insert(User)
        .values(
            id=subject.id,
            email_sealed=subject.seal("email", email) if email else None,
            email_index=blind_index("mail", email) if email else None,
            phone_sealed=subject.seal("phone", phone) if phone else None,
            phone_index=blind_index("phone", phone) if phone else None,
            full_name_sealed=subject.seal("full_name", full_name),
            password_hash=password_hash,
            role=role,
            position=position,
            business_id=business_id,
            created_at=clock.now(),
        )
        # Asking first whether the address is free would let two at once both hear yes.
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    if user_id is None:
        if email and queries.is_taken(session, "mail", blind_index("mail", email)):
            raise EmailTaken(email)
        raise PhoneTaken
    return session.get_one(User, user_id)


def checked_name(full_name: str) -> str:
    """The name on one line, without blanks around it. Raises RegistrationInvalid for none."""
    name = " ".join(full_name.split())
    if not name:
        raise RegistrationInvalid("full_name", "write the person's name")
    return name


def checked_email(email: str) -> str:
    """The address in its normal form. Raises RegistrationInvalid."""
    try:
        return normal_email(email)
    except EmailNotValidError as error:
        raise RegistrationInvalid("email", f"{email!r} is no e-mail address: {error}") from None


def found_by(address: str) -> tuple[str, bytes]:
    """The channel and blind index of what somebody typed to say who they are; anything may be typed."""
    try:
        if "@" in address:
            return "mail", blind_index("mail", normal_email(address))
        return "phone", blind_index("phone", normal_phone(address))
    except (EmailNotValidError, PhoneInvalid):
        return "mail", blind_index("mail", address.lower())


def erase(user: User) -> None:
    """Leave of a user only what the books refer to: id, role, business, dates."""
    user.email_sealed = user.email_index = None
    user.phone_sealed = user.phone_index = None
    user.full_name_sealed = None
    user.password_hash = ""
    user.is_active = False
    user.erased_at = datetime.now(UTC)


def subject_of(user: User) -> Subject:
    """The subject whose key seals the user's fields."""
    if user.key is None:
        raise LookupError(f"user {user.id} was forgotten and cannot be written to")
    return personal.subject_of(user.key)
