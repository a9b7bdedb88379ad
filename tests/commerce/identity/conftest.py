"""People for tests of identity, and what was sent to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.identity import challenges, passwords, service
from commerce.identity.models import User
from commerce.messaging import service as messaging
from foundation import database
from foundation.embedded_postgres import Server

PASSWORD = "a long phrase of nobody"


@dataclass(frozen=True)
class Known:
    """A registered user and the address they log in with."""

    id: UUID
    email: str
    business_id: UUID | None

    def user(self) -> User:
        with database.read() as session:
            return service.profile(session, user_id=self.id)


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def someone(migrated: Server, password_hash: str) -> Callable[..., Known]:
    """Registers a vendor's owner, or another role."""

    def register(role: str = "vendor", full_name: str = "Asha Thapa") -> Known:
        email = f"{uuid4().hex}@people.example"
        facts = {"email": email, "full_name": full_name, "password_hash": password_hash, "role": role}
        if role in ("vendor", "retailer"):
            business = service.NewBusiness(name="Karnali", country="NP", state="NP-P6", zone="Birendranagar")
            user = database.write(lambda session: service.register_owner(session, **facts, business=business))
        else:
            user = database.write(lambda session: service.register(session, **facts))
        return Known(user.id, email, user.business_id)

    return register


def new_phone() -> str:
    """A mobile number of Nepal that no other test has."""
    return f"+977984{uuid4().int % 10**7:07}"


def said_to(recipient: str) -> messaging.Opened:
    """The newest message to a phone or address."""
    with database.read() as session:
        channel = "mail" if "@" in recipient else "phone"
        return messaging.inbox(session, channel=channel, recipient=recipient)[0]


def code_in(body: str) -> str:
    found = re.search(r"\b[0-9]{6}\b", body)
    assert found is not None
    return found[0]


def token_in(body: str) -> str:
    return next(line for line in body.splitlines() if re.fullmatch(r"[A-Za-z0-9_-]{10,60}", line))


def give_phone(known: Known, phone: str) -> None:
    """Let the user confirm a phone."""
    database.write(lambda session: challenges.propose_phone(session, user_id=known.id, phone=phone))
    code = code_in(said_to(phone).body)
    database.write(
        lambda session: challenges.confirm_phone(session, user_id=known.id, phone=phone, code=code)
    )


def answer_challenges() -> None:
    """Do what a worker does with what was asked for."""
    with database.read() as session:
        waiting = session.execute(
            text("SELECT id FROM app.challenges WHERE secret_hash IS NULL AND purpose <> 'phone'")
        ).scalars()
        asked = list(waiting)
    for challenge_id in asked:
        database.write(lambda session, asked=challenge_id: challenges.answer(session, challenge_id=asked))


def audited(subject_id: UUID) -> list[str]:
    """What the audit log tells of somebody, the oldest first."""
    with database.read() as session:
        return list(
            session.execute(
                text("SELECT action FROM app.audit_entries WHERE subject_id = :id ORDER BY recorded_at, id"),
                {"id": subject_id},
            ).scalars()
        )
