"""Personal fields: sealed with a key per person, found by a blind index, gone when the key is dropped.

A person is a *subject*. Its key stands in `subject_keys`, itself sealed under the installation's master key.
A field is sealed with its own name, so that a phone cannot be passed off as a name. Equality is asked of a
keyed hash of the value (`blind_index`); nothing else can be asked of the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import keys
from foundation.database import Base
from foundation.ids import uuid7
from foundation.tables import Id, Moment

KEY_BYTES: Final = 32
INDEX_BYTES: Final = 32
FORGOTTEN: Final = "(forgotten)"
"""Shown in the place of the name of a person whose key was dropped."""


class SubjectKey(Base):
    """The key that a person's fields are sealed with; without this row they cannot be read by anybody."""

    __tablename__ = "subject_keys"

    id: Mapped[Id]
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Moment]


@dataclass(frozen=True)
class Subject:
    """A person whose fields can be sealed and opened."""

    id: UUID
    _key: bytes = field(repr=False)

    def seal(self, field: str, text: str) -> bytes:
        """The text as it is kept, under the name of its field."""
        return keys.seal(self._key, text.encode(), f"{field}:{self.id}")

    def open(self, field: str, sealed: bytes) -> str:
        """The text that was sealed under this field's name. Raises Unavailable for any other."""
        return keys.open_sealed(self._key, sealed, f"{field}:{self.id}").decode()


def new_subject(session: Session, *, made_at: datetime, subject_id: UUID | None = None) -> Subject:
    """A person with a key of their own, written in the caller's transaction."""
    chosen = subject_id or uuid7()
    key, sealed = new_key(chosen)
    session.add(SubjectKey(id=chosen, sealed_key=sealed, made_at=made_at))
    return Subject(chosen, key)


def new_key(subject_id: UUID) -> tuple[bytes, bytes]:
    """A key for a person, plain and as it is stored."""
    key = os.urandom(KEY_BYTES)
    return key, keys.seal(keys.derived("subject keys"), key, f"subject key:{subject_id}")


def subject_of(row: SubjectKey) -> Subject:
    """The person that the stored key belongs to."""
    key = keys.open_sealed(keys.derived("subject keys"), row.sealed_key, f"subject key:{row.id}")
    return Subject(row.id, key)


def subject(session: Session, subject_id: UUID) -> Subject | None:
    """The person with this id; None once they are forgotten."""
    row = session.get(SubjectKey, subject_id)
    return None if row is None else subject_of(row)


def subjects(session: Session, subject_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """The persons with these ids, asked for together; without those that are forgotten."""
    rows = session.scalars(select(SubjectKey).where(SubjectKey.id.in_(subject_ids)))
    return {row.id: subject_of(row) for row in rows}


def forget(session: Session, subject_id: UUID) -> None:
    """Drop the person's key: whatever was sealed with it, here or in a backup of these rows, is unreadable."""
    session.execute(delete(SubjectKey).where(SubjectKey.id == subject_id))


def blind_index(field: str, value: str) -> bytes:
    """A keyed hash by which a value is found again without being kept; one per field, of the normal form."""
    return hmac.new(keys.derived(f"blind index of {field}"), value.encode(), hashlib.sha256).digest()
