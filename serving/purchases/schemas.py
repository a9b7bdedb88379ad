"""Payloads and views of goods that a shop buys beside orders, and of whom it buys them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from commerce.purchases.suppliers import Known
from serving.shapes import Day, Payload, Quantity, QuantityOut, Rupees, RupeesIn, UnitPrice, View
from serving.stock.schemas import BatchNumber

Mode = Literal["cash", "upi", "card", "bank", "cheque"]
PaidBy = Literal["cash", "upi", "card", "bank", "cheque", "owed"]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SupplierIn(Payload):
    """Somebody whom the shop buys of and who keeps no book here."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["Gupta Traders"])
    phone: Annotated[str, StringConstraints(min_length=4, max_length=20)] | None = Field(None)
    registration_number: Annotated[str, StringConstraints(min_length=4, max_length=20)] | None = Field(
        None, description="GSTIN or PAN, as on its paper."
    )


class StockInLineIn(Payload):
    """So much of a product, what it cost, and what the label says of its batch."""

    product_id: UUID
    quantity: Quantity = Field(examples=["20"])
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="One of the product's units; left out: its base unit.", examples=["kg"]
    )
    cost_paisa: RupeesIn = Field(
        ge=0,
        description="Of the whole line, with all tax; 0 for what came free with the rest.",
        examples=["800.00"],
    )
    tax_paisa: RupeesIn = Field(
        0,
        ge=0,
        description="What of the cost is tax on the supplier's tax invoice: only a business that charges tax itself "
        "sets it off.",
        examples=["0.00"],
    )
    batch: BatchNumber | None = Field(None, description="The maker's number of the batch.")
    expires_on: Day | None = Field(None, description="The last day on which the batch may be sold.")
    mrp_paisa: RupeesIn | None = Field(
        None, gt=0, description="The retail price printed on one base unit.", examples=["48.00"]
    )

    @model_validator(mode="after")
    def _of_a_batch(self) -> StockInLineIn:
        if self.batch is None and (self.expires_on is not None or self.mrp_paisa is not None):
            raise ValueError("expires_on and mrp are of a batch; give its number as batch")
        return self


class StockInIn(Payload):
    """Goods that came beside an order: what, for how much, of whom, and whether they are paid."""

    lines: Annotated[list[StockInLineIn], Field(min_length=1, max_length=200)]
    paid_by: PaidBy = Field(description="`owed`: to be paid to the supplier later.", examples=["cash"])
    supplier_id: UUID | None = Field(None, description="A supplier that the shop knows.")
    supplier: SupplierIn | None = Field(
        None, description="Or one by its name: the one of that name is taken, or made where there is none."
    )
    invoice_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        None, description="Of the supplier's paper."
    )
    document_date: Day | None = Field(None, description="The shop's day of it; left out: today.")
    reference: Reference | None = Field(None, description="Of the payment.", examples=["UTR 4219 0399 8877"])

    @model_validator(mode="after")
    def _one_supplier(self) -> StockInIn:
        if self.supplier_id is not None and self.supplier is not None:
            raise ValueError("give supplier_id or supplier, not both")
        return self


class StockInRowOut(View):
    """Goods that came beside an order, or what undid that."""

    id: UUID
    kind: str = Field(description="stock_in, or reversal for what undid one.", examples=["stock_in"])
    supplier_id: UUID | None
    supplier: str | None = Field(examples=["Gupta Traders"])
    document_date: date
    currency: str = Field(examples=["INR"])
    cost_paisa: Rupees = Field(description="Without the tax that is set off; as purchases in the books.")
    tax_paisa: Rupees = Field(description="The tax that is set off.")
    total_paisa: Rupees
    paid_by: PaidBy
    invoice_number: str | None
    reference: str | None
    recorded_at: datetime
    reverses_id: UUID | None = Field(description="The stock-in that it undoes.")
    reversed_by_id: UUID | None = Field(description="What undid it.")

    @classmethod
    def facts(cls, row: Mapping[Any, Any], names: Mapping[UUID, str]) -> dict[str, Any]:
        """What a row says, with the supplier's name."""
        told = {name: row[name] for name in StockInRowOut.model_fields if name != "supplier"}
        return told | {"supplier": names.get(row["supplier_id"])}


class StockInLineOut(View):
    """A line as it was counted, and as the shelf does."""

    line_no: int = Field(examples=[1])
    product_id: UUID
    sku: str = Field(examples=["SUGAR"])
    name: str = Field(examples=["Sugar, loose"])
    unit: str = Field(examples=["kg"])
    quantity: QuantityOut
    base_unit: str = Field(examples=["kg"])
    base_quantity: QuantityOut
    cost_paisa: Rupees = Field(description="Without the tax that is set off.")
    tax_paisa: Rupees
    unit_cost: UnitPrice = Field(description="Of one base unit.", examples=["40"])
    batch: str | None
    expires_on: date | None
    mrp_paisa: Rupees | None


class MissingOut(View):
    """What an undone stock-in had brought and its undoing found on the shelf no more."""

    product_id: UUID
    sku: str = Field(examples=["SUGAR"])
    name: str = Field(examples=["Sugar, loose"])
    unit: str = Field(examples=["kg"])
    quantity: QuantityOut


class StockInOut(StockInRowOut):
    """A stock-in with its lines."""

    lines: list[StockInLineOut] = Field(description="None of a reversal: they stand with what it undoes.")
    missing: list[MissingOut] = Field(
        description="Of a reversal: what was sold or promised meanwhile and could not be taken off the shelf. Count it."
    )


class SupplierOut(View):
    """A supplier that keeps no book here, and what it is owed."""

    id: UUID
    name: str = Field(examples=["Gupta Traders"])
    phone: str | None
    registration_number: str | None
    currency: str = Field(examples=["INR"])
    owed_paisa: Rupees = Field(description="Below zero: what it got too much.")
    made_at: datetime
    is_erased: bool

    @classmethod
    def of(cls, known: Known) -> SupplierOut:
        """As the API shows it."""
        return cls(
            **vars(known.details),
            **{
                name: getattr(known, name)
                for name in ("id", "currency", "owed_paisa", "made_at", "is_erased")
            },
        )


class SupplierPaymentIn(Payload):
    """Money for a supplier."""

    amount_paisa: RupeesIn = Field(gt=0, examples=["800.00"])
    mode: Mode = Field(examples=["upi"])
    paid_on: Day | None = Field(None, description="The shop's day of it; left out: today.")
    reference: Reference | None = Field(None, examples=["UTR 4219 0399 8877"])


class SupplierPaymentOut(View):
    """Money that a supplier got, or what undid that."""

    id: UUID
    supplier_id: UUID
    kind: str = Field(description="payment, or reversal for what undid one.", examples=["payment"])
    amount_paisa: Rupees = Field(description="What it is owed less; below zero in a reversal.")
    currency: str = Field(examples=["INR"])
    mode: Mode
    reference: str | None
    paid_on: date
    recorded_at: datetime
    reverses_id: UUID | None
    reversed_by_id: UUID | None
