"""Statements of banks as they come: CSV or XLSX of any layout, read by a layout that is guessed and may be corrected.

Layouts that the guess was made for: HDFC, ICICI, SBI, Axis, Kotak of India; Nabil, NIC Asia, Global IME, Nepal SBI of
Nepal, which differ in names and order of columns, in lines above the heading, and in how they write days and amounts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import nepali_datetime

from commerce.credit.errors import BankFileInvalid
from foundation.money import AMOUNT_PAISA_MAX, MINOR_UNITS_PER_MAJOR

DateOrder = Literal["dmy", "mdy", "ymd"]
FIELDS: Final = ("date", "narration", "reference", "credit", "debit", "amount", "direction", "balance")
HEADING_WITHIN: Final = 60
"""Banks write name, address and account above the heading, hardly more lines than these."""
LINES_MAX: Final = 5_000
YEARS: Final = range(1990, 2060)
"""A day of another year is a slip of who wrote it; from 2060 on a year is one of Bikram Sambat."""

# In the order in which they are tried: the first that a heading has wins, so that "value date" is taken for the day
# only where there is no other.
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        r"(transaction|txn|tran|trans) (date|dt)",
        r"(posting|post|book|entry) date",
        r"date",
        r"value (date|dt)",
    ),
    "narration": (
        r"(transaction )?(narration|particulars|description|remarks|details)( .*)?",
        r"desc",
    ),
    "reference": (
        r"(chq|cheque|ref|utr)( no| number)?( (chq|cheque|ref)( no| number)?)*",
        r"(transaction|txn|tran|reference) (id|no|number)",
        r"reference|instrument (id|no|number)",
    ),
    "credit": (r"(deposit|credit|cr)s?( amt| amount)?( (inr|npr|rs))?",),
    "debit": (r"(withdrawal|debit|dr)s?( amt| amount)?( (inr|npr|rs))?",),
    "amount": (r"((transaction|txn) )?amount( (inr|npr|rs))?",),
    "direction": (r"(dr cr|cr dr|dr or cr|cr or dr|type|(transaction|txn) type)",),
    "balance": (r"((closing|running|available) )?(balance|bal)( amt| amount)?( (inr|npr|rs))?",),
}


@dataclass(frozen=True)
class Layout:
    """Where a file has what. Rows and columns are counted from 0."""

    heading_row: int
    columns: Mapping[str, int]
    date_order: DateOrder

    def as_json(self) -> str:
        return json.dumps({**vars(self), "columns": dict(self.columns)})


@dataclass(frozen=True)
class BankLine:
    """A line of a statement: money that came is positive."""

    line_no: int
    booked_on: date
    amount_paisa: int
    narration: str
    reference: str | None
    balance_paisa: int | None
    identity: bytes
    """The same line has it in every file that holds it."""


@dataclass(frozen=True)
class Fault:
    """Why a line cannot be understood. Line 1 is the first of the file."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """What a file says, as far as it can be understood by its layout."""

    lines: Sequence[BankLine]
    faults: Sequence[Fault]


def file_hash(content: bytes) -> bytes:
    """By what the same file is known."""
    return hashlib.sha256(content).digest()


def guess(grid: Sequence[Sequence[str]]) -> Layout:
    """The layout of a file by its headings and days. Raises BankFileInvalid."""
    best: tuple[int, int, dict[str, int]] = (0, 0, {})
    for row_no, row in enumerate(grid[:HEADING_WITHIN]):
        columns = _columns_of(row)
        if {"date"} <= columns.keys() and columns.keys() & {"credit", "amount"} and len(columns) > best[0]:
            best = (len(columns), row_no, columns)
    if not best[2]:
        raise BankFileInvalid(
            "no line of the file names a date and an amount or deposit; say by `layout` which columns they are"
        )
    _, heading_row, columns = best
    cells = [row[columns["date"]] for row in grid[heading_row + 1 :] if columns["date"] < len(row)]
    return Layout(heading_row, columns, _order_of(cells))


def _columns_of(row: Sequence[str]) -> dict[str, int]:
    headings = [" ".join(re.sub(r"[^a-z]+", " ", cell.lower()).split()) for cell in row]
    found: dict[str, int] = {}
    for field, patterns in _HEADINGS.items():
        for pattern in patterns:
            column = next(
                (
                    number
                    for number, heading in enumerate(headings)
                    if number not in found.values() and re.fullmatch(pattern, heading)
                ),
                None,
            )
            if column is not None:
                found[field] = column
                break
    return found


def _order_of(cells: Sequence[str]) -> DateOrder:
    """Day before month, unless some day can only be written the other way."""
    firsts, seconds = [], []
    for cell in cells:
        parts = re.match(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{2,4})", cell.strip())
        if parts is not None and len(parts[1]) == 4:
            return "ymd"
        if parts is not None:
            firsts.append(int(parts[1]))
            seconds.append(int(parts[2]))
    return "mdy" if max(seconds, default=0) > 12 and max(firsts, default=0) <= 12 else "dmy"


def understand(grid: Sequence[Sequence[str]], layout: Layout, *, latest: date | None = None) -> Reading:
    """Lines and faults of a file by its layout; a line of a day after `latest` is a fault. Pure.

    What has no day is a heading, a sum or a footer, and passed over. Raises BankFileInvalid for a layout without
    day or amount.
    """
    if "date" not in layout.columns or not layout.columns.keys() & {"credit", "amount"}:
        raise BankFileInvalid("the layout names no date, or neither deposit nor amount; give both")
    lines: list[BankLine] = []
    faults: list[Fault] = []
    seen: Counter[tuple[object, ...]] = Counter()
    for line_no, row in enumerate(grid[layout.heading_row + 1 :], layout.heading_row + 2):
        cells = {
            field: row[column].strip() if column < len(row) else ""
            for field, column in layout.columns.items()
        }
        if not re.search(r"\d", cells["date"]):
            continue
        try:
            booked_on = _day_by(latest, cells["date"], layout.date_order)
            amount = _amount_of(cells)
        except ValueError as error:
            faults.append(Fault(line_no, str(error)))
            continue
        if amount == 0:
            continue  # an opening balance, or a line of text
        balance = _paisa_or_none(cells.get("balance", ""))
        narration = " ".join(cells.get("narration", "").split())
        reference = reference_in(narration) or _number(cells.get("reference", ""))
        facts = (booked_on, amount, narration, reference, balance)
        seen[facts] += 1
        lines.append(
            BankLine(
                line_no,
                booked_on,
                amount,
                narration[:500],
                reference,
                balance,
                # Two lines alike in one file are two payments; the first of them is the first in another file too.
                hashlib.sha256("\x1f".join(map(str, (*facts, seen[facts]))).encode()).digest(),
            )
        )
    return Reading(lines, faults)


def reference_in(narration: str) -> str | None:
    """The number by which a bank knows a transfer: twelve digits of UPI and IMPS, letters and digits of NEFT and RTGS.

    Source: NPCI UPI/IMPS RRN (12 digits); RBI NEFT/RTGS UTR (16 or 22 characters, of the bank's code and digits).
    """
    found = re.search(r"\b([A-Z]{4}[A-Z0-9]{12}(?:[A-Z0-9]{6})?|\d{12})\b", narration.upper())
    return found[1] if found else None


def _number(cell: str) -> str | None:
    """A cheque's or transfer's number; words beside it may name a person and are not kept in the open."""
    text = cell.strip(" -'").upper()
    return text if re.fullmatch(r"(?=.*\d)[A-Z0-9/-]{3,40}", text) else None


def day_of(cell: str, order: DateOrder) -> date:
    """A day as banks write it; a year of Bikram Sambat is turned into ours. Raises ValueError."""
    day = _day_of(cell, order)
    if day.year not in YEARS:
        raise ValueError(f"{cell!r} is a day of the year {day.year}; write the year in full")
    return day


def _day_by(latest: date | None, cell: str, order: DateOrder) -> date:
    """A day that the bank can have booked on. Raises ValueError."""
    day = day_of(cell, order)
    if latest is not None and day > latest:
        # 03/12 read as the third of December is how a file of the wrong order shows itself.
        raise ValueError(
            f"{cell!r}, read as {day}, lies after today; say by `date_order` whether the day or the month comes first"
        )
    return day


def _day_of(cell: str, order: DateOrder) -> date:
    text = cell.strip().strip("'")
    text = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?$", "", text, flags=re.I)
    named = re.fullmatch(r"(\d{1,2})[-/ .]*([A-Za-z]{3,9})[-/ .,]*(\d{2}|\d{4})", text)
    if named is not None:
        for form in ("%d %b %Y", "%d %B %Y"):
            try:
                return datetime.strptime(f"{named[1]} {named[2]} {_year(named[3])}", form).date()  # noqa: DTZ007
            except ValueError:
                continue
    parts = re.fullmatch(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})", text)
    if parts is None:
        raise ValueError(f"{cell!r} is no day")
    a, b, c = parts.groups()
    if len(a) == 4:
        year, month, day = int(a), int(b), int(c)
    else:
        year = _year(c)
        day, month = (int(b), int(a)) if order == "mdy" else (int(a), int(b))
    try:
        if year >= YEARS.stop:
            ours: date = nepali_datetime.date(year, month, day).to_datetime_date()
            return ours
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(
            f"{cell!r} is no day ({error}); perhaps day and month are the other way round"
        ) from None


def _year(digits: str) -> int:
    year = int(digits)
    return year + 2000 if len(digits) <= 2 else year


def _amount_of(cells: Mapping[str, str]) -> int:
    """What came (positive) or went, by two columns, by a sign, or by a word beside the amount."""
    credit, debit = (_paisa_or_none(cells.get(name, "")) or 0 for name in ("credit", "debit"))
    if "amount" not in cells or credit or debit:
        return abs(credit) - abs(debit)
    amount = _paisa_or_none(cells["amount"])
    if amount is None:
        raise ValueError(f"{cells['amount']!r} is no amount")
    direction = re.sub(r"[^a-z]", "", cells.get("direction", "").lower())
    if direction.startswith(("d", "w")):
        return -abs(amount)
    return abs(amount) if direction.startswith("c") else amount


def _paisa_or_none(cell: str) -> int | None:
    """1,23,456.00 · 500 Cr · (500.00) · Rs. 500 · -500; None for nothing. Raises ValueError for another text."""
    text = re.sub(r"(?i)inr|npr|rs\.?|₹|रू|,|\s", "", cell).strip("'")
    if text in ("", "-", "--"):
        return None
    found = re.fullmatch(r"(?i)(\()?([+-]?)(\d{1,13}(?:\.\d+)?)\)?(cr|dr|c|d)?\.?", text)
    if found is None:
        raise ValueError(f"{cell!r} is no amount")
    exact = Decimal(found[3]) * MINOR_UNITS_PER_MAJOR
    # A spreadsheet keeps 0.1 as what comes closest to it; half a paisa is no such slip.
    paisa = int(exact.quantize(Decimal(1)))
    if abs(exact - paisa) > Decimal("0.01") or paisa > AMOUNT_PAISA_MAX:
        raise ValueError(f"{cell!r} is no amount of whole paisa, or too large")
    is_less = bool(found[1]) or found[2] == "-" or (found[4] or "").lower().startswith("d")
    return -paisa if is_less else paisa
