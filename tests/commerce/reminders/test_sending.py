"""What becomes of a reminder when its time has come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.messaging import saying
from commerce.messaging import service as messaging
from commerce.reminders import planning, queries, sending, service
from commerce.reminders.errors import ReminderInvalid
from commerce.reminders.service import Settings
from commerce.stock import service as stock
from commerce.stock.adjusting import set_threshold
from commerce.stock.batches import Incoming
from foundation import clock, personal
from foundation.database import read, write
from tests.commerce.billing.counter import Shop as Counter
from tests.commerce.billing.counter import add
from tests.commerce.conftest import Crowd
from tests.commerce.factories import product
from tests.commerce.reminders.conftest import NOON, Shop

pytestmark = pytest.mark.committing


def test_nothing_is_said_before_its_time(shop: Shop):
    shop.owes(100_00)
    reminder_id = shop.wants("payment_due", hours=2)
    shop.pass_time(hours=1, minutes=59)
    assert (shop.became(reminder_id), shop.said) == (("scheduled", None), [])
    shop.pass_time(minutes=1)
    assert shop.became(reminder_id) == ("sending", None)
    assert shop.said == ["Sharma Stores: dear Ramesh, your khata stands at INR 100.00 on 08-03-2027."]
    shop.carried("sent")
    shown = shop.seen(reminder_id)
    assert (shown.state, shown.ended_at, shown.waits_until) == ("sent", shop.now, None)
    assert shop.keys == [f"reminder:{reminder_id}:1"]


def test_the_amount_is_what_is_owed_when_it_is_said(shop: Shop):
    shop.owes(100_00)
    first, second = shop.wants("payment_due", hours=1), shop.wants("payment_due", hours=2)
    shop.owes(50_00)
    shop.pays(30_00)
    shop.pass_time(hours=1)
    shop.pays(120_00)
    shop.pass_time(hours=1)
    assert [line.partition("stands at ")[2] for line in shop.said] == ["INR 120.00 on 08-03-2027."]
    assert shop.became(first)[0] == "sending"
    assert shop.became(second) == ("skipped", "nothing-owed")


def test_what_was_paid_ahead_is_not_asked_for(shop: Shop):
    shop.pays(100_00)
    shop.owes(60_00)
    reminder_id = shop.wants("payment_due")
    shop.pass_time(hours=1)
    assert shop.became(reminder_id) == ("skipped", "nothing-owed")


def test_overdue_is_what_is_late_and_no_more(shop: Shop):
    shop.owes(100_00, due_on=date(2027, 3, 10))
    shop.owes(40_00, due_on=date(2027, 3, 20))
    on_the_day, later = shop.wants("overdue", hours=48), shop.wants("overdue", hours=96)
    shop.pass_time(hours=48)
    assert shop.became(on_the_day) == ("skipped", "nothing-overdue")
    shop.pays(25_00)
    shop.pass_time(hours=48)
    assert shop.became(later)[0] == "sending"
    [line] = shop.said
    assert "INR 75.00 was due on 10-03-2027, 2 day(s) ago" in line


def test_a_bill_is_sent_again_with_the_link_to_its_paper(own_world: str):
    with clock.at(NOON):
        counter = Counter()
    shop = Shop()
    shop.id = counter.id
    shop.customer_id = shop.customer("Ramesh")
    with shop.at_its_time():
        bill, undone = (counter.sell(add(counter.biscuits, "3"), customer=shop.customer_id) for _ in range(2))
        other = counter.sell(add(counter.biscuits, "3"), customer=counter.customer)
    again = shop.wants("invoice", invoice_id=bill)
    nothing = shop.wants("invoice", invoice_id=undone)
    with pytest.raises(ReminderInvalid, match="no bill of this shop for this customer"):
        shop.wants("invoice", invoice_id=other)
    with shop.at_its_time():
        counter.cancel(undone)
    with pytest.raises(ReminderInvalid, match="was cancelled"):
        shop.wants("invoice", invoice_id=undone)
    shop.pass_time(hours=1)
    assert shop.became(again)[0] == "sending"
    assert shop.became(nothing) == ("skipped", "bill-cancelled")
    [line] = shop.said
    assert "bill 26-27/000001 of 08-03-2027 for INR 30.00" in line


def test_a_note_is_said_in_the_shops_words(shop: Shop):
    shop.wants("custom", text="Your ghee has come")
    shop.wants("follow_up", hours=2, text="the broken pot")
    shop.pass_time(hours=1)
    shop.pass_time(hours=1)
    assert shop.said[0] == "Sharma Stores writes to Ramesh: Your ghee has come"
    assert "we wrote to you about the broken pot" in shop.said[1]


def test_outside_the_customers_hours_it_waits_and_says_so(shop: Shop):
    shop.owes(100_00)
    reminder_id = shop.wants("payment_due", hours=10)  # 22:00
    shop.pass_time(hours=10)
    shown = shop.seen(reminder_id)
    assert (shown.state, shown.reason) == ("scheduled", "outside-hours")
    assert shown.waits_until is not None
    assert shown.waits_until.isoformat() == "2027-03-09T09:00:00+05:30"
    shop.pays(100_00)  # in the night; nobody is asked in the morning for what was paid
    shop.pass_time(hours=11)
    assert (shop.became(reminder_id), shop.said) == (("skipped", "nothing-owed"), [])


def test_hours_are_the_customers_own(shop: Shop):
    early = shop.customer("Sita", heard_from=time(6), heard_until=time(7))
    shop.owes(100_00, early)
    reminder_id = shop.wants("payment_due", hours=19.25, customer_id=early)  # 07:15
    shop.pass_time(hours=20)
    assert shop.seen(reminder_id).waits_until == datetime.fromisoformat("2027-03-10T06:00:00+05:30")
    shop.pass_time(hours=22)
    assert shop.became(reminder_id)[0] == "sending"


def test_who_has_heard_enough_today_hears_tomorrow(shop: Shop):
    waiting = [shop.wants("custom", hours=1 + at, text=f"Note {at}") for at in range(3)]
    for _ in range(3):
        shop.pass_time(hours=1)
    assert [shop.became(one)[0] for one in waiting] == ["sending", "sending", "scheduled"]
    shown = shop.seen(waiting[2])
    assert (shown.reason, shown.waits_until) == (
        "enough-for-the-day",
        datetime.fromisoformat("2027-03-09T09:00:00+05:30"),
    )
    shop.pass_time(days=1)
    assert shop.became(waiting[2])[0] == "sending"
    assert sorted(shop.keys)[-1].startswith("reminder:")
    assert len(shop.said) == 3


def test_who_wants_none_is_left_alone_and_who_has_no_phone_can_be_given_one(shop: Shop):
    silent = shop.customer("Sita", channel="none")
    unwilling = shop.customer("Gita", purposes=("bill",))
    phoneless = shop.customer("Mina", phone=None)
    made = [shop.wants("custom", customer_id=one, text="Come by") for one in (silent, unwilling, phoneless)]
    shop.pass_time(hours=1)
    assert [shop.became(one) for one in made] == [
        ("skipped", "wants-no-messages"),
        ("skipped", "purpose-not-wanted"),
        ("failed", "no-address"),
    ]
    shop.do(
        customers.change_customer,
        customer_id=phoneless,
        changes={"phone": "9810099999"},
    )
    shop.do(service.resend_reminder, reminder_id=made[2])
    shop.pass_time(seconds=1)
    assert shop.became(made[2])[0] == "sending"
    assert len(shop.said) == 1


def test_a_message_that_fails_is_tried_three_times_and_kept(shop: Shop):
    reminder_id = shop.wants("custom", text="Come by")
    shop.pass_time(hours=1)
    shop.carried("failed", "number-busy")
    first = shop.seen(reminder_id)
    assert (first.state, first.tries, first.reason) == ("scheduled", 1, "number-busy")
    assert first.waits_until == shop.now + timedelta(seconds=60)
    shop.pass_time(seconds=59)
    assert shop.seen(reminder_id).state == "scheduled"
    shop.pass_time(seconds=1)
    shop.carried("failed", "number-busy")
    assert shop.seen(reminder_id).waits_until == shop.now + timedelta(minutes=5)
    shop.pass_time(days=1)
    shop.carried("failed", "number-busy")
    last = shop.seen(reminder_id)
    assert (last.state, last.tries, last.reason) == ("failed", 3, "number-busy")
    assert len(set(shop.keys)) == len(shop.keys) == 3
    shop.do(service.resend_reminder, reminder_id=reminder_id)
    shop.pass_time(seconds=1)
    shop.carried("sent")
    assert shop.became(reminder_id) == ("sent", None)


@pytest.mark.parametrize("came_to", ["refused", "expired"])
def test_a_message_that_comes_to_nothing_fails_at_once(shop: Shop, came_to: str):
    reminder_id = shop.wants("custom", text="Come by")
    shop.pass_time(hours=1)
    shop.carried(came_to, "not-on-whatsapp")
    assert shop.became(reminder_id) == ("failed", "not-on-whatsapp")


def test_one_that_breaks_keeps_no_other_back(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    broken = shop.wants("custom", text="This breaks")
    whole = [shop.wants("custom", text="This does not", customer_id=shop.customer(name)) for name in "AB"]
    really = saying.say

    def say(session, **given):  # type: ignore[no-untyped-def]
        if given["key"] == f"reminder:{broken}:1":
            session.execute(text("SELECT 1 / 0"))
        return really(session, **given)

    monkeypatch.setattr(saying, "say", say)
    shop.pass_time(hours=1)
    assert [shop.became(one)[0] for one in whole] == ["sending", "sending"]
    assert (shop.became(broken), shop.seen(broken).tries) == (("scheduled", "could-not-be-said"), 1)


def test_owners_are_told_of_goods_that_run_low(shop: Shop):
    salt = shop.do(stocked, name="Salt", on_hand=10, low_at=6)
    rice = shop.do(stocked, name="Rice", on_hand=10, low_at=6)
    enough = shop.wants("low_stock", to_owners=True)
    shop.pass_time(hours=1)
    assert shop.became(enough) == ("skipped", "enough-on-the-shelf")
    shop.do(stock.receive, kind="adjustment", quantities={salt: Decimal(-8)}, reason="counted")
    nobody = shop.wants("low_stock", to_owners=True)
    shop.pass_time(hours=1)
    assert shop.became(nobody) == ("failed", "no-owner")
    owner = shop.owner()
    shop.do(service.resend_reminder, reminder_id=nobody)
    of_rice = shop.wants("low_stock", to_owners=True, product_id=rice)
    shop.pass_time(hours=1)
    assert shop.became(nobody) == ("sent", None)
    assert shop.became(of_rice) == ("skipped", "enough-on-the-shelf")
    assert mails_to(owner) == ["Salt: 2 packet left, you wanted to hear below 6\n"]


def test_owners_are_told_of_goods_that_expire(shop: Shop):
    owner = shop.owner()
    milk = shop.do(stocked, name="Milk", on_hand=0, low_at=None, batches={"M1": (4, 3), "M2": (5, 30)})
    curd = shop.do(stocked, name="Curd", on_hand=0, low_at=None, batches={"C1": (5, 30)})
    for good in (milk, curd, None):
        shop.wants("expiry", to_owners=True, product_id=good)
    shop.pass_time(hours=1)
    assert mails_to(owner) == ["Milk, batch M1: 4 packet, to be sold until 11-03-2027\n"] * 2
    shop.pass_time(days=25)
    shop.wants("expiry", to_owners=True)
    shop.pass_time(hours=1)
    assert sorted(mails_to(owner)[0].splitlines()) == [
        "Curd, batch C1: 5 packet, to be sold until 07-04-2027",
        "Milk, batch M1: 4 packet, expired on 11-03-2027",
        "Milk, batch M2: 5 packet, to be sold until 07-04-2027",
    ]


def test_of_many_goods_ten_are_named(shop: Shop):
    owner = shop.owner()
    for at in range(12):
        shop.do(stocked, name=f"Good {at:02}", on_hand=1, low_at=6)
    shop.wants("low_stock", to_owners=True)
    shop.pass_time(hours=1)
    lines = mails_to(owner)[0].splitlines()
    assert (len(lines), lines[-1]) == (11, "and more; the app shows all")


def test_an_owners_note_that_repeats_is_said_each_time_and_sealed_anew(shop: Shop):
    owner = shop.owner()
    first = shop.wants(
        "custom",
        to_owners=True,
        text="Count the till",
        repeats="daily",
        repeats_until=date(2027, 3, 10),
    )
    for _ in range(5):
        shop.pass_time(days=1)
    assert mails_to(owner) == ["Count the till\n"] * 3
    with read((shop.id,)) as session:
        rows = session.execute(
            text("SELECT id, state FROM app.reminders WHERE business_id = :id ORDER BY remind_at"),
            {"id": shop.id},
        ).all()
        assert [row.state for row in rows] == ["sent"] * 3
        assert rows[0].id == first
        assert len(personal.subjects(session, [row.id for row in rows])) == 3


def test_what_repeats_goes_on_after_a_failure_and_ends_when_called_off(shop: Shop):
    shop.wants("custom", customer_id=shop.customer("Mina", phone=None), text="Rent", repeats="monthly")
    shop.pass_time(hours=1)
    shop.pass_time(days=31)
    with read((shop.id,)) as session:
        rows = session.execute(
            text("SELECT id, state, remind_at FROM app.reminders WHERE business_id = :id ORDER BY remind_at"),
            {"id": shop.id},
        ).all()
    assert [(row.state, f"{row.remind_at:%m-%d %H:%M}") for row in rows] == [
        ("failed", "03-08 07:30"),
        ("failed", "04-08 07:30"),
        ("scheduled", "05-08 07:30"),
    ]
    shop.do(service.cancel_reminder, reminder_id=rows[2].id)
    shop.pass_time(days=60)
    with read((shop.id,)) as session:
        count = session.execute(
            text("SELECT count(*) FROM app.reminders WHERE business_id = :id"), {"id": shop.id}
        ).scalar_one()
    assert count == 3


def test_a_try_that_follows_does_not_make_the_next_time_twice(shop: Shop):
    shop.wants("custom", text="Come by", repeats="weekly")
    shop.pass_time(hours=1)
    shop.carried("failed", "number-busy")
    shop.pass_time(minutes=2)
    shop.carried("sent")
    with read((shop.id,)) as session:
        states = list(
            session.execute(
                text("SELECT state FROM app.reminders WHERE business_id = :id ORDER BY remind_at"),
                {"id": shop.id},
            ).scalars()
        )
    assert states == ["sent", "scheduled"]


def test_a_shop_that_wants_it_reminds_of_debts_by_itself(shop: Shop):
    sita = shop.customer("Sita")
    shop.owes(100_00, due_on=date(2027, 3, 12))
    shop.owes(50_00, due_on=date(2027, 3, 12))
    shop.owes(70_00, sita, due_on=date(2027, 3, 12))
    plan(shop)
    assert planned(shop) == []
    shop.do(service.change_settings, wanted=Settings(days_before_due=2, days_after_due=3, at=time(11)))
    days: list[list[str]] = []
    for _ in range(9):
        before = len(shop.said)
        plan(shop)
        shop.pass_time(minutes=1)
        shop.pass_time(hours=23, minutes=59)
        days.append(shop.said[before:])
        if len(days) == 4:
            shop.pays(70_00, sita)
    told = [line for day in days for line in day]
    assert [line for line in told if "Sita" in line] == [
        "Sharma Stores: dear Sita, INR 70.00 is due on 12-03-2027. Thank you for paying in time."
    ]
    assert [line.partition(", ")[2].partition(". ")[0] for line in told if "Ramesh" in line] == [
        "INR 150.00 is due on 12-03-2027",
        "INR 150.00 was due on 12-03-2027, 3 day(s) ago",
    ]
    assert planned(shop) == [
        ("Ramesh", "payment_due"),
        ("Sita", "payment_due"),
        ("Ramesh", "overdue"),
    ]


def test_planning_again_or_with_other_settings_makes_no_second_one(shop: Shop):
    shop.owes(100_00, due_on=date(2027, 3, 10))
    for at in (time(15), time(16)):
        shop.do(service.change_settings, wanted=Settings(days_before_due=2, at=at))
        plan(shop)
        plan(shop)
    assert planned(shop) == [("Ramesh", "payment_due")]


def test_two_workers_say_everything_once(shop: Shop, crowd: Crowd):
    customers_ = [shop.customer(f"Customer {at}") for at in range(20)]
    made = [
        shop.wants("custom", customer_id=customers_[at % 20], text=f"Note {at}", hours=1 + at / 1000)
        for at in range(40)
    ]
    shop.now += timedelta(hours=2)

    def worker() -> int:
        done = 0
        with shop.at_its_time():
            while count := write(partial(sending.reminders_due, now=shop.now, limit=3)):
                done += count
        return done

    assert sum(crowd([worker] * 4)) == 40  # type: ignore[arg-type]
    assert {shop.became(one)[0] for one in made} == {"sending"}
    assert sorted(shop.keys) == sorted(f"reminder:{one}:1" for one in made)


def stocked(
    session: Session,
    *,
    business_id: UUID,
    name: str,
    on_hand: int,
    low_at: int | None,
    batches: dict[str, tuple[int, int]] | None = None,
) -> UUID:
    """A good on the shop's shelf; batches are (how much, in how many days it expires)."""
    good = product(session, name=name, owner_id=business_id)
    incoming = [
        Incoming(good, number, Decimal(quantity), expires_on=clock.now().date() + timedelta(days=days))
        for number, (quantity, days) in (batches or {}).items()
    ]
    total = Decimal(on_hand) + sum((one.quantity for one in incoming), Decimal(0))
    stock.receive(session, business_id=business_id, quantities={good: total}, batches=incoming)
    if low_at is not None:
        set_threshold(
            session, business_id=business_id, product_id=good, quantity=Decimal(low_at), actor_id=uuid4()
        )
    return good


def mails_to(address: str) -> list[str]:
    """What an owner finds in the mail, the newest first."""
    with read() as session:
        return [mail.body for mail in messaging.inbox(session, channel="mail", recipient=address)]


def plan(shop: Shop) -> None:
    with shop.at_its_time():
        while write(partial(planning.plan_due, now=shop.now)):
            continue


def planned_rows(shop: Shop) -> list[service.Shown]:
    with shop.at_its_time(), read((shop.id,)) as session:
        rows = queries.reminders(session, shop.id, limit=50)
        return [one for one in service.shown(session, shop.id, rows) if one.is_automatic]


def planned(shop: Shop) -> list[tuple[str | None, str]]:
    return sorted(
        ((one.customer, one.kind) for one in planned_rows(shop)), key=lambda one: (one[1] == "overdue", one)
    )


def test_calling_off_one_that_failed_calls_off_the_times_that_follow(shop: Shop):
    first = shop.wants(
        "custom", customer_id=shop.customer("Mina", phone=None), text="Rent", repeats="monthly"
    )
    other = shop.wants("custom", text="Come by", repeats="monthly")
    shop.pass_time(hours=1)
    shop.pass_time(days=31)
    shop.do(service.cancel_reminder, reminder_id=first)
    assert _times(shop, first) == ["cancelled", "failed", "cancelled"]
    assert _times(shop, other)[-1] == "scheduled"


def test_calling_off_one_between_two_tries_calls_off_what_follows(shop: Shop):
    first = shop.wants("custom", text="Come by", repeats="weekly")
    shop.pass_time(hours=1)
    shop.carried("failed", "number-busy")
    assert _times(shop, first) == ["scheduled", "scheduled"]
    shop.do(service.cancel_reminder, reminder_id=first)
    shop.pass_time(days=30)
    assert _times(shop, first) == ["cancelled", "cancelled"]


def _times(shop: Shop, first: UUID) -> list[str]:
    """The states of a reminder and of the times after it."""
    with read((shop.id,)) as session:
        rows = session.execute(
            text("""
                WITH RECURSIVE times AS (
                    SELECT * FROM app.reminders WHERE id = :id
                    UNION ALL SELECT later.* FROM app.reminders later JOIN times ON later.follows_id = times.id
                )
                SELECT state FROM times ORDER BY remind_at
            """),
            {"id": first},
        )
        return list(rows.scalars())
