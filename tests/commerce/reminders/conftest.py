"""A shop in Delhi with a customer, and what it wants to be said later, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.identity import service as identity
from commerce.identity.service import NewBusiness
from commerce.khata import service as khata
from commerce.messaging.saying import opened_content
from commerce.reminders import sending, service
from commerce.reminders.service import Shown, Wanted
from foundation import clock, personal
from foundation.database import read, write
from tests.commerce.factories import business

NOON = datetime(2027, 3, 8, 6, 30, tzinfo=UTC)
"""Monday, 12:00 in Delhi."""


class Shop:
    """A shop whose clock stands at `now` until it is moved."""

    def __init__(self) -> None:
        self.now = NOON
        with clock.at(self.now):
            self.id = write(lambda session: business(session, country="IN", state="07", name="Sharma Stores"))
        self.customer_id = self.customer("Ramesh")

    @contextmanager
    def at_its_time(self) -> Iterator[None]:
        with clock.at(self.now):
            yield

    def do(self, verb: Any, **given: Any) -> Any:
        with self.at_its_time():
            return write(lambda session: verb(session, business_id=self.id, **given))

    def customer(self, name: str, phone: str | None = "9810012345", **preferences: Any) -> UUID:
        return self.do(
            customers.add_customer,
            details=Details(name, phone=phone),
            preferences=Preferences(language="en", **preferences),
            confirm_duplicate=True,
        )

    def owner(self) -> str:
        """Give the shop an owner; the address of their mail."""
        address = f"{uuid4().hex}@people.example"
        facts = {"email": address, "full_name": "Asha Sharma", "password_hash": "none", "role": "retailer"}
        elsewhere = NewBusiness(name="Another", country="IN", state="07", zone="Delhi")
        user = write(lambda session: identity.register_owner(session, **facts, business=elsewhere))
        write(
            lambda session: session.execute(
                text("UPDATE app.users SET business_id = :shop WHERE id = :id"),
                {"shop": self.id, "id": user.id},
            )
        )
        return address

    def owes(self, amount_paisa: int, customer_id: UUID | None = None, **given: Any) -> UUID:
        return self.do(
            khata.add_debit,
            customer_id=customer_id or self.customer_id,
            amount_paisa=amount_paisa,
            confirm_duplicate=True,
            **given,
        )

    def pays(self, amount_paisa: int, customer_id: UUID | None = None) -> None:
        self.do(
            khata.record_payment,
            customer_id=customer_id or self.customer_id,
            amount_paisa=amount_paisa,
            mode="upi",
            confirm_duplicate=True,
        )

    def wants(self, kind: str, *, hours: float = 1, to_owners: bool = False, **given: Any) -> UUID:
        facts = {"remind_at": self.now + timedelta(hours=hours), **given}
        if not to_owners:
            facts.setdefault("customer_id", self.customer_id)
        return self.do(service.add_reminder, wanted=Wanted(kind, **facts))

    def pass_time(self, **passed: float) -> None:
        """Let time pass, and do what is due then."""
        self.now += timedelta(**passed)
        with self.at_its_time():
            remind(self.now)

    def seen(self, reminder_id: UUID) -> Shown:
        with self.at_its_time(), read((self.id,)) as session:
            return service.get_reminder(session, business_id=self.id, reminder_id=reminder_id)

    def became(self, reminder_id: UUID) -> tuple[str, str | None]:
        shown = self.seen(reminder_id)
        return shown.state, shown.reason

    def carried(self, state: str, reason: str | None = None) -> None:
        """Whoever carries messages tells that all that were queued came to this."""
        write(
            lambda session: session.execute(
                text("UPDATE app.shop_messages SET state = :state, reason = :reason WHERE state = 'queued'"),
                {"state": state, "reason": reason},
            )
        )
        with self.at_its_time():
            remind(self.now)

    @property
    def said(self) -> list[str]:
        """What was said to its customers, the oldest first."""
        with read((self.id,)) as session:
            rows = session.execute(
                text("""
                    SELECT subject_id, content_sealed FROM app.shop_messages
                    WHERE business_id = :id AND state <> 'suppressed' ORDER BY said_at, id
                """),
                {"id": self.id},
            ).all()
            return [_body(personal.subject(session, row.subject_id), row.content_sealed) for row in rows]

    @property
    def keys(self) -> list[str]:
        with read((self.id,)) as session:
            return list(
                session.execute(
                    text("SELECT key FROM app.shop_messages WHERE business_id = :id"), {"id": self.id}
                ).scalars()
            )


def _body(subject: Any, sealed: bytes) -> str:
    return opened_content(subject, sealed).body


def remind(now: datetime) -> None:
    """What a worker does every some seconds."""
    for verb in (sending.reminders_due, sending.answers_due):
        while write(partial(verb, now=now)):
            continue


@pytest.fixture
def shop(own_world: str) -> Shop:
    return Shop()
