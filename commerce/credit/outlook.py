"""What is late and for how long, of all customers of a vendor; and when money is likely to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.credit.queries import DISPUTED
from foundation import clock
from foundation.keyset import Order

SETTLED_MIN: Final = 3
"""Fewer settled debts say nothing about a payer; then the delay of all payers together is taken."""
LOOKED_BACK: Final = timedelta(days=365)


class Step(NamedTuple):
    """How an item stood from a day on."""

    day: date
    open_paisa: int
    days_past_due: int


def past_due_history(
    amount_paisa: int, dated: date, due: date, settled: Iterable[tuple[date, int]], until: date
) -> list[Step]:
    """How a debt stood on each day on which it changed: made, settled in part, past due, settled whole. Pure.

    `settled` is (effective date, minor units), reversals negative. Ends with `until` while something is open.
    """
    changes: dict[date, int] = {dated: amount_paisa}
    for day, part in settled:
        day = max(day, dated)  # noqa: PLW2901 - what was paid before the document settles it from its day on
        changes[day] = changes.get(day, 0) - part
    for day in (due + timedelta(days=1), until):
        changes.setdefault(max(day, dated), 0)
    steps: list[Step] = []
    open_paisa = 0
    for day in sorted(changes):
        if day > until:
            break
        was_open = open_paisa > 0
        open_paisa += changes[day]
        if open_paisa > 0 or was_open:
            late = max(0, (day - due).days)
            steps.append(Step(day, open_paisa, late))
    return steps


class Debt(NamedTuple):
    """An open debt of a payer."""

    retailer_id: UUID
    due_date: date
    open_paisa: int


class Delay(NamedTuple):
    """How late a payer paid on average, weighted by amount; negative when it pays early."""

    days: int
    settled_items: int


@dataclass(frozen=True)
class Week:
    """Seven days: what falls due in them, and what is likely to come."""

    first: date
    last: date
    due_paisa: int
    expected_paisa: int


@dataclass(frozen=True)
class CashFlow:
    """When open debts fall due and when they are likely to be paid. An expectation, no promise."""

    today: date
    overdue_paisa: int
    """Due before today; it is expected within the first week at the earliest."""
    weeks: Sequence[Week]
    later_paisa: int
    """Expected after the last week."""
    delays: Mapping[UUID, Delay]


def expect(debts: Sequence[Debt], delays: Mapping[UUID, Delay], today: date, weeks: int) -> CashFlow:
    """Spread open debts over weeks: by due day, and by due day plus the payer's own delay. Pure.

    A payer with fewer than SETTLED_MIN settled debts is taken to be as late as all together.
    """
    whole = sum(one.settled_items for one in delays.values())
    common = round(sum(one.days * one.settled_items for one in delays.values()) / whole) if whole else 0
    due, expected = [0] * weeks, [0] * weeks
    overdue = later = 0
    for debt in debts:
        own = delays.get(debt.retailer_id)
        days = own.days if own is not None and own.settled_items >= SETTLED_MIN else common
        week = max(0, (debt.due_date + timedelta(days=days) - today).days) // 7
        if week < weeks:
            expected[week] += debt.open_paisa
        else:
            later += debt.open_paisa
        if debt.due_date < today:
            overdue += debt.open_paisa
        elif (by := (debt.due_date - today).days // 7) < weeks:
            due[by] += debt.open_paisa
    return CashFlow(
        today=today,
        overdue_paisa=overdue,
        weeks=[
            Week(today + timedelta(days=7 * n), today + timedelta(days=7 * n + 6), due[n], expected[n])
            for n in range(weeks)
        ],
        later_paisa=later,
        delays=delays,
    )


# What is in dispute is neither late nor to be counted on.
_DEBTS = text(f"""
    SELECT agreement.retailer_id, item.due_date,
           item.amount_paisa - coalesce(settled.amount_paisa, 0) - coalesce(disputed.amount_paisa, 0) AS open_paisa
    FROM app.credit_agreements agreement
    JOIN app.receivable_items item ON item.account_id = agreement.receivable_account_id AND item.amount_paisa > 0
    LEFT JOIN LATERAL (
        SELECT CAST(sum(amount_paisa) AS bigint) AS amount_paisa FROM app.allocations
        WHERE debit_item_id = item.id
    ) settled ON true
    LEFT JOIN LATERAL ({DISPUTED.format(moment=":now")}) disputed ON true
    WHERE agreement.vendor_id = :vendor_id
      AND item.amount_paisa > coalesce(settled.amount_paisa, 0) + coalesce(disputed.amount_paisa, 0)
    ORDER BY item.due_date, item.id
""")  # noqa: S608 - constants of this module
# Only what was paid, and not what was undone since: goods taken back and debts given up say nothing of a payer.
_DELAYS = text("""
    SELECT agreement.retailer_id,
           CAST(round(sum((allocation.effective_date - debit.due_date) * allocation.amount_paisa)
                / sum(allocation.amount_paisa)) AS integer) AS days,
           CAST(count(DISTINCT debit.id) AS integer) AS settled_items
    FROM app.credit_agreements agreement
    JOIN app.allocations allocation ON allocation.account_id = agreement.receivable_account_id
    JOIN app.receivable_items debit ON debit.id = allocation.debit_item_id AND debit.kind = 'charge'
    JOIN app.receivable_items credit ON credit.id = allocation.credit_item_id AND credit.kind = 'payment'
    WHERE agreement.vendor_id = :vendor_id AND allocation.amount_paisa > 0
      AND allocation.effective_date > :since
      AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = allocation.id)
    GROUP BY agreement.retailer_id
""")


def cash_flow(session: Session, *, vendor_id: UUID, today: date, weeks: int) -> CashFlow:
    """When a vendor's open debts fall due, and when they are likely to be paid; without what is in dispute."""
    debts = session.execute(_DEBTS, {"vendor_id": vendor_id, "now": clock.now()})
    delays = session.execute(_DELAYS, {"vendor_id": vendor_id, "since": today - LOOKED_BACK})
    return expect(
        [Debt._make(row) for row in debts],
        {row.retailer_id: Delay(row.days, row.settled_items) for row in delays},
        today,
        weeks,
    )


_AGEING = """
    SELECT agreement.retailer_id, agreement.currency,
           CAST(coalesce(sum(open.agreed) FILTER (WHERE open.late <= 0), 0) AS bigint) AS not_due_paisa,
           CAST(coalesce(sum(open.agreed) FILTER (WHERE open.late BETWEEN 1 AND 30), 0) AS bigint) AS days_1_30_paisa,
           CAST(coalesce(sum(open.agreed) FILTER (WHERE open.late BETWEEN 31 AND 60), 0) AS bigint)
               AS days_31_60_paisa,
           CAST(coalesce(sum(open.agreed) FILTER (WHERE open.late BETWEEN 61 AND 90), 0) AS bigint)
               AS days_61_90_paisa,
           CAST(coalesce(sum(open.agreed) FILTER (WHERE open.late > 90), 0) AS bigint) AS over_90_days_paisa,
           CAST(sum(open.paisa - open.agreed) AS bigint) AS disputed_paisa,
           CAST(sum(open.paisa) AS bigint) AS total_paisa,
           greatest(coalesce(max(open.late) FILTER (WHERE open.agreed > 0), 0), 0) AS days_past_due
    FROM app.credit_agreements agreement
    JOIN app.businesses vendor ON vendor.id = agreement.vendor_id
    CROSS JOIN LATERAL (
        SELECT least(CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE vendor.time_zone
                     - interval '1 microsecond', :known_at) AS at
    ) ended
    JOIN LATERAL (
        SELECT item.amount_paisa - coalesce(settled.amount_paisa, 0) AS paisa, :day - item.due_date AS late,
               greatest(0, item.amount_paisa - coalesce(settled.amount_paisa, 0)
                           - coalesce(disputed.amount_paisa, 0)) AS agreed
        FROM app.receivable_items item
        LEFT JOIN LATERAL (
            SELECT CAST(sum(amount_paisa) AS bigint) AS amount_paisa FROM app.allocations
            WHERE debit_item_id = item.id AND recorded_at <= :known_at AND effective_date <= :day
        ) settled ON true
        LEFT JOIN LATERAL ({disputed}) disputed ON true
        WHERE item.account_id = agreement.receivable_account_id AND item.amount_paisa > 0
          AND item.recorded_at <= :known_at AND item.document_date <= :day
          AND item.amount_paisa > coalesce(settled.amount_paisa, 0)
    ) open ON true
    WHERE agreement.vendor_id = :vendor_id {beyond}
    GROUP BY agreement.retailer_id, agreement.currency
"""
_DISPUTED_THEN = DISPUTED.format(moment="ended.at")
# By customer the groups are made along the agreements' index and end with the page; by what is owed all are summed.
_BY_CUSTOMER = Order((("agreement.retailer_id", "uuid"), ("agreement.currency", "text")))
AGEING_ORDERS = {
    "customer": _BY_CUSTOMER,
    "owed": Order(
        (("aged.total_paisa", "bigint"), ("aged.retailer_id", "uuid"), ("aged.currency", "text")),
        is_descending=True,
    ),
}


def ageing_of_all(
    session: Session,
    *,
    vendor_id: UUID,
    day: date,
    known_at: datetime | None = None,
    order: Order = _BY_CUSTOMER,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """What each customer of a vendor owed on a day by how late it was, as it was known at a moment (default: now)."""
    if order is _BY_CUSTOMER:
        aged = _AGEING.format(beyond=order.beyond(after), disputed=_DISPUTED_THEN)
        asked = f"{aged} ORDER BY {order.by} LIMIT :limit"
    else:
        aged = _AGEING.format(beyond="", disputed=_DISPUTED_THEN)
        asked = (
            f"SELECT * FROM ({aged}) aged WHERE true {order.beyond(after)} ORDER BY {order.by} LIMIT :limit"  # noqa: S608 - constants
        )
    values = {"vendor_id": vendor_id, "day": day, "known_at": known_at or clock.now(), "limit": limit}
    return session.execute(text(asked), values | order.values(after)).mappings().all()


def settled_parts(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, list[tuple[date, int]]]:
    """(effective date, minor units) of what settles each of these debts, reversals negative."""
    rows = session.execute(
        text("""
            SELECT debit_item_id, effective_date, amount_paisa FROM app.allocations
            WHERE debit_item_id = ANY (CAST(:item_ids AS uuid[])) ORDER BY effective_date, id
        """),
        {"item_ids": list(item_ids)},
    )
    parts: dict[UUID, list[tuple[date, int]]] = {item_id: [] for item_id in item_ids}
    for row in rows:
        parts[row.debit_item_id].append((row.effective_date, row.amount_paisa))
    return parts
