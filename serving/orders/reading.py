"""How an order is read whole, for either side of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.delivery import service as delivery
from commerce.delivery.service import Place, Proof
from commerce.ordering import approvals, queries
from commerce.ordering.states import payment_state
from foundation.database import set_scope
from foundation.money import line_amount_paisa
from serving.orders.schemas import (
    AddedTaxOut,
    DeliveryOut,
    OrderLineOut,
    OrderOut,
    OrderRowOut,
    OrderSlotOut,
    ReceivedOut,
    TimelineEntryOut,
    WaitingOut,
    added_tax_of,
)
from serving.security import Caller


def whole_order(session: Session, order_id: UUID, caller: Caller) -> OrderOut:
    """The order with lines, deliveries, timeline and payments. Raises OrderNotFound for a stranger's."""
    order = queries.order(session, order_id)
    deliveries: Sequence[RowMapping] = ()
    proofs: dict[UUID, Proof] = {}
    charged = settled = 0
    # Until goods change hands there is neither a delivery nor a debt: most orders are read while they are new.
    if order["fulfilment_state"] != "none":
        deliveries = queries.deliveries(session, order_id)
        if caller.holds("proofs:read"):
            # Who stood at the door is a matter of the two, not of the platform that reads their order, nor of a
            # program that was given the orders alone.
            proofs = delivery.newest_proofs(session, [one["id"] for one in deliveries])
        if caller.business_id is not None:
            # The open items that tell the payment state stand in the vendor's book; the buyer may know its own.
            set_scope(session, (order["vendor_id"], order["retailer_id"]))
        charged, settled = queries.charged_and_settled(session, order_id)
    slot = None
    if order["slot_id"] is not None:
        if caller.business_id is not None:
            # The slot is the vendor's; who has a place of it may know its times.
            set_scope(session, (order["vendor_id"], order["retailer_id"]))
        times = delivery.times(session, Place(order["slot_id"], order["promised_on"]))
        slot = OrderSlotOut.model_validate(times)
    waiting = approvals.approvals_of(session, order_id)[0] if order["credit_state"] == "awaiting" else None
    shown = queries.shown_lines(session, order_id)
    row = OrderRowOut(**{name: order[name] for name in OrderRowOut.model_fields})
    return OrderOut(
        **dict(row),
        waiting=None if waiting is None else WaitingOut.model_validate(waiting),
        slot=slot,
        payment_state=payment_state(charged, settled),
        charged_paisa=charged,
        settled_paisa=settled,
        # Of what the total still holds; a line's own is of the quantity ordered.
        added_tax_paisa=added_tax_of(
            _added_tax(line, line["ordered_quantity"] - line["cancelled_quantity"]) for line in shown
        ),
        lines=[
            OrderLineOut(**{**line, "added_tax": _added_tax(line, line["ordered_quantity"])})
            for line in shown
        ],
        deliveries=[DeliveryOut(**one, proof=_received(proofs.get(one["id"]))) for one in deliveries],
        timeline=[TimelineEntryOut(**entry) for entry in queries.timeline(session, order_id)],
    )


def _added_tax(line: Mapping[str, Any], quantity: Decimal) -> AddedTaxOut | None:
    return AddedTaxOut.of(line["added_tax"], line_amount_paisa(line["unit_price"], quantity))


def _received(proof: Proof | None) -> ReceivedOut | None:
    return None if proof is None else ReceivedOut.model_validate(proof)
