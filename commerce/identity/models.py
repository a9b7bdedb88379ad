"""Who may log in, in which role, for which business, and by what proof."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commerce.identity.permissions import POSITIONS, ROLES
from foundation import personal
from foundation.database import Base
from foundation.personal import SubjectKey
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Id, Line, Moment, Word


class User(Captured, Base):
    """A person who logs in. A vendor's or retailer's user belongs to one business, in one position.

    The id is also that of the subject whose key seals the personal fields.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    full_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Word]
    position: Mapped[str | None] = mapped_column(String(40))
    business_id: Mapped[BusinessId | None]
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[Moment]
    erased_at: Mapped[Moment | None]

    # Loaded with the user: without the key there is nothing to show of a person.
    key: Mapped[SubjectKey | None] = relationship(
        SubjectKey,
        primaryjoin=lambda: User.id == SubjectKey.id,
        foreign_keys=lambda: [SubjectKey.id],
        viewonly=True,
        uselist=False,
        lazy="joined",
    )

    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(f"position IN {POSITIONS}", name="position"),
        CheckConstraint(
            "(role IN ('vendor', 'retailer')) = (business_id IS NOT NULL)", name="business_of_role"
        ),
        CheckConstraint("(position IS NULL) = (business_id IS NULL)", name="position_in_business"),
        CheckConstraint(
            "erased_at IS NOT NULL OR email_index IS NOT NULL OR phone_index IS NOT NULL", name="reachable"
        ),
        Index(None, "business_id"),
        UPDATED_IN_PLACE,
    )

    @property
    def email(self) -> str | None:
        """The e-mail address, if there is one."""
        return self._opened("email", self.email_sealed)

    @property
    def phone(self) -> str | None:
        """The phone as E.164, if one was confirmed."""
        return self._opened("phone", self.phone_sealed)

    @property
    def full_name(self) -> str:
        """The person's name, or `(forgotten)`."""
        return self._opened("full_name", self.full_name_sealed) or personal.FORGOTTEN

    def _opened(self, field: str, sealed: bytes | None) -> str | None:
        if sealed is None or self.key is None:
            return None
        return personal.subject_of(self.key).open(field, sealed)


class RefreshToken(Base):
    """One link of a log-in's chain of refresh tokens; a used link that comes again ends the chain."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Id]
    family_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    has_second_factor: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    issued_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (Index(None, "family_id"), Index(None, "user_id"), UPDATED_IN_PLACE)


class Invitation(Base):
    """A position in a business offered to somebody by mail or phone; taken up once, before it expires."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    """Also the subject that seals the address and the name, and the user's id once it is taken up."""
    business_id: Mapped[BusinessId]
    channel: Mapped[Word]
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    full_name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[Word]
    position: Mapped[Word]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"))
    invited_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    accepted_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'phone')", name="channel"),
        CheckConstraint(f"position IN {POSITIONS}", name="position"),
        Index(None, "business_id", "invited_at"),
        UPDATED_IN_PLACE,
    )


class Challenge(Base):
    """Something secret that was asked for and sent to a phone or address: to show it proves who has that.

    One is written for an unknown address too, so that nobody learns from the time which are known.
    """

    __tablename__ = "challenges"

    id: Mapped[Id]
    purpose: Mapped[Word]
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Only where the address is not one of the user's yet."""
    user_id: Mapped[UUID | None]
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("purpose IN ('log-in', 'phone', 'password', 'confirm')", name="purpose"),
        Index(None, "address_index", "purpose", "asked_at"),
        Index(None, "secret_hash"),
        Index(None, "expires_at"),
        UPDATED_IN_PLACE,
    )


class AttemptGuard(Base):
    """How often something was tried of late, by the keyed hash of whom it concerns, known here or not."""

    __tablename__ = "attempt_guards"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    concerns: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    attempts: Mapped[int]
    ends_at: Mapped[Moment]

    __table_args__ = (Index(None, "ends_at"), UPDATED_IN_PLACE)


class SecondFactor(Base):
    """A user's authenticator (RFC 6238). `last_step` is the newest time step whose code was taken."""

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"), primary_key=True)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    begun_at: Mapped[Moment]
    confirmed_at: Mapped[Moment | None]

    __table_args__ = (UPDATED_IN_PLACE,)


class RecoveryCode(Base):
    """A code that stands in for the authenticator, once."""

    __tablename__ = "recovery_codes"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[Moment | None]

    __table_args__ = (Index(None, "user_id"), UPDATED_IN_PLACE)


class ApiKey(Base):
    """A program's key to one business, within its scopes. The key itself is known to its holder alone."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    name: Mapped[Line]
    role: Mapped[Word]
    """The side of its business for which the key speaks."""
    mode: Mapped[Word]
    prefix: Mapped[str] = mapped_column(String(24), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    made_by: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"))
    made_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        Index(None, "business_id", "made_at"),
        UPDATED_IN_PLACE,
    )


class SigningKey(Base):
    """A key that access tokens are signed with, known by its `kid`. Retired ones still verify for a while."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(24), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    private_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Moment]
    retired_at: Mapped[Moment | None]

    __table_args__ = (UPDATED_IN_PLACE,)
