"""Payloads and views of orders, one shape of visible fields for each side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from commerce.ordering.quoting import LINES_MAX
from commerce.stock.batches import NUMBER_MAX
from commerce.tax.added import AddedTax
from serving.shapes import (
    Base64File,
    Day,
    Payload,
    Quantity,
    QuantityOrNone,
    QuantityOut,
    Rupees,
    RupeesIn,
    UnitPrice,
    View,
)

BULK_MAX = 500
"""Orders of one request."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Lines = Annotated[int, Field(ge=1, le=LINES_MAX)]


class WishIn(Payload):
    """A product and how much of it."""

    product_id: UUID
    quantity: Quantity
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="Left out: the offer's unit.", examples=["carton"]
    )


class ChosenSlotIn(Payload):
    """A slot of the vendor on one of its days; `GET /api/v1/delivery-slots/open` has those that are open."""

    slot_id: UUID
    day: Day


class OrderIn(Payload):
    """What a retailer asks a vendor for: lines at the prices of this moment, or a kept quote at its prices."""

    vendor_id: UUID
    lines: Annotated[list[WishIn], Field(min_length=1, max_length=LINES_MAX)] | None = None
    quote_id: UUID | None = Field(None, description="In place of lines.", examples=[None])
    settlement: Literal["credit", "cash"] = "credit"
    allow_partial: bool = Field(False, description="Grant what is there when goods are short.")
    slot: ChosenSlotIn | None = Field(None, description="When it is to come; may be chosen later too.")

    @model_validator(mode="after")
    def _one_of_both(self) -> OrderIn:
        if (self.lines is None) == (self.quote_id is None):
            raise ValueError("give either lines or the quote_id of a kept quote")
        if self.quote_id is not None and "settlement" in self.model_fields_set:
            raise ValueError("a kept quote has its settlement; leave it out")
        return self


class OnBehalfIn(Payload):
    """What a customer asked a salesman of the vendor for."""

    retailer_id: UUID
    lines: Annotated[list[WishIn], Field(min_length=1, max_length=LINES_MAX)]
    settlement: Literal["credit", "cash"] = "credit"
    allow_partial: bool = Field(False, description="Grant what is there when goods are short.")
    slot: ChosenSlotIn | None = Field(None, description="When it is to come.")


class BulkIn(Payload):
    """Orders that are placed one after the other, each by itself."""

    orders: Annotated[list[OrderIn], Field(min_length=1, max_length=BULK_MAX)]


class BulkLineOut(View):
    """What became of one of the orders: its id and number, or the code and the reason of the refusal."""

    n: int = Field(examples=[1], description="Its place in the request, from 1 on.")
    order_id: UUID | None
    number: str | None = Field(examples=["ORD261120001"])
    code: str | None = Field(examples=[None])
    detail: str | None = Field(examples=[None])


class BulkOut(View):
    """What became of each order."""

    placed: int = Field(examples=[1])
    refused: int = Field(examples=[0])
    outcomes: list[BulkLineOut]


class QuoteIn(Payload):
    """What a retailer asks the price of."""

    vendor_id: UUID
    lines: Annotated[list[WishIn], Field(min_length=1, max_length=LINES_MAX)]
    settlement: Literal["credit", "cash"] = "credit"


class StepOut(View):
    """One part of a price: what did it, in words, and what it changed of the line, in rupees (exact)."""

    kind: str = Field(
        description="list, tier, agreement, scheme, free_goods, conditional or rounding.", examples=["tier"]
    )
    code: str | None = Field(description="Of a scheme.", examples=[None])
    text: str = Field(examples=["from 10 carton on: 41 each"])
    unit_price: str = Field(description="After this step.", examples=["41"])
    effect: str = Field(examples=["-20"])
    off_per_unit: str | None = Field(
        None, description="Of a promise: comes off each unit that is paid in time.", examples=[None]
    )
    within_days: int | None = Field(
        None,
        description="Of a promise: so many days after its delivery a unit is paid in time.",
        examples=[None],
    )


class AddedTaxOut(View):
    """The tax on top of a price that was given without it; the line's unit price and amount hold it."""

    unit_price: UnitPrice = Field(description="Without tax.", examples=["100"])
    percent: QuantityOut = Field(examples=["18"])
    value_paisa: Rupees = Field(description="Of the line, without tax.")
    tax_paisa: Rupees

    @classmethod
    def of(cls, tax: AddedTax | Mapping[str, Any] | None, amount_paisa: int) -> AddedTaxOut | None:
        """Of a line that comes to `amount_paisa`."""
        if tax is None:
            return None
        added = tax if isinstance(tax, AddedTax) else AddedTax.of_data(tax)
        found = added.levy.tax_in(amount_paisa)
        return cls(
            unit_price=added.unit_price,
            percent=added.levy.percent,
            value_paisa=amount_paisa - found,
            tax_paisa=found,
        )


AddedTaxTotal = Annotated[
    Rupees, Field(description="Of the total: the tax on top of prices that were given without it.")
]


def added_tax_of(lines: Iterable[AddedTaxOut | None]) -> int:
    """What came on top of all lines."""
    return sum(line.tax_paisa for line in lines if line is not None)


class QuotedLineOut(View):
    """A line at the vendor's terms of this moment."""

    product_id: UUID
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["carton"])
    unit_price: UnitPrice
    quantity: QuantityOut
    amount_paisa: Rupees
    added_tax: AddedTaxOut | None = Field(description="Null: the price holds the tax, or there is none.")
    is_free: bool = Field(description="Goods that a scheme gives with another line.", examples=[False])
    steps: list[StepOut] = Field(description="How the price came about; the effects add up to the amount.")


class QuoteOut(View):
    """What an order would cost and when it would come; it promises nothing."""

    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    total_paisa: Rupees
    added_tax_paisa: AddedTaxTotal
    promised_on: date
    lines: list[QuotedLineOut]


class OrderRowOut(View):
    """An order in a list."""

    id: UUID
    number: str = Field(examples=["ORD261120001"])
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    settlement: str = Field(examples=["credit"])
    order_state: str = Field(examples=["accepted"])
    fulfilment_state: str = Field(examples=["part_delivered"])
    credit_state: str = Field(examples=["part_charged"])
    total_paisa: Rupees
    delivered_paisa: Rupees
    returned_paisa: Rupees
    placed_at: datetime
    accepted_at: datetime | None
    promised_on: date | None
    closed_at: datetime | None
    expires_at: datetime | None
    release_at: datetime | None = Field(
        description="Of an order delivered in part: when what is left over is released, if it is by itself."
    )
    slot_id: UUID | None = Field(description="The slot in which it comes, on its promised day.")
    channel: str = Field(examples=["api"])
    version: int = Field(examples=[2])


class OrderLineOut(View):
    """A line and how far it is."""

    line_no: int = Field(examples=[1])
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["carton"])
    unit_price: UnitPrice
    free_with_line: int | None = Field(
        description="The line that these goods came free with.", examples=[None]
    )
    steps: list[StepOut] = Field(description="How the price came about when it was ordered.")
    added_tax: AddedTaxOut | None = Field(
        description="Of the quantity ordered. Null: the price holds the tax, or there is none."
    )
    asked_quantity: QuantityOut
    ordered_quantity: QuantityOut
    delivered_quantity: QuantityOut
    cancelled_quantity: QuantityOut
    returned_quantity: QuantityOut


class TimelineEntryOut(View):
    """What happened, in the order's own words."""

    verb: str = Field(examples=["accept"])
    order_state: str = Field(examples=["accepted"])
    fulfilment_state: str = Field(examples=["none"])
    credit_state: str = Field(examples=["held"])
    channel: str = Field(examples=["api"])
    note: str | None
    happened_at: datetime


class ReceivedOut(View):
    """Who received a delivery, by its newest proof; `GET …/proofs` of the delivery has the pictures."""

    id: UUID
    received_by: str = Field(examples=["Maya Chaudhary"])
    received_at: datetime
    has_photo: bool = Field(examples=[True])
    has_signature: bool = Field(examples=[False])


class HandedBatchOut(View):
    """So much of a batch that a line took along or gave back, in the good's base unit."""

    line_no: int = Field(description="The order's line.", examples=[1])
    batch: str = Field(description="The maker's number.", examples=["B2611"])
    expires_on: date | None
    mrp_paisa: Rupees | None = Field(description="Printed on one base unit.", examples=["24.00"])
    quantity: QuantityOut
    unit: str = Field(examples=["packet"])


class DeliveryOut(View):
    """Goods that changed hands: a delivery, or a return."""

    id: UUID
    kind: str = Field(examples=["delivery"])
    number: str = Field(examples=["DN/83-84/000001"])
    total_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    delivered_at: datetime
    document_date: date
    reason: str | None
    proof: ReceivedOut | None = Field(
        description="For the two sides alone, and their keys with `proofs:read`."
    )
    batches: list[HandedBatchOut] = Field(description="Goods without a batch are not among them.")


class WaitingOut(View):
    """Why an order waits for somebody of the vendor who approves its credit."""

    reason: str = Field(examples=["over-limit"], description="over-limit, overdue or every-order.")
    excess_paisa: Rupees = Field(description="By how much it goes over the limit.")
    days_late: int | None = Field(
        description="Of the oldest debt, where that is the reason.", examples=[None]
    )
    due_at: datetime = Field(description="Without an answer it lapses then.")


class OrderSlotOut(View):
    """When an order comes, and until when its retailer may change that."""

    begins_at: datetime
    ends_at: datetime
    change_until: datetime


class OrderOut(OrderRowOut):
    """An order with its lines, deliveries and history."""

    waiting: WaitingOut | None = Field(description="Of an order whose credit is `awaiting` approval.")

    slot: OrderSlotOut | None = Field(description="Of an order with a slot.")
    payment_state: str = Field(examples=["part_paid"])
    charged_paisa: Rupees
    settled_paisa: Rupees
    added_tax_paisa: AddedTaxTotal
    lines: list[OrderLineOut]
    deliveries: list[DeliveryOut]
    timeline: list[TimelineEntryOut]


class LineTargetIn(Payload):
    """A line as it shall be, in the line's unit."""

    line_no: Lines
    quantity: QuantityOrNone


class AcceptIn(Payload):
    """The vendor's promise."""

    lines: Annotated[list[LineTargetIn], Field(min_length=1, max_length=LINES_MAX)] | None = Field(
        None, description="Lines of which less is accepted; left out: the order as it is."
    )
    rest: Literal["cancel", "back_order"] = Field(
        "cancel", description="What becomes of what is not accepted: nothing, or it waits for the goods."
    )

    promised_on: Day | None = Field(None, description="Left out: as quoted.")
    version: int | None = Field(
        None, ge=1, description="Refuse when the order was changed since this version."
    )


class GiveUpIn(Payload):
    """Why an order is called off."""

    reason: Reason | None = Field(None, examples=["out of salt until Friday"])


class CancelIn(GiveUpIn):
    """Why an order is called off, and what one was told that it costs."""

    fee_paisa: RupeesIn = Field(
        0,
        ge=0,
        validate_default=False,
        description="What `GET …/cancellation` told; more is never charged.",
        examples=["0.00"],
    )
    credit_paisa: RupeesIn = Field(
        0,
        ge=0,
        validate_default=False,
        description="As a vendor: what `GET …/cancellation` told that you give; more is never given.",
        examples=["0.00"],
    )


class CancellationOut(View):
    """What it costs the retailer to cancel an order now, what the vendor, and what was charged or given for it."""

    currency: str = Field(examples=["NPR"])
    fee_paisa: Rupees
    credit_paisa: Rupees = Field(description="What the vendor gives the retailer when it cancels now.")
    free_until: datetime | None = Field(description="Where the vendor's rules and the promised day give one.")
    charged_paisa: Rupees
    is_waived: bool = Field(examples=[False])
    credited_paisa: Rupees


class StatusIn(Payload):
    """The state an order shall come to. `delivered` hands over all that is open."""

    status: Literal["accepted", "declined", "cancelled", "delivered", "completed"]
    reason: Reason | None = None
    promised_on: Day | None = Field(None, description="With `accepted`.")
    version: int | None = Field(
        None, ge=1, description="Refuse when the order was changed since this version."
    )


class LineQuantityIn(Payload):
    """So much of one line, in the line's unit."""

    line_no: Lines
    quantity: Quantity


class BatchPartIn(Payload):
    """So much of a batch, in the good's base unit."""

    batch: Annotated[str, StringConstraints(min_length=1, max_length=NUMBER_MAX)] | None = Field(
        description="The maker's number; null for goods without a batch.", examples=["B2611"]
    )
    quantity: Quantity


class HandedLineIn(LineQuantityIn):
    """So much of one line, in the line's unit, and of which batches."""

    batches: Annotated[list[BatchPartIn], Field(min_length=1, max_length=50)] | None = Field(
        None,
        description="All of the line, in the good's base unit. Left out: of a delivery the first to expire, of a "
        "return what was delivered first.",
        examples=[None],
    )


class DeliverIn(Payload):
    """What is handed over; without lines, all that is open."""

    lines: Annotated[list[HandedLineIn], Field(min_length=1, max_length=LINES_MAX)] | None = None
    without_advance: Reason | None = Field(
        None,
        description="Why the advance that the terms want is not waited for; for owner and accountant.",
        examples=[None],
    )


class ReturnIn(Payload):
    """What comes back, and why."""

    lines: Annotated[list[HandedLineIn], Field(min_length=1, max_length=LINES_MAX)]
    reason: Reason = Field(examples=["torn packets"])
    is_restocked: bool = Field(True, description="False for goods that are spoiled.")


class HandedOverOut(View):
    """The delivery or return that was made, and the order after it."""

    id: UUID
    order: OrderOut


class ProposalIn(Payload):
    """Other quantities for an order; lines that are not named stay as they are."""

    lines: Annotated[list[LineTargetIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Reason | None = Field(None, examples=["the lorry is full"])
    version: int | None = Field(
        None, ge=1, description="Refuse when the order was changed since this version."
    )


class ProposedLineOut(View):
    """A line before and after, in the line's unit."""

    line_no: int = Field(examples=[1])
    before: str = Field(examples=["10"])
    quantity: str = Field(examples=["8"])


class ProposalOut(View):
    """Other quantities for an order, as one side would have them, and what became of that."""

    id: UUID
    order_version: int = Field(examples=[2], description="Good for this version of the order only.")
    side: str = Field(examples=["vendor"])
    state: str = Field(examples=["open"], description="open, confirmed, declined, withdrawn or replaced.")
    note: str | None
    lines: list[ProposedLineOut]
    change_paisa: Rupees
    proposed_at: datetime
    answered_at: datetime | None


class ClaimIn(Payload):
    """What came short or broken."""

    kind: Literal["short", "broken"]
    lines: Annotated[list[LineQuantityIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Reason | None = Field(None, examples=["two packets were wet"])
    photo: Base64File | None = Field(None, description="JPEG or PNG in base64.", examples=[None])


class ClaimAcceptIn(Payload):
    """That the vendor agrees."""

    is_restocked: bool = Field(False, description="The goods lie on the vendor's shelf after all.")


class ClaimDeclineIn(Payload):
    """Why the vendor does not agree."""

    reason: Reason = Field(examples=["signed for as complete"])


class ClaimLineOut(View):
    """So much of a line of the order."""

    line_no: int = Field(examples=[1])
    quantity: str = Field(examples=["2"])


class ClaimOut(View):
    """A claim and what became of it."""

    id: UUID
    order_id: UUID
    kind: str = Field(examples=["broken"])
    state: str = Field(examples=["open"], description="open, accepted or declined.")
    note: str | None
    lines: list[ClaimLineOut]
    has_photo: bool
    made_at: datetime
    answer: str | None = Field(examples=[None])
    answered_at: datetime | None
    credit_note_id: UUID | None = Field(description="The return that gives it back.")
