"""New tables of rates: read and judged line by line, compared with what is in force, kept as versions.

The newest version in the database is in force; the file `rates.tsv` is version 0, before any other. Each process
keeps the table that it reckons with and looks for a newer one every half minute, beside its work (`keep_fresh`): no
order, quote or bill asks the database for it.
"""

from __future__ import annotations

import csv
import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.tax.errors import TaxTableInvalid
from commerce.tax.models import TaxRateTable
from commerce.tax.rates import (
    RETAIL_SALE_PRICE,
    UNKNOWN,
    RateRow,
    Rows,
    Table,
    by_class,
    put_in_force,
    rate_table,
    row_of,
    shipped_table,
)
from commerce.tax.vocabulary import CERTAINTIES, CONDITIONS
from foundation import clock, database
from foundation.errors import Unavailable
from foundation.logs import logger
from foundation.money import format_quantity

log = logger(__name__)

FRESH_SECONDS: Final = 30.0
"""How long a process may go on with the table before a new one."""
LOOK_AGAIN_SECONDS: Final = 1.0
"""How soon it asks again where the database did not answer."""

COUNTRIES: Final = ("IN", "NP")
SUPPLIES: Final = ("taxable", "nil", "exempt", "non_gst", UNKNOWN)
TAX_CLASS: Final = re.compile("[a-z0-9][a-z0-9.-]{0,39}")
YEAR_MAX: Final = 2199
MOST: Final = Decimal(1000)
"""No percentage or cess by the piece is larger; what is, is a slip."""
COLUMNS: Final = (
    "country",
    "tax_class",
    "condition",
    "supply",
    "rate",
    "cess",
    "valid_from",
    "valid_until",
    "source",
    "certainty",
    "reason",
    "cess_per_piece",
    "cess_on_retail_price",
    "valued_on",
)
LAST_OPTIONAL: Final = 3
"""So many of the last columns may be left out at the end of a line."""


@dataclass(frozen=True, slots=True)
class Change:
    """What of a class is due otherwise in a new table, from a day to a day."""

    country: str
    tax_class: str
    condition: str | None
    first: date | None
    last: date | None
    before: str
    after: str

    def __str__(self) -> str:
        condition = f" ({self.condition})" if self.condition else ""
        days = f"from {self.first or 'the beginning'}" + (f" to {self.last}" if self.last else " on")
        return f"{self.country} {self.tax_class}{condition}: {self.after} {days}, was {self.before}"


@dataclass(frozen=True, slots=True)
class Update:
    """What a new table would change, and the version that it has become; None: not loaded."""

    changes: tuple[Change, ...]
    rows: int
    classes: int
    version: int | None


def shipped_content() -> str:
    """The text of the table that comes with this version of Sauda."""
    return files("commerce.tax").joinpath("rates.tsv").read_text(encoding="utf-8")


def update(session: Session, *, content: str, name: str, is_dry_run: bool = False) -> Update:
    """Put a new table in force for every process, or say what it would change. The same table again changes nothing.

    Documents keep the rates that they were written with. Raises TaxTableInvalid.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('tax-rate-tables', 0))"))
    current = newest(session)
    table = checked(content, version=current.version + 1, before=current.rows)
    changes = tuple(changes_of(current.rows, table.rows))
    rows, classes = sum(map(len, table.rows.values())), len(table.rows)
    if is_dry_run or _same(current.rows, table.rows):
        return Update(changes, rows, classes, version=None)
    session.add(
        TaxRateTable(
            version=table.version,
            name=name,
            sha256=hashlib.sha256(content.encode()).digest(),
            content=content,
            loaded_at=clock.now(),
        )
    )
    session.flush()
    return Update(changes, rows, classes, table.version)


def newest(session: Session) -> Table:
    """The table that is in force in this database."""
    row = session.execute(
        text("SELECT version, content FROM app.tax_rate_tables ORDER BY version DESC LIMIT 1")
    ).one_or_none()
    if row is None:
        return shipped_table()
    return Table(row.version, by_class(row_of(cells) for _, cells in _cells(row.content)))


def refresh() -> None:
    """Let this process reckon with the newest table. Raises Unavailable."""
    with database.read() as session:
        version: int = session.execute(
            text("SELECT coalesce(max(version), 0) FROM app.tax_rate_tables")
        ).scalar_one()
        if version != rate_table().version:
            put_in_force(newest(session))
            log.info("tax.rates_in_force", version=version)


def keep_fresh(stopping: threading.Event) -> threading.Thread:
    """Refresh in a thread of its own until told to stop: at once, then every half minute."""

    def run() -> None:
        wait = 0.0
        while not stopping.wait(wait):
            try:
                refresh()
                wait = FRESH_SECONDS
            except Unavailable as error:
                log.warning("tax.rates_not_refreshed", why=error.message)
                wait = LOOK_AGAIN_SECONDS
            except Exception:
                # Whatever it was, the next table must not be missed because of it.
                log.exception("tax.rates_not_refreshed")
                wait = FRESH_SECONDS

    thread = threading.Thread(target=run, name="tax-rates", daemon=True)
    thread.start()
    return thread


def checked(content: str, *, version: int, before: Rows) -> Table:
    """The table of a text. Every row is judged; raises TaxTableInvalid with all that is wrong, by line."""
    if "\0" in content:
        raise TaxTableInvalid(["there is a zero byte in it: export the table as plain text"])
    problems: list[str] = []
    rows: list[tuple[int, RateRow]] = []
    try:
        for line, cells in _cells(content):
            found = list(_row_problems(cells))
            if found:
                problems += [f"line {line}: {problem}" for problem in found]
            else:
                rows.append((line, row_of(cells)))
    except ValueError as error:
        raise TaxTableInvalid([str(error)]) from None
    of_class: defaultdict[tuple[str, str], list[tuple[int, RateRow]]] = defaultdict(list)
    for line, row in rows:
        of_class[row.country, row.tax_class].append((line, row))
    for numbered in of_class.values():
        problems += _days_problems(numbered)
    # A row that was judged wrong has named its class already.
    named = {(cells["country"], cells["tax_class"]) for _, cells in _cells(content)}
    problems += [
        f"class {tax_class} of {country} is missing; products are of it: give its last row a last day instead"
        for country, tax_class in before
        if (country, tax_class) not in named
    ]
    if problems:
        raise TaxTableInvalid(problems)
    return Table(version, by_class(row for _, row in rows))


def changes_of(before: Rows, after: Rows) -> Iterator[Change]:
    """What is due otherwise, by class and condition, in spans of days."""
    for key in sorted(set(before) | set(after)):
        old, new = before.get(key, ()), after.get(key, ())
        conditions = {row.condition for row in (*old, *new)}
        for condition in sorted(conditions - {None} or {None}, key=str):
            yield from _changes_under(key, condition, old, new)


def _changes_under(
    key: tuple[str, str], condition: str | None, old: Sequence[RateRow], new: Sequence[RateRow]
) -> Iterator[Change]:
    rows = (*old, *new)
    edges = sorted(
        {row.valid_from or date.min for row in rows}
        | {row.valid_until + timedelta(days=1) for row in rows if row.valid_until}
        | {date.min}
    )
    found: list[Change] = []
    for place, first in enumerate(edges):
        last = edges[place + 1] - timedelta(days=1) if place + 1 < len(edges) else None
        was, is_now = _levy_on(old, condition, first), _levy_on(new, condition, first)
        if was == is_now:
            continue
        previous = found[-1] if found else None
        if (
            previous is not None
            and previous.last is not None
            and previous.last + timedelta(days=1) == first
            and (previous.before, previous.after) == (was, is_now)
        ):
            found[-1] = Change(*key, condition, previous.first, last, was, is_now)
        else:
            found.append(Change(*key, condition, None if first == date.min else first, last, was, is_now))
    yield from found


def _levy_on(rows: Sequence[RateRow], condition: str | None, day: date) -> str:
    for row in rows:
        if row.holds_on(day) and row.condition in (None, condition):
            return _levy_words(row)
    return "no rate"


def _levy_words(row: RateRow) -> str:
    if row.supply != "taxable":
        return row.supply.replace("_", "-")
    words = f"{format_quantity(row.rate)} %"
    if row.cess:
        words += f" + cess {format_quantity(row.cess)} %"
    if row.cess_per_piece:
        words += f" + cess {format_quantity(row.cess_per_piece)} a piece"
    if row.cess_on_retail_price:
        words += f" + cess {format_quantity(row.cess_on_retail_price)} % of the retail price"
    return words + (" on the retail price" if row.valued_on else "")


def _same(one: Rows, other: Rows) -> bool:
    return {row for rows in one.values() for row in rows} == {row for rows in other.values() for row in rows}


def _cells(content: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of its line. Raises ValueError where the columns are others."""
    reader = csv.reader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    head = tuple(next(reader, ()))
    if head != COLUMNS:
        raise ValueError(f"line 1: the columns are {', '.join(COLUMNS)}, parted by tabs")
    for line, cells in enumerate(reader, start=2):
        if not cells:
            continue
        if not len(COLUMNS) - LAST_OPTIONAL <= len(cells) <= len(COLUMNS):
            raise ValueError(f"line {line}: it has {len(cells)} columns of {len(COLUMNS)}")
        yield line, dict(zip(COLUMNS, [*cells, *[""] * (len(COLUMNS) - len(cells))], strict=True))


def _row_problems(cells: dict[str, str]) -> Iterator[str]:
    for name, known in (
        ("country", COUNTRIES),
        ("supply", SUPPLIES),
        ("condition", ("", *CONDITIONS)),
        ("certainty", CERTAINTIES),
        ("valued_on", ("", RETAIL_SALE_PRICE)),
    ):
        if cells[name] not in known:
            yield f"{name} {cells[name]!r} is none of {', '.join(filter(None, known))}"
    if not TAX_CLASS.fullmatch(cells["tax_class"]):
        yield f"tax_class {cells['tax_class']!r} is written in small letters, digits, dashes and dots"
    if not cells["source"].strip():
        yield "source is empty: say which notification or Act it is of"
    numbers = {
        name: _number(cells[name]) for name in ("rate", "cess", "cess_per_piece", "cess_on_retail_price")
    }
    for name, number in numbers.items():
        if number is None:
            yield f"{name} {cells[name]!r} is no number from 0 to {MOST}"
    is_due = any(numbers.values())
    if cells["supply"] == UNKNOWN and not cells["reason"].strip():
        yield "reason is empty: say why the rate is not known, and what to do"
    if cells["supply"] != "taxable" and (is_due or cells["valued_on"]):
        yield f"a supply that is {cells['supply']} has no rate and no cess"
    if cells["supply"] == "taxable" and numbers["rate"] == 0:
        yield "a taxable supply has a rate; at 0 it is nil or exempt"
    days = {name: _date(cells[name]) for name in ("valid_from", "valid_until")}
    for name, day in days.items():
        if day is None:
            yield f"{name} {cells[name]!r} is no day; write it like 2026-11-01"
    first, last = days["valid_from"], days["valid_until"]
    if cells["valid_from"] and cells["valid_until"] and first and last and first > last:
        yield f"it ends on {last}, before it begins on {first}"


def _days_problems(numbered: list[tuple[int, RateRow]]) -> Iterator[str]:
    """Days of a class for which two rows hold, or none between its first and its last."""
    rows = [row for _, row in numbered]
    first, last = (
        min(row.valid_from or date.min for row in rows),
        max(row.valid_until or date.max for row in rows),
    )
    edges = sorted(
        {row.valid_from or date.min for row in rows}
        | {row.valid_until + timedelta(days=1) for row in rows if row.valid_until}
    )
    name = f"{rows[0].country} {rows[0].tax_class}"
    told: set[tuple[str, tuple[int, ...]]] = set()
    for day in edges:
        if not first <= day <= last:
            continue
        holding = [(line, row) for line, row in numbered if row.holds_on(day)]
        lines = tuple(line for line, _ in holding)
        under = [row.condition for _, row in holding]
        if not holding:
            before = [line for line, row in numbered if (row.valid_until or date.max) < day]
            yield f"line {max(before)}: {name} has no rate on {day}, though it has one before and after"
        elif (None in under and len(under) > 1) or len(set(under)) < len(under):
            if ("over", lines) not in told:
                told.add(("over", lines))
                yield f"lines {' and '.join(map(str, lines))}: {name} has more than one rate on {day}"
        elif None not in under and set(under) != set(CONDITIONS) and ("half", lines) not in told:
            told.add(("half", lines))
            absent = ", ".join(sorted(set(CONDITIONS) - set(filter(None, under))))
            yield f"line {lines[0]}: {name} has no rate for {absent} on {day}"


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written or 0)
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= MOST else None


def _date(written: str) -> date | None:
    """The day, any day where none is written, None where it is none."""
    try:
        day = date.fromisoformat(written) if written else date.min
    except ValueError:
        return None
    return day if day.year <= YEAR_MAX else None
