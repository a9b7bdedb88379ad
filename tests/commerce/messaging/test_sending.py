"""What was said goes out once, in whatever order things fail and come back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import text

from commerce.messaging import sending
from commerce.messaging.carriers import Handed, Outgoing
from commerce.messaging.senders import Sender, change_sender
from commerce.messaging.vocabulary import RECEIPTS
from foundation import clock
from foundation.database import read, write
from foundation.object_store import object_store
from tests.commerce.messaging.conftest import BILL, NOON, Shop

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("noon")]


class Provider:
    """An outside party that answers as it is told, and remembers the keys it was handed."""

    def __init__(self, *answers: Handed) -> None:
        self.answers = list(answers)
        self.keys: list[Any] = []

    def hand_over(self, message: Outgoing) -> Handed:
        self.keys.append(message.id)
        answer = self.answers.pop(0) if self.answers else Handed("sent")
        if answer.outcome == "sent" and answer.provider_id is None:
            return Handed("sent", provider_id=f"at-provider:{message.id}")
        return answer


@pytest.fixture
def by_whatsapp(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Provider]:
    def use(*answers: Handed) -> Provider:
        provider = Provider(*answers)
        monkeypatch.setattr(sending, "carriers", lambda: nullcontext({"whatsapp": provider}))
        return provider

    return use


def rested() -> None:
    """Let pauses and leases be over, as if so much time had passed."""
    write(
        lambda session: session.execute(text("UPDATE app.shop_messages SET free_at = now() - interval '1 s'"))
    )


def test_the_sandbox_takes_what_was_said(shop: Shop):
    said = shop.says(shop.customer())
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    row = shop.message(said.message_id)
    assert (row.state, row.tries, row.sent_at, row.provider_id) == ("sent", 1, NOON, f"sandbox:{row.id}")


def test_what_waits_for_its_hour_goes_out_at_it(shop: Shop):
    with clock.at(NOON + timedelta(hours=10)):
        said = shop.reminds(shop.customer(), "reminder:1")
        assert sending.send_due() == 0
    with clock.at(datetime(2026, 12, 1, 3, 29, tzinfo=UTC)):
        assert sending.send_due() == 0
    with clock.at(datetime(2026, 12, 1, 3, 30, tzinfo=UTC)):
        assert sending.send_due() == 1
    assert shop.message(said.message_id).state == "sent"


def test_a_bill_goes_before_reminders_that_waited_longer(shop: Shop):
    for at in range(3):
        shop.reminds(shop.customer(), f"reminder:{at}")
    with clock.at(NOON + timedelta(minutes=1)):
        bill = shop.says(shop.customer())
        assert sending.send_due(limit=1) == 1
    assert shop.message(bill.message_id).state == "sent"


def test_what_a_provider_does_not_take_is_tried_again_with_the_same_key(shop: Shop, by_whatsapp: Any):
    provider = by_whatsapp(Handed("temporary", "unwell"), Handed("unknown", "no-answer"))
    said = shop.says(shop.customer())
    sending.send_due()
    first = shop.message(said.message_id)
    assert (first.state, first.reason, first.tries) == ("queued", "unwell", 1)
    assert sending.send_due() == 0  # it rests
    rested()
    sending.send_due()
    rested()
    sending.send_due()
    last = shop.message(said.message_id)
    assert (last.state, last.reason, last.tries) == ("sent", None, 3)
    assert provider.keys == [said.message_id] * 3


def test_what_is_refused_for_good_is_not_tried_again(shop: Shop, by_whatsapp: Any):
    provider = by_whatsapp(Handed("refused", "blocked"))
    said = shop.says(shop.customer())
    sending.send_due()
    rested()
    assert sending.send_due() == 0
    row = shop.message(said.message_id)
    assert (row.state, row.reason, len(provider.keys)) == ("refused", "blocked", 1)


def test_pauses_grow_to_an_hour_and_a_provider_that_says_when_is_believed():
    unwell, soon = Handed("temporary"), Handed("rate-limited", retry_after_seconds=7)
    minutes = [sending.pause_after(tries, unwell) // timedelta(minutes=1) for tries in (1, 2, 3, 6, 7, 5000)]
    assert minutes == [1, 2, 4, 32, 60, 60]
    assert sending.pause_after(9, soon) == timedelta(seconds=7)
    assert sending.pause_after(1, Handed("rate-limited", retry_after_seconds=10**6)) == timedelta(hours=1)
    assert sending.pause_after(3, Handed("rate-limited")) == timedelta(minutes=4)


def test_a_dead_provider_is_not_asked_for_every_message_of_a_batch(shop: Shop, by_whatsapp: Any):
    provider = by_whatsapp(*[Handed("temporary", "unwell")] * 100)
    for at in range(40):
        shop.says(shop.customer(), f"bill:{at}")
    assert sending.send_due() == 40
    assert len(provider.keys) < sending.GIVE_UP_AFTER + sending.THREADS
    with read() as session:
        tries = session.scalar(text("SELECT sum(tries) FROM app.shop_messages WHERE state = 'queued'"))
    assert tries == len(provider.keys)


def test_what_could_not_go_out_in_time_expires_with_its_last_reason(shop: Shop, by_whatsapp: Any):
    by_whatsapp(Handed("temporary", "unwell"))
    said = shop.reminds(shop.customer(), "reminder:1")
    sending.send_due()
    rested()
    with clock.at(NOON + timedelta(days=1)):
        assert sending.send_due() == 0
    row = shop.message(said.message_id)
    assert (row.state, row.reason) == ("expired", "unwell")


def test_a_sender_that_died_leaves_its_messages_to_the_next(shop: Shop, by_whatsapp: Any):
    provider = by_whatsapp()
    said = shop.says(shop.customer())
    write(lambda session: sending.claim_due(session, NOON, limit=10))  # and dies
    assert sending.send_due() == 0  # the lease holds
    rested()
    assert sending.send_due() == 1
    assert provider.keys == [said.message_id]


def test_who_comes_back_after_its_lease_does_not_undo_what_the_next_did(shop: Shop):
    said = shop.says(shop.customer())
    slow = write(lambda session: sending.claim_due(session, NOON, limit=10))
    rested()
    quick = write(lambda session: sending.claim_due(session, NOON, limit=10))
    failed = [sending.Result(slow[0], Handed("refused", "blocked"))]
    write(lambda session: sending.settle(session, failed, now=NOON))
    assert shop.message(said.message_id).state == "queued"
    write(lambda session: sending.settle(session, [sending.Result(quick[0], Handed("sent"))], now=NOON))
    write(lambda session: sending.settle(session, failed, now=NOON))
    assert shop.message(said.message_id).state == "sent"


@pytest.mark.parametrize("seed", range(8))
def test_receipts_in_any_order_only_move_a_message_on(shop: Shop, seed: int):
    chance = random.Random(seed)
    said = shop.says(shop.customer())
    sending.send_due()
    told = [*RECEIPTS, *RECEIPTS]
    chance.shuffle(told)
    told = told[: chance.randint(1, len(told))]
    furthest = "sent"
    for state in told:
        moved = write(
            lambda session, state=state: sending.take_receipt(  # type: ignore[misc]
                session, channel="whatsapp", provider_id=f"sandbox:{said.message_id}", state=state, at=NOON
            )
        )
        is_further = RECEIPTS.index(state) > RECEIPTS.index(furthest)
        furthest = state if is_further else furthest
        assert (moved, shop.message(said.message_id).state) == (is_further, furthest)
    row = shop.message(said.message_id)
    assert (row.read_at is not None) == (furthest == "read")
    assert (row.delivered_at is not None) == (furthest in ("delivered", "read"))


def test_a_short_message_goes_under_the_sender_and_the_template_that_are_registered(shop: Shop):
    customer_id = shop.customer(channel="sms", language="hi")
    early = shop.says(customer_id, "bill:0")
    entity = Sender(sms_header="GUPTAS", principal_entity_id="1101234567890123456")
    write(lambda session: change_sender(session, business_id=shop.id, wanted=entity))
    sending.send_due()
    refused = shop.message(early.message_id)
    assert (refused.state, refused.reason) == ("refused", "dlt-template-missing")
    whole = replace(entity, dlt_templates={"bill.hi": "1107161234567890123"})
    write(lambda session: change_sender(session, business_id=shop.id, wanted=whole))
    said = shop.says(customer_id, "bill:1", values={**BILL, "link": "https://x.example/b/1"})
    sending.send_due()
    assert shop.message(said.message_id).state == "sent"
    assert json.loads(object_store().get(f"sms/{customer_id}/{said.message_id}.json")) == {
        "to": "+919810012345",
        "header": "GUPTAS",
        "principal_entity_id": "1101234567890123456",
        "dlt_template_id": "1107161234567890123",
        "text": "Gupta Store: 30-11-2026 का बिल 25-26/000001, रकम INR 1,234.50। धन्यवाद, Ramesh Kumar।\nhttps://x.example/b/1",
    }


def test_a_paper_that_is_gone_is_no_mail_without_it(shop: Shop):
    said = shop.says(shop.customer(channel="mail"), attachments=("documents/test/none.pdf",))
    sending.send_due()
    row = shop.message(said.message_id)
    assert (row.state, row.reason) == ("refused", "attachment-missing")


def test_short_messages_in_india_want_a_registered_sender_and_template(shop: Shop):
    said = shop.says(shop.customer(channel="sms"))
    sending.send_due()
    row = shop.message(said.message_id)
    assert (row.state, row.reason) == ("refused", "dlt-header-missing")


def test_a_mail_has_words_a_button_and_the_paper(shop: Shop):
    object_store().put("documents/test/25-26-000001.pdf", b"%PDF-1.7 a bill")
    customer_id = shop.customer("Asha <b>", language="hi", channel="mail")
    link = "https://sauda.example/b/1?a=1&b=2"
    said = shop.says(
        customer_id,
        values={"number": "25-26/000001", "date": "30-11-2026", "amount": "INR 5.00", "link": link},
        attachments=("documents/test/25-26-000001.pdf",),
    )
    sending.send_due()
    assert shop.message(said.message_id).state == "sent"
    mail = message_from_bytes(
        object_store().get(f"mail/{customer_id}/{said.message_id}.eml"), policy=policy.default
    )
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert "Gupta Store: 30-11-2026 का बिल 25-26/000001" in plain.get_content()
    assert f"खोलें: {link}" in plain.get_content()
    assert 'href="https://sauda.example/b/1?a=1&amp;b=2"' in page.get_content()
    assert "<b>" not in page.get_content()
    (paper,) = mail.iter_attachments()
    assert (paper.get_filename(), paper.get_content()) == ("25-26-000001.pdf", b"%PDF-1.7 a bill")
    assert str(mail["From"]).startswith("Gupta Store <")
