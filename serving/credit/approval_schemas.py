"""Payloads and views of orders that wait for approval, and of the rule that holds them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from serving.credit.schemas import Reason
from serving.shapes import Payload, QuantityOut, Rupees, RupeesIn, View

ApprovalState = Literal["waiting", "approved", "declined", "timed-out", "withdrawn", "voided"]


class RuleIn(Payload):
    """When and for how long orders wait."""

    tolerance_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)] = Field(
        Decimal(0), description="By so much of the limit an approved order may go over it.", examples=["10"]
    )
    overdue_days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description="Who is late for longer waits with every order; left out: nobody.", examples=[30]
    )
    window_minutes: Annotated[int, Field(ge=1, le=20_160)] = Field(
        1_440, description="So long goods are kept for an order that waits."
    )
    escalate_minutes: Annotated[int, Field(ge=1, le=20_160)] | None = Field(
        None,
        description="After so long the owner is told; left out: after half of the window.",
        examples=[720],
    )
    reason: Reason = Field(examples=["season begins"])


class StopIn(RuleIn):
    """What the vendor wants of orders that credit has no room for."""

    mode: Literal["refuse", "hold", "hold-all", "refuse-all"] = Field(
        description="`refuse`: over the limit is refused. `hold`: over the limit within the tolerance, or of a "
        "retailer that is late for longer than `overdue_days`, waits for approval. "
        "`hold-all`: every order on credit waits. `refuse-all`: every order on credit is refused."
    )


class PairStopIn(RuleIn):
    """The same for one retailer; `as-vendor`: no rule of its own any more."""

    mode: Literal["refuse", "hold", "hold-all", "refuse-all", "as-vendor"]


class StopOut(View):
    """What the vendor said last."""

    mode: str = Field(examples=["hold"])
    tolerance_percent: QuantityOut = Field(examples=["10"])
    overdue_days: int | None = Field(examples=[30])
    window_minutes: int = Field(examples=[1_440])
    escalate_minutes: int = Field(examples=[720])


class ApprovalIn(Payload):
    """That the order may go, for what it is worth."""

    amount_paisa: Annotated[RupeesIn, Field(gt=0)] = Field(
        description="What the order is worth as the approver saw it; another amount is refused."
    )
    note: Reason | None = Field(None, examples=["pays on Friday"])


class ApprovalOut(View):
    """An order that waits or waited for approval."""

    order_id: UUID
    order_number: str = Field(examples=["ORD261120001"])
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    reason: str = Field(examples=["over-limit"], description="over-limit, overdue or every-order.")
    amount_paisa: Rupees
    excess_paisa: Rupees = Field(description="By how much it goes over the limit.")
    days_late: int | None = Field(
        description="Of the oldest debt, where that is the reason.", examples=[None]
    )
    state: ApprovalState
    requested_at: datetime
    escalated_at: datetime | None
    due_at: datetime = Field(description="Without an answer it lapses then.")
    decided_at: datetime | None
    note: str | None
