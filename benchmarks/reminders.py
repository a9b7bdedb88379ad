"""Ten thousand reminders due in one minute, by real workers: `sauda bench reminders` prints one JSON object.

Customers of several shops, half of the reminders about what they owe, half notes. Some customers want to hear at
another hour: theirs must wait. `ratio` is reminders delivered a second to workflows of one step that as many workers
of the job engine finish in the same run.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy.orm import Session

import migrations
from benchmarks import jobs
from benchmarks.parts.scratch import process, scratch_home
from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.khata import service as khata
from commerce.parties import service as parties
from commerce.reminders import service as reminders
from commerce.reminders.service import Wanted
from foundation import locations
from foundation.database import write
from foundation.embedded_postgres import DATABASE, SUPERUSER

ZONE: Final = "Asia/Kolkata"
LIMIT: Final = 0.4
MINUTE: Final = timedelta(minutes=1)
TOGETHER: Final = 50
"""Customers of one transaction while the market is made."""
ASLEEP_EVERY: Final = 20
GIVEN_UP_AFTER_SECONDS: Final = 900

_LEFT = "SELECT count(*) FROM app.reminders WHERE state IN ('scheduled', 'sending') AND reason IS NULL"
_SUMS = """
    SELECT (SELECT count(*) FROM app.reminders WHERE state = 'sent') AS sent,
           (SELECT count(*) FROM app.shop_messages) AS messages,
           (SELECT count(DISTINCT key) FROM app.shop_messages) AS keys,
           (SELECT count(*) FROM app.reminders reminder
            WHERE state = 'sent' AND NOT EXISTS (
                SELECT FROM app.shop_messages message
                WHERE message.key = 'reminder:' || reminder.id || ':' || reminder.turn)) AS lost,
           (SELECT count(*) FROM app.reminders WHERE state = 'scheduled' AND reason = 'outside-hours') AS waiting,
           (SELECT count(*) FROM app.shop_messages message JOIN app.customer_profiles profile USING (customer_id)
            WHERE CAST(message.sent_at AT TIME ZONE %(zone)s AS time)
                NOT BETWEEN profile.heard_from AND profile.heard_until) AS outside_hours
"""


def measure(count: int = 10_000, workers: int = 2, shops: int = 20) -> dict[str, Any]:
    """Reminders a second from the first that was due to the last that was delivered, and what went wrong of them."""
    engine = jobs.measure()
    per_second = engine["workflows_per_second"]
    assert isinstance(per_second, dict)
    no_op = per_second[f"{workers} x 8"]
    with scratch_home() as home:
        migrations.upgrade()
        began = time.monotonic()
        known = _plant(count, shops)
        # Written before any is due, which takes less than to take the customers in; the workers begin when the minute
        # is over, and all are.
        due_from = datetime.now(UTC) + timedelta(seconds=30 + time.monotonic() - began)
        asleep = _write_down(known, due_from)
        assert datetime.now(UTC) < due_from, "the market took longer to be made than was thought"
        while datetime.now(UTC) < due_from + MINUTE:
            time.sleep(0.1)
        server = locations.embedded_server()
        with psycopg.connect(server.url(SUPERUSER, DATABASE), autocommit=True) as admin:
            admin.execute("ANALYZE")
            with ExitStack() as running:
                for number in range(workers):
                    running.enter_context(process(home, f"worker-{number}", ["worker"], {}))
                _await(admin, f"SELECT ({_LEFT}) < {count}")
                began = time.monotonic()
                _await(admin, f"SELECT ({_LEFT}) = 0")
                took = time.monotonic() - began
            cursor = admin.execute(_SUMS.encode(), {"zone": ZONE})
            assert cursor.description is not None
            sums = dict(zip((one.name for one in cursor.description), cursor.fetchone() or (), strict=True))
    awake = count - asleep
    return {
        "name": "reminders",
        "what": f"{count} reminders due in one minute, by {workers} workers, beside no-op workflows of as many",
        "ratio": round(awake / took / no_op, 3),
        "limit": LIMIT,
        "reminders_per_second": round(awake / took, 1),
        "workflows_per_second": no_op,
        "seconds": round(took, 1),
        "twice": sums["messages"] - sums["keys"],
        "not_sent": awake - sums["sent"],
        "waiting_for_their_hours": sums["waiting"],
        **{name: sums[name] for name in ("sent", "messages", "lost", "outside_hours")},
    }


def _plant(count: int, shops: int) -> list[tuple[UUID, UUID]]:
    """Shops, customers and debts, by the verbs: of each customer the shop and the id."""
    ids = [write(lambda session, at=at: _shop(session, at)) for at in range(shops)]
    made: list[tuple[UUID, UUID]] = []
    for batch in _batches(count):
        made += write(
            lambda session, batch=batch: [
                (ids[at % shops], _customer(session, ids[at % shops], at)) for at in batch
            ]
        )
    return made


def _write_down(known: list[tuple[UUID, UUID]], due_from: datetime) -> int:
    """A reminder to each customer, due in one minute; how many are to people who sleep."""
    count = len(known)

    def add(session: Session, batch: range) -> None:
        for at in batch:
            kind, words = ("payment_due", None) if at % 2 else ("custom", f"Your parcel {at} has come")
            shop, customer_id = known[at]
            wanted = Wanted(kind, due_from + MINUTE * (at / count), customer_id, text=words)
            reminders.add_reminder(session, business_id=shop, wanted=wanted)

    for batch in _batches(count):
        write(lambda session, batch=batch: add(session, batch))
    return sum(1 for at in range(count) if _is_asleep(at))


def _batches(count: int) -> list[range]:
    return [range(start, min(start + TOGETHER, count)) for start in range(0, count, TOGETHER)]


def _shop(session: Session, at: int) -> UUID:
    return parties.create_business(
        session,
        name=f"Shop {at}",
        is_vendor=False,
        is_retailer=True,
        country="IN",
        state="07",
        zone="Delhi",
    ).id


def _is_asleep(at: int) -> bool:
    return at % ASLEEP_EVERY == 0


def _customer(session: Session, shop: UUID, at: int) -> UUID:
    hours = _hours_of_others() if _is_asleep(at) else (wall_time(0), wall_time(23, 59, 59))
    customer_id = customers.add_customer(
        session,
        business_id=shop,
        details=Details(f"Customer {at}", phone=f"98100{at:05}"),
        preferences=Preferences(heard_from=hours[0], heard_until=hours[1]),
    )
    if at % 2:
        khata.add_debit(session, business_id=shop, customer_id=customer_id, amount_paisa=100_00 + at)
    return customer_id


def _hours_of_others() -> tuple[wall_time, wall_time]:
    """An hour of the day that is far from when the benchmark runs."""
    here = datetime.now(ZoneInfo(ZONE)).hour
    return (wall_time(2), wall_time(3)) if here >= 8 else (wall_time(18), wall_time(19))


def _await(admin: psycopg.Connection[Any], question: str) -> None:
    deadline = time.monotonic() + GIVEN_UP_AFTER_SECONDS
    while admin.execute(question.encode()).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise RuntimeError("the workers did not say everything within fifteen minutes")
        time.sleep(0.05)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
