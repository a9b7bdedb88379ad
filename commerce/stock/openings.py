"""What lay on the shelves before a business came here: opening stock from a sheet, whole or not at all, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import stock_problem, to_base
from commerce.stock import queries, service
from commerce.stock.queries import Sellable
from foundation import sheets

NEEDED: Final = ("product", "quantity")
OPTIONAL: Final = ("unit",)
LINES_MAX: Final = 5_000
QUANTITY: Final = re.compile(r"\d{1,11}(\.\d{1,3})?")
_NAMESPACE: Final = UUID("a4b4a1a8-6a39-4f0a-9f0c-6c1d2f5d7b21")


@dataclass(frozen=True)
class Line:
    """So much of a good, in its base unit."""

    product_id: UUID
    quantity: Decimal


@dataclass(frozen=True)
class Fault:
    """Why a line of the sheet cannot be taken in. Line 2 is the first below the heading."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """What a sheet says, as far as it can be understood, and the receipt that it became."""

    lines: Sequence[Line]
    faults: Sequence[Fault]
    receipt_id: UUID | None = None


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The cells of a CSV or XLSX file as texts, by heading. Raises SheetInvalid."""
    return sheets.rows_of(content, columns=NEEDED, optional=OPTIONAL, lines_max=LINES_MAX)


def understand(
    rows: Sequence[Mapping[str, str]], goods: Mapping[str, Sequence[Sellable]], opened: set[UUID]
) -> Reading:
    """Lines and faults of a sheet. Pure.

    `goods` gives what a code (of a good, or its barcode) in lower case may mean, own goods before others; `opened`
    are the goods that have opening stock.
    """
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: dict[UUID, int] = {}
    for line_no, row in enumerate(rows, 2):
        if not any(row.values()):
            continue
        try:
            good = _good(row["product"], goods)
            if (first := seen.setdefault(good.product_id, line_no)) != line_no:
                raise ValueError(f"line {first} has {good.sku} already; give it once, with all that is there")
            if good.product_id in opened:
                raise ValueError(f"{good.sku} has opening stock already; correct it by an adjustment")
            lines.append(Line(good.product_id, _in_base(row, good)))
        except ValueError as error:
            faults.append(Fault(line_no, str(error)))
    if not rows or not (lines or faults):
        faults.append(Fault(2, "the sheet has no line below its heading; write one for each good"))
    return Reading(lines, faults)


def _good(code: str, goods: Mapping[str, Sequence[Sellable]]) -> Sellable:
    found = goods.get(code.lower(), ())
    nearest = [good for good in found if good.nearness == found[0].nearness]
    if not nearest:
        raise ValueError(f"{code!r} is the code or barcode of no product; add the product first")
    if len(nearest) > 1:
        raise ValueError(f"{code!r} names {len(nearest)} products; write the one's barcode or own code")
    return nearest[0]


def _in_base(row: Mapping[str, str], good: Sellable) -> Decimal:
    cell = row["quantity"].replace(",", "")
    # A spreadsheet hands a whole number over with its point.
    cell = re.sub(r"\.0+$", "", cell)
    quantity = Decimal(cell) if QUANTITY.fullmatch(cell) else Decimal(0)
    if not quantity:
        raise ValueError(
            f"{row['quantity']!r} is no quantity above zero like 12 or 2.5; leave out what is not there"
        )
    unit = row.get("unit") or good.base_unit
    held = good.units.get(unit)
    if held is None:
        raise ValueError(f"unit {unit!r} is not one of {good.sku}; use {' or '.join(sorted(good.units))}")
    if problem := stock_problem(quantity, unit, held, good.base_unit):
        raise ValueError(f"{good.sku}: {problem}")
    return to_base(quantity, held)


def take_in(session: Session, *, business_id: UUID, content: bytes, is_preview: bool) -> Reading:
    """Put a sheet's goods on the shelf, if all of its lines can be; a preview writes nothing.

    The same file again changes nothing and gives the receipt that it became. Raises SheetInvalid.
    """
    rows = rows_of(content)
    receipt_id = uuid5(_NAMESPACE, f"{business_id}:{hashlib.sha256(content).hexdigest()}")
    if not is_preview:
        # Sheets of a business come in by turns: else two would both find goods without opening stock.
        session.execute(_TURN, {"business_id": str(business_id)})
    earlier = queries.movements_of(session, business_id, receipt_id)
    if earlier:
        return Reading([Line(row.product_id, row.quantity) for row in earlier], (), receipt_id)
    codes = sorted({row["product"].lower() for row in rows if row["product"]})
    goods = queries.sellable(session, business_id, codes)
    products = [good.product_id for found in goods.values() for good in found]
    reading = understand(rows, goods, queries.opened(session, business_id, products))
    if is_preview or reading.faults:
        return reading
    service.receive(
        session,
        business_id=business_id,
        quantities={line.product_id: line.quantity for line in reading.lines},
        kind="opening",
        reason="sheet",
        source_id=receipt_id,
    )
    return Reading(reading.lines, (), receipt_id)


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('opening-stock:' || :business_id, 0))")
