"""A vendor's offers as a sheet: what its columns say, what a line would change, what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from commerce.catalogue.models import AVAILABILITY_MODES
from commerce.catalogue.offers import OfferRow, Tier, offer_problem
from foundation.money import format_quantity

T = TypeVar("T")

NEEDED: Final = ("unit_price",)
COLUMNS: Final = (
    "sku", "barcode", "name", "unit", "unit_price", "minimum", "carton_multiple", "tiers", "lead_time_days",
    "availability", "listed", "holds_tax", "valid_from", "valid_until", "category", "base_unit", "base_quantity", "hsn",
)  # fmt: skip
"""In the order of the download. The last four are needed for goods that are new; of known ones they must agree."""
LINES_MAX: Final = 10_000
NOISE: Final = Decimal("1e-9")
"""A spreadsheet that reckons leaves this much of dust on a number."""
YES: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
# What a cell that is left empty means, where the column is there.
EMPTY: Final[dict[str, Any]] = {
    "minimum": Decimal(1),
    "carton_multiple": Decimal(1),
    "tiers": (),
    "lead_time_days": 2,
    "availability": "tracked",
    "listed": True,
    "holds_tax": True,
    "valid_until": None,
}
FIELDS: Final = {"minimum": "minimum_quantity", "listed": "is_listed", "holds_tax": "is_tax_inclusive"}
"""Columns that have another name in an offer."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line: the column, what stands there, and the reason with the way out."""

    column: str
    value: str
    reason: str


class Faulty(Exception):
    """A cell that cannot be taken."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = Fault(column, value, reason)


@dataclass(frozen=True)
class Change:
    """A column whose value would be another."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Good:
    """A product that a line means: known, or to be made (without an id)."""

    id: UUID | None
    sku: str
    name: str
    base_unit: str
    units: Mapping[str, Decimal]
    barcode: str | None = None
    category: str = ""
    hsn: str | None = None
    newest_offer_id: UUID | None = None
    current: OfferRow | None = None
    announced: Mapping[datetime, OfferRow] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What a line of the sheet would do. `action`: new, changed, same or error. Line 2 is below the heading."""

    line_no: int
    action: str
    good: Good | None = None
    terms: OfferRow | None = None
    begins_now: bool = True
    changes: tuple[Change, ...] = ()
    price_percent: Decimal | None = None
    """How much dearer a base unit gets, where there is a price before and it is not nothing."""
    faults: tuple[Fault, ...] = ()


def judged(line_no: int, cells: Mapping[str, str], good: Good, now: datetime, time_zone: str) -> Line:
    """What a line of a good would do at `now`. A moment that has passed means at once."""
    faults: list[Fault] = []

    def read(column: str, of: Callable[[str, str], T], otherwise: T) -> T:
        if not cells.get(column):
            return otherwise
        try:
            return of(column, cells[column])
        except Faulty as error:
            faults.append(error.fault)
            return otherwise

    zone = ZoneInfo(time_zone)
    begin: datetime | None = read("valid_from", lambda column, cell: _moment(column, cell, zone), None)
    announced_for = begin if begin is not None and begin > now else None
    before = good.announced.get(announced_for) if announced_for is not None else None
    before = before or good.current

    def kept(column: str, of: Callable[[str, str], T]) -> T:
        """The cell; without a column what holds now, or what an empty cell means."""
        otherwise: T = EMPTY[column]
        if column not in cells and before is not None:
            otherwise = getattr(before, FIELDS.get(column, column))
        return read(column, of, otherwise)

    terms = OfferRow(
        unit=read("unit", lambda _, cell: cell.lower(), before.unit if before else _only_unit(good)),
        unit_price=read("unit_price", _price, Decimal(-1)),
        valid_from=announced_for or now,
        minimum_quantity=kept("minimum", quantity),
        carton_multiple=kept("carton_multiple", quantity),
        availability=kept("availability", _availability),
        is_listed=kept("listed", _yes),
        is_tax_inclusive=kept("holds_tax", _yes),
        lead_time_days=kept("lead_time_days", _days),
        tiers=kept("tiers", _tiers),
        valid_until=kept("valid_until", lambda column, cell: _moment(column, cell, zone)),
    )
    if not cells.get("unit_price"):
        faults.append(Fault("unit_price", "", "there is no price; write one like 42.50, or drop the line"))
    faults += _unit_faults(cells, good, terms.unit)
    line = Line(line_no, "error", good, faults=tuple(faults))
    if faults:
        return line
    is_same = before is not None and replace(before, valid_from=terms.valid_from) == terms
    if is_same and (announced_for is None or announced_for in good.announced):
        return replace(line, action="same", terms=terms, begins_now=announced_for is None)
    problem = offer_problem(terms, now, base_quantity=good.units[terms.unit], base_unit=good.base_unit)
    if problem is not None:
        return replace(line, faults=(Fault("", "", problem),))
    return replace(
        line,
        action="changed" if before is not None else "new",
        terms=terms,
        begins_now=announced_for is None,
        changes=_changes(before, terms, time_zone) if before is not None else (),
        price_percent=_percent(before, terms, good),
    )


def _only_unit(good: Good) -> str:
    return good.base_unit if len(good.units) == 1 else ""


def _unit_faults(cells: Mapping[str, str], good: Good, unit: str) -> list[Fault]:
    if unit not in good.units:
        units = " or ".join(good.units)
        return [Fault("unit", unit, f"unit {unit!r} is not sold for {good.sku}; use {units}")]
    found = []
    if cells.get("base_unit") and cells["base_unit"].lower() != good.base_unit:
        reason = f"{good.sku} is counted in {good.base_unit} here, and stays so; correct the cell"
        found.append(Fault("base_unit", cells["base_unit"], reason))
    if cells.get("base_quantity"):
        holds = format_quantity(good.units[unit])
        try:
            is_other = quantity("base_quantity", cells["base_quantity"]) != good.units[unit]
        except Faulty as error:
            return [*found, error.fault]
        if is_other:
            reason = (
                f"one {unit} of {good.sku} holds {holds} {good.base_unit}; another pack is a good of its own"
            )
            found.append(Fault("base_quantity", cells["base_quantity"], reason))
    return found


def _changes(before: OfferRow, after: OfferRow, time_zone: str) -> tuple[Change, ...]:
    was, will = cells_of(before, time_zone), cells_of(after, time_zone)
    return tuple(
        Change(column, _text(was[column]), _text(will[column]))
        for column in will
        if was[column] != will[column] and column != "valid_from"
    )


def _percent(before: OfferRow | None, after: OfferRow, good: Good) -> Decimal | None:
    if before is None or not before.unit_price or before.unit not in good.units:
        return None
    was = before.unit_price / good.units[before.unit]
    will = after.unit_price / good.units[after.unit]
    return ((will - was) / was * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def cells_of(terms: OfferRow, time_zone: str) -> dict[str, str | Decimal]:
    """Terms as cells, by column."""
    zone = ZoneInfo(time_zone)
    return {
        "unit": terms.unit,
        "unit_price": terms.unit_price,
        "minimum": terms.minimum_quantity,
        "carton_multiple": terms.carton_multiple,
        "tiers": tiers_text(terms.tiers),
        "lead_time_days": Decimal(terms.lead_time_days),
        "availability": terms.availability,
        "listed": "yes" if terms.is_listed else "no",
        "holds_tax": "yes" if terms.is_tax_inclusive else "no",
        "valid_from": terms.valid_from.astimezone(zone).isoformat(),
        "valid_until": terms.valid_until.astimezone(zone).isoformat() if terms.valid_until else "",
    }


def tiers_text(tiers: Sequence[Tier]) -> str:
    """Tiers as one cell: `10: 41; 50: 40.50`."""
    return "; ".join(
        f"{format_quantity(tier.minimum_quantity)}: {format_quantity(tier.unit_price)}" for tier in tiers
    )


def _text(cell: str | Decimal) -> str:
    return format_quantity(cell) if isinstance(cell, Decimal) else cell


def _number(column: str, cell: str, decimals: int, end: Decimal) -> Decimal:
    plain = cell.replace(",", "")
    way_out = f"write a number like 42.50, under {format_quantity(end)}, with {decimals} decimals at most"
    if not re.fullmatch(r"[0-9]{1,14}(\.[0-9]{1,20})?", plain):
        raise Faulty(column, cell, f"{cell[:40]!r} is no number; {way_out}")
    try:
        exact = Decimal(plain)
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    except InvalidOperation:
        rounded = exact = end
    if abs(exact - rounded) > NOISE or exact >= end:
        raise Faulty(column, cell, f"{cell[:40]!r} cannot be kept; {way_out}")
    return rounded.normalize() + Decimal(0)


def _price(column: str, cell: str) -> Decimal:
    return _number(column, cell, 6, Decimal(10) ** 9)


def quantity(column: str, cell: str) -> Decimal:
    """A quantity of three decimals. Raises Faulty."""
    return _number(column, cell, 3, Decimal(10) ** 11)


def _days(column: str, cell: str) -> int:
    return int(_number(column, cell, 0, Decimal(1000)))


def _availability(column: str, cell: str) -> str:
    if cell.lower() not in AVAILABILITY_MODES:
        raise Faulty(column, cell, f"{cell[:40]!r} is none; write {', '.join(AVAILABILITY_MODES)}")
    return cell.lower()


def _yes(column: str, cell: str) -> bool:
    if cell.lower() not in YES:
        raise Faulty(column, cell, f"{cell[:40]!r} is neither; write yes or no")
    return YES[cell.lower()]


def _tiers(column: str, cell: str) -> tuple[Tier, ...]:
    tiers = []
    for part in filter(None, map(str.strip, cell.split(";"))):
        begin, colon, price = (piece.strip() for piece in part.partition(":"))
        if not colon:
            reason = f"{part[:40]!r} is no tier; write quantity and price of each, like 10: 41; 50: 40.50"
            raise Faulty(column, cell, reason)
        tiers.append(Tier(quantity(column, begin), _price(column, price)))
    return tuple(tiers)


def _moment(column: str, cell: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(cell)  # a day alone is its midnight
        if not 2000 <= found.year <= 2099:
            raise ValueError(cell)
        return found if found.tzinfo is not None else found.replace(tzinfo=zone)
    except ValueError:
        reason = f"{cell[:40]!r} is no moment; write a day like 2026-03-31, or 2026-03-31 14:00"
        raise Faulty(column, cell, reason) from None
