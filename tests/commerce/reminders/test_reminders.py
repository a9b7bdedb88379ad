"""What a shop wants to be said later: written, moved, called off, sealed, and gone with its customer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.catalogue.errors import ProductNotFound
from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.reminders import queries, service
from commerce.reminders.errors import (
    ReminderInvalid,
    ReminderMoveNotAllowed,
    ReminderNotFound,
    ReminderSettingInvalid,
)
from commerce.reminders.queries import ReminderFilter
from commerce.reminders.service import Settings, Wanted
from commerce.reminders.vocabulary import KEPT
from foundation.database import read, write
from foundation.errors import VersionMismatch
from foundation.idempotency import RequestKey
from tests.commerce.factories import business
from tests.commerce.reminders.conftest import NOON, Shop

pytestmark = pytest.mark.committing

WALL = datetime(2027, 3, 9, 10, 0)  # noqa: DTZ001 - as the shop's clock shows it


def test_a_local_time_is_that_of_the_shop(shop: Shop):
    reminder_id = shop.wants("custom", remind_at=WALL, text="Come for your ghee")
    shown = shop.seen(reminder_id)
    assert shown.remind_at == datetime(2027, 3, 9, 4, 30, tzinfo=UTC)
    assert shown.remind_at.isoformat() == "2027-03-09T10:00:00+05:30"
    assert (shown.state, shown.waits_until, shown.customer, shown.text) == (
        "scheduled",
        None,
        "Ramesh",
        "Come for your ghee",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"remind_at": NOON - timedelta(minutes=1)}, "the shop's clock shows 2027-03-08 12:00"),
        ({"remind_at": datetime(2030, 1, 1, 10)}, "give a time until 2029-03-08"),  # noqa: DTZ001 - of the wall
        ({"kind": "birthday"}, "give one of payment_due"),
        ({"kind": "payment_due", "customer_id": None}, "it goes to a customer"),
        ({"kind": "low_stock"}, "leave out customer_id"),
        ({"kind": "invoice"}, "names the bill"),
        ({"invoice_id": uuid4()}, "no other kind does"),
        ({"kind": "invoice", "invoice_id": uuid4()}, "no bill of this shop for this customer"),
        ({"product_id": uuid4()}, "about a good"),
        ({"text": "Pay!"}, "has words of its own"),
        ({"kind": "custom"}, "write it"),
        ({"kind": "follow_up", "text": "  "}, "write it"),
        ({"kind": "custom", "text": "x" * 501}, "write 500 at most"),
        ({"repeats": "hourly"}, "give daily or weekly or monthly"),
        ({"repeats_until": date(2027, 4, 1)}, "say by repeats how often"),
        ({"repeats": "daily", "repeats_until": date(2027, 3, 7)}, "the first time is on 2027-03-08"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(shop: Shop, given: dict[str, Any], said: str):
    facts: dict[str, Any] = {"kind": "payment_due", "customer_id": shop.customer_id, **given}
    with pytest.raises(ReminderInvalid, match=said):
        shop.wants(facts.pop("kind"), to_owners=True, **facts)


def test_what_is_written_does_not_stand_in_a_refusal(shop: Shop):
    for kind, told in (("payment_due", "her divorce"), ("custom", "her divorce " * 50)):
        with pytest.raises(ReminderInvalid) as refused:
            shop.wants(kind, text=told)
        assert "divorce" not in refused.value.message


def test_whom_or_what_the_shop_does_not_know_is_refused(shop: Shop):
    with pytest.raises(CustomerNotFound):
        shop.wants("payment_due", customer_id=uuid4())
    with pytest.raises(ProductNotFound):
        shop.wants("low_stock", to_owners=True, product_id=uuid4())
    other = Shop()
    with pytest.raises(CustomerNotFound):
        shop.wants("payment_due", customer_id=other.customer_id)
    with pytest.raises(ReminderNotFound):
        other.do(service.cancel_reminder, reminder_id=shop.wants("payment_due"))


def test_the_same_request_makes_one_reminder(shop: Shop):
    request = RequestKey.of(shop.id, uuid4(), "add_reminder", "key", b"body")
    wanted = Wanted("payment_due", WALL, shop.customer_id)
    first, second = (shop.do(service.add_reminder, wanted=wanted, request=request) for _ in range(2))
    assert first == second
    assert [row["id"] for row in listed(shop)] == [first]


def test_its_text_is_sealed_and_an_owners_note_has_a_key_of_its_own(shop: Shop):
    to_customer = shop.wants("custom", text="Your divorce papers lie here")
    to_owners = shop.wants("custom", to_owners=True, text="Ask Sita about the loan")
    with read() as session:
        rows = " ".join(session.execute(text("SELECT CAST(row AS text) FROM app.reminders row")).scalars())
    for words in ("divorce", "loan"):
        assert words not in rows
        assert words.encode().hex() not in rows
    assert shop.seen(to_customer).text == "Your divorce papers lie here"
    assert shop.seen(to_owners).text == "Ask Sita about the loan"
    assert "divorce" not in repr(shop.seen(to_customer))


def test_a_reminder_is_moved_by_who_has_read_it(shop: Shop):
    reminder_id = shop.wants("custom", text="Come by", remind_at=WALL)
    seen = frozenset({shop.seen(reminder_id).version})
    change(shop, reminder_id, {"remind_at": WALL + timedelta(days=1), "text": "Come by soon"}, seen)
    shown = shop.seen(reminder_id)
    assert (shown.remind_at.isoformat(), shown.text, shown.version) == (
        "2027-03-10T10:00:00+05:30",
        "Come by soon",
        2,
    )
    with pytest.raises(VersionMismatch, match="at version 2, and 1 was seen"):
        change(shop, reminder_id, {"remind_at": WALL}, seen)
    with pytest.raises(ReminderInvalid, match="that is past"):
        change(shop, reminder_id, {"remind_at": NOON})
    with pytest.raises(ReminderInvalid, match="write it"):
        change(shop, reminder_id, {"text": None})


def test_a_repetition_is_begun_changed_and_ended(shop: Shop):
    reminder_id = shop.wants("payment_due", remind_at=WALL)
    change(shop, reminder_id, {"repeats": "weekly", "repeats_until": date(2027, 4, 30)})
    assert (shop.seen(reminder_id).repeats, shop.seen(reminder_id).repeats_until) == (
        "weekly",
        date(2027, 4, 30),
    )
    with pytest.raises(ReminderInvalid, match="the first time is on 2027-05-03"):
        change(shop, reminder_id, {"remind_at": datetime(2027, 5, 3, 10)})  # noqa: DTZ001 - of the wall
    change(shop, reminder_id, {"repeats": None})
    assert (shop.seen(reminder_id).repeats, shop.seen(reminder_id).repeats_until) == (None, None)


def test_what_is_called_off_is_told_and_cannot_be_moved(shop: Shop):
    reminder_id = shop.wants("payment_due")
    for _ in range(2):
        shop.do(service.cancel_reminder, reminder_id=reminder_id)
    assert shop.became(reminder_id) == ("cancelled", None)
    assert told(shop) == [("payment_due", "cancelled", None)]
    with pytest.raises(ReminderMoveNotAllowed, match="is cancelled: write a new one"):
        change(shop, reminder_id, {"remind_at": WALL})
    with pytest.raises(ReminderMoveNotAllowed, match="only one that failed"):
        shop.do(service.resend_reminder, reminder_id=reminder_id)
    shop.owes(100_00)
    shop.pass_time(hours=2)
    assert shop.said == []


def test_they_are_listed_by_what_one_looks_for(shop: Shop):
    sita = shop.customer("Sita")
    late = shop.wants("custom", hours=30, text="Later")
    soon = shop.wants("payment_due", hours=1)
    hers = shop.wants("overdue", hours=5, customer_id=sita)
    off = shop.wants("custom", hours=9, to_owners=True, text="Call the dealer")
    shop.do(service.cancel_reminder, reminder_id=off)
    assert ids(shop) == [soon, hers, off, late]
    assert ids(shop, by="latest") == [late, off, hers, soon]
    assert ids(shop, customer_id=sita) == [hers]
    assert ids(shop, state="cancelled") == [off]
    assert ids(shop, kind="custom") == [off, late]
    assert ids(shop, due_from=NOON + timedelta(hours=5), due_until=NOON + timedelta(hours=30)) == [hers, off]
    first = listed(shop, limit=2)
    after = queries.REMINDERS_BY["due"].key(first[-1])
    assert [row["id"] for row in listed(shop, after=after)] == [off, late]
    assert ids(Shop()) == []


def test_they_are_gone_with_their_customer(shop: Shop):
    sita = shop.customer("Sita")
    hers = shop.wants("custom", text="Your parcel", customer_id=sita)
    his = shop.wants("custom", text="Your parcel")
    shop.do(customers.erase_customer, customer_id=sita)
    assert ids(shop) == [his]
    with pytest.raises(ReminderNotFound):
        shop.seen(hers)
    with pytest.raises(CustomerErased):
        shop.wants("payment_due", customer_id=sita)


def test_what_ended_a_year_ago_is_deleted_with_its_key(shop: Shop):
    note = shop.wants("custom", to_owners=True, text="Old note")
    kept = shop.wants("custom", to_owners=True, text="New note", hours=1000)
    shop.do(service.cancel_reminder, reminder_id=note)
    assert write(lambda session: service.delete_old(session, now=NOON + KEPT)) == 0
    assert write(lambda session: service.delete_old(session, now=NOON + KEPT + timedelta(days=1))) == 1
    assert ids(shop) == [kept]
    with read() as session:
        keys = session.execute(
            text("SELECT count(*) FROM app.subject_keys WHERE id IN (:note, :kept)"),
            {"note": note, "kept": kept},
        ).scalar_one()
    assert keys == 1


def test_settings_have_bounds_and_a_version(shop: Shop):
    with read((shop.id,)) as session:
        assert service.settings_of(session, business_id=shop.id) == Settings()
    shop.do(service.change_settings, wanted=Settings(2, 7))
    shop.do(service.change_settings, wanted=Settings(days_after_due=3))
    with read((shop.id,)) as session:
        held = service.settings_of(session, business_id=shop.id)
    assert (held.days_before_due, held.days_after_due, held.version) == (None, 3, 2)
    for wrong in (Settings(days_before_due=-1), Settings(days_after_due=0), Settings(days_after_due=61)):
        with pytest.raises(ReminderSettingInvalid, match="or null for no such reminders"):
            shop.do(service.change_settings, wanted=wrong)


def test_a_business_elsewhere_has_its_own_clock(own_world: str):
    shop = Shop()
    shop.id = write(business)  # in Surkhet
    shop.customer_id = shop.customer("Ramesh", phone="9841234567")
    reminder_id = shop.wants("payment_due", remind_at=WALL)
    assert shop.seen(reminder_id).remind_at.isoformat() == "2027-03-09T10:00:00+05:45"


def change(
    shop: Shop, reminder_id: UUID, changes: dict[str, Any], seen: frozenset[int] | None = None
) -> None:
    shop.do(service.change_reminder, reminder_id=reminder_id, changes=changes, seen=seen)


def listed(shop: Shop, *, by: str = "due", after: Any = None, limit: int = 50, **chosen: Any) -> Any:
    with read((shop.id,)) as session:
        return queries.reminders(
            session,
            shop.id,
            chosen=ReminderFilter(**chosen),
            by=queries.REMINDERS_BY[by],
            after=after,
            limit=limit,
        )


def ids(shop: Shop, **asked: Any) -> list[UUID]:
    return [row["id"] for row in listed(shop, **asked)]


def told(shop: Shop) -> list[tuple[str, str, str | None]]:
    """The ends of its reminders, as its own systems hear of them."""
    with read((shop.id,)) as session:
        rows = session.execute(
            text("""
                SELECT payload FROM app.domain_events WHERE business_id = :id AND type = 'reminder-ended'
                ORDER BY id
            """),
            {"id": shop.id},
        ).scalars()
        return [(row["kind"], row["state"], row["reason"]) for row in rows]
