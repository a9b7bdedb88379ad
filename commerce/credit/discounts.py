"""Discounts for paying in time: given as they were promised with the goods' price, taken back when that falls away.

A scheme's `cash_discount` is told on each line of an order on credit (`commerce/pricing`): so much of each unit, if it
is paid within so many days of the delivery. A payment that settles a delivery's charge but for the discount, dated
within the days, earns it. Never more stands than was promised for the goods that were kept, and a charge has it once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit.agreements import find_agreement
from commerce.credit.queries import Agreement
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ledger.settlement import Settlement, allocate
from commerce.pricing.service import WITHIN_DAYS_MAX
from foundation.ids import uuid7
from foundation.money import line_amount_paisa


@dataclass
class Promise:
    """What a charge earns by being settled in time: minor units by the days that were given."""

    item_id: UUID
    order_id: UUID
    document_date: date
    document_number: str | None
    settled_last: date | None
    """From when on the latest of what settles it holds."""
    off_paisa: dict[int, int] = field(default_factory=dict)

    def earned(self, paid_on: date) -> int:
        """How much it earns when the rest of it is paid on a day. Pure."""
        last = max(filter(None, (paid_on, self.document_date, self.settled_last)))
        return sum(
            paisa for days, paisa in self.off_paisa.items() if last <= self.document_date + timedelta(days)
        )


# What was written off in part, or has its discount, earns none. No promise reaches back further than the days that a
# scheme may give, so that older debts are not looked at.
_PROMISED = text("""
    SELECT item.id, item.order_id, item.document_date, item.document_number, settled.last, line.quantity,
           CAST(step ->> 'off_per_unit' AS numeric) AS off, CAST(step ->> 'within_days' AS integer) AS within_days
    FROM app.receivable_items item
    JOIN app.delivery_lines line ON line.delivery_id = item.source_id
    JOIN app.order_lines ordered ON ordered.order_id = line.order_id AND ordered.line_no = line.order_line_no
    CROSS JOIN LATERAL jsonb_array_elements(ordered.explanation -> 'steps') step
    CROSS JOIN LATERAL (
        SELECT max(made.effective_date) AS last,
               coalesce(bool_or(credit.kind IN ('write_off', 'cash_discount')), false) AS is_barred
        FROM app.allocations made JOIN app.receivable_items credit ON credit.id = made.credit_item_id
        WHERE made.debit_item_id = item.id AND made.amount_paisa > 0
          AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = made.id)
    ) settled
    WHERE item.id = ANY (CAST(:items AS uuid[])) AND item.kind = 'charge' AND item.source = 'delivery'
      AND item.document_date >= CAST(:paid_on AS date) - CAST(:days_max AS integer)
      AND step ->> 'off_per_unit' IS NOT NULL AND NOT settled.is_barred
      AND item.document_date + CAST(step ->> 'within_days' AS integer) >= :paid_on
    ORDER BY item.document_date, item.id, line.line_no
""")
_KEPT = text("""
    SELECT document.order_id, CAST(step ->> 'off_per_unit' AS numeric) AS off,
           sum(CASE document.kind WHEN 'delivery' THEN line.quantity ELSE -line.quantity END) AS quantity
    FROM app.deliveries document
    JOIN app.delivery_lines line ON line.delivery_id = document.id
    JOIN app.order_lines ordered ON ordered.order_id = line.order_id AND ordered.line_no = line.order_line_no
    CROSS JOIN LATERAL jsonb_array_elements(ordered.explanation -> 'steps') WITH ORDINALITY told (step, no)
    WHERE document.order_id = ANY (CAST(:orders AS uuid[])) AND step ->> 'off_per_unit' IS NOT NULL
    GROUP BY document.order_id, ordered.line_no, told.no, step
""")
_STANDING = text("""
    SELECT order_id, CAST(-sum(amount_paisa) AS bigint) AS paisa FROM app.receivable_items
    WHERE order_id = ANY (CAST(:orders AS uuid[])) AND kind IN ('cash_discount', 'discount_reversal') GROUP BY order_id
""")


def standing(session: Session, order_ids: Collection[UUID]) -> dict[UUID, int]:
    """How much discount stands on each of these orders; only orders that had one."""
    rows = session.execute(_STANDING, {"orders": list(order_ids)})
    return {row.order_id: row.paisa for row in rows}


def promised(session: Session, order_ids: Collection[UUID]) -> dict[UUID, int]:
    """What was promised for what was delivered of each of these orders and not returned, all paid in time."""
    kept: dict[UUID, int] = {}
    for row in session.execute(_KEPT, {"orders": list(order_ids)}):
        kept[row.order_id] = kept.get(row.order_id, 0) + line_amount_paisa(row.off, row.quantity)
    return kept


def _promises(session: Session, item_ids: Sequence[UUID], paid_on: date) -> list[Promise]:
    asked = {"items": list(item_ids), "paid_on": paid_on, "days_max": WITHIN_DAYS_MAX}
    found: dict[UUID, Promise] = {}
    for row in session.execute(_PROMISED, asked):
        promise = found.setdefault(
            row.id, Promise(row.id, row.order_id, row.document_date, row.document_number, row.last)
        )
        off = line_amount_paisa(row.off, row.quantity)
        promise.off_paisa[row.within_days] = promise.off_paisa.get(row.within_days, 0) + off
    return list(found.values())


def give(
    session: Session,
    agreement: Agreement,
    *,
    amount_paisa: int,
    paid_on: date,
    chosen: Mapping[UUID, int],
    is_rest_kept: bool,
) -> dict[UUID, int]:
    """Give the discounts that a payment of a day earns; what it settles by choice, without what they settle.

    Each is an entry in both books and an item that settles its charge. The account's row must be locked.
    """
    debts = ledger_queries.open_debits(session, agreement.receivable_account_id)
    open_paisa = {debt.id: debt.open_paisa for debt in debts}
    discounts = _give(
        session, agreement, open_paisa, amount_paisa, paid_on, chosen, is_rest_kept=is_rest_kept
    )
    parts = {
        item_id: min(wanted, open_paisa[item_id] - discounts[item_id]) if item_id in discounts else wanted
        for item_id, wanted in chosen.items()
    }
    return {item_id: part for item_id, part in parts.items() if part or item_id not in discounts}


def give_for_advances(session: Session, *, vendor_id: UUID, retailer_id: UUID, charge: ledger.Item) -> int:
    """Give the discount that a new charge earns where what was paid before it comes to the rest of it; how much.

    The charge is written, and nothing settles it yet. The account's row must be locked.
    """
    credits = ledger_queries.open_credits(session, charge.account_id)
    if not credits:
        return 0
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    paid, open_paisa = sum(credit.open_paisa for credit in credits), {charge.id: charge.amount_paisa}
    given = _give(session, agreement, open_paisa, paid, charge.document_date, {}, is_rest_kept=False)
    return given.get(charge.id, 0)


def _give(
    session: Session,
    agreement: Agreement,
    open_paisa: Mapping[UUID, int],
    amount_paisa: int,
    paid_on: date,
    chosen: Mapping[UUID, int],
    *,
    is_rest_kept: bool,
) -> dict[UUID, int]:
    promises = {one.item_id: one for one in _promises(session, list(open_paisa), paid_on)}
    if not promises:
        return {}
    orders = {one.order_id for one in promises.values()}
    kept, given = promised(session, orders), standing(session, orders)
    earned = {}
    for item_id, promise in promises.items():
        room = kept.get(promise.order_id, 0) - given.get(promise.order_id, 0)
        if (paisa := min(promise.earned(paid_on), room)) > 0:
            earned[item_id] = paisa
            given[promise.order_id] = given.get(promise.order_id, 0) + paisa
    discounts = within_reach(amount_paisa, open_paisa, earned, chosen, is_rest_kept=is_rest_kept)
    if not discounts:
        return {}
    account_id = agreement.receivable_account_id
    ledger.move_exposure(session, account_id=account_id, posted_paisa=-sum(discounts.values()))
    settlements = []
    for item_id, paisa in discounts.items():
        promise = promises[item_id]
        day = max(paid_on, promise.document_date)
        item = _posted(
            session, agreement, "cash_discount", promise.order_id, promise.document_number, -paisa, day
        )
        ledger.write_item(session, item)
        settlements.append(Settlement(item.id, item_id, paisa))
    allocate(
        session,
        business_id=agreement.vendor_id,
        account_id=account_id,
        effective_date=paid_on,
        settlements=settlements,
    )
    return discounts


def within_reach(
    amount_paisa: int,
    open_paisa: Mapping[UUID, int],
    earned: Mapping[UUID, int],
    chosen: Mapping[UUID, int],
    *,
    is_rest_kept: bool,
) -> dict[UUID, int]:
    """Which of the earned discounts a payment comes up to: it settles the rest of their debts. Pure.

    First what it settles by choice, then the open debts in their order, unless the rest is kept.
    """
    left, given = amount_paisa - sum(chosen.values()), {}
    for item_id, wanted in chosen.items():
        whole, off = open_paisa.get(item_id, 0), min(earned.get(item_id, 0), open_paisa.get(item_id, 0))
        if off and wanted >= whole - off:
            given[item_id] = off
            left += max(0, wanted - (whole - off))
    for item_id, whole in open_paisa.items():
        if is_rest_kept or left <= 0 or item_id in given:
            continue
        off = min(earned.get(item_id, 0), whole)
        wanted = whole - chosen.get(item_id, 0)
        if off and left >= wanted - off:
            given[item_id] = off
            wanted -= off
        left -= min(left, wanted)
    return given


def _posted(
    session: Session,
    agreement: Agreement,
    kind: str,
    order_id: UUID,
    document_number: str | None,
    amount_paisa: int,
    day: date,
) -> ledger.Item:
    """Post a discount (negative) or its end in both books; the open item that is to be written for it."""
    account_id, source_id = agreement.receivable_account_id, uuid7()
    transaction_id = ledger.post_mirrored(
        session,
        source=kind,
        source_id=source_id,
        effective_date=day,
        currency=agreement.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(agreement.vendor_id, debit=account_id, credit="discount_allowed"),
        buyer=ledger.Leg(
            agreement.retailer_id, debit="discount_received", credit=agreement.payable_account_id
        )
        if agreement.payable_account_id is not None
        else None,
    )
    return ledger.Item(
        business_id=agreement.vendor_id,
        account_id=account_id,
        kind=kind,
        amount_paisa=amount_paisa,
        currency=agreement.currency,
        document_date=day,
        due_date=day,
        source=kind,
        source_id=source_id,
        transaction_id=transaction_id,
        order_id=order_id,
        document_number=document_number,
    )


class Given(NamedTuple):
    """A discount that settles a debt."""

    id: UUID
    order_id: UUID
    document_number: str | None
    document_date: date
    amount_paisa: int


_GIVEN = text("""
    SELECT DISTINCT given.id, given.order_id, given.document_number, given.document_date, -given.amount_paisa
    FROM app.allocations made JOIN app.receivable_items given ON given.id = made.credit_item_id
    WHERE made.debit_item_id = ANY (CAST(:debts AS uuid[])) AND given.kind = 'cash_discount' AND made.amount_paisa > 0
      AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = made.id)
    ORDER BY given.id
""")


def given_for(session: Session, debts: Iterable[UUID]) -> list[Given]:
    """The discounts that settle these debts."""
    return [Given._make(row) for row in session.execute(_GIVEN, {"debts": list(debts)})]


def withdraw(session: Session, agreement: Agreement, *, debts: Iterable[UUID], day: date) -> None:
    """Take back the discounts of debts whose payment is undone: they are owed again. The account's row must be locked.

    What went back to the seller with goods since is not taken a second time.
    """
    for given in given_for(session, debts):
        left = min(given.amount_paisa, standing(session, [given.order_id])[given.order_id])
        if left <= 0:
            continue
        ended = max(day, given.document_date)
        ledger.undo_settlements(
            session,
            business_id=agreement.vendor_id,
            account_id=agreement.receivable_account_id,
            credit_item_id=given.id,
            effective_date=ended,
        )
        ledger.move_exposure(session, account_id=agreement.receivable_account_id, posted_paisa=left)
        item = _posted(
            session, agreement, "discount_reversal", given.order_id, given.document_number, left, ended
        )
        ledger.enter_item(session, item, first={given.id})


def beyond_promise(session: Session, order_id: UUID) -> int:
    """How much more discount stands on an order than was promised for the goods that were kept."""
    given = standing(session, [order_id]).get(order_id, 0)
    return max(0, given - promised(session, [order_id]).get(order_id, 0)) if given else 0
