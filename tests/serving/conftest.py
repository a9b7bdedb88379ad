"""The API over real HTTP and the run's own database; each test makes its own businesses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from commerce.identity import passwords, service, tokens
from commerce.identity.service import NewBusiness
from foundation import database
from foundation.embedded_postgres import Server
from serving.app import create_app

PASSWORD = "a long phrase of nobody"


@dataclass(frozen=True)
class Person:
    """A registered user and a header that speaks for them."""

    user_id: UUID
    email: str
    role: str
    business_id: UUID | None

    @property
    def headers(self) -> dict[str, str]:
        token = tokens.issue_access_token(tokens.Access(self.user_id, self.role, self.business_id))
        return {"Authorization": f"Bearer {token}"}

    @property
    def own(self) -> UUID:
        assert self.business_id is not None
        return self.business_id


Register = Callable[..., Person]
Serve = Callable[[FastAPI], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def _password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served by uvicorn in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the API ended before it began to serve"
        assert time.monotonic() < deadline, "the API did not begin to serve within 30 seconds"
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="session")
def serve(migrated: Server) -> Serve:
    """Serves an application of the test's own."""
    return serving


@pytest.fixture(scope="session")
def api(migrated: Server) -> Iterator[str]:
    """The address of the API."""
    with serving(create_app()) as address:
        yield address
    database.engine().dispose()


@pytest.fixture
def client(api: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api, timeout=30) as opened:
        yield opened


@pytest.fixture
def person(migrated: Server, _password_hash: str) -> Register:
    """Registers somebody of a role; a vendor or retailer gets a business of their own."""

    def register(role: str, *, name: str = "A shop") -> Person:
        email = f"{uuid4().hex}@people.example"
        facts = {"email": email, "full_name": "Some One", "password_hash": _password_hash, "role": role}
        if role in service.BUSINESS_ROLES:
            business = NewBusiness(name=name, country="NP", state="NP-P6", zone="Birendranagar")
            user = database.write(lambda session: service.register_owner(session, **facts, business=business))
        else:
            user = database.write(lambda session: service.register(session, **facts))
        return Person(user.id, email, role, user.business_id)

    return register
