"""A shop in Delhi with a customer, in a database of the test's own, at noon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.messaging import queries, saying
from commerce.messaging.models import ShopMessage
from commerce.messaging.saying import Said
from foundation import clock
from foundation.database import read, write
from tests.commerce.factories import business

NOON = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
"""In Delhi."""
BILL = {"number": "25-26/000001", "date": "30-11-2026", "amount": "INR 1,234.50"}
DUE = {"date": "30-11-2026", "amount": "INR 1,234.50"}


@dataclass
class Shop:
    """A shop, and what it says."""

    id: UUID

    def customer(self, name: str = "Ramesh Kumar", **given: Any) -> UUID:
        chosen = Preferences(**{name: given.pop(name) for name in vars(Preferences()) if name in given})
        details = {"phone": "98100 12345", "email": "ramesh@shop.example", **given}
        return write(
            lambda session: customers.add_customer(
                session,
                business_id=self.id,
                details=Details(name, **details),
                preferences=chosen,
                confirm_duplicate=True,
            )
        )

    def says(self, customer_id: UUID, key: str = "bill:1", **given: Any) -> Said:
        told: dict[str, Any] = {"purpose": "bill", "template": "bill", "values": BILL, **given}
        return write(
            lambda session: saying.say(
                session, business_id=self.id, customer_id=customer_id, key=key, **told
            ),
            scope=(self.id,),
        )

    def reminds(self, customer_id: UUID, key: str, **given: Any) -> Said:
        told = {"purpose": "reminder", "template": "payment-due", "values": DUE, **given}
        return self.says(customer_id, key, **told)

    def message(self, message_id: UUID | None) -> ShopMessage:
        assert message_id is not None
        with read((self.id,)) as session:
            found = queries.message(session, self.id, message_id)
        assert found is not None
        return found


@pytest.fixture
def shop(own_world: str) -> Shop:
    return Shop(write(lambda session: business(session, name="Gupta Store", country="IN", state="07")))


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield
