"""Goods that come free with others: they go out, and stay, only as far as the paid goods that stay earn them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from commerce.ordering.errors import MoveNotAllowed, QuantityInvalid
from commerce.ordering.queries import LineState, LockedOrder
from foundation.money import format_quantity

NONE = Decimal(0)


def earned_by(free: LineState, paid: LineState, quantity: Decimal) -> Decimal:
    """How much of a free line so much of the paid line earns, in the free line's unit."""
    assert free.free_buy_in_base is not None
    assert free.free_get is not None
    return quantity * paid.base_quantity // free.free_buy_in_base * free.free_get


def earned_more(free: LineState, paid: LineState, quantity: Decimal) -> Decimal:
    """How much more of a free line the paid line earns at this standing quantity than at the one that it has."""
    more = earned_by(free, paid, quantity) - earned_by(free, paid, paid.standing_quantity)
    room = earned_by(free, paid, quantity - paid.returned_quantity) + free.returned_quantity
    return max(NONE, min(more, room - free.standing_quantity))


def free_and_paid(lines: Sequence[LineState]) -> Iterator[tuple[LineState, LineState]]:
    """The lines that a scheme gave, each with the line that earned it."""
    by_number = {line.line_no: line for line in lines}
    for free in lines:
        if (
            free.free_with_line is not None
            and free.free_buy_in_base is not None
            and free.free_get is not None
        ):
            yield free, by_number[free.free_with_line]


def check_returned(lines: Sequence[LineState], returned: Mapping[int, Decimal]) -> None:
    """Who gives back what earned free goods gives those back too: else a return would make money.

    Raises QuantityInvalid.
    """
    for free, paid in free_and_paid(lines):
        if paid.line_no not in returned:
            continue
        earned = earned_by(free, paid, paid.returnable_quantity - returned[paid.line_no])
        kept_free = free.returnable_quantity - returned.get(free.line_no, NONE)
        if kept_free > earned:
            missing = kept_free - earned
            raise QuantityInvalid(
                f"line {free.line_no} came free with line {paid.line_no}; what stays of that earns "
                f"{format_quantity(earned)} {free.unit}, so {format_quantity(missing)} more of line {free.line_no} "
                "must come back with it",
                line_no=free.line_no,
                missing=format_quantity(missing),
            )


def check_delivered(lines: Sequence[LineState], delivered: Mapping[int, Decimal]) -> None:
    """Free goods go out with, or after, what earns them and stays. Raises QuantityInvalid."""
    for free, paid in free_and_paid(lines):
        if free.line_no not in delivered:
            continue
        stays = paid.returnable_quantity + delivered.get(paid.line_no, NONE)
        may = max(NONE, earned_by(free, paid, stays) - free.returnable_quantity)
        if delivered[free.line_no] > may:
            raise QuantityInvalid(
                f"line {free.line_no} comes free with line {paid.line_no}; what stays and goes out of that lets "
                f"{format_quantity(may)} {free.unit} go out now, not {format_quantity(delivered[free.line_no])}; "
                f"deliver line {paid.line_no} with it, or close the order short",
                line_no=free.line_no,
                open=format_quantity(may),
            )


def check_raised(lines: Sequence[LineState], after: Mapping[int, Decimal]) -> None:
    """No change makes more free goods than what is paid earns. Raises QuantityInvalid."""
    for free, paid in free_and_paid(lines):
        earned = earned_by(free, paid, after[paid.line_no] - paid.returned_quantity)
        if free.standing_quantity < after[free.line_no] > earned + free.returned_quantity:
            raise QuantityInvalid(
                f"line {free.line_no} comes free with line {paid.line_no}, which earns {format_quantity(earned)} "
                f"{free.unit}; order more of line {paid.line_no} for more",
                line_no=free.line_no,
            )


def deliverable(order: LockedOrder, lines: Sequence[LineState]) -> dict[int, Decimal]:
    """All that is open and may go out, by line number. Raises MoveNotAllowed when what is open is free and unearned."""
    may = {line.line_no: line.open_quantity for line in lines}
    for free, lost in unearned(lines, {}):
        may[free.line_no] -= lost
    if not any(may.values()) and any(line.open_quantity for line in lines):
        raise MoveNotAllowed(
            f"what is open of order {order.number} was to come free with goods that came back; close it short",
            order_id=str(order.id),
        )
    return may


def unearned(lines: Sequence[LineState], delivered: Mapping[int, Decimal]) -> list[tuple[LineState, Decimal]]:
    """The free goods that stay open after this delivery though nothing that is left of the order can earn them."""
    lost = []
    for free, paid in free_and_paid(lines):
        can_earn = earned_by(free, paid, paid.returnable_quantity + paid.open_quantity)
        goes = delivered.get(free.line_no, NONE)
        left = free.open_quantity - goes
        never = left - max(NONE, can_earn - free.returnable_quantity - goes)
        if never > 0:
            lost.append((free, min(left, never)))
    return lost
