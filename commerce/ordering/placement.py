"""From a quote to an order: the one transaction that places it.

Placing is seven statements whatever the number of lines and subscribers: scope, key, terms, hold, stock,
rows, event; one more when it may be granted in part, because the account is locked before the shelves, and one more
with a slot, whose row guards its places: an order without one never asks for it.
Locks are taken in the order of docs/locking.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.catalogue.units import from_base
from commerce.credit import service as credit
from commerce.credit.errors import AgreementNotFound
from commerce.delivery import service as delivery
from commerce.delivery.service import Place
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering.approvals import Waiting, begin, hold_or_wait
from commerce.ordering.errors import (
    NoCustomerYet,
    OrderInvalid,
    ProductUnavailable,
)
from commerce.ordering.events import OrderPlaced
from commerce.ordering.models import SETTLEMENTS
from commerce.ordering.quoting import (
    Ask,
    Quote,
    QuotedLine,
    Wish,
    explained,
    inquire,
    line_numbers_of_free,
    priced,
)
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.clock import business_day
from foundation.errors import DomainError
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_quantity
from foundation.statements import Statement


def place(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    allow_partial: bool = False,
    channel: str = "api",
    slot: Place | None = None,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Place an order: lines, stock reservation, credit hold, timeline, decision and event, all or nothing.

    With `allow_partial`, goods that are short are granted in whole carton multiples from the minimum on,
    lines with nothing are kept with a granted quantity of zero, and only what is granted needs credit. Where the
    vendor's rule holds orders that credit has no room for, the order waits for approval without a hold.
    With a `slot`, a place of it is taken, and the order is promised for its day.
    Returns the order's id; a retry with the same request key returns the first one's. A refusal between
    two parties leaves its decision behind.
    Raises what `quote` raises, and AgreementNotFound, CreditLimitExceeded, OutOfStock, RequestKeyReused, and with a
    slot SlotNotFound, SlotInvalid, SlotClosed, SlotFull.
    """
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    asked = inquire(session, vendor_id, retailer_id, wishes)
    place_as(session, order_id, asked, settlement, allow_partial, channel, actor_id, slot)
    return order_id


def place_for(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    allow_partial: bool = False,
    slot: Place | None = None,
    actor_id: UUID,
    request: RequestKey | None = None,
) -> UUID:
    """A salesman of the vendor places what a customer asked for; the order keeps who it was, and the channel.

    Only for those who have ordered on credit from the vendor themselves: a vendor alone writes into no book of
    another (docs/decisions/0008). Raises as `place`, NoCustomerYet.
    """
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    asked = inquire(session, vendor_id, retailer_id, wishes)
    account_id = asked.parties.receivable_account_id
    if account_id is None:
        raise AgreementNotFound(
            f"vendor {vendor_id} has no agreement with retailer {retailer_id}; agree on a limit first",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    if not ledger_queries.is_used(session, account_id):
        raise NoCustomerYet(
            f"retailer {retailer_id} has ordered nothing on credit from vendor {vendor_id} yet; "
            "its first order is its own",
            retailer_id=str(retailer_id),
        )
    place_as(session, order_id, asked, settlement, allow_partial, "salesman", actor_id, slot)
    return order_id


def place_as(
    session: Session,
    order_id: UUID,
    ask: Ask,
    settlement: str,
    allow_partial: bool,
    channel: str,
    actor_id: UUID | None,
    slot: Place | None = None,
) -> Waiting | None:
    """Grant what was asked and write the order under this id; why it waits, if it does. Raises as `place`."""
    if settlement not in SETTLEMENTS:
        raise OrderInvalid(f"orders are not settled by {settlement!r}; use one of {', '.join(SETTLEMENTS)}")
    try:
        granted = _grant(session, ask, settlement, allow_partial=allow_partial)
    except DomainError as refusal:
        refusal.aftermath = credit.recorder(
            _decision(ask, None, refusal.code, channel=channel, actor_id=actor_id, facts=refusal.facts)
        )
        raise
    if slot is not None:
        # After the shelves by the order of locks. A full slot says nothing of the retailer: it is no decision.
        delivery.take_place(
            session,
            slot,
            vendor_id=granted.vendor_id,
            retailer_id=granted.retailer_id,
            earliest_on=granted.promised_on,
        )
    is_in_full = all(line.quantity == line.asked_quantity for line in granted.lines)
    decision = _decision(
        ask,
        granted,
        "in-full" if is_in_full else "in-part",
        channel=channel,
        actor_id=actor_id,
        order_id=order_id,
    )
    waiting = ask.waiting
    lapses_after = timedelta(minutes=ask.rules.acceptance_minutes) if waiting is None else waiting.window
    credit_state = "none" if settlement != "credit" else "held" if waiting is None else "awaiting"
    _write(
        session, order_id, granted, settlement, credit_state, lapses_after, channel, actor_id, decision, slot
    )
    publish(
        session,
        OrderPlaced(
            order_id=str(order_id),
            vendor_id=str(granted.vendor_id),
            retailer_id=str(granted.retailer_id),
            total_paisa=granted.total_paisa,
            currency=granted.currency,
        ),
        business_id=granted.vendor_id,
        actor_id=actor_id,
        channel=channel,
    )
    if waiting is not None:
        begin(session, order_id, waiting, requested_by=actor_id, channel=channel)
    return waiting


def _grant(session: Session, ask: Ask, settlement: str, *, allow_partial: bool) -> Quote:
    """Price what was asked, hold credit and reserve goods for it; the quote with what was granted."""
    quoted = ask.kept or priced(ask, settlement)
    ask.asked_paisa = quoted.total_paisa
    if settlement != "credit":
        return _reserve(session, quoted, allow_partial=allow_partial)
    account_id = ask.parties.receivable_account_id
    if account_id is None:
        raise AgreementNotFound(
            f"vendor {quoted.vendor_id} gives retailer {quoted.retailer_id} no credit; "
            "agree on a limit first, or settle in cash",
            vendor_id=str(quoted.vendor_id),
            retailer_id=str(quoted.retailer_id),
        )
    if not allow_partial:
        taken = _hold(session, ask, account_id, quoted)
        ask.exposure = replace(taken, held_paisa=taken.held_paisa - quoted.total_paisa)
        return _reserve(session, quoted, allow_partial=False)
    # The shelves decide how much credit is needed, and the account is locked before them.
    ask.exposure = ledger.lock_exposure(session, account_id=account_id)
    granted = _reserve(session, quoted, allow_partial=True)
    _hold(session, ask, account_id, granted)
    return granted


def _hold(session: Session, ask: Ask, account_id: UUID, quoted: Quote) -> ledger.Exposure:
    """Take a hold, or under a rule that holds orders say why this one waits; the exposure after a hold."""
    amount, currency = quoted.total_paisa, quoted.currency
    if ask.stop is None:
        return ledger.take_hold(session, account_id=account_id, amount_paisa=amount, currency=currency)
    exposure, ask.waiting = hold_or_wait(
        session, ask.stop, account_id=account_id, amount_paisa=amount, currency=currency
    )
    return exposure


def _reserve(session: Session, quoted: Quote, *, allow_partial: bool) -> Quote:
    """Reserve tracked goods; the quote with what was granted. Raises OutOfStock, ProductUnavailable."""
    available = stock.reserve(
        session, business_id=quoted.vendor_id, wanted=_wanted(quoted.lines), allow_partial=allow_partial
    )
    granted: list[QuotedLine] = []
    for line in quoted.lines:  # free goods stand last: they get what the others leave
        if not line.is_stock_tracked:
            granted.append(line)
            continue
        wanted, left = line.quantity_in_base, available[line.product_id]
        available[line.product_id] = left - min(wanted, left)
        granted.append(
            line if wanted <= left else replace(line, quantity=from_base(left, line.base_quantity))
        )
    lines = tuple(granted)
    short = [line for line in lines if line.quantity < line.asked_quantity]
    if not short:
        return quoted
    if not allow_partial:
        raise _out_of_stock(short)
    if len(short) == len(lines) and not any(line.quantity for line in lines):
        raise ProductUnavailable(
            "none of the goods is on the vendor's shelf; ask again later or take another vendor",
            products=[str(line.product_id) for line in lines],
        )
    return replace(quoted, lines=lines)


def _wanted(lines: Sequence[QuotedLine]) -> dict[UUID, stock.Wanted]:
    """What the lines want of each tracked good, in base units; paid and free lines of a good together."""
    wanted: dict[UUID, stock.Wanted] = {}
    for line in lines:
        if not line.is_stock_tracked:
            continue
        paid = wanted.get(line.product_id)
        if paid is not None:
            wanted[line.product_id] = replace(paid, quantity=paid.quantity + line.quantity_in_base)
            continue
        wanted[line.product_id] = stock.Wanted(
            quantity=line.quantity_in_base,
            step=line.step * line.base_quantity,
            minimum=line.minimum_quantity * line.base_quantity,
        )
    return wanted


def _out_of_stock(short: Sequence[QuotedLine]) -> OutOfStock:
    named = "; ".join(
        f"{format_quantity(line.quantity)} of {format_quantity(line.asked_quantity)} {line.unit} of "
        f"{line.name} ({line.sku})"
        for line in short
    )
    return OutOfStock(
        f"the vendor's shelf has {named}; order less, or let the order be filled in part",
        short=[
            {
                "product_id": str(line.product_id),
                "unit": line.unit,
                "asked": format_quantity(line.asked_quantity),
                "available": format_quantity(line.quantity),
            }
            for line in short
        ],
    )


def _decision(
    ask: Ask,
    granted: Quote | None,
    reason_code: str,
    *,
    channel: str,
    actor_id: UUID | None,
    order_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> credit.DecisionRecord:
    """The record of an order that was granted, held, or (None) refused."""
    facts, exposure = facts or {}, ask.exposure
    if exposure is not None:
        facts = {"owed_paisa": exposure.posted_paisa, "held_paisa": exposure.held_paisa, **facts}
    lines = () if granted is None else granted.lines
    quantities = {line.product_id: line.quantity for line in lines if line.free is None}
    return credit.DecisionRecord(
        kind="order",
        vendor_id=ask.parties.vendor_id,
        retailer_id=ask.parties.retailer_id,
        order_id=order_id,
        outcome="refused" if granted is None else "granted" if ask.waiting is None else "held",
        reason_code=reason_code if granted is None or ask.waiting is None else ask.waiting.reason,
        asked_paisa=ask.asked_paisa,
        granted_paisa=0 if granted is None or ask.waiting is not None else granted.total_paisa,
        currency=ask.parties.currency,
        asked_lines=[
            {
                "product_id": str(wish.product_id),
                "unit": wish.unit or ask.offers[wish.product_id].unit or "",
                "asked": format_quantity(wish.quantity),
                "granted": format_quantity(quantities.get(wish.product_id, Decimal(0))),
            }
            for wish in ask.wishes
        ],
        facts=facts,
        limit_paisa=facts.get("limit_paisa") if exposure is None else exposure.limit_paisa,
        channel=channel,
        actor_id=actor_id,
    )


# One statement, so that an order costs the same round trips whatever it holds. The number is a serial
# of at least three digits after the day; lpad alone would cut the fourth digit off.
_WRITE = Statement("""
    WITH placed AS (
        INSERT INTO app.orders
            (id, number, vendor_id, retailer_id, currency, settlement, order_state, fulfilment_state, credit_state,
             total_paisa, placed_at, placed_on, promised_on, slot_id, promised_without_slot, expires_at, channel,
             placed_by)
        SELECT :order_id, 'ORD' || to_char(CAST(:placed_on AS date), 'YYMMDD') || lpad(n, greatest(3, length(n)), '0'),
               :vendor_id, :retailer_id, :currency, :settlement, 'placed', 'none', :credit_state, :total_paisa, :now,
               :placed_on, :promised_on, :slot_id, :promised_without_slot, :expires_at, :channel, :actor_id
        FROM CAST(nextval('app.order_serial') AS text) AS n
    ), lines AS (
        INSERT INTO app.order_lines
            (order_id, line_no, vendor_id, retailer_id, product_id, unit, base_quantity, unit_price, asked_quantity,
             ordered_quantity, is_stock_tracked, free_with_line, explanation)
        SELECT :order_id, line_no, :vendor_id, :retailer_id, product_id, unit, base_quantity, unit_price,
               asked_quantity, ordered_quantity, is_stock_tracked, free_with_line, explanation
        FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS line
            (line_no smallint, product_id uuid, unit text, base_quantity numeric, unit_price numeric,
             asked_quantity numeric, ordered_quantity numeric, is_stock_tracked boolean, free_with_line smallint,
             explanation jsonb)
    ), held AS (
        INSERT INTO app.holds (id, business_id, account_id, amount_paisa, remaining_paisa, placed_at)
        SELECT :order_id, :vendor_id, CAST(:account_id AS uuid), :total_paisa, :total_paisa, :now
        WHERE :credit_state = 'held'
    ), told AS (
        INSERT INTO app.order_timeline
            (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id,
             channel, happened_at)
        VALUES (:timeline_id, :order_id, :vendor_id, :retailer_id, 'place', 'placed', 'none', :credit_state,
                :actor_id, :channel, :now)
    )
    INSERT INTO app.decisions
        (id, kind, vendor_id, retailer_id, order_id, outcome, reason_code, asked_paisa, granted_paisa, currency,
         asked_lines, facts, limit_paisa, policy_version, actor_id, channel, decided_at)
    VALUES (:decision_id, 'order', :vendor_id, :retailer_id, :order_id, :outcome, :reason_code, :asked_paisa,
            :granted_paisa, :currency, CAST(:asked_lines AS jsonb), CAST(:facts AS jsonb), :limit_paisa,
            :policy_version, :actor_id, :channel, :now)
""")


def _write(
    session: Session,
    order_id: UUID,
    granted: Quote,
    settlement: str,
    credit_state: str,
    lapses_after: timedelta,
    channel: str,
    actor_id: UUID | None,
    decision: credit.DecisionRecord,
    slot: Place | None,
) -> None:
    now: datetime = clock.now()
    _WRITE.run(
        session,
        {
            "order_id": order_id,
            "vendor_id": granted.vendor_id,
            "retailer_id": granted.retailer_id,
            "currency": granted.currency,
            "settlement": settlement,
            "credit_state": credit_state,
            "account_id": granted.credit.receivable_account_id,
            "total_paisa": granted.total_paisa,
            "now": now,
            "placed_on": business_day(now, granted.credit.time_zone),
            "promised_on": granted.promised_on if slot is None else slot.day,
            "slot_id": None if slot is None else slot.slot_id,
            "promised_without_slot": None if slot is None else granted.promised_on,
            "expires_at": now + lapses_after,
            "channel": channel,
            "actor_id": actor_id,
            "timeline_id": uuid7(),
            "lines": _as_rows(granted.lines),
            "decision_id": uuid7(),
            "outcome": decision.outcome,
            "reason_code": decision.reason_code,
            "asked_paisa": decision.asked_paisa,
            "granted_paisa": decision.granted_paisa,
            "asked_lines": json.dumps(decision.asked_lines),
            "facts": json.dumps(decision.facts),
            "limit_paisa": decision.limit_paisa,
            "policy_version": decision.policy_version,
        },
    )


def _as_rows(lines: Sequence[QuotedLine]) -> str:
    """The lines as one parameter: written as JSON they cost the driver a tenth of what an array a column does."""
    free_with = line_numbers_of_free(lines)
    return json.dumps(
        [
            {
                "line_no": number,
                "product_id": str(line.product_id),
                "unit": line.unit,
                "base_quantity": str(line.base_quantity),
                "unit_price": str(line.unit_price),
                "asked_quantity": str(line.asked_quantity),
                "ordered_quantity": str(line.quantity),
                "is_stock_tracked": line.is_stock_tracked,
                "free_with_line": free_with[number - 1],
                "explanation": explained(line),
            }
            for number, line in enumerate(lines, start=1)
        ]
    )
