"""Which day decides the rate of a supply around a change of rates, and by which rule: pure functions of its facts.

Two rules are in use, and a shop's accountant chooses. Notification 66/2017-Central Tax takes suppliers of goods
outside composition off tax on advances and lets section 12(2)(a) decide, "including situations attracting section 14":
the earlier of the invoice and the last day on which it was due. Section 14 itself looks at payment too, in six cases;
services and composition dealers know no other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from commerce.tax.errors import RateDayUnclear
from commerce.tax.rates import rate_table

TimingRule = Literal["section-12", "section-14"]
"""What a shop's setting names: 12(2)(a) with Notification 66/2017, or the six cases of section 14."""

WORKING_DAYS = 4
"""A credit in the bank later than so many working days after the change is itself the day of payment (s. 14)."""


@dataclass(frozen=True, slots=True)
class SupplyDays:
    """The facts of a supply on which its rate may depend."""

    supplied: date
    invoiced: date
    due_to_invoice: date | None = None
    """The last day on which the invoice was due (s. 31(1)); left out: the day of supply, when goods leave."""
    booked: date | None = None
    """When the payment was entered in the seller's books; None: it was not yet."""
    credited: date | None = None
    """When it came to the seller's bank account."""
    is_service: bool = False
    is_composition: bool = False

    @property
    def span(self) -> tuple[date, date]:
        """The first and last day of these facts: a change of rates outside of them touches nothing."""
        days = [
            day
            for day in (self.supplied, self.invoiced, self.due_to_invoice, self.booked, self.credited)
            if day is not None
        ]
        return min(days), max(days)


@dataclass(frozen=True, slots=True)
class RateDay:
    """The day that decides, by which rule, and the change of rates that made it a question."""

    day: date
    rule: str
    change: date | None = None

    def as_data(self) -> dict[str, Any]:
        """As it stands in the trace of a line."""
        return {
            "rate_day": self.day.isoformat(),
            "rate_day_rule": self.rule,
            "change_of_rate": self.change and self.change.isoformat(),
        }


def rate_day(
    facts: SupplyDays, change: date | None, rule: TimingRule, holidays: Collection[date] = ()
) -> RateDay:
    """The day that decides the rate of a supply; `change` is the first day of the new rate, None: there is none.

    `holidays` are the days on which banks are closed beside Sundays and second and fourth Saturdays.
    """
    due = facts.due_to_invoice or facts.supplied
    if change is None:
        return RateDay(min(facts.invoiced, due), _plain_rule(facts))
    if rule == "section-12" and not (facts.is_service or facts.is_composition):
        return RateDay(
            min(facts.invoiced, due),
            "CGST Act s. 12(2)(a) with Notification 66/2017: the earlier of the invoice and its last day",
            change,
        )
    return _by_section_14(facts, change, holidays)


def changes_between(
    country: str, tax_class: str, condition: str | None, first: date, last: date
) -> tuple[date, ...]:
    """The days, after the first and up to the last, from which other rates hold for a class."""
    rows = [
        row
        for row in rate_table().rows.get((country, tax_class), ())
        if row.condition is None or row.condition == condition
    ]
    found = []
    for start in sorted({row.valid_from for row in rows if row.valid_from is not None}):
        if not first < start <= last:
            continue
        before = {row.levy for row in rows if row.holds_on(start - timedelta(days=1))}
        if before != {row.levy for row in rows if row.holds_on(start)}:
            found.append(start)
    return tuple(found)


def rate_day_of(
    facts: SupplyDays,
    *,
    good: str,
    country: str,
    tax_class: str,
    condition: str | None,
    rule: TimingRule,
    holidays: Collection[date] = (),
) -> RateDay:
    """The day that decides the rate of a class, by the changes that its rows know. Raises RateDayUnclear.

    Nepal has one rate; what is exempt changes with a Finance Act, from a day on which the invoice decides.
    """
    if country != "IN":
        return RateDay(facts.invoiced, "the day of the invoice (VAT Act 2052)")
    changes = changes_between(country, tax_class, condition, *facts.span)
    if len(changes) > 1 and (rule == "section-14" or facts.is_service or facts.is_composition):
        raise RateDayUnclear(good, changes)
    return rate_day(facts, changes[0] if changes else None, rule, holidays)


def payment_day(facts: SupplyDays, change: date, holidays: Collection[date] = ()) -> date | None:
    """When a payment counts as received at a change of rates (s. 14, proviso and explanation); None: not yet."""
    if facts.credited is not None and facts.credited > working_days_after(change, WORKING_DAYS, holidays):
        return facts.credited
    days = [day for day in (facts.booked, facts.credited) if day is not None]
    return min(days) if days else None


def working_days_after(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """The day that lies so many days of the banks after another: Sundays, second and fourth Saturdays are none."""
    while count:
        day += timedelta(days=1)
        is_closed = day.weekday() == 6 or (day.weekday() == 5 and (day.day - 1) // 7 in (1, 3))
        if not is_closed and day not in holidays:
            count -= 1
    return day


def _by_section_14(facts: SupplyDays, change: date, holidays: Collection[date]) -> RateDay:
    paid = payment_day(facts, change, holidays)
    invoiced = facts.invoiced
    is_invoiced_before = invoiced < change
    is_paid_before = paid is not None and paid < change
    earlier = invoiced if paid is None else min(invoiced, paid)

    def decided(day: date, case: str) -> RateDay:
        return RateDay(day, f"CGST Act s. 14{case}", change)

    if facts.supplied < change:
        match is_invoiced_before, is_paid_before:
            case False, False:
                return decided(
                    earlier, "(a)(i): supplied before, invoiced and paid after, the earlier of both"
                )
            case True, False:
                return decided(invoiced, "(a)(ii): supplied and invoiced before, the invoice")
            case False, True:
                return decided(paid or invoiced, "(a)(iii): supplied and paid before, the payment")
            case _:
                return decided(earlier, ": all before the change, the earlier of invoice and payment")
    match is_invoiced_before, is_paid_before:
        case True, False:
            # Not paid yet is paid after the change, whichever day that will be: the new rate.
            return decided(
                paid or facts.supplied, "(b)(i): invoiced before, supplied and paid after, the payment"
            )
        case True, True:
            return decided(earlier, "(b)(ii): invoiced and paid before, the earlier of both")
        case False, True:
            return decided(invoiced, "(b)(iii): paid before, supplied and invoiced after, the invoice")
        case _:
            return decided(earlier, ": all after the change, the earlier of invoice and payment")


def _plain_rule(facts: SupplyDays) -> str:
    if facts.is_service:
        return "no change of rate between supply, invoice and payment (CGST Act s. 13)"
    return "no change of rate between supply, invoice and payment (CGST Act s. 12)"
