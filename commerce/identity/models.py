"""Who may log in, in which role, for which business."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Id, Line, Moment, Word

ROLES = ("admin", "vendor", "retailer", "loan_officer", "analyst")
"""Platform roles (admin, loan_officer, analyst) see the market; vendor and retailer see their business."""


class User(Captured, Base):
    """A person who logs in. A vendor's or retailer's user belongs to one business."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    full_name: Mapped[Line]
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Word]
    business_id: Mapped[BusinessId | None]
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[Moment]

    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(
            "(role IN ('vendor', 'retailer')) = (business_id IS NOT NULL)", name="business_of_role"
        ),
        UPDATED_IN_PLACE,
    )


class RefreshToken(Base):
    """One link of a log-in's chain of refresh tokens; a used link that comes again ends the chain."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Id]
    family_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.users.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (Index(None, "family_id"), Index(None, "user_id"), UPDATED_IN_PLACE)
