"""What did not arrive is sent again as a message of its own; owners are told of their shop."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

import commerce.subscriptions  # noqa: F401 - who follows the erasure
from commerce.customers import service as customers
from commerce.identity import service as identity
from commerce.identity.service import NewBusiness
from commerce.messaging import resending, saying, sending
from commerce.messaging import service as messaging
from commerce.messaging.errors import (
    MessageInvalid,
    MessageNotFound,
    MessageNotResendable,
    MessagePurposeInvalid,
)
from commerce.messaging.workflows import _forget
from foundation import clock, locations
from foundation.database import write
from foundation.object_store import object_store
from tests.commerce.messaging.conftest import NOON, Shop

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("noon")]

SUMMARY = {"date": "30-11-2026", "bills": "14", "sales": "INR 9.00"} | dict.fromkeys(
    ("received", "credit", "owed"), "INR 1.00"
)


def resend(shop: Shop, message_id: UUID | None) -> UUID:
    assert message_id is not None
    return write(lambda session: resending.resend(session, business_id=shop.id, message_id=message_id))


def test_what_failed_is_sent_again_to_the_address_of_now(shop: Shop):
    customer_id = shop.customer(email="old@shop.example", channel="mail")
    said = shop.says(customer_id, attachments=())
    sending.send_due()
    write(
        lambda session: sending.take_receipt(
            session,
            channel="mail",
            provider_id=f"<{said.message_id}@sauda>",
            state="failed",
            at=NOON,
            reason="mailbox-full",
        )
    )
    write(
        lambda session: customers.change_customer(
            session, business_id=shop.id, customer_id=customer_id, changes={"email": "new@shop.example"}
        )
    )
    again = resend(shop, said.message_id)
    sending.send_due()
    first, second = shop.message(said.message_id), shop.message(again)
    assert (first.state, first.reason) == ("failed", "mailbox-full")
    assert (second.state, second.resend_of_id) == ("sent", said.message_id)
    assert b"new@shop.example" in object_store().get(f"mail/{customer_id}/{again}.eml")
    with pytest.raises(MessageNotResendable, match=f"was sent again as {again}"):
        resend(shop, said.message_id)


def test_only_what_did_not_arrive_is_sent_again(shop: Shop):
    said = shop.says(shop.customer())
    with pytest.raises(MessageNotResendable, match="is queued; only what is failed"):
        resend(shop, said.message_id)
    with pytest.raises(MessageNotFound):
        resend(shop, uuid4())
    with pytest.raises(MessageNotFound):
        resend(Shop(uuid4()), said.message_id)


def test_what_is_still_unwanted_is_not_sent_again(shop: Shop):
    customer_id = shop.customer(purposes=("payment",))
    said = shop.says(customer_id)
    with pytest.raises(MessageNotResendable, match="kept back again: purpose-not-wanted"):
        resend(shop, said.message_id)
    write(
        lambda session: customers.change_customer(
            session, business_id=shop.id, customer_id=customer_id, changes={"purposes": ("bill",)}
        )
    )
    assert shop.message(resend(shop, said.message_id)).state == "queued"


def test_owners_are_told_once_by_phone_or_else_by_mail(own_world: str):
    owner = write(
        lambda session: identity.register_owner(
            session,
            email="asha@shop.example",
            full_name="Asha",
            password_hash="x",
            role="retailer",
            business=NewBusiness(name="Gupta Store", country="IN", state="07", zone="Delhi"),
        )
    )
    shop = Shop(owner.business_id)  # type: ignore[arg-type]

    def tell(**given: Any) -> list[saying.Said]:
        told = {
            "purpose": "summary",
            "template": "daily-summary",
            "values": SUMMARY,
            "language": "hi",
            **given,
        }
        return write(
            lambda session: saying.tell_owners(session, business_id=shop.id, key="summary:2026-11-30", **told)
        )

    [first], [again] = tell(), tell()
    sending.send_due()
    row = shop.message(first.message_id)
    mail = object_store().get(f"mail/{owner.id}/{first.message_id}.eml")
    assert again.message_id == first.message_id
    assert (row.state, row.channel, row.customer_id) == ("sent", "mail", None)
    assert b"asha@shop.example" in mail
    with pytest.raises(MessagePurposeInvalid):
        tell(template="bill")
    with pytest.raises(MessageInvalid, match="language 'fr'"):
        tell(language="fr")


def test_words_are_cleared_away_after_their_time_and_the_key_holds(shop: Shop):
    customer_id = shop.customer(purposes=("payment",))
    said = shop.says(customer_id)
    write(lambda session: messaging.delete_old(session, now=NOON + messaging.WORDS_KEPT))
    assert shop.message(said.message_id).content_sealed is not None
    write(lambda session: messaging.delete_old(session, now=NOON + 1.1 * messaging.WORDS_KEPT))
    row = shop.message(said.message_id)
    assert (row.content_sealed, row.recipient_sealed) == (None, None)
    assert shop.says(customer_id).message_id == said.message_id
    with pytest.raises(MessageNotResendable, match="cleared away"):
        resend(shop, said.message_id)


def test_erasing_a_customer_deletes_the_files_too(shop: Shop):
    customer_id, other = shop.customer(channel="mail"), shop.customer(channel="mail")
    for at, one in enumerate((customer_id, other)):
        shop.says(one, f"bill:{at}")
    sending.send_due()
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=customer_id))
    with psycopg.connect(locations.database_url()) as connection:
        jobs = connection.execute(
            "SELECT name FROM dbos.workflow_status WHERE name = 'forget-message-files'"
        ).fetchall()
    _forget(str(customer_id))
    store = object_store()
    assert len(jobs) == 1
    assert store.list(f"mail/{customer_id}") == []
    assert len(store.list(f"mail/{other}")) == 1


def test_after_a_restore_what_was_due_waits_for_a_person(shop: Shop, own_world: str):
    due = shop.says(shop.customer())
    with clock.at(NOON.replace(year=2099)):
        later = shop.reminds(shop.customer(), "reminder:1")
    with psycopg.connect(own_world) as connection:
        assert sending.keep_back_waiting(connection) == 1
    row = shop.message(due.message_id)
    assert (row.state, row.reason) == ("failed", "restored")
    assert shop.message(later.message_id).state == "queued"
    assert shop.message(resend(shop, due.message_id)).state == "queued"
