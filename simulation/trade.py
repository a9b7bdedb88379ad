"""What agents do, as calls of commerce's verbs at a moment of the simulated clock.

Nothing here writes a row of its own. Agents foresee the answers from what they believe, so that calls need
not be waited for; an answer that was not foreseen ends the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import Session

import commerce.subscriptions  # noqa: F401 - without it no event has a follower
from commerce.catalogue import service as catalogue
from commerce.catalogue.models import Product
from commerce.credit import service as credit
from commerce.credit.errors import CreditLimitExceeded
from commerce.ledger import anchors
from commerce.ledger import service as ledger
from commerce.ordering import service as ordering
from commerce.ordering.errors import ProductUnavailable
from commerce.ordering.service import Actor, Wish
from commerce.parties import service as parties
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.database import engine, write
from foundation.errors import Conflict
from foundation.events import inline
from simulation.goods import Good
from simulation.places import COUNTRY, CURRENCY, Town
from simulation.world import Retailer, Vendor

T = TypeVar("T")
Call = tuple[Callable[..., None], tuple[Any, ...], dict[str, Any]]

ORIGIN = "simulated"
DESK = "simulated-vendor-desk-1"
ACCEPTANCE = timedelta(hours=48)
"""How long an order waits here: simulated vendors answer between their other work."""
"""The policy that sets limits here: made-up vendors are no persons who could approve."""
NOT_SERVED, REST_MISSING, DAMAGED = "cannot serve it", "rest not available", "damaged carton"
FIRST_LIMIT = "first limit, by the look of the shop"
VENDOR, RETAILER = Actor("vendor"), Actor("retailer", channel="whatsapp")
CALLED_OFF = {True: (VENDOR, "goods not found"), False: (RETAILER, "bought elsewhere")}
"""Who calls an order off, by whether it is the vendor, and why."""
OVER_LIMIT, SHORT, NOTHING_THERE = CreditLimitExceeded.code, OutOfStock.code, ProductUnavailable.code
"""The refusals that agents live with, by commerce's own codes."""


class Surprise(Exception):
    """The record answered otherwise than agents believed: their view of it and the record have parted."""


def compare(answer: object, expected: object, what: str) -> None:
    """Raises Surprise when the answer to a call is not the one that agents foresaw."""
    if answer != expected:
        raise Surprise(f"{what}: {answer or 'none'}, not {expected}")


@contextmanager
def relaxed_commits() -> Iterator[None]:
    """Let commits of this process not wait for the disk: a crash loses the last moments of a made-up market."""

    def relax(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("SET synchronous_commit = off")
        connection.commit()  # type: ignore[attr-defined]
        cursor.close()

    pool = engine()
    event.listen(pool, "connect", relax)
    pool.dispose()
    try:
        yield
    finally:
        event.remove(pool, "connect", relax)
        pool.dispose()


@dataclass
class Trade:
    """A market's businesses, goods and orders in the database, by their numbers in the world."""

    goods: tuple[Good, ...]
    products: list[UUID] = field(default_factory=list)
    vendors: dict[int, UUID] = field(default_factory=dict)
    retailers: dict[int, UUID] = field(default_factory=dict)
    orders: dict[int, UUID] = field(default_factory=dict)
    outward: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    _shared: Session | None = None

    @property
    def market(self) -> list[UUID]:
        """The ids of all businesses of this market."""
        return [*self.vendors.values(), *self.retailers.values()]

    @contextmanager
    def in_session(self) -> Iterator[None]:
        """Internal subscribers run inline and outward ones are counted, while the body plays the market."""
        with relaxed_commits(), inline() as followed:
            self.outward = followed.outward
            yield

    def do(self, verb: Callable[..., None], /, *args: Any, **kwargs: Any) -> None:
        """Carry out a call in this trade's own way."""
        getattr(self, verb.__name__)(*args, **kwargs)

    def carry_out(self, calls: Sequence[Call]) -> None:
        """Carry out calls in their order, in one transaction; none of them may expect a refusal."""

        def work(session: Session) -> None:
            self._shared = session
            try:
                for verb, args, kwargs in calls:
                    verb(self, *args, **kwargs)
            finally:
                self._shared = None

        write(work)

    def _at(self, moment: datetime, work: Callable[[Session], T]) -> T:
        self.calls += 1
        with clock.at(moment):
            return write(work) if self._shared is None else work(self._shared)

    # --- taking in --------------------------------------------------------------------------------

    def list_goods(self, moment: datetime) -> None:
        """Add the goods to the platform's catalogue, or find them there."""

        def work(session: Session) -> list[UUID]:
            rows = session.execute(
                select(Product.sku, Product.id).where(
                    Product.owner_id.is_(None), Product.sku.in_([good.code for good in self.goods])
                )
            )
            there = {row.sku: row.id for row in rows}
            return [there.get(good.code) or _add_product(session, good) for good in self.goods]

        self.products = self._at(moment, work)

    def take_in_vendor(
        self, moment: datetime, vendor: Vendor, prices: dict[int, Decimal], opening: dict[int, int]
    ) -> None:
        """A vendor joins with its price list and what lies on its shelves."""

        def work(session: Session) -> None:
            business_id = take_in(session, vendor.name, vendor.town, moment, pan=vendor.pan)
            self.vendors[vendor.index] = business_id
            for good, price in prices.items():
                self._offer(session, vendor.index, vendor.lead_days, good, price)
            stock.receive(session, business_id=business_id, quantities=self._base(opening), kind="opening")

        self._at(moment, work)

    def take_in_retailer(self, moment: datetime, retailer: Retailer) -> UUID:
        """A shop joins."""
        return self._at(
            moment, lambda session: take_in(session, retailer.name, retailer.town, moment, pan=None)
        )

    def know(self, retailer: int, business_id: UUID) -> None:
        """Learn which business a shop is."""
        self.retailers[retailer] = business_id

    def _offer(self, session: Session, vendor: int, lead_days: int, good: int, price: Decimal) -> None:
        item = self.goods[good]
        catalogue.set_offer(
            session,
            vendor_id=self.vendors[vendor],
            product_id=self.products[good],
            unit=item.unit,
            unit_price=price,
            currency=CURRENCY,
            minimum_quantity=Decimal(item.step),
            carton_multiple=Decimal(item.step),
            lead_time_days=lead_days,
        )

    def _base(self, quantities: dict[int, int]) -> dict[UUID, Decimal]:
        return {self.products[good]: Decimal(quantity) for good, quantity in quantities.items()}

    # --- orders -----------------------------------------------------------------------------------

    def place(
        self,
        moment: datetime,
        order: int,
        *,
        vendor: int,
        retailer: int,
        lines: Sequence[tuple[int, int]],
        is_credit: bool,
        takes_part: bool,
        expected: str | None,
    ) -> None:
        """A shop orders (good, quantity) lines. `expected` is the refusal it foresees, None for success.

        Raises Surprise when the answer is another.
        """
        wishes = [Wish(self.products[good], Decimal(quantity)) for good, quantity in lines]
        answer: str | None = None
        try:
            self.orders[order] = self._at(
                moment,
                lambda session: ordering.place(
                    session,
                    vendor_id=self.vendors[vendor],
                    retailer_id=self.retailers[retailer],
                    wishes=wishes,
                    settlement="credit" if is_credit else "cash",
                    allow_partial=takes_part,
                    channel=channel_of(retailer),
                ),
            )
        except Conflict as refusal:
            answer = refusal.code
        compare(answer, expected, f"order {order} of shop {retailer} at vendor {vendor}")

    def accept(self, moment: datetime, order: int, promised_on: date) -> None:
        """The vendor takes an order on."""
        self._at(
            moment,
            lambda session: ordering.accept(
                session, order_id=self.orders[order], actor=VENDOR, promised_on=promised_on
            ),
        )

    def decline(self, moment: datetime, order: int) -> None:
        """The vendor turns an order down."""
        self._at(
            moment,
            lambda session: ordering.decline(
                session, order_id=self.orders[order], actor=VENDOR, reason=NOT_SERVED
            ),
        )

    def cancel(self, moment: datetime, order: int, *, by_vendor: bool) -> None:
        """One side calls an order off."""
        actor, reason = CALLED_OFF[by_vendor]
        self._at(
            moment,
            lambda session: ordering.cancel(session, order_id=self.orders[order], actor=actor, reason=reason),
        )

    def expire(self, moment: datetime, expected: int) -> None:
        """Let lapse what nobody answered in time. Raises Surprise when that is not as many as expected."""
        due = self._at(moment, ordering.due_to_expire)
        for late in due:
            self._at(moment, partial(ordering.expire, order_id=late.id))
        compare(len(due), expected, f"orders that lapsed on {moment:%Y-%m-%d}")

    def deliver(self, moment: datetime, order: int, quantities: Sequence[int]) -> None:
        """The vendor hands over so much of each line."""
        self._at(
            moment,
            lambda session: ordering.deliver(
                session, order_id=self.orders[order], actor=VENDOR, quantities=by_line(quantities)
            ),
        )

    def close_short(self, moment: datetime, order: int) -> None:
        """The vendor gives up the rest of an order."""
        self._at(
            moment,
            lambda session: ordering.close_short(
                session, order_id=self.orders[order], actor=VENDOR, reason=REST_MISSING
            ),
        )

    def take_back(self, moment: datetime, order: int, quantities: Sequence[int]) -> None:
        """The vendor takes goods back."""
        self._at(
            moment,
            lambda session: ordering.take_back(
                session,
                order_id=self.orders[order],
                actor=VENDOR,
                quantities=by_line(quantities),
                reason=DAMAGED,
            ),
        )

    # --- prices, goods and money --------------------------------------------------------------------

    def reprice(self, moment: datetime, vendor: int, lead_days: int, prices: dict[int, Decimal]) -> None:
        """A vendor changes prices."""

        def work(session: Session) -> None:
            for good, price in prices.items():
                self._offer(session, vendor, lead_days, good, price)

        self._at(moment, work)

    def receive(self, moment: datetime, vendor: int, quantities: dict[int, int]) -> None:
        """A truck is unloaded."""
        self._at(
            moment,
            lambda session: stock.receive(
                session, business_id=self.vendors[vendor], quantities=self._base(quantities)
            ),
        )

    def agree(self, moment: datetime, vendor: int, retailer: int, *, limit: int, net_days: int) -> None:
        """A vendor lets a shop buy on credit."""
        self._at(
            moment,
            lambda session: credit.agree(
                session,
                vendor_id=self.vendors[vendor],
                retailer_id=self.retailers[retailer],
                limit_paisa=limit,
                net_days=net_days,
                reason=FIRST_LIMIT,
                policy_version=DESK,
            ),
        )

    def set_limit(self, moment: datetime, vendor: int, retailer: int, limit: int, reason: str) -> None:
        """A vendor changes what it lends to a shop."""
        self._at(
            moment,
            lambda session: credit.set_limit(
                session,
                vendor_id=self.vendors[vendor],
                retailer_id=self.retailers[retailer],
                limit_paisa=limit,
                reason=reason,
                policy_version=DESK,
            ),
        )

    def pay(self, moment: datetime, vendor: int, retailer: int, amount_paisa: int, mode: str) -> None:
        """A shop pays a vendor."""
        self._at(
            moment,
            lambda session: credit.record_payment(
                session,
                vendor_id=self.vendors[vendor],
                retailer_id=self.retailers[retailer],
                amount_paisa=amount_paisa,
                mode=mode,
                channel=channel_of(retailer),
                confirm_duplicate=True,
                confirm_amount=True,
            ),
        )

    def close(self) -> None:
        """Seal the books, as a worker does all the time in production."""
        anchors.seal_all()


def channel_of(retailer: int) -> str:
    """How a shop talks to the platform."""
    return "api" if retailer % 4 == 0 else "whatsapp"


def by_line(quantities: Sequence[int]) -> dict[int, Decimal]:
    """Quantities above zero by line number."""
    return {number: Decimal(quantity) for number, quantity in enumerate(quantities, start=1) if quantity}


def _add_product(session: Session, good: Good) -> UUID:
    return catalogue.add_product(
        session, sku=good.code, name=good.name, category=good.category, base_unit=good.unit, hsn=good.hsn
    )


def take_in(session: Session, name: str, town: Town, moment: datetime, *, pan: str | None) -> UUID:
    """Take in a business with its book; one with a registration number is a vendor.

    Vendors are outside VAT: the prices of the market's goods are what is owed, and history is written in bulk
    without papers, so that invoices of part of it would show tax that the rest does not have.
    """
    business = parties.create_business(
        session,
        name=name,
        is_vendor=pan is not None,
        is_retailer=pan is None,
        country=COUNTRY,
        state=town.province_code,
        zone=town.name,
        tax_profile="unregistered" if pan is None else "pan",
        registration_number=pan,
        origin=ORIGIN,
        joined_at=moment,
    )
    ledger.open_book(session, business_id=business.id, currency=CURRENCY)
    if pan is not None:
        ordering.set_rules(
            session,
            vendor_id=business.id,
            rules=ordering.Rules(acceptance_minutes=int(ACCEPTANCE.total_seconds()) // 60),
        )
    else:
        # Whoever is to give a shop credit asks to see its grade first; here every shop says yes.
        parties.record_consent(session, retailer_id=business.id, vendor_id=None, is_granted=True)
    return business.id
