"""Views of invoices and credit notes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema

from foundation.money import format_quantity
from serving.customers.schemas import CustomerOut
from serving.shapes import QuantityOut, Rupees, UnitPrice, View

Kind = Literal[
    "tax_invoice",
    "bill_of_supply",
    "invoice_cum_bill_of_supply",
    "bill",
    "pan_bill",
    "abbreviated_tax_invoice",
    "credit_note",
]
State = Literal["issued", "part_paid", "paid", "cancelled"]
Percent = Annotated[
    Decimal,
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["5"]}),
]


class InvoiceRowOut(View):
    """An invoice, a bill or a credit note as a row of a list."""

    id: UUID
    kind: str = Field(examples=["tax_invoice"])
    number: str = Field(description="Consecutive per vendor and fiscal year.", examples=["25-26/000123"])
    fiscal_year: str = Field(examples=["25-26"])
    vendor_id: UUID
    state: State = Field(
        description="Of a shop's bill also how far it is paid; of an invoice of an order the order tells that."
    )
    retailer_id: UUID | None = Field(description="Who ordered; null of a shop's bill.")
    order_id: UUID | None
    delivery_id: UUID | None = Field(description="The delivery, or of a credit note the return.")
    customer_id: UUID | None = Field(description="Of a shop's bill; null: to nobody by name.")
    document_date: date
    currency: str = Field(examples=["INR"])
    place_of_supply: str | None = Field(description="Null where no tax is charged.", examples=["29"])
    gives_input_tax: bool = Field(description="Whether the buyer may set the tax off.")
    taxable_paisa: Rupees = Field(description="The value without tax.")
    tax_paisa: Rupees
    total_paisa: Rupees = Field(description="Value and tax together.")
    discount_paisa: Rupees = Field(description="What was taken off the lines before.")
    round_off_paisa: Rupees = Field(description="Beside the total; below zero: off it.")
    payable_paisa: Rupees = Field(description="What is owed, or of a credit note given back.")
    open_paisa: Rupees | None = Field(description="What is not paid of a shop's bill; null of other papers.")
    till: str | None = Field(description="The device whose series the number is of.", examples=["T1"])
    client_id: UUID | None = Field(description="By what the device knows its bill.")
    original_id: UUID | None = Field(description="Of a credit note of a shop's bill: the bill.")
    timing: str | None = Field(
        description="Which rule for the day of the rate held (`PUT /billing/settings`).",
        examples=["section-12"],
    )
    reason: str | None = Field(examples=["broken"])
    cancelled_on: date | None
    cancelled_because: str | None = Field(examples=["typed wrong"])
    issued_at: datetime


class InvoicePartyOut(View):
    """A side of an invoice with its tax number of that day."""

    id: UUID
    name: str = Field(examples=["Karnali Traders"])
    state: str = Field(examples=["27"])
    profile: str | None = Field(examples=["regular"])
    registration_number: str | None = Field(examples=["27AAPFU0939F1ZV"])


class BuyerOut(View):
    """A shop's customer as the paper named them when it was given out."""

    name: str = Field(examples=["Ramesh"])
    address: str | None = Field(examples=["14, Gandhi Nagar"])
    phone: str | None = Field(examples=["+919810012345"])
    registration_number: str | None = Field(examples=["29AAGCB7383J1Z4"])
    profile: str = Field(examples=["regular"])


class TaxSumOut(View):
    """Value and taxes of a line, or of all lines of an HSN at a rate."""

    hsn: str | None = Field(examples=["1905"])
    supply: str = Field(examples=["taxable"], description="taxable, nil, exempt, non_gst, or untaxed.")
    rate: Percent = Field(description="Percent; in India of both halves together.")
    cess_rate: Percent
    taxable_paisa: Rupees
    cgst_paisa: Rupees
    sgst_paisa: Rupees = Field(description="SGST, or UTGST in a Union Territory without a legislature.")
    igst_paisa: Rupees
    cess_paisa: Rupees
    vat_paisa: Rupees
    total_paisa: Rupees


class InvoiceLineOut(TaxSumOut):
    """A line; of a credit note, what is given back of one line of one invoice."""

    line_no: int
    order_line_no: int | None
    product_id: UUID
    sku: str = Field(examples=["BISCUIT-100"])
    name: str = Field(examples=["Glucose biscuits 100 g"])
    unit: str = Field(examples=["carton"])
    quantity: QuantityOut
    unit_price: UnitPrice = Field(description="As ordered or billed; the trace says if it holds the tax.")
    mrp: UnitPrice | None = Field(description="The retail sale price printed on the unit.")
    discount_paisa: Rupees = Field(description="Of the line, and its share of the bill's.")
    short_quantity: QuantityOut = Field(
        description="What the shelf did not have by the books, in base units; sold all the same."
    )
    original_id: UUID | None = Field(description="The invoice that a credit note's line gives back of.")
    original_line_no: int | None = Field(examples=[1])
    original_number: str | None = Field(examples=["25-26/000101"])
    trace: dict[str, Any] = Field(
        description="Which row of rates, which rules and which rounding made the figures.",
        examples=[{"rounding": "amount × 2.5 / 105, half up to the paisa, once per line; CGST = SGST"}],
    )


class TenderOut(View):
    """Money that was taken with a bill of nobody by name; below zero: given back."""

    mode: str = Field(examples=["cash"])
    amount_paisa: Rupees
    reference: str | None


class InvoiceOut(InvoiceRowOut):
    """An invoice, a bill or a credit note with its parties, lines and the summary by HSN."""

    vendor: InvoicePartyOut
    retailer: InvoicePartyOut | None
    buyer: BuyerOut | None = Field(description="Of a shop's bill: the customer as it named them.")
    customer: CustomerOut | None = Field(description="The same as the shop knows them, and the khata, now.")
    tenders: list[TenderOut] = Field(description="The money of a bill to nobody by name.")
    lines: list[InvoiceLineOut]
    hsn_summary: list[TaxSumOut]
    amount_in_words: str = Field(examples=["Rupees one thousand, two hundred and sixty only"])
