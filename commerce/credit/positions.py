"""How credit stands on a day: of every pair of a vendor or a retailer, and of a retailer over all its vendors.

The limit over all vendors is advisory: lenders see it beside what is owed, and no order is judged by it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, insert, text
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from commerce.credit.errors import LimitInvalid
from commerce.credit.models import AdvisoryLimit
from commerce.credit.queries import DISPUTED
from commerce.parties import service as parties
from commerce.parties.errors import BusinessNotFound
from foundation import clock
from foundation.ids import uuid7
from foundation.keyset import Order, page
from foundation.money import MINOR_UNITS_PER_MAJOR, to_rupees
from foundation.sheets import inert

SELLERS_MIN: Final = 5
"""A figure of the market that a vendor may see is of so many sellers at least: no rival's can be told from it."""
TURNOVER_DAYS: Final = 90


class Position(NamedTuple):
    """How one retailer stood with one vendor at the end of a day."""

    vendor_id: UUID
    vendor: str
    retailer_id: UUID
    retailer: str
    currency: str
    limit_paisa: int
    net_days: int | None
    day_of_month: int | None
    advance_percent: int | None
    owed_paisa: int
    """The balance: open debts less advances."""
    held_paisa: int | None
    """Promised to orders; known of today alone."""
    not_due_paisa: int
    days_1_30_paisa: int
    days_31_60_paisa: int
    days_61_90_paisa: int
    over_90_days_paisa: int
    disputed_paisa: int
    """Owed, and late for nobody while the dispute lasts."""
    days_past_due: int

    @property
    def overdue_paisa(self) -> int:
        return self.days_1_30_paisa + self.days_31_60_paisa + self.days_61_90_paisa + self.over_90_days_paisa

    @property
    def exposure_paisa(self) -> int:
        """What the vendor stands to lose; an advance of one vendor is no money of another."""
        return max(0, self.owed_paisa + (self.held_paisa or 0))


# One question for all pairs. The day of a limit or of terms ends where the vendor stands.
_POSITIONS = """
    SELECT agreement.vendor_id, vendor.name AS vendor, agreement.retailer_id, retailer.name AS retailer,
           agreement.currency, coalesce(lim.limit_paisa, 0) AS limit_paisa, terms.net_days, terms.day_of_month,
           terms.advance_percent,
           owed.balance, CASE WHEN :is_today THEN receivable.held_paisa END AS held_paisa,
           owed.not_due, owed.late_30, owed.late_60, owed.late_90, owed.late_more, owed.disputed, owed.days_late
    FROM app.credit_agreements agreement
    JOIN app.businesses vendor ON vendor.id = agreement.vendor_id
    JOIN app.businesses retailer ON retailer.id = agreement.retailer_id
    JOIN app.receivables receivable ON receivable.account_id = agreement.receivable_account_id
    CROSS JOIN LATERAL (SELECT (CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE vendor.time_zone) AS at) ended
    LEFT JOIN LATERAL (
        SELECT limit_paisa FROM app.credit_limits WHERE agreement_id = agreement.id AND valid_from < ended.at
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) lim ON true
    LEFT JOIN LATERAL (
        SELECT net_days, day_of_month, advance_percent FROM app.credit_terms
        WHERE agreement_id = agreement.id AND valid_from < ended.at ORDER BY valid_from DESC, id DESC LIMIT 1
    ) terms ON true
    CROSS JOIN LATERAL (
        SELECT CAST(coalesce(sum(amount_paisa), 0) AS bigint) AS balance,
               CAST(coalesce(sum(agreed) FILTER (WHERE late <= 0), 0) AS bigint) AS not_due,
               CAST(coalesce(sum(agreed) FILTER (WHERE late BETWEEN 1 AND 30), 0) AS bigint) AS late_30,
               CAST(coalesce(sum(agreed) FILTER (WHERE late BETWEEN 31 AND 60), 0) AS bigint) AS late_60,
               CAST(coalesce(sum(agreed) FILTER (WHERE late BETWEEN 61 AND 90), 0) AS bigint) AS late_90,
               CAST(coalesce(sum(agreed) FILTER (WHERE late > 90), 0) AS bigint) AS late_more,
               CAST(coalesce(sum(open - agreed), 0) AS bigint) AS disputed,
               greatest(0, coalesce(max(late) FILTER (WHERE agreed > 0), 0)) AS days_late
        FROM (
          SELECT amount_paisa, late, open, greatest(0, open - coalesce(disputed, 0)) AS agreed FROM (
            SELECT item.amount_paisa, CAST(:day AS date) - item.due_date AS late,
                   CASE WHEN item.amount_paisa > 0 THEN item.amount_paisa - coalesce((
                       SELECT sum(settled.amount_paisa) FROM app.allocations settled
                       WHERE settled.debit_item_id = item.id AND settled.effective_date <= :day
                         AND settled.recorded_at <= :known_at), 0) ELSE 0 END AS open,
                   ({disputed}) AS disputed
            FROM app.receivable_items item
            WHERE item.account_id = agreement.receivable_account_id AND item.document_date <= :day
              AND item.recorded_at <= :known_at
          ) item
        ) agreed
    ) owed
    WHERE {condition}
    ORDER BY agreement.vendor_id, agreement.retailer_id
"""
_DISPUTED_THEN = DISPUTED.format(moment="least(ended.at - interval '1 microsecond', :known_at)")
_SIDES = {
    "vendor": "agreement.vendor_id = :vendor_id",
    "retailer": "agreement.retailer_id = :retailer_id",
    "pair": "agreement.vendor_id = :vendor_id AND agreement.retailer_id = :retailer_id",
}


def positions(
    session: Session,
    *,
    day: date,
    is_today: bool,
    vendor_id: UUID | None = None,
    retailer_id: UUID | None = None,
) -> list[Position]:
    """How it stood at the end of `day` with every retailer of a vendor, every vendor of a retailer, or of both.

    The session's scope must have the vendors' books.
    """
    if vendor_id is None and retailer_id is None:
        raise ValueError("positions are of a vendor, of a retailer, or of both")
    side = "retailer" if vendor_id is None else "vendor" if retailer_id is None else "pair"
    rows = session.execute(
        text(_POSITIONS.format(condition=_SIDES[side], disputed=_DISPUTED_THEN)),
        {
            "vendor_id": vendor_id,
            "retailer_id": retailer_id,
            "day": day,
            "is_today": is_today,
            "known_at": clock.now(),
        },
    )
    return [Position._make(row) for row in rows]


class Bought(NamedTuple):
    """What a retailer bought of one vendor on credit in the last days, and in as many before."""

    vendor_id: UUID
    currency: str
    recent_paisa: int
    before_paisa: int


def bought(session: Session, *, retailer_id: UUID, day: date, vendor_id: UUID | None = None) -> list[Bought]:
    """Deliveries less returns on credit within TURNOVER_DAYS up to `day`, and within as many days before them."""
    middle = day - timedelta(days=TURNOVER_DAYS)
    rows = session.execute(
        text("""
            SELECT agreement.vendor_id, agreement.currency,
                   CAST(coalesce(sum(item.amount_paisa) FILTER (WHERE item.document_date > :middle), 0) AS bigint),
                   CAST(coalesce(sum(item.amount_paisa) FILTER (WHERE item.document_date <= :middle), 0) AS bigint)
            FROM app.credit_agreements agreement
            JOIN app.receivable_items item ON item.account_id = agreement.receivable_account_id
                AND item.kind IN ('charge', 'credit_note') AND item.document_date > :first
                AND item.document_date <= :day
            WHERE agreement.retailer_id = :retailer_id
              AND (CAST(:vendor_id AS uuid) IS NULL OR agreement.vendor_id = :vendor_id)
            GROUP BY agreement.vendor_id, agreement.currency
        """),
        {
            "retailer_id": retailer_id,
            "vendor_id": vendor_id,
            "day": day,
            "middle": middle,
            "first": middle - timedelta(days=TURNOVER_DAYS),
        },
    )
    return [Bought._make(row) for row in rows]


@dataclass(frozen=True)
class Metrics:
    """A retailer's credit in one currency, over the vendors that were looked at."""

    currency: str
    vendors: int
    """With whom it has a limit, a debt or an order."""
    limit_paisa: int
    owed_paisa: int
    held_paisa: int
    exposure_paisa: int
    overdue_paisa: int
    days_past_due: int
    turnover_paisa: int
    turnover_before_paisa: int
    largest_share_percent: Decimal | None
    """The part of the exposure that one vendor bears at most; None where nothing is exposed."""

    @property
    def utilisation_percent(self) -> Decimal | None:
        """How much of the limits is used; None without a limit."""
        return _percent(self.exposure_paisa, self.limit_paisa)

    @property
    def trend_percent(self) -> Decimal | None:
        """By how much more was bought than in the days before; None where nothing was bought then."""
        change = self.turnover_paisa - self.turnover_before_paisa
        return _percent(change, self.turnover_before_paisa)


def _percent(part: int, whole: int) -> Decimal | None:
    return None if whole <= 0 else round(Decimal(part) * 100 / whole, 1)


def metrics(found: Iterable[Position], trade: Iterable[Bought]) -> list[Metrics]:
    """The figures of positions and purchases of one retailer, by currency. Pure."""
    by_currency: dict[str, list[Position]] = {}
    for position in found:
        by_currency.setdefault(position.currency, []).append(position)
    turnover: dict[str, tuple[int, int]] = {}
    for one in trade:
        recent, before = turnover.get(one.currency, (0, 0))
        turnover[one.currency] = recent + one.recent_paisa, before + one.before_paisa
    told = []
    for currency, rows in sorted(by_currency.items()):
        exposure = sum(row.exposure_paisa for row in rows)
        recent, before = turnover.get(currency, (0, 0))
        told.append(
            Metrics(
                currency=currency,
                vendors=sum(bool(row.limit_paisa or row.owed_paisa or row.held_paisa) for row in rows),
                limit_paisa=sum(row.limit_paisa for row in rows),
                owed_paisa=sum(row.owed_paisa for row in rows),
                held_paisa=sum(row.held_paisa or 0 for row in rows),
                exposure_paisa=exposure,
                overdue_paisa=sum(row.overdue_paisa for row in rows),
                days_past_due=max(row.days_past_due for row in rows),
                turnover_paisa=recent,
                turnover_before_paisa=before,
                largest_share_percent=_percent(max(row.exposure_paisa for row in rows), exposure),
            )
        )
    return told


def advise_limit(session: Session, *, retailer_id: UUID, limit_paisa: int, reason: str, set_by: UUID) -> None:
    """Say what a retailer should owe all its vendors together at most, from now on; no order is judged by it.

    Raises BusinessNotFound, LimitInvalid.
    """
    if limit_paisa < 0:
        raise LimitInvalid(f"a limit of {limit_paisa} paisa is below zero; give 0 or more")
    retailer = parties.get_business(session, business_id=retailer_id)
    if not retailer.is_retailer:
        raise BusinessNotFound(retailer_id)
    session.execute(
        insert(AdvisoryLimit.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            retailer_id=retailer_id,
            currency=retailer.currency,
            limit_paisa=limit_paisa,
            reason=reason,
            set_by=set_by,
            valid_from=clock.now(),
        )
    )


_ADVISED = """
    SELECT DISTINCT ON (retailer_id) retailer_id, currency, limit_paisa, reason, valid_from FROM app.advisory_limits
    WHERE valid_from <= :now {more} ORDER BY retailer_id, valid_from DESC, id DESC
"""


def advised_limit(session: Session, retailer_id: UUID) -> RowMapping | None:
    """The newest advice for a retailer: currency, limit, reason and since when."""
    asked = text(_ADVISED.format(more="AND retailer_id = :retailer_id"))
    values = {"now": clock.now(), "retailer_id": retailer_id}
    return session.execute(asked, values).mappings().one_or_none()


# What one vendor owes the retailer is no money of another: only positive balances are exposed.
_EXPOSURES = f"""
    WITH advised AS ({_ADVISED.format(more="")}), exposed AS (
        SELECT agreement.retailer_id, agreement.currency, count(*) FILTER (
                   WHERE receivable.limit_paisa > 0 OR receivable.posted_paisa + receivable.held_paisa > 0) AS vendors,
               CAST(sum(receivable.limit_paisa) AS bigint) AS limit_paisa,
               CAST(sum(greatest(receivable.posted_paisa, 0)) AS bigint) AS owed_paisa,
               CAST(sum(receivable.held_paisa) AS bigint) AS held_paisa,
               CAST(sum(greatest(receivable.posted_paisa + receivable.held_paisa, 0)) AS bigint) AS exposure_paisa
        FROM app.credit_agreements agreement
        JOIN app.receivables receivable ON receivable.account_id = agreement.receivable_account_id
        GROUP BY agreement.retailer_id, agreement.currency
    )
    SELECT exposed.*, advised.limit_paisa AS advised_paisa
    FROM exposed
    LEFT JOIN advised ON advised.retailer_id = exposed.retailer_id AND advised.currency = exposed.currency
    WHERE true
"""  # noqa: S608 - a constant of this module
_EXPOSURE_FILTERS = {
    "is_over_advice": "(exposed.exposure_paisa > advised.limit_paisa) = :is_over_advice",
    "currency": "exposed.currency = :currency",
}
# A retailer that owes in two currencies stands twice. All pairs are summed for each page, in any order.
_RETAILER = (("retailer_id", "uuid"), ("currency", "text"))
EXPOSURES_BY = {
    "exposure": Order((("exposure_paisa", "bigint"), *_RETAILER), is_descending=True),
    "owed": Order((("owed_paisa", "bigint"), *_RETAILER), is_descending=True),
    "retailer": Order(_RETAILER),
}


def exposures(
    session: Session,
    *,
    is_over_advice: bool | None = None,
    currency: str | None = None,
    by: Order = EXPOSURES_BY["exposure"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What retailers owe and were promised over all vendors, the most exposed first. For lenders alone."""
    values = {"now": clock.now(), "is_over_advice": is_over_advice, "currency": currency}
    return page(session, _EXPOSURES, values, filters=_EXPOSURE_FILTERS, by=by, after=after, limit=limit)


# As files -------------------------------------------------------------------------------------

HEADINGS: Final = (*(name.removesuffix("_paisa") for name in Position._fields), "overdue", "exposure")
_AMOUNTS: Final = frozenset(
    name.removesuffix("_paisa") for name in (*Position._fields, "overdue_paisa", "exposure_paisa")
    if name.endswith("_paisa")
)  # fmt: skip


def _cells(position: Position) -> Mapping[str, object]:
    whole = {
        **position._asdict(),
        "overdue_paisa": position.overdue_paisa,
        "exposure_paisa": position.exposure_paisa,
    }
    return {name.removesuffix("_paisa"): value for name, value in whole.items()}


def as_csv(found: Sequence[Position]) -> bytes:
    """A line for each pair, amounts in major units."""
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\n")
    lines.writerow(HEADINGS)
    for position in found:
        cells = _cells(position)
        lines.writerow(
            [
                ""
                if cells[name] is None
                else to_rupees(int(str(cells[name])))
                if name in _AMOUNTS
                else inert(str(cells[name]))
                for name in HEADINGS
            ]
        )
    # Without this mark Excel does not read a CSV as UTF-8.
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def as_xlsx(found: Sequence[Position], made_at: datetime) -> bytes:
    """A sheet with a line for each pair; amounts are numbers, texts are never formulas."""
    target = io.BytesIO()
    with Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("Credit")
        for column, name in enumerate(HEADINGS):
            sheet.write_string(0, column, name)
        for row_no, position in enumerate(found, 1):
            for column, (name, cell) in enumerate(_cells(position).items()):
                if cell is None:
                    continue
                if name in _AMOUNTS:
                    sheet.write_number(row_no, column, int(str(cell)) / MINOR_UNITS_PER_MAJOR, money)
                elif isinstance(cell, int):
                    sheet.write_number(row_no, column, cell)
                else:
                    sheet.write_string(row_no, column, str(cell))
    return target.getvalue()
