"""The sales register: what a business issued in a period, as a return of taxes or an inspector asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.customers import queries as customer_queries
from commerce.customers import service as customers
from commerce.parties import service as parties
from commerce.parties.models import Business
from commerce.register import queries
from commerce.register.errors import RegisterPeriodInvalid
from commerce.tax.bikram import bikram_date, published_years
from commerce.tax.errors import BikramYearUnpublished
from commerce.tax.summary import HSN_DIGITS
from foundation import clock, sheets
from foundation.clock import business_day
from foundation.keyset import Order

DAYS_MAX: Final = 366
FILE_LINES_MAX: Final = 50_000
COLUMNS: Final = {
    "NP": (
        "date",
        "date_bs",
        "number",
        "kind",
        "buyer",
        "buyer_pan",
        "original",
        "cancelled",
        "total_sales",
        "exempt_sales",
        "export_sales",
        "taxable_sales",
        "vat",
        "round_off",
    ),
    "IN": (
        "date",
        "number",
        "kind",
        "buyer",
        "buyer_gstin",
        "place_of_supply",
        "original",
        "cancelled",
        "taxable_value",
        "exempt_value",
        "cgst",
        "sgst",
        "igst",
        "cess",
        "round_off",
        "total",
    ),
}
"""Of Nepal as the sales book (VAT Rules 2053, Schedule 8) has them: what a shop here sells is never exported."""


@dataclass(frozen=True)
class Period:
    """Whose register, from when to when."""

    shop: Business
    first: date
    last: date


@dataclass(frozen=True)
class Document:
    """A document with its buyer by name and number, and in Nepal its day in Bikram Sambat."""

    row: RowMapping
    buyer: str | None = field(repr=False)
    buyer_number: str | None = field(repr=False)
    bikram_day: str | None

    def __getitem__(self, name: str) -> Any:
        return self.row[name]


def period(
    session: Session,
    *,
    business_id: UUID,
    first: date | None = None,
    last: date | None = None,
    month: str | None = None,
) -> Period:
    """The days of a register: given, of a month (in Nepal of Bikram Sambat: `2083.08`), or the month up to today.

    Raises RegisterPeriodInvalid, BikramYearUnpublished.
    """
    shop = parties.get_business(session, business_id=business_id)
    today = business_day(clock.now(), shop.time_zone)
    if month is not None:
        if first is not None or last is not None:
            raise RegisterPeriodInvalid("a month and days name two periods; give one of them")
        return Period(shop, *_month(shop.country, month))
    last = last or today
    first = first or (_month_begin(last) if shop.country == "NP" else last.replace(day=1))
    if not first <= last <= first + timedelta(days=DAYS_MAX - 1):
        raise RegisterPeriodInvalid(
            f"from {first} to {last} is no period of 1 to {DAYS_MAX} days; ask for one year at most"
        )
    return Period(shop, first, last)


def documents(
    session: Session,
    of: Period,
    *,
    by: Order = queries.DOCUMENTS_BY["day"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> list[Document]:
    """The documents of a period in the order of their days."""
    rows = queries.documents(session, of.shop.id, of.first, of.last, by=by, after=after, limit=limit)
    asked = {row["customer_id"] for row in rows if row["customer_id"] is not None}
    known = {
        row["id"]: customers.known(row)
        for row in customer_queries.customers_of(session, of.shop.id, sorted(asked))
    }
    found = []
    for row in rows:
        customer = known.get(row["customer_id"])
        found.append(
            Document(
                row,
                row["retailer"] if customer is None else customer.name,
                row["retailer_number"] if customer is None else customer.details.registration_number,
                _bikram(row["document_date"]) if of.shop.country == "NP" else None,
            )
        )
    return found


@dataclass(frozen=True)
class Summed:
    """A period by HSN, and its series of documents."""

    by_hsn: Sequence[RowMapping]
    series: Sequence[RowMapping]


def summary(session: Session, of: Period) -> Summed:
    """What a return sums up of a period: goods by HSN and rate, documents by series."""
    band = queries.turnover_band(session, of.shop.id)
    digits = HSN_DIGITS["above-5-crore" if band == "above-5-crore" else "up-to-5-crore"]
    return Summed(
        queries.by_hsn(session, of.shop.id, of.first, of.last, digits),
        queries.series(session, of.shop.id, of.first, of.last),
    )


def as_file(session: Session, of: Period, form: Literal["csv", "xlsx"]) -> bytes:
    """The register as a sheet, with the columns of its country. Raises RegisterPeriodInvalid."""
    found = documents(session, of, limit=FILE_LINES_MAX + 1)
    if len(found) > FILE_LINES_MAX:
        raise RegisterPeriodInvalid(
            f"the period has more than {FILE_LINES_MAX} documents; ask for a shorter one"
        )
    columns = COLUMNS["NP" if of.shop.country == "NP" else "IN"]
    rows = [_cells(one, columns) for one in found]
    return sheets.as_csv(columns, rows) if form == "csv" else sheets.as_xlsx("Sales register", columns, rows)


def _cells(one: Document, columns: Sequence[str]) -> list[sheets.Cell]:
    told: dict[str, sheets.Cell] = {
        "date": one["document_date"].isoformat(),
        "date_bs": one.bikram_day or "",
        "number": one["number"],
        "kind": one["kind"],
        "buyer": one.buyer or "",
        "buyer_pan": one.buyer_number or "",
        "buyer_gstin": one.buyer_number or "",
        "place_of_supply": one["place_of_supply"] or "",
        "original": one["original_number"] or "",
        "cancelled": "yes" if one["is_cancelled"] else "",
        "export_sales": Decimal(0),
    }
    amounts = {
        "total_sales": "total_paisa",
        "exempt_sales": "untaxed_paisa",
        "taxable_sales": "taxable_paisa",
        "taxable_value": "taxable_paisa",
        "exempt_value": "untaxed_paisa",
        "total": "total_paisa",
        **{name: f"{name}_paisa" for name in ("cgst", "sgst", "igst", "cess", "vat", "round_off")},
    }
    told |= {column: Decimal(one[name]) / 100 for column, name in amounts.items()}
    return [told[column] for column in columns]


def _bikram(day: date) -> str | None:
    try:
        return str(bikram_date(day))
    except BikramYearUnpublished:
        # The register shows what was issued; only a bill is refused without its date.
        return None


def _month_begin(day: date) -> date:
    return day - timedelta(days=bikram_date(day).day - 1)


def _month(country: str, month: str) -> tuple[date, date]:
    year, number = int(month[:4]), int(month[5:])
    if not 1 <= number <= 12:
        raise RegisterPeriodInvalid(f"{month} is no month; its number is 01 to 12")
    if country == "NP":
        known = published_years().get(year)
        if known is None:
            years = sorted(published_years())
            raise RegisterPeriodInvalid(
                f"the calendar of {year} in Bikram Sambat is not known here; give a month of {years[0]} to "
                f"{years[-1]}, or the first and last day"
            )
        begin = known.first_day + timedelta(days=sum(known.months[: number - 1]))
        return begin, begin + timedelta(days=known.months[number - 1] - 1)
    if not 1900 <= year <= 2200:
        raise RegisterPeriodInvalid(f"{month} is no month of our time; write one like 2026-11")
    begin = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    return begin, following - timedelta(days=1)
