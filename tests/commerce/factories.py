"""A small market for tests: a vendor with goods on the shelf and a retailer with credit, made by the verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.ledger import queries as ledger_queries
from commerce.ordering import service as ordering
from commerce.parties import service as parties
from commerce.stock import service as stock
from foundation import database
from foundation.database import read, write
from foundation.ids import uuid7

VENDOR = ordering.Actor("vendor")
RETAILER = ordering.Actor("retailer")


def business(session: Session, **given: object) -> UUID:
    """A business in Surkhet; what is given replaces the defaults."""
    facts: dict[str, object] = {
        "name": f"Shop {uuid7().hex[-6:]}",
        "is_vendor": False,
        "is_retailer": True,
        "country": "NP",
        "state": "NP-P6",
        "zone": "Surkhet",
    }
    return parties.create_business(session, **{**facts, **given}).id  # type: ignore[arg-type]


def product(session: Session, **given: object) -> UUID:
    """A product counted in packets, 24 to the carton."""
    facts: dict[str, object] = {
        "sku": f"SKU-{uuid7().hex[-10:]}",
        "name": "Noodles 75 g",
        "category": "noodles",
        "base_unit": "packet",
        "units": {"carton": Decimal(24)},
    }
    return catalogue.add_product(session, **{**facts, **given})  # type: ignore[arg-type]


@dataclass
class Market:
    """A vendor, a retailer with credit, and two products on sale by the packet."""

    vendor_id: UUID
    retailer_id: UUID
    products: list[UUID]

    def wishes(self, *quantities: int | str) -> list[ordering.Wish]:
        return [
            ordering.Wish(product_id, Decimal(quantity))
            for product_id, quantity in zip(self.products, quantities, strict=False)
        ]

    def place(self, *quantities: int | str, **given: object) -> UUID:
        return write(
            lambda session: ordering.place(
                session,
                vendor_id=self.vendor_id,
                retailer_id=self.retailer_id,
                wishes=self.wishes(*quantities),
                **given,  # type: ignore[arg-type]
            )
        )

    def accepted(self, *quantities: int | str, **given: object) -> UUID:
        order_id = self.place(*quantities, **given)
        write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        return order_id

    def deliver(self, order_id: UUID, quantities: dict[int, Decimal] | None = None) -> UUID:
        return write(
            lambda session: ordering.deliver(session, order_id=order_id, actor=VENDOR, quantities=quantities)
        )

    def take_back(self, order_id: UUID, quantities: dict[int, int | Decimal], **given: object) -> UUID:
        return write(
            lambda session: ordering.take_back(
                session,
                order_id=order_id,
                actor=VENDOR,
                quantities={line: Decimal(quantity) for line, quantity in quantities.items()},
                reason="spoiled",
                **given,  # type: ignore[arg-type]
            )
        )

    def pay(self, amount_paisa: int, **given: object) -> UUID:
        return write(
            lambda session: credit.record_payment(
                session,
                vendor_id=self.vendor_id,
                retailer_id=self.retailer_id,
                amount_paisa=amount_paisa,
                **{"mode": "upi", **given},  # type: ignore[arg-type]
            )
        )

    def bounce(self, payment_id: UUID, **given: object) -> UUID:
        return write(
            lambda session: credit.reverse_payment(
                session,
                vendor_id=self.vendor_id,
                payment_id=payment_id,
                **{"reason": "bounced", **given},  # type: ignore[arg-type]
            )
        )

    def exposure(self) -> tuple[int, int, int]:
        """(owed, held, limit) as the locked row has them."""
        with read() as session:
            account = ledger_queries.party_account(
                session, self.vendor_id, "receivable", self.retailer_id, "NPR"
            )
            found = ledger_queries.exposure(session, account)
        assert found is not None
        return found

    def shelf(self, number: int = 0) -> tuple[Decimal, Decimal]:
        """(on hand, reserved) of a product at the vendor."""
        with read() as session:
            row = session.execute(
                text("""
                    SELECT on_hand, reserved FROM app.stock_levels
                    WHERE business_id = :vendor AND product_id = :product
                """),
                {"vendor": self.vendor_id, "product": self.products[number]},
            ).one()
        return row.on_hand, row.reserved

    def set_limit(self, limit_paisa: int) -> None:
        write(
            lambda session: credit.set_limit(
                session,
                vendor_id=self.vendor_id,
                retailer_id=self.retailer_id,
                limit_paisa=limit_paisa,
                reason="reviewed",
                approved_by=uuid7(),
            )
        )


def market(
    *,
    on_hand: int = 1000,
    limit_paisa: int = 1_000_000,
    price: str = "10",
    products: int = 2,
    net_days: int = 15,
) -> Market:
    """A committed market; every product costs `price` rupees a packet, in multiples of one packet."""

    def make(session: Session) -> Market:
        vendor_id = business(session, is_vendor=True, is_retailer=False)
        retailer_id = business(session)
        made = [product(session) for _ in range(products)]
        for product_id in made:
            catalogue.set_offer(
                session,
                vendor_id=vendor_id,
                product_id=product_id,
                unit="packet",
                unit_price=Decimal(price),
                currency="NPR",
            )
        stock.receive(
            session, business_id=vendor_id, kind="opening", quantities=dict.fromkeys(made, Decimal(on_hand))
        )
        credit.agree(
            session,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            limit_paisa=limit_paisa,
            net_days=net_days,
            reason="opening limit",
            approved_by=uuid7(),
        )
        return Market(vendor_id, retailer_id, made)

    return write(make)


def open_debits(trade: Market) -> list[int]:
    """What the retailer owes, oldest due first."""
    return _open(trade, ledger_queries.open_debits)


def open_credits(trade: Market) -> list[int]:
    """What the retailer paid or got back and settles nothing yet, oldest first."""
    return _open(trade, ledger_queries.open_credits)


def _open(trade: Market, question: Callable[[Session, UUID], list[ledger_queries.OpenItem]]) -> list[int]:
    with read() as session:
        account = ledger_queries.party_account(
            session, trade.vendor_id, "receivable", trade.retailer_id, "NPR"
        )
        return [item.open_paisa for item in question(session, account)]


@contextmanager
def asked_of_the_database() -> Iterator[list[str]]:
    """The statements that the body sends to the database."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *others: object) -> None:
        sent.append(statement)

    engine = database.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def take_in(trade: Market, *batches: tuple[str, int, date | None]) -> None:
    """Let (number, quantity, last day) of batches of the first product come in at the vendor."""
    (product_id, *_) = trade.products
    write(
        lambda session: stock.receive(
            session,
            business_id=trade.vendor_id,
            quantities={product_id: Decimal(sum(quantity for _, quantity, _ in batches))},
            batches=[
                stock.Incoming(product_id, number, Decimal(quantity), expires_on)
                for number, quantity, expires_on in batches
            ],
        )
    )


def reprice(trade: Market, number: int, price: str) -> None:
    """Sell a product at another price from now on."""
    write(
        lambda session: catalogue.set_offer(
            session,
            vendor_id=trade.vendor_id,
            product_id=trade.products[number],
            unit="packet",
            unit_price=Decimal(price),
            currency="NPR",
        )
    )
