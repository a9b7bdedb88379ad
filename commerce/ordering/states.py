"""The four states of an order and the one table of moves between them (drawn into docs/orders.md).

Order, fulfilment and credit state are stored; the payment state is computed from the ledger's open
items (`payment_state`), so that a payment need not touch the order.
"""

from __future__ import annotations

from dataclasses import dataclass

ORDER_STATES = ("placed", "accepted", "completed", "declined", "cancelled", "expired")
FULFILMENT_STATES = ("none", "part_delivered", "delivered", "returned")
CREDIT_STATES = ("none", "awaiting", "held", "part_charged", "charged", "released")
PAYMENT_STATES = ("none", "unpaid", "part_paid", "paid")


@dataclass(frozen=True)
class Move:
    """A verb: from which order states, by which side, to which order state (None: it stays, or the goods decide)."""

    verb: str
    sides: tuple[str, ...]
    sources: tuple[str, ...]
    target: str | None


MOVES = {
    move.verb: move
    for move in (
        Move("accept", ("vendor",), ("placed",), "accepted"),
        Move("approve", ("vendor",), ("placed",), None),
        Move("decline", ("vendor",), ("placed",), "declined"),
        Move("cancel", ("vendor", "retailer"), ("placed", "accepted"), "cancelled"),
        Move("waive_fee", ("vendor",), ("cancelled",), None),
        Move("expire", ("system",), ("placed",), "expired"),
        Move("change", ("vendor", "retailer"), ("placed", "accepted"), None),
        Move("choose_slot", ("retailer",), ("placed", "accepted"), None),
        Move("give_up_slot", ("retailer",), ("placed", "accepted"), None),
        Move("deliver", ("vendor",), ("accepted",), None),
        Move("close_short", ("vendor",), ("accepted",), "completed"),
        Move("release", ("system",), ("accepted",), "completed"),
        Move("claim", ("retailer",), ("accepted", "completed"), None),
        Move("return", ("vendor",), ("accepted", "completed"), None),
        Move("exchange", ("vendor", "retailer"), ("accepted", "completed"), None),
    )
}


def payment_state(charged_paisa: int, settled_paisa: int) -> str:
    """The payment state of an order whose open items were charged and settled by so much."""
    if charged_paisa <= 0:
        return "none"
    if settled_paisa <= 0:
        return "unpaid"
    return "paid" if settled_paisa >= charged_paisa else "part_paid"
