"""The API over real HTTP and the run's own database; each test makes its own businesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from commerce.identity import passwords, service, tokens
from commerce.identity.permissions import BUSINESS_ROLES
from commerce.identity.service import NewBusiness
from foundation import database
from foundation.embedded_postgres import Server
from tests.served import api, client, serve

__all__ = ["api", "client", "serve"]

PASSWORD = "a long phrase of nobody"


@dataclass(frozen=True)
class Person:
    """A registered user and a header that speaks for them."""

    user_id: UUID
    email: str
    role: str
    business_id: UUID | None
    position: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        access = tokens.Access(
            self.user_id, self.role, self.business_id, self.position, has_second_factor=self.role == "admin"
        )
        token = tokens.issue_access_token(access)
        return {"Authorization": f"Bearer {token}"}

    @property
    def own(self) -> UUID:
        assert self.business_id is not None
        return self.business_id


Register = Callable[..., Person]


@pytest.fixture(scope="session")
def _password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture(scope="session")
def person(migrated: Server, _password_hash: str) -> Register:
    """Registers somebody of a role; a vendor or retailer gets a business of their own."""

    def register(role: str, *, name: str = "A shop", both_ways: bool = False) -> Person:
        email = f"{uuid4().hex}@people.example"
        facts = {"email": email, "full_name": "Some One", "password_hash": _password_hash, "role": role}
        if role in BUSINESS_ROLES:
            business = NewBusiness(
                name=name,
                country="NP",
                state="NP-P6",
                zone="Birendranagar",
                trades_both_ways=both_ways,
            )
            user = database.write(lambda session: service.register_owner(session, **facts, business=business))
        else:
            user = database.write(lambda session: service.register(session, **facts))
        return Person(user.id, email, role, user.business_id, user.position)

    return register
