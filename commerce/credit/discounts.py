"""Discounts for paying in time: given as they were promised with the goods' price, taken back when that falls away.

A scheme's `cash_discount` is told on each line of an order on credit (`commerce/pricing`): so much of each unit, if it
is paid within so many days of the delivery. A payment that settles a delivery's charge but for the discount, dated
within the days, earns it. A discount is of one charge: what stands of it is what it settles of that charge, and never
more than the charge earned with the goods that were kept of it. A charge has it once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True)
class Promise:
    """What a charge earns by being settled in time: minor units by the days that were given."""

    item_id: UUID
    order_id: UUID
    document_date: date
    document_number: str | None
    settled_last: date | None
    """From when on the latest of what settles it holds."""
    off_paisa: Mapping[int, int]

    def settled_on(self, paid_on: date) -> date:
        """From when on all of it is settled when the rest of it is paid on a day. Pure."""
        return max(filter(None, (paid_on, self.document_date, self.settled_last)))

    def earned(self, paid_on: date) -> int:
        """How much it earns when the rest of it is paid on a day. Pure."""
        return within(self.off_paisa, (self.settled_on(paid_on) - self.document_date).days)


def within(off_paisa: Mapping[int, int], days: int) -> int:
    """How much of what was promised by days is earned after so many. Pure."""
    return sum(paisa for given, paisa in off_paisa.items() if days <= given)


# What was written off in part, or has its discount, earns none. No promise reaches back further than the days that a
# scheme may give, so that older debts are not looked at.
_EARNING = text("""
    SELECT item.id, item.order_id, item.document_date, item.document_number, settled.last
    FROM app.receivable_items item
    CROSS JOIN LATERAL (
        SELECT max(made.effective_date) AS last,
               coalesce(bool_or(credit.kind IN ('write_off', 'cash_discount')), false) AS is_barred
        FROM app.allocations made JOIN app.receivable_items credit ON credit.id = made.credit_item_id
        WHERE made.debit_item_id = item.id AND made.amount_paisa > 0
          AND NOT EXISTS (SELECT FROM app.allocations undone WHERE undone.reverses_id = made.id)
    ) settled
    WHERE item.id = ANY (CAST(:items AS uuid[])) AND item.kind = 'charge' AND item.source = 'delivery'
      AND item.document_date >= CAST(:paid_on AS date) - CAST(:days_max AS integer) AND NOT settled.is_barred
    ORDER BY item.document_date, item.id
""")
# What came back of an order's line came back of its deliveries in their order, as its credit note has it: of each is
# kept what lies from `first` to `last` of the line.
_KEPT = text("""
    WITH handed AS (
        SELECT document.id, document.kind, line.order_id, line.order_line_no, line.line_no, line.quantity,
               line.unit_price,
               sum(line.quantity) FILTER (WHERE document.kind = 'delivery') OVER (
                   of_line ORDER BY document.document_date, document.number, line.line_no) AS last,
               coalesce(sum(line.quantity) FILTER (WHERE document.kind = 'return') OVER of_line, 0) AS returned
        FROM app.delivery_lines line JOIN app.deliveries document ON document.id = line.delivery_id
        WHERE line.order_id IN (SELECT order_id FROM app.receivable_items WHERE id = ANY (CAST(:items AS uuid[])))
        WINDOW of_line AS (PARTITION BY line.order_id, line.order_line_no)
    )
    SELECT item.id, handed.line_no, greatest(handed.last - handed.quantity, handed.returned) AS first, handed.last,
           handed.unit_price,
           CAST(step ->> 'off_per_unit' AS numeric) AS off, CAST(step ->> 'within_days' AS integer) AS within_days
    FROM app.receivable_items item
    JOIN handed ON handed.id = item.source_id AND handed.kind = 'delivery' AND handed.last > handed.returned
    JOIN app.order_lines ordered ON ordered.order_id = handed.order_id AND ordered.line_no = handed.order_line_no
    CROSS JOIN LATERAL jsonb_array_elements(ordered.explanation -> 'steps') step
    WHERE item.id = ANY (CAST(:items AS uuid[])) AND step ->> 'off_per_unit' IS NOT NULL
    ORDER BY within_days DESC
""")


def _kept(session: Session, item_ids: Collection[UUID]) -> dict[UUID, dict[int, int]]:
    """What was promised by days for the goods of these charges that were kept."""
    kept: dict[UUID, dict[int, int]] = {}
    worth: dict[tuple[UUID, int], int] = {}
    for row in session.execute(_KEPT, {"items": list(item_ids)}):
        off_paisa = kept.setdefault(row.id, {})
        # Differences of two rounded amounts, as the line's charges are, so that all parts of a line add up.
        part, whole = (
            line_amount_paisa(each, row.last) - line_amount_paisa(each, row.first)
            for each in (row.off, row.unit_price)
        )
        # Several schemes may promise more than all: no goods earn more than they cost.
        left = worth.setdefault((row.id, row.line_no), whole)
        part = min(part, left)
        worth[row.id, row.line_no] = left - part
        off_paisa[row.within_days] = off_paisa.get(row.within_days, 0) + part
    return kept


def _promises(session: Session, item_ids: Collection[UUID], paid_on: date) -> list[Promise]:
    asked = {"items": list(item_ids), "paid_on": paid_on, "days_max": WITHIN_DAYS_MAX}
    found = session.execute(_EARNING, asked).all()
    kept = _kept(session, [row.id for row in found]) if found else {}
    return [
        Promise(row.id, row.order_id, row.document_date, row.document_number, row.last, kept[row.id])
        for row in found
        if row.id in kept
    ]


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
    if any(not 0 < wanted <= open_paisa.get(item_id, 0) for item_id, wanted in chosen.items()):
        return dict(chosen)  # refused where it would settle
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
    earned = {item_id: promise.earned(paid_on) for item_id, promise in promises.items()}
    discounts = within_reach(amount_paisa, open_paisa, earned, chosen, is_rest_kept=is_rest_kept)
    if not discounts:
        return {}
    account_id = agreement.receivable_account_id
    ledger.move_exposure(session, account_id=account_id, posted_paisa=-sum(discounts.values()))
    settlements = []
    for item_id, paisa in discounts.items():
        promise = promises[item_id]
        # Its day says which of the promised days were kept, also when goods come back.
        day = promise.settled_on(paid_on)
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
    """A discount and how much of it settles its charge."""

    id: UUID
    charge_id: UUID
    charged_on: date
    order_id: UUID
    document_number: str | None
    document_date: date
    amount_paisa: int


_GIVEN = text("""
    SELECT given.id, charge.id, charge.document_date, given.order_id, given.document_number, given.document_date,
           CAST(sum(made.amount_paisa) AS bigint)
    FROM app.allocations made
    JOIN app.receivable_items charge ON charge.id = made.debit_item_id AND charge.kind = 'charge'
    JOIN app.receivable_items given ON given.id = made.credit_item_id AND given.kind = 'cash_discount'
    WHERE made.debit_item_id = ANY (CAST(:debts AS uuid[]))
    GROUP BY charge.id, given.id HAVING sum(made.amount_paisa) > 0 ORDER BY charge.document_date, charge.id
""")


def given_for(session: Session, debts: Iterable[UUID]) -> list[Given]:
    """The discounts that settle these debts, those of the oldest charges first."""
    return [Given._make(row) for row in session.execute(_GIVEN, {"debts": list(debts)})]


def withdraw(session: Session, agreement: Agreement, *, debts: Iterable[UUID], day: date) -> None:
    """Take back the discounts of debts whose payment is undone: they are owed again. The account's row must be locked.

    What went back to the seller with goods since is not taken a second time.
    """
    for given in given_for(session, debts):
        _lower(session, agreement, given, given.amount_paisa, day)


def take_back(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, order_id: UUID, total_paisa: int, day: date
) -> dict[UUID, int]:
    """Let what was given off goods be owed again when they come back: it was not paid. The return must be written.

    Of each charge of the order as much as is beyond what it earned with the goods that are kept, and in all no more
    than is given back. Returns how much of which charge is open again. The account's row must be locked.
    """
    found = given_for(session, ledger_queries.items_of_order(session, order_id))
    if not found:
        return {}
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    kept = _kept(session, [given.charge_id for given in found])
    taken: dict[UUID, int] = {}
    for given in found:
        earned = within(kept.get(given.charge_id, {}), (given.document_date - given.charged_on).days)
        paisa = min(given.amount_paisa - earned, total_paisa - sum(taken.values()))
        if paisa > 0:
            _lower(session, agreement, given, paisa, day)
            taken[given.charge_id] = paisa
    return taken


def _lower(session: Session, agreement: Agreement, given: Given, amount_paisa: int, day: date) -> None:
    """Let so much of a discount settle its own end in the place of its charge, which is open again by that much."""
    account_id, ended = agreement.receivable_account_id, max(day, given.document_date)
    ledger.move_exposure(session, account_id=account_id, posted_paisa=amount_paisa)
    item = _posted(
        session, agreement, "discount_reversal", given.order_id, given.document_number, amount_paisa, ended
    )
    ledger.write_item(session, item)
    standing = [
        row
        for row in ledger_queries.settlements_of(session, given.id)
        if row.debit_item_id == given.charge_id
    ]
    left = [Settlement(given.id, given.charge_id, given.amount_paisa - amount_paisa)]
    # One after the other: there is room for the second only when the first stands.
    for settlements, undone in (
        ([Settlement(given.id, row.debit_item_id, -row.amount_paisa) for row in standing], standing),
        ([Settlement(given.id, item.id, amount_paisa), *(one for one in left if one.amount_paisa)], []),
    ):
        allocate(
            session,
            business_id=agreement.vendor_id,
            account_id=account_id,
            effective_date=ended,
            settlements=settlements,
            reverses=[row.id for row in undone],
        )
