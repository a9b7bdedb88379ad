"""The language of rules: comparisons of figures, joined by and, or, not. Read by Python's parser, never run by it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from commerce.risk.errors import RuleInvalid
from commerce.risk.figures import INSIDE, UNITS

LENGTH_MAX: Final = 500
_COMPARE: Final[dict[type[ast.cmpop], Callable[[Decimal, Decimal], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
Figures = Mapping[str, Decimal | None]
Test = Callable[[Figures], bool | None]
Value = Callable[[Figures], Decimal | None]


@dataclass(frozen=True)
class Condition:
    """A condition that was read: which figures it asks, and whether it holds of some."""

    figures: tuple[str, ...]
    test: Test

    @property
    def is_inside(self) -> bool:
        """Whether it asks what a vendor may not see."""
        return not INSIDE.isdisjoint(self.figures)

    def holds(self, figures: Figures) -> bool:
        """Whether it holds. A comparison with an unknown figure is unknown, and what is unknown holds of nothing."""
        return self.test(figures) is True


def read_condition(written: str) -> Condition:
    """Read a condition such as `days_past_due >= 30 and utilisation > 0.9`.

    Raises RuleInvalid, which names the place, the word and what can stand there.
    """
    if not written.isascii() or len(written) > LENGTH_MAX or not written.isprintable():
        raise RuleInvalid(f"a condition is one line of at most {LENGTH_MAX} letters of ASCII; write it so")
    try:
        tree = ast.parse(written.strip(), mode="eval")
    except SyntaxError as error:
        place = error.offset or 1
        raise RuleInvalid(
            f"the condition cannot be read at letter {place}; compare figures and numbers by < <= > >= == != "
            "and join that by and, or, not",
            position=place,
        ) from None
    except (ValueError, MemoryError, RecursionError):
        raise RuleInvalid("the condition is nested too deeply; write it flatter") from None
    reader = _Reader(written.strip())
    test = reader.test(tree.body)
    if not reader.figures:
        raise RuleInvalid("the condition asks no figure; compare one of: " + ", ".join(sorted(UNITS)))
    return Condition(tuple(sorted(reader.figures)), test)


class _Reader:
    def __init__(self, written: str) -> None:
        self.written = written
        self.figures: set[str] = set()

    def test(self, node: ast.expr) -> Test:
        match node:
            case ast.BoolOp(op=ast.And() | ast.Or() as op, values=parts):
                return _joined([self.test(part) for part in parts], is_and=isinstance(op, ast.And))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return _negated(self.test(inner))
            case ast.Compare(left=first, ops=signs, comparators=others):
                return self.comparison(node, [first, *others], signs)
            case _:
                raise self.refusal(node, "a comparison such as `overdue > 5000` stands here")

    def comparison(self, node: ast.expr, sides: list[ast.expr], signs: list[ast.cmpop]) -> Test:
        units = {UNITS[side.id] for side in sides if isinstance(side, ast.Name) and side.id in UNITS}
        values = [self.value(side) for side in sides]
        if len(units) > 1:
            raise self.refusal(
                node, f"it compares {' with '.join(sorted(units))}; compare figures of one unit"
            )
        tests = []
        for number, sign in enumerate(signs):
            if type(sign) not in _COMPARE:
                raise self.refusal(node, "compare by < <= > >= == !=")
            tests.append(_compared(values[number], _COMPARE[type(sign)], values[number + 1]))
        return _joined(tests, is_and=True)

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=name) if name in UNITS:
                self.figures.add(name)
                return lambda figures: figures[name]
            case ast.Name():
                raise self.refusal(node, "the figures are " + ", ".join(sorted(UNITS)))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as inner):
                number = -self.number(inner)
            case ast.Constant():
                number = self.number(node)
            case _:
                raise self.refusal(node, "a figure or a number stands here")
        return lambda _: number

    def number(self, node: ast.Constant) -> Decimal:
        word = self.word(node)
        try:
            # The word as written, not the float that Python made of it: 0.9 is nine tenths.
            number = Decimal(word)
        except InvalidOperation:
            raise self.refusal(node, "write a number such as 30 or 0.9") from None
        if not number.is_finite():
            raise self.refusal(node, "write a number such as 30 or 0.9")
        return number

    def word(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.written, node) or ""

    def refusal(self, node: ast.expr, way_out: str) -> RuleInvalid:
        word, place = self.word(node), node.col_offset + 1
        return RuleInvalid(
            f"{word!r} at letter {place} cannot stand there: {way_out}",
            position=place,
            word=word,
            figures=sorted(UNITS),
        )


def _compared(left: Value, compare: Callable[[Decimal, Decimal], bool], right: Value) -> Test:
    def test(figures: Figures) -> bool | None:
        one, other = left(figures), right(figures)
        return None if one is None or other is None else compare(one, other)

    return test


def _joined(tests: list[Test], *, is_and: bool) -> Test:
    def test(figures: Figures) -> bool | None:
        answers = [part(figures) for part in tests]
        if (not is_and) in answers:
            return not is_and
        return None if None in answers else is_and

    return test


def _negated(inner: Test) -> Test:
    def test(figures: Figures) -> bool | None:
        answer = inner(figures)
        return None if answer is None else not answer

    return test
