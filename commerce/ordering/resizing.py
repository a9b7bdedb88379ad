"""Other quantities for an order that is placed or accepted: hold and reservation follow in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import stock_problem
from commerce.credit.queries import Relation
from commerce.credit.queries import relation as find_relation
from commerce.ledger import service as ledger
from commerce.ordering import free_goods
from commerce.ordering.errors import MoveNotAllowed, QuantityInvalid
from commerce.ordering.queries import LineState, LockedOrder
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.money import format_quantity

Change = tuple[LineState, Decimal]
"""A line and by how much its standing quantity changes."""


def relation_of(session: Session, order: LockedOrder) -> Relation:
    """The parties of an order and the credit between them."""
    found = find_relation(session, order.vendor_id, order.retailer_id, clock.now())
    assert found is not None  # foreign keys hold both
    return found


def in_base(parts: Sequence[Change]) -> dict[UUID, Decimal]:
    """What is tracked of the parts by product, in base units; paid and free lines of a good together."""
    base: dict[UUID, Decimal] = {}
    for line, quantity in parts:
        if line.is_stock_tracked:
            base[line.product_id] = base.get(line.product_id, Decimal(0)) + quantity * line.base_quantity
    return base


def check_quantity(by_number: Mapping[int, LineState], number: int, quantity: Decimal) -> None:
    """Whether a line may have this quantity, as far as the line alone can tell. Raises QuantityInvalid."""
    if number not in by_number:
        raise QuantityInvalid(
            f"the order has no line {number}; its lines are 1 to {len(by_number)}", line_no=number
        )
    line = by_number[number]
    if not quantity.is_finite() or quantity < 0 or quantity != round(quantity, 3):
        raise QuantityInvalid(
            f"{quantity} on line {number}; give a quantity above zero, three decimals at most"
        )
    if not line.is_divisible and quantity != quantity.to_integral_value():
        raise QuantityInvalid(
            f"{format_quantity(quantity)} {line.unit} on line {number}; a {line.unit} has no parts, "
            "give a whole number",
            line_no=number,
            unit=line.unit,
            quantity=format_quantity(quantity),
        )


def check_stock_holds(line: LineState, quantity: Decimal) -> None:
    """Whether stock can hold this quantity of a line exactly. Raises QuantityInvalid."""
    problem = stock_problem(quantity, line.unit, line.base_quantity, line.base_unit)
    if problem is not None:
        raise QuantityInvalid(
            f"line {line.line_no}: {problem}",
            line_no=line.line_no,
            unit=line.unit,
            quantity=format_quantity(quantity),
        )


def changes(order: LockedOrder, lines: Sequence[LineState], wanted: Mapping[int, Decimal]) -> list[Change]:
    """By how much lines change so that those in `wanted` stand at that quantity; the others stay.

    Goods that came free go with the paid ones that earned them and come back with them, unless they are named; they are
    never more than is earned. Raises QuantityInvalid, MoveNotAllowed when nothing would be left to deliver.
    """
    by_number = {line.line_no: line for line in lines}
    for number, quantity in wanted.items():
        check_quantity(by_number, number, quantity)
        line = by_number[number]
        check_stock_holds(line, quantity)
        if quantity < line.delivered_quantity:
            raise QuantityInvalid(
                f"{format_quantity(quantity)} {line.unit} on line {number}, of which "
                f"{format_quantity(line.delivered_quantity)} are delivered; take goods back by a return",
                line_no=number,
                delivered=format_quantity(line.delivered_quantity),
            )
    after = {line.line_no: wanted.get(line.line_no, line.standing_quantity) for line in lines}
    for free, paid in free_goods.free_and_paid(lines):
        if after[paid.line_no] < paid.standing_quantity:
            earned = free_goods.earned_by(free, paid, after[paid.line_no])
            after[free.line_no] = max(free.delivered_quantity, min(after[free.line_no], earned))
        elif after[paid.line_no] > paid.standing_quantity and free.line_no not in wanted:
            after[free.line_no] += free_goods.earned_more(free, paid, after[paid.line_no])
    free_goods.check_raised(lines, after)
    if all(after[line.line_no] <= line.delivered_quantity for line in lines):
        raise MoveNotAllowed(
            f"nothing of order {order.number} would be left to deliver; decline it, cancel it or close it short",
            order_id=str(order.id),
        )
    return [
        (line, after[line.line_no] - line.standing_quantity)
        for line in lines
        if after[line.line_no] != line.standing_quantity
    ]


_RESIZE = text("""
    UPDATE app.order_lines line
    SET ordered_quantity = ordered_quantity + change.more,
        asked_quantity = greatest(asked_quantity, ordered_quantity + change.more),
        cancelled_quantity = cancelled_quantity - change.again + greatest(-change.quantity, 0)
    FROM (
        SELECT line_no, wanted.quantity, again, greatest(wanted.quantity, 0) - again AS more
        FROM app.order_lines
        JOIN unnest(CAST(:line_numbers AS smallint[]), CAST(:quantities AS numeric[])) AS wanted (line_no, quantity)
            USING (line_no)
        CROSS JOIN LATERAL (
            SELECT least(greatest(wanted.quantity, 0), CASE WHEN :takes_back THEN cancelled_quantity ELSE 0 END)
                AS again
        ) taken_back
        WHERE order_id = :order_id
    ) change
    WHERE line.order_id = :order_id AND line.line_no = change.line_no
""")


def value_of(changed: Sequence[Change]) -> int:
    """By how much the changes alter what an order is worth."""
    return sum(
        line.amount_between(line.standing_quantity, line.standing_quantity + quantity)
        for line, quantity in changed
    )


def resize(
    session: Session,
    order: LockedOrder,
    changed: Sequence[Change],
    *,
    tolerance_percent: Decimal = Decimal(0),
) -> int:
    """Write the changes of a locked order: credit first, then goods, then lines; by how much its value changes.

    What was given up of a line before is ordered again before more is: 10, then 1, then 100 is an order of 100.
    More credit is judged by the limit, and by the tolerance where so much was approved; more goods by the shelf.
    Raises CreditLimitExceeded, OutOfStock.
    """
    value = value_of(changed)
    if order.settlement == "credit" and order.credit_state != "awaiting":
        _change_hold(session, order, value, tolerance_percent)
    _reserve_and_write(session, order, changed, takes_back=True)
    return value


def _reserve_and_write(
    session: Session, order: LockedOrder, changed: Sequence[Change], *, takes_back: bool
) -> None:
    reserved = in_base(changed)
    short = stock.change_reserved(session, business_id=order.vendor_id, changes=reserved)
    if short:
        lines = [line.line_no for line, _ in changed if line.product_id in short]
        raise OutOfStock(
            f"the vendor's shelf has not so much more of line {', '.join(map(str, lines))}; ask for less, or later",
            lines=lines,
        )
    session.execute(
        _RESIZE,
        {
            "order_id": order.id,
            "line_numbers": [line.line_no for line, _ in changed],
            "quantities": [quantity for _, quantity in changed],
            "takes_back": takes_back,
        },
    )


def _change_hold(session: Session, order: LockedOrder, value: int, tolerance_percent: Decimal) -> None:
    account_id = relation_of(session, order).receivable_account_id
    assert account_id is not None  # an order on credit has an agreement behind it
    if value > 0:
        ledger.take_hold_beyond(
            session,
            account_id=account_id,
            amount_paisa=value,
            currency=order.currency,
            tolerance_percent=tolerance_percent,
        )
        ledger.extend_hold(session, hold_id=order.id, amount_paisa=value)
    else:
        ledger.move_exposure(session, account_id=account_id, released_paisa=-value)
        ledger.reduce_hold(session, hold_id=order.id, amount_paisa=-value)


def reopen(session: Session, order: LockedOrder, parts: Sequence[Change]) -> int:
    """Open lines again for goods that go out in place of those that came back: held, reserved; their value.

    Not judged by the limit: as much was given back in the same transaction. Raises OutOfStock.
    """
    value = value_of(parts)
    if order.settlement == "credit":
        account_id = relation_of(session, order).receivable_account_id
        assert account_id is not None  # an order on credit has an agreement behind it
        ledger.move_exposure(session, account_id=account_id, released_paisa=-value)
        ledger.write_hold(
            session, hold_id=order.id, business_id=order.vendor_id, account_id=account_id, amount_paisa=value
        )
    # What was closed short stays so: these goods come in place of others.
    _reserve_and_write(session, order, parts, takes_back=False)
    return value
