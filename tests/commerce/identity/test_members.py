"""Members come by invitation, once and in time; a business keeps an owner."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from commerce.identity import guards, members, service
from commerce.identity.errors import (
    EmailTaken,
    InvitationNotFound,
    InvitationRejected,
    LastOwner,
    MemberNotFound,
    RegistrationInvalid,
    TooManyAttempts,
)
from commerce.identity.models import User
from commerce.messaging.errors import PhoneInvalid
from foundation import database, personal
from tests.commerce.identity.conftest import Known, audited, new_phone, said_to, token_in

pytestmark = pytest.mark.committing

Someone = Callable[..., Known]


def invite(owner: Known, address: str, position: str = "cashier") -> members.OpenInvitation:
    return database.write(
        lambda session: members.invite(
            session,
            business_id=owner.user().business_id,
            invited_by=owner.user(),
            channel="mail" if "@" in address else "phone",
            address=address,
            full_name="Ramesh Oli",
            position=position,
        )
    )


def accept(token: str, password_hash: str = "hash") -> User:
    return database.write(
        lambda session: members.accept_invitation(session, token=token, password_hash=password_hash)
    )


def new_address() -> str:
    return f"{uuid4().hex}@people.example"


def names_of(owner: Known) -> set[str]:
    with database.read() as session:
        return {one.full_name for one in members.list_members(session, business_id=owner.business_id)}


def test_who_is_invited_by_mail_joins_in_the_position_offered(someone: Someone) -> None:
    owner, address = someone(), new_address()
    invite(owner, address, "accountant")
    message = said_to(address)
    assert "Karnali" in message.title
    joined = accept(token_in(message.body))
    assert (joined.email, joined.role, joined.position) == (address, "vendor", "accountant")
    assert joined.business_id == owner.business_id
    assert names_of(owner) == {"Asha Thapa", "Ramesh Oli"}
    assert audited(joined.id) == ["member-invited", "invitation-accepted"]


def test_a_phone_without_its_country_is_of_the_business(someone: Someone) -> None:
    owner, phone = someone(), new_phone()
    assert invite(owner, phone.removeprefix("+977")).address == phone
    joined = accept(token_in(said_to(phone).body).lower())
    assert (joined.phone, joined.email) == (phone, None)


def test_an_invitation_is_good_once_also_for_two_at_once(someone: Someone) -> None:
    owner, address = someone(), new_address()
    invite(owner, address)
    token = token_in(said_to(address).body)

    def attempt(_: int) -> object:
        try:
            return accept(token).id
        except InvitationRejected as error:
            return error

    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(attempt, range(4)))
    assert sum(not isinstance(answer, InvitationRejected) for answer in answers) == 1
    with pytest.raises(InvitationRejected):
        accept(token)


def test_an_invitation_past_its_time_is_refused_and_its_person_forgotten(someone: Someone) -> None:
    owner, address = someone(), new_address()
    given = invite(owner, address)
    with database.engine().begin() as connection:
        connection.execute(text("SELECT set_config('app.business_id', '*', true)"))
        connection.execute(
            text("UPDATE app.invitations SET expires_at = now() - interval '31 days' WHERE id = :id"),
            {"id": given.id},
        )
    with pytest.raises(InvitationRejected):
        accept(token_in(said_to(address).body))
    database.write(lambda session: service.delete_expired(session, now=datetime.now(UTC)))
    with database.read() as session:
        assert personal.subject(session, given.id) is None


def test_a_revoked_invitation_is_over_and_forgotten(someone: Someone) -> None:
    owner, stranger, address = someone(), someone(), new_address()
    given = invite(owner, address)
    token = token_in(said_to(address).body)

    def revoke(by: Known) -> None:
        database.write(
            lambda session: members.revoke_invitation(
                session, business_id=by.business_id, invitation_id=given.id, revoked_by=by.id
            )
        )

    with pytest.raises(InvitationNotFound):
        revoke(stranger)
    revoke(owner)
    with pytest.raises(InvitationRejected):
        accept(token)
    with pytest.raises(InvitationNotFound):
        revoke(owner)
    with database.read() as session:
        assert personal.subject(session, given.id) is None
        assert members.open_invitations(session, business_id=owner.business_id) == []


def test_who_is_known_already_cannot_be_invited(someone: Someone) -> None:
    owner, other = someone(), someone("retailer")
    with pytest.raises(EmailTaken):
        invite(owner, other.email)


@pytest.mark.parametrize("address", ["not an address@", "98", "+9779"])
def test_an_address_that_is_none_is_refused(someone: Someone, address: str) -> None:
    with pytest.raises((RegistrationInvalid, PhoneInvalid)):
        invite(someone(), address)


def test_one_address_is_not_flooded_with_invitations(someone: Someone) -> None:
    owner, address = someone(), new_address()
    for _ in range(guards.MESSAGES.at_most):
        invite(owner, address)
    with pytest.raises(TooManyAttempts) as refused:
        invite(owner, address)
    assert 0 < refused.value.retry_after_seconds <= guards.MESSAGES.window.total_seconds()


def test_the_last_owner_stays_also_when_two_leave_at_once(someone: Someone) -> None:
    owner = someone()
    with pytest.raises(LastOwner):
        change(owner, owner, "cashier")
    with pytest.raises(LastOwner):
        remove(owner, owner)
    second_address = new_address()
    invite(owner, second_address, "owner")
    user = accept(token_in(said_to(second_address).body))
    second = Known(user.id, second_address, user.business_id)

    def leave(one: Known) -> object:
        try:
            remove(one, one)
        except LastOwner as error:
            return error
        return None

    with ThreadPoolExecutor(2) as callers:
        answers = list(callers.map(leave, (owner, second)))
    assert sum(isinstance(answer, LastOwner) for answer in answers) == 1


def test_only_members_of_the_own_business_are_changed(someone: Someone) -> None:
    owner, stranger = someone(), someone()
    with pytest.raises(MemberNotFound):
        change(owner, stranger, "cashier")
    with pytest.raises(MemberNotFound):
        remove(owner, stranger)


def change(by: Known, whom: Known, position: str) -> User:
    return database.write(
        lambda session: members.change_position(
            session, business_id=by.business_id, user_id=whom.id, position=position, changed_by=by.id
        )
    )


def remove(by: Known, whom: Known) -> None:
    database.write(
        lambda session: members.remove(session, business_id=by.business_id, user_id=whom.id, removed_by=by.id)
    )
