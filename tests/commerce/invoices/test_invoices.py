"""A delivery makes the vendor's invoice, a return its credit note, and both books show the tax apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.invoices import queries
from commerce.ordering import service as ordering
from commerce.parties import service as parties
from commerce.parties.errors import TaxProfileInvalid
from commerce.stock import service as stock
from commerce.tax import service as tax
from commerce.tax.errors import TaxRateUnknown
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, business, product

MAHARASHTRA = "27AAPFU0939F1ZV"
KARNATAKA = "29AAGCB7383J1Z4"
BEFORE, AFTER = datetime(2025, 9, 20, 6, tzinfo=UTC), datetime(2025, 9, 23, 6, tzinfo=UTC)


@dataclass
class Trade(Market):
    """A market of which one side or both are registered, at a moment of its own."""

    currency: str = "INR"
    moment: datetime = AFTER
    stated: dict[UUID, str] = field(default_factory=dict)

    def invoice_of(self, delivery_id: UUID) -> tuple[RowMapping, list[RowMapping]] | None:
        with read() as session:
            row = session.execute(
                text("SELECT id FROM app.invoices WHERE delivery_id = :delivery_id"),
                {"delivery_id": delivery_id},
            ).scalar_one_or_none()
            if row is None:
                return None
            return queries.invoice(session, row), list(queries.lines_of(session, row))

    def owed(self) -> int:
        return self._standing().posted_paisa

    def held(self) -> int:
        return self._standing().held_paisa

    def _standing(self) -> Row[Any]:
        with read() as session:
            return session.execute(
                text("""
                    SELECT posted_paisa, held_paisa FROM app.receivables standing
                    JOIN app.credit_agreements agreement ON agreement.receivable_account_id = standing.account_id
                    WHERE vendor_id = :vendor_id AND retailer_id = :retailer_id
                """),
                {"vendor_id": self.vendor_id, "retailer_id": self.retailer_id},
            ).one()

    def quote(self, *quantities: int) -> ordering.Quote:
        with clock.at(self.moment), read() as session:
            return ordering.quote(
                session,
                vendor_id=self.vendor_id,
                retailer_id=self.retailer_id,
                wishes=self.wishes(*quantities),
            )

    def books(self, source_id: UUID) -> dict[str, int]:
        """What an event moved: `v.` accounts of the vendor's book, `r.` of the retailer's."""
        with read() as session:
            rows = session.execute(
                text("""
                    SELECT CASE entry.business_id WHEN :vendor THEN 'v.' ELSE 'r.' END || account.code, amount_paisa
                    FROM app.ledger_transactions entry JOIN app.postings line ON line.transaction_id = entry.id
                    JOIN app.accounts account ON account.id = line.account_id WHERE entry.source_id = :source_id
                """),
                {"vendor": self.vendor_id, "source_id": source_id},
            )
            return {row[0]: row[1] for row in rows}


def trade_of(
    classes: list[tuple[str, str | None] | None],
    *,
    vendor: dict[str, object],
    retailer: dict[str, object],
    price: str = "105",
    moment: datetime = AFTER,
    holds_tax: bool = True,
) -> Trade:
    def make(session: Session) -> Trade:
        vendor_id = business(session, is_vendor=True, is_retailer=False, **vendor)
        retailer_id = business(session, **retailer)
        currency = "INR" if vendor["country"] == "IN" else "NPR"
        made = [product(session) for _ in classes]
        for product_id, stated in zip(made, classes, strict=True):
            catalogue.set_offer(
                session,
                vendor_id=vendor_id,
                product_id=product_id,
                unit="packet",
                unit_price=Decimal(price),
                currency=currency,
                is_tax_inclusive=holds_tax,
            )
            if stated is not None:
                tax.state_class(
                    session,
                    business_id=vendor_id,
                    country=str(vendor["country"]),
                    product_id=product_id,
                    tax_class=stated[0],
                    condition=stated[1],
                    valid_from=moment.date(),
                )
        stock.receive(
            session, business_id=vendor_id, kind="opening", quantities=dict.fromkeys(made, Decimal(10**6))
        )
        credit.agree(
            session,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            limit_paisa=10**12,
            net_days=15,
            reason="test",
            approved_by=uuid7(),
        )
        return Trade(vendor_id, retailer_id, made, currency=currency, moment=moment)

    with clock.at(moment):
        return write(make)


def indian(state: str, profile: str = "unregistered", number: str | None = None) -> dict[str, object]:
    return {
        "country": "IN",
        "state": state,
        "zone": "A town",
        "tax_profile": profile,
        "registration_number": number,
    }


def nepali(profile: str, number: str | None = None) -> dict[str, object]:
    return {"country": "NP", "state": "NP-P6", "tax_profile": profile, "registration_number": number}


REGULAR = indian("27", "regular", MAHARASHTRA)
FAR = indian("29", "regular", KARNATAKA)
SHOP = indian("27")


def delivered(trade: Trade, *quantities: int, moment: datetime | None = None) -> tuple[UUID, UUID]:
    with clock.at(moment or trade.moment):
        order_id = trade.accepted(*quantities)
        return order_id, trade.deliver(order_id)


def test_a_registered_buyer_in_another_state_pays_igst_and_sets_it_off(migrated: Server) -> None:
    trade = trade_of([("biscuits", None), ("salt", None)], vendor=REGULAR, retailer=FAR)
    _, delivery_id = delivered(trade, 10, 2)
    head, lines = trade.invoice_of(delivery_id) or pytest.fail("no invoice")
    assert (head["kind"], head["number"], head["place_of_supply"]) == ("tax_invoice", "25-26/000001", "29")
    assert (head["taxable_paisa"], head["tax_paisa"], head["total_paisa"]) == (1_210_00, 50_00, 1_260_00)
    assert [(line["hsn"], line["supply"], line["igst_paisa"]) for line in lines] == [
        ("1905", "taxable", 50_00),
        ("2501", "nil", 0),
    ]
    assert lines[0]["trace"]["row"]["source"] == "S9+A"
    # The debt is the order's total; tax is no sale and no cost.
    assert trade.books(delivery_id) == {
        "v.receivable": 1_260_00,
        "v.sales": -1_210_00,
        "v.output_tax": -50_00,
        "r.purchases": 1_210_00,
        "r.input_tax": 50_00,
        "r.payable": -1_260_00,
    }


def test_a_shop_without_registration_carries_the_tax_as_cost(migrated: Server) -> None:
    trade = trade_of([("biscuits", None), ("salt", None)], vendor=REGULAR, retailer=SHOP)
    _, delivery_id = delivered(trade, 10, 2)
    head, lines = trade.invoice_of(delivery_id) or pytest.fail("no invoice")
    assert head["kind"] == "invoice_cum_bill_of_supply"
    assert (lines[0]["cgst_paisa"], lines[0]["sgst_paisa"]) == (25_00, 25_00)
    books = trade.books(delivery_id)
    assert (books["v.output_tax"], books["r.purchases"], "r.input_tax" in books) == (-50_00, 1_260_00, False)


@pytest.mark.parametrize(
    ("vendor", "kind"),
    [
        (indian("27"), "bill"),
        (indian("27", "composition", MAHARASHTRA), "bill_of_supply"),
        (nepali("pan", "301234567"), "pan_bill"),
        (nepali("unregistered"), "bill"),
    ],
)
def test_who_charges_no_tax_writes_a_bill_without_it(
    migrated: Server, vendor: dict[str, object], kind: str
) -> None:
    trade = trade_of(
        [None], vendor=vendor, retailer=SHOP if vendor["country"] == "IN" else nepali("unregistered")
    )
    _, delivery_id = delivered(trade, 3)
    head, _ = trade.invoice_of(delivery_id) or pytest.fail("no invoice")
    assert (head["kind"], head["tax_paisa"], head["total_paisa"]) == (kind, 0, 315_00)
    assert "v.output_tax" not in trade.books(delivery_id)


def test_vat_in_nepal_and_its_exempt_goods(migrated: Server) -> None:
    trade = trade_of(
        [("biscuits", None), ("rice", None)],
        vendor=nepali("vat", "301234567"),
        retailer=nepali("vat", "601234567"),
        price="113",
    )
    _, delivery_id = delivered(trade, 1, 1)
    head, lines = trade.invoice_of(delivery_id) or pytest.fail("no invoice")
    assert (head["kind"], head["number"]) == ("tax_invoice", "82-83/000001")
    assert [(line["supply"], line["vat_paisa"]) for line in lines] == [("taxable", 13_00), ("exempt", 0)]
    assert trade.books(delivery_id)["r.input_tax"] == 13_00


def test_a_rate_that_is_not_known_stops_the_delivery_and_nothing_stays(migrated: Server) -> None:
    trade = trade_of([None], vendor=REGULAR, retailer=SHOP)
    with clock.at(AFTER):
        order_id = trade.accepted(1)
        with pytest.raises(TaxRateUnknown, match="tax-class"):
            trade.deliver(order_id)
        write(
            lambda session: tax.state_class(
                session,
                business_id=trade.vendor_id,
                country="IN",
                product_id=trade.products[0],
                tax_class="biscuits",
                condition=None,
                valid_from=AFTER.date(),
            )
        )
        head, _ = trade.invoice_of(trade.deliver(order_id)) or pytest.fail("no invoice")
    assert head["number"] == "25-26/000001"  # the refused one took none


def test_the_day_of_delivery_decides_the_rate_and_a_credit_note_keeps_it(migrated: Server) -> None:
    trade = trade_of([("biscuits", None)], vendor=REGULAR, retailer=FAR, moment=BEFORE, price="118")
    with clock.at(BEFORE):
        order_id = trade.accepted(10)
        trade.deliver(order_id, {1: Decimal(4)})
    with clock.at(AFTER):
        second = trade.deliver(order_id)
        return_id = trade.take_back(order_id, {1: 6})
    head, lines = trade.invoice_of(second) or pytest.fail("no invoice")
    assert (head["number"], lines[0]["rate"]) == ("25-26/000002", Decimal("5.000"))
    note, given_back = trade.invoice_of(return_id) or pytest.fail("no credit note")
    assert (note["kind"], note["number"], note["total_paisa"]) == (
        "credit_note",
        "CN/25-26/000001",
        6 * 118_00,
    )
    assert [(line["original_number"], line["quantity"], line["rate"]) for line in given_back] == [
        ("25-26/000001", 4, 18),
        ("25-26/000002", 2, 5),
    ]
    assert given_back[0]["igst_paisa"] == 4 * 18_00
    books = trade.books(return_id)
    assert books["v.output_tax"] == note["tax_paisa"] == -books["r.input_tax"]
    assert books["v.sales_returns"] == note["taxable_paisa"]


@settings(max_examples=8, deadline=None)
@given(
    price=st.decimals("0.01", "999.99", places=2),
    parts=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    back=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    holds_tax=st.booleans(),
)
def test_returning_everything_gives_back_every_part_of_the_tax(
    migrated: Server, price: Decimal, parts: list[int], back: list[int], holds_tax: bool
) -> None:
    trade = trade_of(
        [("biscuits", None)], vendor=REGULAR, retailer=SHOP, price=str(price), holds_tax=holds_tax
    )
    with clock.at(AFTER):
        order_id = trade.accepted(sum(parts))
        held = trade.held()
        for part in parts:
            trade.deliver(order_id, {1: Decimal(part)})
        # What was held is what is owed, whatever the parts: and both are what was quoted.
        assert trade.owed() == held
        left = sum(parts)
        for step in [*back, left]:
            if step := min(step, left):
                trade.take_back(order_id, {1: step})
                left -= step
    with read() as session:
        sums = session.execute(
            text("""
                SELECT invoice.kind = 'credit_note', sum(line.taxable_paisa), sum(cgst_paisa), sum(sgst_paisa)
                FROM app.invoices invoice JOIN app.invoice_lines line ON line.invoice_id = invoice.id
                WHERE order_id = :order_id GROUP BY 1 ORDER BY 1
            """),
            {"order_id": order_id},
        ).all()
        balances = session.execute(
            text("""
                SELECT account.code, sum(amount_paisa) FROM app.postings line
                JOIN app.accounts account ON account.id = line.account_id
                WHERE account.business_id = :vendor_id GROUP BY 1
            """),
            {"vendor_id": trade.vendor_id},
        ).all()
    assert sums[0][1:] == sums[1][1:]
    left_over = {row[0]: row[1] for row in balances}
    assert left_over.get("output_tax", 0) == left_over["receivable"] == 0


@pytest.mark.parametrize("retailer", [SHOP, FAR])
def test_tax_comes_on_top_of_a_price_without_it_and_stays_a_part_of_it(
    migrated: Server, retailer: dict[str, object]
) -> None:
    trade = trade_of(
        [("biscuits", None), ("salt", None)],
        vendor=REGULAR,
        retailer=retailer,
        price="100.10",
        holds_tax=False,
    )
    quoted = trade.quote(3, 1)
    biscuits, salt = quoted.lines
    assert (biscuits.unit_price, biscuits.amount_paisa, quoted.total_paisa) == (
        Decimal("105.105"),
        315_32,
        415_42,
    )
    assert biscuits.added_tax is not None
    assert biscuits.added_tax.unit_price == Decimal("100.10")
    assert (biscuits.steps[1].kind, biscuits.steps[1].effect) == ("tax", Decimal("15.015"))
    assert sum(step.effect for step in biscuits.steps) == Decimal("315.32")
    assert salt.added_tax is None  # nil is known, and nothing
    _, delivery_id = delivered(trade, 3, 1)
    head, lines = trade.invoice_of(delivery_id) or pytest.fail("no invoice")
    tax_paisa = biscuits.added_tax.levy.tax_in(biscuits.amount_paisa)
    assert (head["tax_paisa"], head["total_paisa"]) == (tax_paisa, quoted.total_paisa)
    assert lines[0]["taxable_paisa"] == 315_32 - tax_paisa == 300_30
    assert trade.books(delivery_id)["v.receivable"] == quoted.total_paisa


def test_who_charges_no_tax_adds_none_and_what_is_not_known_is_not_quoted(migrated: Server) -> None:
    quoted = trade_of([None], vendor=SHOP, retailer=SHOP, price="100", holds_tax=False).quote(3)
    assert (quoted.total_paisa, quoted.lines[0].added_tax) == (300_00, None)
    trade = trade_of([None], vendor=REGULAR, retailer=SHOP, price="100", holds_tax=False)
    with pytest.raises(TaxRateUnknown, match="never said which class"):
        trade.quote(1)


def test_what_was_quoted_stays_owed_when_the_rate_changes(migrated: Server) -> None:
    trade = trade_of(
        [("biscuits", None)], vendor=REGULAR, retailer=SHOP, price="100", moment=BEFORE, holds_tax=False
    )
    with clock.at(BEFORE):
        order_id = trade.accepted(10)
    with clock.at(AFTER):
        head, lines = trade.invoice_of(trade.deliver(order_id)) or pytest.fail("no invoice")
    assert (head["total_paisa"], lines[0]["rate"], lines[0]["taxable_paisa"]) == (1_180_00, 5, 1_123_80)


def test_numbers_have_no_gap_and_an_invoice_cannot_be_changed(migrated: Server) -> None:
    trade = trade_of([None], vendor=SHOP, retailer=SHOP)
    numbers = []
    for _ in range(3):
        head, _ = trade.invoice_of(delivered(trade, 1)[1]) or pytest.fail("no invoice")
        numbers.append(head["number"])
    assert numbers == ["25-26/000001", "25-26/000002", "25-26/000003"]
    assert all(re.fullmatch("[A-Za-z0-9/-]{1,16}", number) for number in numbers)
    with pytest.raises(DBAPIError, match="permission denied"):
        write(
            lambda session: session.execute(text("UPDATE app.invoices SET tax_paisa = 0 WHERE tax_paisa = 0"))
        )


def test_a_profile_begins_on_its_day_and_never_in_the_past(migrated: Server) -> None:
    trade = trade_of([("biscuits", None)], vendor=SHOP, retailer=SHOP)
    with clock.at(AFTER):
        given_number = {
            "business_id": trade.vendor_id,
            "profile": "regular",
            "registration_number": MAHARASHTRA,
        }
        write(
            lambda session: parties.set_tax_profile(
                session,
                **given_number,
                valid_from=date(2025, 10, 1),  # type: ignore[arg-type]
            )
        )
        with pytest.raises(TaxProfileInvalid, match="past days"):
            write(
                lambda session: parties.set_tax_profile(
                    session,
                    **given_number,
                    valid_from=date(2025, 9, 1),  # type: ignore[arg-type]
                )
            )
    before, _ = trade.invoice_of(delivered(trade, 1)[1]) or pytest.fail("no invoice")
    later = datetime(2025, 10, 1, 6, tzinfo=UTC)
    after, _ = trade.invoice_of(delivered(trade, 1, moment=later)[1]) or pytest.fail("no invoice")
    assert (before["kind"], after["kind"]) == ("bill", "tax_invoice")
