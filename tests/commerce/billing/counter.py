"""A shop with goods, prices, a customer, and what a test does at its counter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from commerce.billing import cancelling, drafting, queries, returning, service
from commerce.billing.draft import AddGoods
from commerce.billing.drafting import Word
from commerce.billing.issuing import Made
from commerce.billing.returning import ComesBack
from commerce.billing.tenders import Tender
from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.ledger.verification import verify
from commerce.parties import service as parties
from commerce.stock import service as stock
from commerce.tax import service as tax
from foundation.database import read, write
from tests.commerce.factories import business, product

GSTIN = "07AAPFU0939F1ZX"
"""Of Delhi, with its check digit."""


class Shop:
    """A shop in Delhi that sells biscuits (packets, 18 % or 5 %) and loose sugar (kilograms, 5 %)."""

    def __init__(self, profile: str = "unregistered", *, country: str = "IN", state: str = "07") -> None:
        self.id = write(lambda session: business(session, country=country, state=state))
        self.country = country
        if profile != "unregistered":
            number = GSTIN if country == "IN" else "301234567"
            write(
                lambda session: parties.set_tax_profile(
                    session, business_id=self.id, profile=profile, registration_number=number
                )
            )
        self.biscuits = self.good(
            "Glucose biscuits", "packet", "10", tax_class="biscuits", mrp="10", hsn="1905"
        )
        self.sugar = self.good(
            "Sugar", "kg", "44", tax_class="sugar", hsn="1701", units={"g": Decimal("0.001")}
        )
        self.customer = self.take_in("Ramesh")

    def good(
        self,
        name: str,
        unit: str,
        price: str | None,
        *,
        tax_class: str | None = None,
        mrp: str | None = None,
        hsn: str | None = None,
        units: dict[str, Decimal] | None = None,
    ) -> UUID:
        """A good of the shop's own with its price."""

        def make(session: Any) -> UUID:
            given: dict[str, Any] = {"name": name, "base_unit": unit, "hsn": hsn, "owner_id": self.id}
            made = product(session, **given, units={} if unit == "kg" else units or {"carton": Decimal(24)})
            if tax_class is not None:
                tax.state_class(
                    session,
                    business_id=self.id,
                    country=self.country,
                    product_id=made,
                    tax_class=tax_class,
                    condition=None,
                    valid_from=date(2020, 1, 1),
                )
            if price is not None:
                service.set_price(
                    session,
                    business_id=self.id,
                    product_id=made,
                    unit=unit,
                    unit_price=Decimal(price),
                    mrp=None if mrp is None else Decimal(mrp),
                )
            return made

        return write(make)

    def take_in(self, name: str, **preferences: Any) -> UUID:
        """A further customer."""
        return write(
            lambda session: customers.add_customer(
                session,
                business_id=self.id,
                details=Details(name, registration_number=preferences.pop("number", None)),
                preferences=Preferences(**preferences),
            )
        )

    def stock_up(self, product_id: UUID, quantity: str) -> None:
        """Goods onto the shelf."""
        write(
            lambda session: stock.receive(
                session, business_id=self.id, quantities={product_id: Decimal(quantity)}, kind="opening"
            )
        )

    def on_hand(self, product_id: UUID) -> Decimal:
        """What lies there by the books."""
        with read((self.id,)) as session:
            return session.execute(
                text(
                    "SELECT on_hand FROM app.stock_levels WHERE business_id = :shop AND product_id = :product"
                ),
                {"shop": self.id, "product": product_id},
            ).scalar_one()

    def sell(
        self,
        *words: Word,
        tenders: Sequence[Tender] | None = None,
        customer: UUID | None = None,
        **given: Any,
    ) -> UUID:
        """A bill at once."""
        return write(
            lambda session: drafting.sell(
                session, business_id=self.id, words=words, tenders=tenders, customer_id=customer, **given
            )
        )

    def begin(self, *words: Word, customer: UUID | None = None, **given: Any) -> UUID:
        """A draft."""
        return write(
            lambda session: drafting.begin(
                session, business_id=self.id, words=words, customer_id=customer, **given
            )
        )

    def say(self, draft_id: UUID, *words: Word, **given: Any) -> None:
        """Words about a draft."""
        write(
            lambda session: drafting.change(
                session, business_id=self.id, draft_id=draft_id, words=words, **given
            )
        )

    def shown(self, draft_id: UUID) -> drafting.Shown:
        """The draft as it stands."""
        with read((self.id,)) as session:
            return drafting.shown(session, business_id=self.id, draft_id=draft_id)

    def confirm(self, draft_id: UUID, **given: Any) -> UUID:
        """The draft becomes a bill."""
        return write(
            lambda session: drafting.confirm(session, business_id=self.id, draft_id=draft_id, **given)
        )

    def cancel(self, invoice_id: UUID, **given: Any) -> UUID:
        """The bill holds no longer."""
        return write(
            lambda session: cancelling.cancel(
                session, business_id=self.id, invoice_id=invoice_id, reason="typed wrong", **given
            )
        )

    def give_back(self, invoice_id: UUID, *goods: tuple[int, str], **given: Any) -> UUID:
        """Goods of a bill come back."""
        back = [ComesBack(line_no, Decimal(quantity)) for line_no, quantity in goods]
        return write(
            lambda session: returning.give_back(
                session, business_id=self.id, invoice_id=invoice_id, goods=back, reason="broken", **given
            )
        )

    def paper(self, invoice_id: UUID) -> dict[str, Any]:
        """The row of a bill or a credit note."""
        with read((self.id,)) as session:
            found = (
                session.execute(text("SELECT * FROM app.invoices WHERE id = :id"), {"id": invoice_id})
                .mappings()
                .one()
            )
        return dict(found)

    def lines(self, invoice_id: UUID) -> list[queries.SoldRow]:
        """The lines of a bill."""
        with read((self.id,)) as session:
            return queries.sold(session, invoice_id)

    def balance(self, customer: UUID | None = None) -> int:
        """What a customer owes."""
        with read((self.id,)) as session:
            return customers.get_customer(
                session, business_id=self.id, customer_id=customer or self.customer
            ).balance_paisa

    def account(self, code: str) -> int:
        """What stands on a shared account of the book."""
        with read((self.id,)) as session:
            return session.execute(
                text("""
                    SELECT CAST(coalesce(sum(posting.amount_paisa), 0) AS bigint) FROM app.postings posting
                    JOIN app.accounts account ON account.id = posting.account_id
                    WHERE account.business_id = :shop AND account.code = :code
                """),
                {"shop": self.id, "code": code},
            ).scalar_one()

    def errors(self) -> list[str]:
        """What the books of this shop and its papers contradict; seals come later."""
        with read() as session:
            found = verify(session)
        return [str(fault) for fault in found if "seal" not in fault.check]


def add(product_id: UUID, quantity: str | None = None, unit: str = "packet", **given: Any) -> AddGoods:
    """So much of a good, as it is said."""
    price = given.pop("unit_price", None)
    return AddGoods(
        product_id,
        unit,
        None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        **given,
    )


__all__ = ["Made", "Shop", "Tender", "add"]
