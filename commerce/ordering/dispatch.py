"""The goods of a delivery leave the vendor's shelf, those of a return come back: of which batches, and what is free.

The row of a good's level guards its batches, so the batches are chosen under its lock, when the goods go out; an
order that is placed promises goods and no batch of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering.errors import QuantityInvalid
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.resizing import in_base
from commerce.stock import service as stock
from commerce.stock.errors import BatchNotFound, BatchShort
from foundation import clock
from foundation.clock import business_day
from foundation.money import format_quantity

NONE = Decimal(0)

Named = Mapping[int, Mapping[str | None, Decimal]]
"""Which batches somebody chose: by line number, and by the batch's number how much of it in base units."""


@dataclass(frozen=True)
class Taken:
    """So much of a batch, in base units, that a line takes along or gives back."""

    line_no: int
    product_id: UUID
    batch_id: UUID
    number: str
    expires_on: date | None
    mrp_paisa: int | None
    quantity: Decimal


def lock_shelves(
    session: Session, order: LockedOrder, parts: Sequence[tuple[LineState, Decimal]]
) -> dict[tuple[UUID, UUID], stock.Level]:
    """Lock what both sides keep of the parts' goods, by one sorted statement, before anything moves."""
    return stock.lock_levels(
        session,
        [
            (business_id, line.product_id)
            for line, _ in parts
            for business_id in (order.vendor_id, order.retailer_id)
        ],
    )


def send_out(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    delivery_id: UUID,
    *,
    levels: Mapping[tuple[UUID, UUID], stock.Level],
    given_up: Sequence[tuple[LineState, Decimal]] = (),
    named: Named | None = None,
) -> list[Taken]:
    """Move the parts' goods out, first expiry first or of the batches that are named, and free what is `given_up`.

    The reservations of both go by the same statement; `levels` are locked. Says which batches the lines took.
    Raises QuantityInvalid for named batches that are not all of their line, BatchNotFound, BatchExpired, BatchShort.
    """
    named = named or {}
    _check_named(parts, named)
    base, reserved = in_base(parts), in_base([*parts, *given_up])
    tracked = [(line, quantity) for line, quantity in parts if line.is_stock_tracked]
    picked = stock.pick(
        session,
        business_id=order.vendor_id,
        levels=levels,
        outgoing=[
            stock.Outgoing(line.product_id, quantity * line.base_quantity, named.get(line.line_no))
            for line, quantity in tracked
        ],
        today=business_day(clock.now(), order.time_zone),
    )
    taken = [
        Taken(
            line.line_no,
            line.product_id,
            batch.id,
            batch.number,
            batch.expires_on,
            batch.mrp_paisa,
            quantity,
        )
        for (line, _), chosen in zip(tracked, picked, strict=True)
        for batch, quantity in chosen
        if batch is not None
    ]
    stock.move(
        session,
        business_id=order.vendor_id,
        kind="delivery",
        quantities={product: -base.get(product, NONE) for product in reserved},
        batched=_by_batch(taken, -1),
        released=reserved,
        source_id=delivery_id,
    )
    return taken


def _check_named(parts: Sequence[tuple[LineState, Decimal]], named: Named) -> None:
    for line, quantity in parts:
        if not (chosen := named.get(line.line_no)):
            continue
        if not line.is_stock_tracked:
            raise BatchNotFound(
                f"no stock is kept of the goods of line {line.line_no}, so it has no batches; leave them out",
                line_no=line.line_no,
            )
        wanted, told = quantity * line.base_quantity, sum(chosen.values(), NONE)
        if told != wanted:
            raise QuantityInvalid(
                f"the batches of line {line.line_no} are {format_quantity(told)} {line.base_unit} together, and "
                f"{format_quantity(wanted)} go; name all of it, with null for goods without a batch",
                line_no=line.line_no,
                quantity=format_quantity(wanted),
            )


def labels_of(taken: Sequence[Taken]) -> list[stock.Incoming]:
    """What the batches' labels say, as the buyer reads them."""
    return [
        stock.Incoming(one.product_id, one.number, one.quantity, one.expires_on, one.mrp_paisa)
        for one in taken
    ]


def _by_batch(taken: Sequence[Taken], sign: int) -> dict[UUID, dict[UUID, Decimal]]:
    changes: dict[UUID, dict[UUID, Decimal]] = {}
    for one in taken:
        of_product = changes.setdefault(one.product_id, {})
        of_product[one.batch_id] = of_product.get(one.batch_id, NONE) + sign * one.quantity
    return changes


def bring_back(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    return_id: UUID,
    *,
    is_restocked: bool,
    named: Named | None = None,
) -> list[Taken]:
    """Move the parts' goods back into the batches that they came from, unless they are spoiled; says which those are.

    What was delivered first comes back first, like the credit note has it, where no batches are named. Raises
    QuantityInvalid for named batches that are not all of their line, BatchNotFound, BatchShort.
    """
    named = named or {}
    _check_named(parts, named)
    taken = list(_given_back(_with_customer(session, order.id), parts, named))
    if is_restocked:
        stock.move(
            session,
            business_id=order.vendor_id,
            kind="return",
            quantities=in_base(parts),
            batched=_by_batch(taken, 1),
            source_id=return_id,
        )
    return taken


Held = tuple[Taken | None, Decimal]
"""So much of a batch with that label, whatever its own quantity says; None is what is in none."""


# A label may have changed between two deliveries, once its batch was used up: what came by each comes back to each.
# What is in none of the batches of its delivery stands behind them, and before what was delivered later.
_WITH_CUSTOMER = text("""
    WITH handed AS (
        SELECT document.id, document.kind, document.delivered_at, line.line_no, line.order_line_no, line.product_id,
               line.quantity * line.base_quantity AS quantity
        FROM app.deliveries document JOIN app.delivery_lines line ON line.delivery_id = document.id
        WHERE document.order_id = :order_id
    ), parts AS (
        SELECT handed.id, kind, delivered_at, handed.order_line_no, product_id, part_no, batch_id, number, expires_on,
               mrp_paisa, part.quantity
        FROM handed JOIN app.delivery_batches part ON part.delivery_id = handed.id AND part.line_no = handed.line_no
        UNION ALL
        SELECT handed.id, kind, delivered_at, order_line_no, product_id, NULL, NULL, NULL, NULL, NULL,
               handed.quantity - coalesce((SELECT sum(part.quantity) FROM app.delivery_batches part
                                           WHERE part.delivery_id = handed.id AND part.line_no = handed.line_no), 0)
        FROM handed
    ), counted AS (
        SELECT *, sum(quantity) FILTER (WHERE kind = 'delivery') OVER (likes ORDER BY delivered_at, id, part_no
                                                                       ROWS UNBOUNDED PRECEDING) AS delivered,
               coalesce(sum(quantity) FILTER (WHERE kind = 'return') OVER likes, 0) AS returned
        FROM parts WINDOW likes AS (PARTITION BY order_line_no, batch_id, number, expires_on, mrp_paisa)
    )
    SELECT order_line_no AS line_no, product_id, batch_id, number, expires_on, mrp_paisa,
           least(quantity, delivered - returned) AS quantity
    FROM counted WHERE kind = 'delivery' AND quantity > 0 AND delivered > returned
    ORDER BY order_line_no, delivered_at, id, part_no NULLS LAST
""")


def _with_customer(session: Session, order_id: UUID) -> dict[int, list[Held]]:
    """What an order's customer holds of which batch or of none, by line, first delivered first.

    The order's lock guards it.
    """
    held: defaultdict[int, list[Held]] = defaultdict(list)
    for row in session.execute(_WITH_CUSTOMER, {"order_id": order_id}):
        label = None if row.batch_id is None else Taken(**{**row._mapping, "quantity": NONE})
        held[row.line_no].append((label, row.quantity))
    return held


def _given_back(
    held: Mapping[int, Sequence[Held]], parts: Sequence[tuple[LineState, Decimal]], named: Named
) -> Iterator[Taken]:
    """What the lines give back of which batch. Pure; raises BatchNotFound, BatchShort."""
    for line, quantity in parts:
        there_of_line = held.get(line.line_no, ())
        chosen = named.get(line.line_no)
        if chosen is None:
            yield from _cut(there_of_line, quantity * line.base_quantity)
            continue
        for number, part in chosen.items():
            of_number = [one for one in there_of_line if (one[0] and one[0].number) == number]
            there = sum((quantity for _, quantity in of_number), NONE)
            if number is not None and not of_number:
                numbers = dict.fromkeys(label.number for label, _ in there_of_line if label is not None)
                raise BatchNotFound(
                    f"line {line.line_no} went out in no batch {number} that is still with the customer; its batches "
                    f"are {', '.join(numbers) or 'none'}",
                    line_no=line.line_no,
                    batch=number,
                )
            if part > there:
                raise BatchShort(
                    f"{format_quantity(part)} of {'no batch' if number is None else f'batch {number}'} come back on "
                    f"line {line.line_no}, but the customer holds {format_quantity(there)}",
                    line_no=line.line_no,
                    batch=number,
                    available=format_quantity(there),
                )
            yield from _cut(of_number, part)


def _cut(held: Sequence[Held], quantity: Decimal) -> Iterator[Taken]:
    """The batches of so much of what is held, in its order."""
    cut: dict[Taken, Decimal] = {}
    for label, there in held:
        part = min(there, quantity)
        quantity -= part
        if label is not None and part:
            cut[label] = cut.get(label, NONE) + part
    for label, part in cut.items():
        yield replace(label, quantity=part)


_WRITE = text("""
    INSERT INTO app.delivery_batches
        (delivery_id, line_no, part_no, vendor_id, retailer_id, order_line_no, batch_id, number, expires_on, mrp_paisa,
         quantity)
    SELECT :document_id, line.line_no,
           row_number() OVER (PARTITION BY line.line_no ORDER BY part.n), :vendor_id, :retailer_id,
           part.order_line_no, part.batch_id, part.number, part.expires_on, part.mrp_paisa, part.quantity
    FROM unnest(
        CAST(:lines AS smallint[]), CAST(:batches AS uuid[]), CAST(:numbers AS text[]), CAST(:expiries AS date[]),
        CAST(:prices AS bigint[]), CAST(:quantities AS numeric[])
    ) WITH ORDINALITY AS part (order_line_no, batch_id, number, expires_on, mrp_paisa, quantity, n)
    JOIN app.delivery_lines line ON line.delivery_id = :document_id AND line.order_line_no = part.order_line_no
""")


def write_batches(session: Session, order: LockedOrder, document_id: UUID, taken: Sequence[Taken]) -> None:
    """Keep which batches the lines of a written delivery or return took along or gave back."""
    if not taken:
        return
    session.execute(
        _WRITE,
        {
            "document_id": document_id,
            "vendor_id": order.vendor_id,
            "retailer_id": order.retailer_id,
            "lines": [one.line_no for one in taken],
            "batches": [one.batch_id for one in taken],
            "numbers": [one.number for one in taken],
            "expiries": [one.expires_on for one in taken],
            "prices": [one.mrp_paisa for one in taken],
            "quantities": [one.quantity for one in taken],
        },
    )
