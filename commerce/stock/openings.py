"""What lay on the shelves before a business came here: opening stock from a sheet, whole or not at all, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import stock_problem, to_base
from commerce.stock import queries, service
from commerce.stock.batches import NUMBER_MAX, Incoming
from commerce.stock.queries import Sellable
from foundation import sheets

NEEDED: Final = ("product", "quantity")
OPTIONAL: Final = ("unit", "batch", "expiry")
LINES_MAX: Final = 5_000
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00)?")
QUANTITY: Final = re.compile(r"\d{1,11}(\.\d{1,3})?")
_NAMESPACE: Final = UUID("a4b4a1a8-6a39-4f0a-9f0c-6c1d2f5d7b21")


@dataclass(frozen=True)
class Line:
    """So much of a good, in its base unit, and the batch that it is of."""

    product_id: UUID
    quantity: Decimal
    batch: str | None = None
    expires_on: date | None = None


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
    seen: dict[tuple[UUID, str | None], int] = {}
    for line_no, row in enumerate(rows, 2):
        if not any(row.values()):
            continue
        try:
            good = _good(row["product"], goods)
            batch, expires_on = _label(row)
            if (first := seen.setdefault((good.product_id, batch), line_no)) != line_no:
                of_batch = "" if batch is None else f" of batch {batch}"
                raise ValueError(
                    f"line {first} has {good.sku}{of_batch} already; give it once, with all that is there"
                )
            if good.product_id in opened:
                raise ValueError(f"{good.sku} has opening stock already; correct it by an adjustment")
            lines.append(Line(good.product_id, _in_base(row, good), batch, expires_on))
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


def _label(row: Mapping[str, str]) -> tuple[str | None, date | None]:
    batch, expiry = row.get("batch") or None, row.get("expiry") or None
    if batch is not None and len(batch) > NUMBER_MAX:
        raise ValueError(f"batch {batch[:NUMBER_MAX]!r}… is too long; {NUMBER_MAX} characters at most")
    if expiry is None:
        return batch, None
    # A spreadsheet hands a day over with its midnight.
    if not DAY.fullmatch(expiry):
        raise ValueError(f"{expiry!r} is no day like 2027-05-31; write the last day on which it may be sold")
    try:
        expires_on = date.fromisoformat(expiry[:10])
    except ValueError:
        raise ValueError(f"{expiry!r} is no day of the calendar; write one like 2027-05-31") from None
    if batch is None:
        raise ValueError(f"expires on {expires_on}, but of which batch? Write the number of its label")
    return batch, expires_on


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
    quantities: dict[UUID, Decimal] = {}
    for line in reading.lines:
        quantities[line.product_id] = quantities.get(line.product_id, Decimal(0)) + line.quantity
    service.receive(
        session,
        business_id=business_id,
        quantities=quantities,
        batches=[
            Incoming(line.product_id, line.batch, line.quantity, line.expires_on)
            for line in reading.lines
            if line.batch is not None
        ],
        kind="opening",
        reason="sheet",
        source_id=receipt_id,
    )
    return Reading(reading.lines, (), receipt_id)


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('opening-stock:' || :business_id, 0))")
