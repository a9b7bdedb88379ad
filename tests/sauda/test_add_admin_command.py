"""The first administrator comes by the command line."""

from __future__ import annotations

from uuid import uuid4

import pytest
from typer.testing import CliRunner

from commerce.identity import service
from commerce.identity.errors import CredentialsRejected, EmailTaken, RegistrationInvalid
from foundation import database
from foundation.embedded_postgres import Server
from sauda.main import application

pytestmark = pytest.mark.committing


def add_admin(email: str, password: str) -> object:
    arguments = ["add-admin", email, "--name", "Asha", "--password-stdin"]
    return CliRunner().invoke(
        application("add-admin"), arguments, input=password + "\n", catch_exceptions=False
    )


def test_an_administrator_logs_in_with_the_password_given(migrated: Server) -> None:
    email = f"{uuid4().hex}@people.example"
    add_admin(email, "a long phrase of nobody")
    with database.read() as session:
        found = service.user_by_email(session, email=email)
    assert found is not None
    assert (found.role, found.business_id) == ("admin", None)
    assert service.check_password(found, "a long phrase of nobody") is found
    with pytest.raises(CredentialsRejected):
        service.check_password(found, "another")
    with pytest.raises(EmailTaken, match=email):
        add_admin(email, "a long phrase of nobody")


def test_a_short_password_is_refused(migrated: Server) -> None:
    with pytest.raises(RegistrationInvalid, match="8 to 256"):
        add_admin(f"{uuid4().hex}@people.example", "short")
