"""Payloads and views of bills and of those that are being made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.billing.draft import LINES_MAX, AddGoods, ChangeLine, RemoveLine, SetTerms
from commerce.billing.drafting import AddNew, Shown, ToggleTax, Word
from commerce.billing.issuing import Made
from commerce.billing.reckoning import PricedLine
from commerce.billing.tenders import TENDERS_MAX, Tender
from commerce.tax.bill import BilledLine, TaxedBill
from foundation.money import told
from serving.khata.schemas import Mode, Reference
from serving.shapes import (
    Day,
    Payload,
    Quantity,
    QuantityOut,
    Rupees,
    RupeesIn,
    UnitPrice,
    UnitPriceIn,
    View,
    WarningOut,
)

Unit = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Device = Annotated[str, StringConstraints(max_length=40)]
WORDS_MAX = LINES_MAX


class AddIn(Payload):
    """Put a good on the bill; more of one that is there at the same price adds to its line."""

    do: Literal["add"]
    product_id: UUID
    unit: Unit = Field(examples=["packet"])
    quantity: Quantity | None = Field(None, description="How much; or say for how much money by `worth`.")
    worth_paisa: RupeesIn | None = Field(None, gt=0, description="For how much money.", examples=["50.00"])
    unit_price: UnitPriceIn | None = Field(
        None, description="For this bill alone; left out: the shop's price."
    )
    discount_paisa: RupeesIn = Field(0, ge=0, description="Off the line.", examples=["0.00"])

    def word(self) -> Word:
        """As the draft takes it."""
        return AddGoods(**self.model_dump(exclude={"do"}))


class AddNewIn(Payload):
    """Put a good on the bill that the catalogue does not have. It is made there as the shop's own, without a price."""

    do: Literal["add_new"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["Amla candy"])
    unit: Unit = Field(examples=["packet"])
    quantity: Quantity
    unit_price: UnitPriceIn | None = Field(None, description="For this bill alone; can be said later.")

    def word(self) -> Word:
        """As the draft takes it."""
        return AddNew(**self.model_dump(exclude={"do"}))


class ChangeIn(Payload):
    """Say something of a line anew; what is left out stays."""

    do: Literal["change"]
    line: int = Field(ge=1, description="The line's `id`.", examples=[1])
    unit: Unit | None = Field(None, examples=["carton"])
    quantity: Quantity | None = None
    worth_paisa: RupeesIn | None = Field(None, gt=0, examples=["50.00"])
    unit_price: UnitPriceIn | None = None
    discount_paisa: RupeesIn | None = Field(None, ge=0, examples=["2.00"])
    takes_shop_price: bool = Field(False, description="No price of its own any more.")

    def word(self) -> Word:
        """As the draft takes it."""
        return ChangeLine(**self.model_dump(exclude={"do"}))


class RemoveIn(Payload):
    """Take a line off."""

    do: Literal["remove"]
    line: int = Field(ge=1, description="The line's `id`.", examples=[1])

    def word(self) -> Word:
        """As the draft takes it."""
        return RemoveLine(self.line)


class TermsIn(Payload):
    """Say something of the whole bill anew; what is left out stays."""

    do: Literal["terms"]
    customer_id: UUID | None = Field(None, description="Who buys.")
    is_unnamed: bool = Field(False, description="It is for nobody by name after all.")
    discount_paisa: RupeesIn | None = Field(None, ge=0, description="Off the whole bill.", examples=["5.00"])
    is_brought: bool | None = Field(
        None, description="Goods are brought to the buyer, not taken over the counter."
    )
    state: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="Where the goods go, or the buyer is; empty: not said.", examples=["27"]
    )
    holds_tax: bool | None = Field(
        None, description="Whether prices have the tax in them; only a business is asked for it on top."
    )
    wants_tax_invoice: bool | None = Field(
        None, description="Nepal: a full tax invoice in the place of an abbreviated one."
    )

    def word(self) -> Word:
        """As the draft takes it."""
        return SetTerms(**self.model_dump(exclude={"do"}))


class TaxIn(Payload):
    """Have tax on the bill, or none: lawful only as the shop's tax profile has it anyway."""

    do: Literal["tax"]
    is_taxed: bool

    def word(self) -> Word:
        """As the draft takes it."""
        return ToggleTax(self.is_taxed)


_Said = AddIn | AddNewIn | ChangeIn | RemoveIn | TermsIn | TaxIn
SaidIn = Annotated[_Said, Field(discriminator="do")]


def words(said: Sequence[_Said]) -> list[Word]:
    """The words as the draft takes them."""
    return [one.word() for one in said]


class DraftIn(Payload):
    """A bill to be made, perhaps with what is said of it already."""

    customer_id: UUID | None = Field(None, description="Who buys; left out: nobody by name.")
    session: Device = Field(
        "", description="What the device or conversation calls itself.", examples=["till-1"]
    )
    changes: Annotated[list[SaidIn], Field(max_length=WORDS_MAX)] = Field(
        [],
        examples=[
            [
                {
                    "do": "add",
                    "product_id": "01a1fa6f-115e-716d-ae0c-8e7fc6490264",
                    "unit": "packet",
                    "quantity": "2",
                }
            ]
        ],
    )


class DraftChangeIn(Payload):
    """Words about a draft: all or none of them are said, and undone together."""

    changes: Annotated[list[SaidIn], Field(min_length=1, max_length=WORDS_MAX)] = Field(
        examples=[[{"do": "change", "line": 1, "quantity": "3"}]]
    )


class TenderIn(Payload):
    """Money that is taken with a bill."""

    mode: Mode = Field(examples=["cash"])
    amount_paisa: RupeesIn = Field(gt=0, examples=["42.00"])
    reference: Reference | None = Field(None, examples=["UTR 4219 0399 8877"])


class PaidIn(Payload):
    """How a bill is paid."""

    payments: Annotated[list[TenderIn], Field(max_length=TENDERS_MAX)] | None = Field(
        None,
        description="Left out: a customer owes all of it, and nobody by name paid it in cash.",
        examples=[[{"mode": "cash", "amount": "42.00"}]],
    )
    due_on: Day | None = Field(None, description="When a customer is to pay the rest; left out: at once.")

    @property
    def tenders(self) -> list[Tender] | None:
        """The money as the bill takes it."""
        if self.payments is None:
            return None
        return [Tender(one.mode, one.amount_paisa, one.reference) for one in self.payments]


class ConfirmIn(PaidIn):
    """A draft becomes a bill."""

    till: Annotated[str, StringConstraints(pattern="^[A-Z][0-9]$")] | None = Field(
        None, description="The device whose series numbers it; left out: the shop's own.", examples=["T1"]
    )


class BillIn(ConfirmIn):
    """A whole bill at once; a device that was offline says its own number, id and day."""

    customer_id: UUID | None = Field(None, description="Who buys; left out: nobody by name.")
    changes: Annotated[list[SaidIn], Field(min_length=1, max_length=WORDS_MAX)] = Field(
        description="What is sold, as it is said of a draft.",
        examples=[
            [
                {
                    "do": "add",
                    "product_id": "01a1fa6f-115e-716d-ae0c-8e7fc6490264",
                    "unit": "packet",
                    "quantity": "2",
                }
            ]
        ],
    )
    client_id: UUID | None = Field(
        None, description="By what the device knows the bill: sent again, it is the one that is there."
    )
    serial: int | None = Field(
        None,
        ge=1,
        le=999_999_999,
        description="Its number in the till's series, where it has one.",
        examples=[1],
    )
    made_on: Day | None = Field(None, description="The shop's day of it; left out: today.")
    payable_paisa: RupeesIn | None = Field(
        None, gt=0, description="What the paper says: another sum is not written.", examples=["42.00"]
    )

    @property
    def made(self) -> Made:
        """Where and when it was made."""
        return Made(
            till=self.till,
            serial=self.serial,
            client_id=self.client_id,
            on=self.made_on,
            payable_paisa=self.payable_paisa,
        )


class BillCancelIn(Payload):
    """Why a bill holds no longer."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["typed wrong"])


class ComesBackIn(Payload):
    """So much of a line of a bill that comes back."""

    line_no: int = Field(ge=1, le=LINES_MAX, examples=[1])
    quantity: Quantity = Field(description="In the unit of the line.")


class BillReturnIn(Payload):
    """Goods of a bill that come back."""

    lines: Annotated[list[ComesBackIn], Field(min_length=1, max_length=LINES_MAX)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["broken"])
    mode: Mode | None = Field(
        None, description="How nobody by name gets the money back; a customer's khata is credited."
    )
    is_sound: bool = Field(True, description="Whether the goods go back onto the shelf.")


class TillIn(Payload):
    """A device that bills by a series of its own."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["Front counter"])


class TillOut(View):
    """A device that bills by a series of its own."""

    code: str = Field(examples=["T1"])
    name: str = Field(examples=["Front counter"])
    opened_at: datetime
    closed_at: datetime | None


class DraftRowOut(View):
    """A draft as a row of a list."""

    id: UUID
    customer_id: UUID | None
    session: str = Field(examples=["till-1"])
    state: str = Field(examples=["open"], description="open, confirmed or cancelled.")
    version: int
    invoice_id: UUID | None = Field(description="The bill that it became.")
    lines: int = Field(description="How many goods are on it.")
    made_at: datetime
    changed_at: datetime
    expires_at: datetime = Field(description="Until when it is kept if nobody touches it.")


class DraftLineOut(View):
    """A line of a draft, with what it comes to where that can be told."""

    id: int
    product_id: UUID
    sku: str = Field(examples=["KIRANA-BISCUITS"])
    name: str = Field(examples=["Biscuits"])
    unit: str = Field(examples=["packet"])
    quantity: QuantityOut | None = Field(
        description="Null of what is had for an amount, while it has no price."
    )
    worth_paisa: Rupees | None
    unit_price: UnitPrice | None = Field(description="Null: nobody said one.")
    is_priced_by_hand: bool = Field(description="For this bill alone.")
    shop_price: UnitPrice | None
    mrp: UnitPrice | None
    discount_paisa: Rupees = Field(
        description="Of the line, and where the bill is reckoned its share of the bill's."
    )
    rate: UnitPrice | None = Field(description="Percent of tax.", examples=["5"])
    tax_paisa: Rupees | None
    total_paisa: Rupees | None


class ProblemOut(View):
    """Why a draft cannot be confirmed as it is."""

    code: str = Field(examples=["bill-unpriced"])
    message: str = Field(examples=["no price is known for Amla candy (line 1); say one for the line"])
    facts: dict[str, Any] = Field(examples=[{"lines": [1]}])


class PreviewOut(View):
    """What a draft comes to at the prices and rates of now."""

    kind: str = Field(examples=["tax_invoice"], description="What the paper will be.")
    place_of_supply: str | None = Field(examples=["07"])
    place_rule: str | None = Field(
        examples=["IGST Act s. 10(1)(c): taken at the counter, so the shop's own place"]
    )
    taxable_paisa: Rupees
    cgst_paisa: Rupees
    sgst_paisa: Rupees
    igst_paisa: Rupees
    cess_paisa: Rupees
    vat_paisa: Rupees
    total_paisa: Rupees
    discount_paisa: Rupees
    round_off_paisa: Rupees
    payable_paisa: Rupees
    currency: str = Field(examples=["INR"])
    warnings: list[WarningOut] = Field(
        description="What somebody should look at; the bill can be made all the same."
    )


class DraftOut(View):
    """A draft as it stands."""

    id: UUID
    customer_id: UUID | None
    session: str = Field(examples=["till-1"])
    state: str = Field(examples=["open"])
    version: int
    invoice_id: UUID | None
    made_at: datetime
    changed_at: datetime
    expires_at: datetime
    lines: list[DraftLineOut]
    discount_paisa: Rupees
    is_brought: bool
    place: str | None = Field(description="What was said of the buyer's state.", examples=["27"])
    holds_tax: bool
    wants_tax_invoice: bool
    steps: int = Field(description="How many steps can be undone.")
    bill: PreviewOut | None = Field(description="Null while it cannot be told.")
    problem: ProblemOut | None = Field(description="Why it cannot be confirmed as it is; null: it can.")

    @classmethod
    def of(cls, shown: Shown) -> DraftOut:
        """The draft as its page shows it."""
        row, content, bill = shown.row, shown.content, shown.bill
        billed: Sequence[BilledLine | None] = bill.lines if bill else [None] * len(shown.lines)
        return cls(
            **{
                name: getattr(row, name)
                for name in (
                    "id",
                    "customer_id",
                    "session",
                    "state",
                    "version",
                    "invoice_id",
                    "made_at",
                    "changed_at",
                    "expires_at",
                )
            },
            lines=[_line(line, told) for line, told in zip(shown.lines, billed, strict=True)],
            discount_paisa=content.discount_paisa,
            is_brought=content.is_brought,
            place=content.state,
            holds_tax=content.holds_tax,
            wants_tax_invoice=content.wants_tax_invoice,
            steps=len(row.undoable),
            bill=None if bill is None else _preview(bill, shown),
            problem=None
            if shown.problem is None
            else ProblemOut(
                code=shown.problem.code, message=shown.problem.message, facts=told(shown.problem.facts)
            ),
        )


def _line(line: PricedLine, billed: BilledLine | None) -> DraftLineOut:
    return DraftLineOut(
        id=line.said.id,
        product_id=line.good.product_id,
        sku=line.good.sku,
        name=line.good.name,
        unit=line.said.unit,
        quantity=line.quantity,
        worth_paisa=line.said.worth_paisa,
        unit_price=line.unit_price,
        is_priced_by_hand=line.is_priced_by_hand,
        shop_price=line.good.unit_price,
        mrp=line.good.mrp,
        discount_paisa=line.said.discount_paisa if billed is None else billed.discount_paisa,
        rate=None if billed is None else Decimal(billed.taxed.rate),
        tax_paisa=None if billed is None else billed.parts.tax_paisa,
        total_paisa=None if billed is None else billed.total_paisa,
    )


def _preview(bill: TaxedBill, shown: Shown) -> PreviewOut:
    return PreviewOut(
        kind=bill.kind,
        place_of_supply=None if bill.place is None else bill.place.state,
        place_rule=None if bill.place is None else bill.place.rule,
        **vars(bill.parts),
        total_paisa=bill.total_paisa,
        discount_paisa=bill.discount_paisa,
        round_off_paisa=bill.round_off_paisa,
        payable_paisa=bill.payable_paisa,
        currency=shown.at.currency,
        warnings=[WarningOut(code=one.code, message=one.message) for one in (*bill.warnings, *shown.lacking)],
    )
