"""What deliveries and returns share: the lines that they are of, the document and its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import service as ledger
from commerce.ledger.fiscal_year import fiscal_year
from commerce.ordering.booking import Document
from commerce.ordering.errors import QuantityExceeded, QuantityInvalid
from commerce.ordering.moves import Actor
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.resizing import check_quantity, check_stock_holds
from foundation import clock
from foundation.clock import business_day
from foundation.money import format_quantity


def parts_of(
    lines: Sequence[LineState],
    asked: Mapping[int, Decimal],
    bounds: Mapping[int, Decimal],
    what: str,
) -> list[tuple[LineState, Decimal]]:
    """The lines with the quantity of this step. Raises QuantityInvalid, QuantityExceeded."""
    by_number = {line.line_no: line for line in lines}
    for number, quantity in asked.items():
        check_quantity(by_number, number, quantity)
        bound = bounds[number]
        if quantity > bound:
            raise QuantityExceeded(
                f"{format_quantity(quantity)} {by_number[number].unit} on line {number}, but only "
                f"{format_quantity(bound)} {'is' if bound == 1 else 'are'} {what}",
                line_no=number,
                open=format_quantity(bound),
            )
        check_stock_holds(by_number[number], quantity)
    parts = [(by_number[number], quantity) for number, quantity in sorted(asked.items()) if quantity > 0]
    if not parts:
        raise QuantityInvalid(f"no line has a quantity above zero that is {what}")
    return parts


_DOCUMENT = text("""
    WITH document AS (
        INSERT INTO app.deliveries
            (id, kind, number, order_id, vendor_id, retailer_id, currency, total_paisa, delivered_at, document_date,
             reason, recorded_by, recorded_at)
        VALUES (:id, :kind, :number, :order_id, :vendor_id, :retailer_id, :currency, :total_paisa, :now, :day,
                :reason, :recorded_by, :now)
    ), lines AS (
        INSERT INTO app.delivery_lines
            (delivery_id, line_no, vendor_id, retailer_id, order_id, order_line_no, product_id, unit, base_quantity,
             quantity, unit_price, amount_paisa)
        SELECT :id, n, :vendor_id, :retailer_id, :order_id, order_line_no, product_id, unit, base_quantity, quantity,
               unit_price, amount_paisa
        FROM unnest(
            CAST(:line_numbers AS smallint[]), CAST(:products AS uuid[]), CAST(:units AS text[]),
            CAST(:base_quantities AS numeric[]), CAST(:quantities AS numeric[]), CAST(:prices AS numeric[]),
            CAST(:amounts AS bigint[])
        ) WITH ORDINALITY AS line
            (order_line_no, product_id, unit, base_quantity, quantity, unit_price, amount_paisa, n)
    )
    UPDATE app.order_lines ordered
    SET delivered_quantity = delivered_quantity + CASE WHEN :is_delivery THEN part.quantity ELSE 0 END,
        returned_quantity = returned_quantity + CASE WHEN :is_delivery THEN 0 ELSE part.quantity END
    FROM unnest(CAST(:line_numbers AS smallint[]), CAST(:quantities AS numeric[])) AS part (line_no, quantity)
    WHERE ordered.order_id = :order_id AND ordered.line_no = part.line_no
""")


def write_document(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    kind: Literal["delivery", "return"],
    series: str,
    document_id: UUID,
    total_paisa: int,
    reason: str | None,
    actor: Actor,
) -> Document:
    """Number and write a delivery or return, and count its quantities on the order's lines."""
    now = clock.now()
    day = business_day(now, order.time_zone)
    number = ledger.next_document_number(
        session,
        business_id=order.vendor_id,
        series=series,
        fiscal_year=fiscal_year(order.country, day),
        document_date=day,
    )

    def done(line: LineState) -> Decimal:
        return line.delivered_quantity if kind == "delivery" else line.returned_quantity

    session.execute(
        _DOCUMENT,
        {
            "id": document_id,
            "kind": kind,
            "is_delivery": kind == "delivery",
            "number": number,
            "order_id": order.id,
            "vendor_id": order.vendor_id,
            "retailer_id": order.retailer_id,
            "currency": order.currency,
            "total_paisa": total_paisa,
            "now": now,
            "day": day,
            "reason": reason,
            "recorded_by": actor.user_id,
            "line_numbers": [line.line_no for line, _ in parts],
            "products": [line.product_id for line, _ in parts],
            "units": [line.unit for line, _ in parts],
            "base_quantities": [line.base_quantity for line, _ in parts],
            "quantities": [quantity for _, quantity in parts],
            "prices": [line.unit_price for line, _ in parts],
            "amounts": [line.amount_between(done(line), done(line) + quantity) for line, quantity in parts],
        },
    )
    return Document(number, day)
