"""The buyer's side of a delivery and of a return: a receipt in its own book, and its shelf where it keeps one.

Written in the transaction of the vendor's verb, after the invoice or credit note, so that goods, debt and cost are
never apart. Nothing that stands in the buyer's book refuses what the vendor's goods already did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.receiving import queries
from commerce.receiving.queries import HandedLine
from commerce.stock import buyers
from commerce.stock import service as stock
from foundation import clock
from foundation.ids import uuid7
from foundation.money import MINOR_UNITS_PER_MAJOR

NONE = Decimal(0)
MILLIONTH = Decimal("0.000001")

Levels = Mapping[tuple[UUID, UUID], stock.Level]


class Purchase(Protocol):
    """The order that goods are received of."""

    @property
    def id(self) -> UUID: ...
    @property
    def vendor_id(self) -> UUID: ...
    @property
    def retailer_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


def take_in(
    session: Session,
    purchase: Purchase,
    *,
    delivery_id: UUID,
    day: date,
    levels: Levels,
    labels: Sequence[stock.Incoming],
) -> UUID:
    """Write what a delivery brought its buyer: by line the pieces and what one cost; the receipt's id.

    Goods that the buyer tracks come onto its shelf, in the batches that the vendor sent out. `levels` are locked,
    `labels` those of the vendor's batches.
    """
    lines = queries.handed_lines(session, delivery_id)
    shelves = _shelved(lines, levels, purchase.retailer_id)
    moved = {
        product: quantity
        for product, quantity in shelves.items()
        if buyers.has_room(levels[purchase.retailer_id, product], quantity)
    }
    receipt_id = uuid7()
    buyers.put_up(
        session,
        business_id=purchase.retailer_id,
        quantities=moved,
        labels=[label for label in labels if label.product_id in moved],
        source_id=receipt_id,
    )
    _write(session, purchase, receipt_id, "receipt", delivery_id, day, lines, moved)
    return receipt_id


def give_back(
    session: Session,
    purchase: Purchase,
    *,
    return_id: UUID,
    day: date,
    levels: Levels,
    labels: Sequence[stock.Incoming],
) -> UUID | None:
    """Write what a return took from its buyer of what receipts brought in, at what it had cost; the receipt's id.

    Of goods that came without a receipt nothing is written, and the shelf is left alone. Goods that the buyer tracks
    leave its shelf, the batches that went back first, as far as they lie there: the vendor has them again, whatever
    the buyer's shelf says, and what is missing then is for a count.
    """
    brought_in = queries.brought_in(session, return_id)
    lines = [
        _part_of(line, brought_in[line.line_no])
        for line in queries.handed_lines(session, return_id)
        if brought_in[line.line_no]
    ]
    if not lines:
        return None
    moved = {
        product: min(quantity, levels[purchase.retailer_id, product].unpromised)
        for product, quantity in _shelved(lines, levels, purchase.retailer_id).items()
    }
    receipt_id = uuid7()
    buyers.take_down(
        session,
        business_id=purchase.retailer_id,
        levels=levels,
        quantities={product: quantity for product, quantity in moved.items() if quantity},
        labels=labels,
        source_id=receipt_id,
    )
    _write(session, purchase, receipt_id, "return", return_id, day, lines, moved)
    return receipt_id


def _part_of(line: HandedLine, quantity: Decimal) -> HandedLine:
    """So much of a line, in the vendor's unit, with its share of the cost."""
    return line._replace(
        quantity=quantity,
        base_quantity=line.base_quantity * quantity / line.quantity,
        cost_paisa=round(line.cost_paisa * quantity / line.quantity),
    )


def unit_cost(cost_paisa: int, base_quantity: Decimal) -> Decimal:
    """What one base unit cost in major units, rounded half-even to the millionth."""
    return (Decimal(cost_paisa) / MINOR_UNITS_PER_MAJOR / base_quantity).quantize(
        MILLIONTH, rounding=ROUND_HALF_EVEN
    )


def _shelved(lines: Sequence[HandedLine], levels: Levels, business_id: UUID) -> dict[UUID, Decimal]:
    """What the lines are of goods that the buyer tracks, by product."""
    shelved: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        if (business_id, line.product_id) in levels:
            shelved[line.product_id] += line.base_quantity
    return dict(shelved)


_WRITE = text("""
    WITH receipt AS (
        INSERT INTO app.goods_receipts
            (id, business_id, kind, vendor_id, order_id, delivery_id, document_date, currency, cost_paisa, received_at)
        VALUES (:id, :business_id, :kind, :vendor_id, :order_id, :delivery_id, :day, :currency, :cost_paisa, :now)
    )
    INSERT INTO app.goods_receipt_lines
        (receipt_id, line_no, business_id, product_id, unit, quantity, base_unit, base_quantity, stocked_quantity,
         cost_paisa, unit_cost)
    SELECT :id, line_no, :business_id, product_id, unit, quantity, base_unit, base_quantity, stocked_quantity,
           cost_paisa, unit_cost
    FROM unnest(
        CAST(:line_numbers AS smallint[]), CAST(:products AS uuid[]), CAST(:units AS text[]),
        CAST(:quantities AS numeric[]), CAST(:base_units AS text[]), CAST(:base_quantities AS numeric[]),
        CAST(:stocked AS numeric[]), CAST(:costs AS bigint[]), CAST(:unit_costs AS numeric[])
    ) AS line (line_no, product_id, unit, quantity, base_unit, base_quantity, stocked_quantity, cost_paisa, unit_cost)
""")


def _write(
    session: Session,
    purchase: Purchase,
    receipt_id: UUID,
    kind: Literal["receipt", "return"],
    delivery_id: UUID,
    day: date,
    lines: Sequence[HandedLine],
    moved: Mapping[UUID, Decimal],
) -> None:
    left = dict(moved)
    stocked = []
    for line in lines:
        stocked.append(min(line.base_quantity, left.get(line.product_id, NONE)))
        if stocked[-1]:
            left[line.product_id] -= stocked[-1]
    session.execute(
        _WRITE,
        {
            "id": receipt_id,
            "business_id": purchase.retailer_id,
            "kind": kind,
            "vendor_id": purchase.vendor_id,
            "order_id": purchase.id,
            "delivery_id": delivery_id,
            "day": day,
            "currency": purchase.currency,
            "cost_paisa": sum(line.cost_paisa for line in lines),
            "now": clock.now(),
            "line_numbers": [line.line_no for line in lines],
            "products": [line.product_id for line in lines],
            "units": [line.unit for line in lines],
            "quantities": [line.quantity for line in lines],
            "base_units": [line.base_unit for line in lines],
            "base_quantities": [line.base_quantity for line in lines],
            "stocked": stocked,
            "costs": [line.cost_paisa for line in lines],
            "unit_costs": [unit_cost(line.cost_paisa, line.base_quantity) for line in lines],
        },
    )
