"""A shop says something once, and what is kept back is kept with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.customers import service as customers
from commerce.customers.errors import CustomerNotFound
from commerce.messaging import saying
from commerce.messaging.errors import (
    MessageInvalid,
    MessagePurposeInvalid,
    MessageTemplateUnknown,
    MessageValuesMissing,
)
from foundation import clock, personal
from foundation.database import read, write
from tests.commerce.conftest import Crowd
from tests.commerce.factories import business
from tests.commerce.messaging.conftest import BILL, DUE, NOON, Shop

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("noon")]


def content_of(shop: Shop, message_id: UUID | None) -> saying.Content:
    row = shop.message(message_id)
    with read((shop.id,)) as session:
        subject = personal.subject(session, row.subject_id)
    assert subject is not None
    assert row.content_sealed is not None
    return saying.opened_content(subject, row.content_sealed)


def test_a_bill_is_queued_in_the_customers_language_and_sealed(shop: Shop):
    said = shop.says(shop.customer(language="hi"))
    row, content = shop.message(said.message_id), content_of(shop, said.message_id)
    assert (said.state, row.state, row.channel, row.language) == ("queued", "queued", "whatsapp", "hi")
    assert (
        content.body == "Gupta Store: 30-11-2026 का बिल 25-26/000001, रकम INR 1,234.50। धन्यवाद, Ramesh Kumar।"
    )
    assert content.buttons == (("wrong", "ग़लत है?"),)
    assert row.recipient_sealed is not None
    assert row.content_sealed is not None
    assert b"9810012345" not in row.recipient_sealed
    assert b"Ramesh" not in row.content_sealed


def test_a_key_is_said_once_for_ever_and_is_the_shops_own(shop: Shop):
    customer_id = shop.customer()
    first = shop.says(customer_id)
    again = shop.says(customer_id, values={**BILL, "amount": "INR 9.00"})
    other = Shop(write(lambda session: business(session, country="IN", state="07")))
    elsewhere = other.says(other.customer())
    assert again == first
    assert elsewhere.message_id not in (None, first.message_id)


def test_sixteen_tills_that_say_the_same_say_it_once(shop: Shop, crowd: Crowd):
    customer_id = shop.customer()
    answers = crowd([lambda: shop.says(customer_id)] * 16)
    with read() as session:
        kept = session.scalar(text("SELECT count(*) FROM app.shop_messages"))
    assert kept == 1
    assert len({answer.message_id for answer in answers}) == 1  # type: ignore[attr-defined]


def test_what_is_rolled_back_was_never_said(shop: Shop):
    customer_id = shop.customer()

    def work(session: Any) -> None:
        saying.say(
            session,
            business_id=shop.id,
            customer_id=customer_id,
            purpose="bill",
            template="bill",
            values=BILL,
            key="bill:1",
        )
        raise MessageInvalid("bill", 1, "it was refused after all")

    with pytest.raises(MessageInvalid):
        write(work)
    with read() as session:
        assert session.scalar(text("SELECT count(*) FROM app.shop_messages")) == 0


@pytest.mark.parametrize(
    ("given", "asked", "reason"),
    [
        ({"channel": "none"}, {}, "wants-no-messages"),
        ({"purposes": ("payment",)}, {}, "purpose-not-wanted"),
        ({"phone": None}, {}, "no-address"),
        ({"email": None}, {"channel": "mail"}, "no-address"),
    ],
)
def test_who_cannot_be_told_is_no_failure(
    shop: Shop, given: dict[str, Any], asked: dict[str, Any], reason: str
):
    said = shop.says(shop.customer(**given), **asked)
    assert (said.state, said.reason) == ("suppressed", reason)
    assert shop.message(said.message_id).reason == reason


def test_nothing_is_written_about_who_was_erased(shop: Shop):
    customer_id = shop.customer()
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=customer_id))
    assert shop.says(customer_id) == saying.Said(None, "suppressed", "erased")
    with read() as session:
        assert session.scalar(text("SELECT count(*) FROM app.shop_messages")) == 0


def test_another_shops_customer_is_nobody(shop: Shop):
    with pytest.raises(CustomerNotFound):
        shop.says(uuid4())


def test_slips_of_the_caller_are_named(shop: Shop):
    customer_id = shop.customer()
    with pytest.raises(MessageTemplateUnknown, match="'bil' is no template"):
        shop.says(customer_id, template="bil")
    with pytest.raises(MessageValuesMissing, match="wants amount too"):
        shop.says(customer_id, values={**BILL, "amount": " "})
    with pytest.raises(MessagePurposeInvalid, match="not said for the purpose 'bill'"):
        shop.says(customer_id, template="offer", values={"text": "Sugar is cheap"})
    with pytest.raises(MessageInvalid, match="channel 'pigeon'"):
        shop.says(customer_id, channel="pigeon")
    with pytest.raises(MessageInvalid, match="attachments 6"):
        shop.says(customer_id, attachments=("a",) * 6)


@pytest.mark.parametrize(
    ("purpose", "at", "starts"),
    [
        ("bill", "2026-11-30T23:00", "2026-11-30T23:00"),
        ("reminder", "2026-11-30T12:00", "2026-11-30T12:00"),
        ("reminder", "2026-11-30T20:00", "2026-12-01T09:00"),
        ("reminder", "2026-11-30T04:59", "2026-11-30T09:00"),
        ("offer", "2026-11-30T20:30", "2026-12-01T09:00"),
    ],
)
def test_what_can_wait_waits_for_the_customers_hours(shop: Shop, purpose: str, at: str, starts: str):
    told = {
        "bill": {},
        "reminder": {"purpose": "reminder", "template": "payment-due", "values": DUE},
        "offer": {"purpose": "offer", "template": "offer", "values": {"text": "Sugar is cheap"}},
    }[purpose]
    customer_id = shop.customer(purposes=("bill", "reminder", "offer"))
    with clock.at(datetime.fromisoformat(f"{at}+05:30")):
        said = shop.says(customer_id, **told)
    assert shop.message(said.message_id).not_before == datetime.fromisoformat(f"{starts}+05:30")


def test_offers_keep_to_the_hours_of_the_law_whatever_the_customer_chose(shop: Shop):
    hours = {"heard_from": time(5), "heard_until": time(23)}
    late = shop.customer(purposes=("offer",), **hours)
    never = shop.customer(purposes=("offer",), heard_from=time(5), heard_until=time(8))
    offer = {"purpose": "offer", "template": "offer", "values": {"text": "Sugar is cheap"}}
    with clock.at(datetime.fromisoformat("2026-11-30T22:00+05:30")):
        kept = shop.message(shop.says(late, "offer:1", **offer).message_id)
        said = shop.says(never, "offer:2", **offer)
    assert kept.not_before == datetime(2026, 12, 1, 3, 30, tzinfo=UTC)
    assert (said.state, said.reason) == ("suppressed", "no-common-hours")


def test_a_day_has_room_for_so_many_reminders(shop: Shop):
    customer_id = shop.customer()
    states = [shop.reminds(customer_id, f"reminder:{at}").state for at in range(3)]
    again = shop.reminds(customer_id, "reminder:0")
    late = {"heard_until": time(12, 30)}
    other = shop.customer(**late)
    with clock.at(datetime.fromisoformat("2026-11-30T13:00+05:30")):
        tomorrow = [shop.reminds(other, f"later:{at}") for at in range(3)]
    with clock.at(datetime.fromisoformat("2026-12-01T12:00+05:30")):
        next_day = shop.reminds(customer_id, "reminder:3")
        full = shop.reminds(other, "later:3")
    assert states == ["queued", "queued", "suppressed"]
    assert again.state == "queued"
    assert [one.state for one in tomorrow] == ["queued", "queued", "suppressed"]
    assert next_day.state == "queued"
    assert (full.state, full.reason) == ("suppressed", "enough-for-the-day")


def test_callers_at_once_cannot_pass_the_bound_of_a_day(shop: Shop, crowd: Crowd):
    customer_id = shop.customer()

    def remind(at: int) -> Any:
        with clock.at(NOON):
            return shop.reminds(customer_id, f"reminder:{at}")

    answers: list[Any] = crowd([lambda at=at: remind(at) for at in range(16)])  # type: ignore[misc]
    assert sorted(answer.state for answer in answers) == ["queued"] * 2 + ["suppressed"] * 14


def test_erasing_a_customer_deletes_what_was_said(shop: Shop):
    kept, gone = shop.customer(), shop.customer()
    stays = shop.says(kept, "bill:1")
    shop.says(gone, "bill:2")
    shop.reminds(gone, "reminder:1")
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=gone))
    with read() as session:
        left = session.execute(text("SELECT id FROM app.shop_messages")).scalars().all()
        assert session.scalar(text("SELECT count(*) FROM app.message_counts")) == 0
    assert left == [stays.message_id]
