"""What customers answer is kept once, and who says stop hears no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.messaging import inbound, queries, reading, sending
from commerce.messaging.errors import MessageInvalid, MessageNotFound
from foundation import clock
from foundation.database import read, write
from foundation.ids import uuid7
from tests.commerce.conftest import Crowd
from tests.commerce.factories import business
from tests.commerce.messaging.conftest import NOON, Shop

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("noon")]


def hear(
    shop: Shop, customer_id: UUID, said: str = "", key: str | None = None, **given: Any
) -> inbound.Heard:
    return write(
        lambda session: inbound.hear(
            session,
            business_id=shop.id,
            customer_id=customer_id,
            channel=given.pop("channel", "whatsapp"),
            key=key or uuid4().hex,
            text=said,
            **given,
        )
    )


def listed(shop: Shop, **chosen: Any) -> list[reading.Shown]:
    with read((shop.id,)) as session:
        rows = queries.messages(
            session,
            shop.id,
            chosen=queries.MessageFilter(**chosen),
            by=queries.MESSAGES_BY["oldest"],
            limit=100,
        )
    return reading.shown_all(rows)


def test_a_wrong_bill_is_told_to_the_shop_with_the_bill(shop: Shop):
    customer_id, bill_id = shop.customer(language="hi"), uuid7()
    said = shop.says(customer_id, about=bill_id)
    hear(shop, customer_id, button="wrong", reply_to_id=said.message_id)
    [answer] = listed(shop, direction="in")
    assert answer.content is not None
    assert (answer.button, answer.content.body) == ("wrong", "ग़लत है?")
    assert (answer.about, answer.reply_to_id, answer.purpose) == (bill_id, said.message_id, "bill")
    with read() as session:
        event = session.execute(
            text("SELECT payload FROM app.domain_events WHERE type = 'message-received'")
        ).scalar_one()
    assert event["about"] == str(bill_id)
    assert "wrong" in event["button"]
    assert "body" not in event


def test_what_a_provider_brings_again_is_kept_once(shop: Shop, crowd: Crowd):
    customer_id = shop.customer()
    heard = crowd([lambda: hear(shop, customer_id, "I come tomorrow", key="wamid.1")] * 8)
    assert len({one.message_id for one in heard}) == 1  # type: ignore[attr-defined]
    assert len(listed(shop, direction="in")) == 1


@pytest.mark.parametrize("word", ["STOP", " stop. ", "बंद", "बन्द गर्नुहोस्"])
def test_who_says_stop_hears_no_more_and_nothing_that_waits(shop: Shop, word: str):
    customer_id = shop.customer()
    with clock.at(datetime.fromisoformat("2026-11-30T22:00+05:30")):
        waiting = shop.reminds(customer_id, "reminder:1")
        assert hear(shop, customer_id, word).effect == "stopped"
    kept = shop.message(waiting.message_id)
    later = shop.says(customer_id, "bill:2")
    elsewhere = shop.says(customer_id, "bill:3", channel="mail")
    assert (kept.state, kept.reason) == ("suppressed", "opted-out")
    assert (later.state, later.reason) == ("suppressed", "opted-out")
    assert elsewhere.state == "queued"
    [answer] = [one for one in listed(shop, purpose="answer") if one.content]
    assert (answer.template, answer.state) == ("stopped", "queued")


def test_who_says_start_hears_again(shop: Shop):
    customer_id = shop.customer()
    hear(shop, customer_id, "STOP")
    with clock.at(NOON.replace(minute=31)):
        assert hear(shop, customer_id, "Start!").effect == "started"
    assert shop.says(customer_id).state == "queued"
    with read((shop.id,)) as session:
        rows = queries.consents(session, shop.id, customer_id, limit=10)
    assert [(row["is_given"], row["how"], row["purpose"]) for row in rows] == [
        (True, "reply", "all"),
        (False, "reply", "all"),
    ]


def test_a_word_within_a_sentence_stops_nothing(shop: Shop):
    customer_id = shop.customer()
    assert hear(shop, customer_id, "please stop the milk on Sunday").effect is None
    assert shop.says(customer_id).state == "queued"


def test_no_more_offers_leaves_bills(shop: Shop):
    customer_id = shop.customer(purposes=("bill", "offer"))
    offer = {"purpose": "offer", "template": "offer", "values": {"text": "Sugar is cheap"}}
    said = shop.says(customer_id, "offer:1", **offer)
    sending.send_due()
    assert hear(shop, customer_id, button="stop", reply_to_id=said.message_id).effect == "stopped"
    assert shop.says(customer_id, "offer:2", **offer).reason == "opted-out"
    assert shop.says(customer_id).state == "queued"


def test_a_shop_writes_down_what_it_was_told(shop: Shop):
    customer_id, clerk = shop.customer(), uuid7()
    told = {"business_id": shop.id, "customer_id": customer_id, "channel": "all", "actor_id": clerk}
    write(lambda session: inbound.allow(session, **told, purpose="reminder", is_given=False))
    assert shop.reminds(customer_id, "reminder:1").reason == "opted-out"
    assert shop.says(customer_id).state == "queued"
    with clock.at(NOON.replace(minute=31)):
        write(lambda session: inbound.allow(session, **told, purpose="reminder", is_given=True))
    assert shop.reminds(customer_id, "reminder:2").state == "queued"
    with pytest.raises(ProgrammingError, match="permission denied"):
        write(lambda session: session.execute(text("UPDATE app.message_consents SET is_given = true")))


def test_what_a_customer_wants_no_more_is_not_sent_though_it_waited(shop: Shop):
    customer_id = shop.customer()
    with clock.at(datetime.fromisoformat("2026-11-30T22:00+05:30")):
        said = shop.reminds(customer_id, "reminder:1")
    write(
        lambda session: customers.change_customer(
            session, business_id=shop.id, customer_id=customer_id, changes={"purposes": ("bill",)}
        )
    )
    with clock.at(datetime.fromisoformat("2026-12-01T09:00+05:30")):
        sending.send_due()
    row = shop.message(said.message_id)
    assert (row.state, row.reason) == ("suppressed", "purpose-not-wanted")


def test_what_left_before_a_stop_came_counts_as_sent(shop: Shop):
    customer_id = shop.customer()
    said = shop.says(customer_id)
    claimed = write(lambda session: sending.claim_due(session, NOON, limit=10))
    hear(shop, customer_id, "STOP")
    with sending.carriers() as by_channel:
        results = sending.hand_over(claimed, by_channel)
    write(lambda session: sending.settle(session, results, now=NOON))
    assert shop.message(said.message_id).state == "sent"


def test_answers_to_nothing_are_refused(shop: Shop):
    one, other = shop.customer(), shop.customer()
    said = shop.says(one)
    with pytest.raises(MessageInvalid, match="write something"):
        hear(shop, one, "  ")
    with pytest.raises(MessageInvalid, match=r"button 'dance' .* has wrong"):
        hear(shop, one, button="dance", reply_to_id=said.message_id)
    with pytest.raises(MessageInvalid, match="no buttons"):
        hear(shop, one, button="wrong")
    with pytest.raises(MessageNotFound):
        hear(shop, other, button="wrong", reply_to_id=said.message_id)
    stranger = write(business)
    with pytest.raises(CustomerNotFound):
        hear(Shop(stranger), one, "hello")
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=one))
    with pytest.raises(CustomerErased):
        hear(shop, one, "hello")
