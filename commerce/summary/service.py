"""A shop's day: what it sold, took, gave on credit, spent and bought, beside the same weekday a week before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.parties import service as parties
from commerce.summary import queries
from commerce.summary.errors import SummaryDayInvalid
from foundation import clock
from foundation.clock import business_day, end_of_day

WEEK = timedelta(days=7)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """What a day came to. All amounts are of papers of that day, whenever they were written."""

    bills: int
    bills_paisa: int
    tax_paisa: int
    cancelled: int
    cancelled_paisa: int
    returns: int
    returns_paisa: int
    paid_paisa: int
    on_credit_paisa: int
    khata_given_paisa: int
    khata_collected_paisa: int
    expenses: int
    expenses_paisa: int
    stock_ins: int
    stock_ins_paisa: int
    stock_ins_owed_paisa: int
    new_customers: int
    outstanding_paisa: int
    payments: Sequence[RowMapping]


@dataclass(frozen=True)
class Summary:
    """A day beside the one a week before."""

    day: date
    compared_with: date
    currency: str
    today: Figures
    week_before: Figures
    top_goods: Sequence[RowMapping]
    low_stock: int


def daily(session: Session, *, business_id: UUID, day: date | None = None) -> Summary:
    """The summary of a day of the shop's own calendar (left out: today). Raises SummaryDayInvalid."""
    shop = parties.get_business(session, business_id=business_id)
    today = business_day(clock.now(), shop.time_zone)
    day = day or today
    if day > today:
        raise SummaryDayInvalid(f"{day} has not come yet; give {today} or an earlier day")
    return Summary(
        day,
        day - WEEK,
        shop.currency,
        _figures(session, business_id, day, shop.time_zone),
        _figures(session, business_id, day - WEEK, shop.time_zone),
        queries.top_goods(session, business_id, day),
        queries.low_stock(session, business_id),
    )


def _figures(session: Session, business_id: UUID, day: date, time_zone: str) -> Figures:
    opens, closes = end_of_day(day - A_DAY, time_zone), end_of_day(day, time_zone)
    row = {
        name: int(value) for name, value in queries.figures(session, business_id, day, opens, closes).items()
    }
    paid = row["counter_paisa"] + row["bills_paid_paisa"]
    return Figures(
        **{name: row[name] for name in Figures.__dataclass_fields__ if name in row},
        paid_paisa=paid,
        on_credit_paisa=row["bills_paisa"] - paid,
        khata_given_paisa=row["bills_paisa"] - paid + row["debits_paisa"],
        khata_collected_paisa=row["collected_paisa"] - row["bills_paid_paisa"],
        payments=queries.payments(session, business_id, day),
    )
