"""Quotes that are kept: prices that hold for a while, good for one order; and old orders asked for again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue.errors import UnitNotSold
from commerce.catalogue.queries import OfferTerms
from commerce.delivery.service import Place
from commerce.ordering import queries
from commerce.ordering.errors import (
    OrderNotFound,
    ProductUnavailable,
    QuantityInvalid,
    QuoteNotFound,
    QuoteOver,
)
from commerce.ordering.placement import place_as
from commerce.ordering.quoting import (
    Ask,
    Quote,
    QuotedLine,
    Wish,
    explained,
    inquire,
    line_numbers_of_free,
    priced,
    priced_line,
    quote_of,
    step_of,
)
from commerce.pricing.prices import Free, FreeGood, Step
from commerce.stock import queries as stock_queries
from commerce.tax.added import AddedTax
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from foundation import clock
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7

Kind = Literal["quote", "back_order"]


@dataclass(frozen=True)
class Kept:
    """A quote whose prices hold until a moment, for one order."""

    id: UUID
    valid_until: datetime
    quote: Quote


def keep_quote(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    actor_id: UUID | None = None,
) -> Kept:
    """Price wishes at the terms of this moment and keep the prices; goods and credit are not promised.

    Raises what `quote` raises.
    """
    asked = inquire(session, vendor_id, retailer_id, wishes)
    return keep(session, priced(asked, settlement), _until(asked), actor_id)


@dataclass(frozen=True)
class AgainLine:
    """A line of an earlier order beside what is to be had of it now; `refusal` says why nothing is."""

    product_id: UUID
    unit: str
    asked_quantity: Decimal
    unit_price_before: Decimal | None
    line: QuotedLine | None
    changes: tuple[str, ...]
    """Of `price`, `minimum` (or carton multiple), `stock`, `unavailable`."""
    refusal: str | None = None


@dataclass(frozen=True)
class Again:
    """The lines of an earlier order at today's terms, and the kept quote of what is to be had."""

    kept: Kept
    lines: tuple[AgainLine, ...]


def quote_again(
    session: Session, *, order_id: UUID, retailer_id: UUID, actor_id: UUID | None = None
) -> Again:
    """Keep a quote for the lines of an earlier order, in whatever state that is, and tell what changed.

    A quantity that the vendor no longer sells is raised to the next one that it does; of goods that are short as
    much is quoted as is free. Raises OrderNotFound, ProductUnavailable when nothing is to be had, OrderTooSmall.
    """
    order = queries.order(session, order_id)
    if order["retailer_id"] != retailer_id:
        raise OrderNotFound(f"there is no order {order_id}", order_id=str(order_id))
    vendor_id: UUID = order["vendor_id"]
    queries.widen_scope(session, vendor_id, retailer_id)
    before = [line for line in queries.shown_lines(session, order_id) if line["free_with_line"] is None]
    return quote_wishes(
        session,
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        wishes=[Wish(line["product_id"], line["asked_quantity"], line["unit"]) for line in before],
        settlement=order["settlement"],
        what=f"order {order['number']}",
        prices_before=[line["unit_price"] for line in before],
        again_of=order_id,
        actor_id=actor_id,
    )


def quote_wishes(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str,
    what: str,
    prices_before: Sequence[Decimal] = (),
    again_of: UUID | None = None,
    actor_id: UUID | None = None,
) -> Again:
    """Keep a quote for as much of some wishes as is to be had. Raises as `quote_again`."""
    asked = inquire(session, vendor_id, retailer_id, wishes)
    free = stock_queries.free(session, vendor_id, [wish.product_id for wish in wishes])
    before: Sequence[Decimal | None] = prices_before or [None] * len(wishes)
    lines = tuple(
        _again(asked, wish, price, settlement, free.get(wish.product_id, Decimal(0)))
        for wish, price in zip(wishes, before, strict=True)
    )
    had = tuple(line.line for line in lines if line.line is not None)
    if not had:
        raise ProductUnavailable(
            f"nothing of {what} is to be had from this vendor now; take another one, or ask later",
            products=[str(line.product_id) for line in lines],
        )
    asked.wishes = [Wish(line.product_id, line.quantity, line.unit) for line in had]
    kept = keep(session, priced(asked, settlement), _until(asked), actor_id, again_of=again_of)
    return Again(kept, lines)


_REFUSED_BY_LINE = (ProductUnavailable, UnitNotSold, QuantityInvalid, TaxRateUnknown, PlaceOfSupplyUnknown)


def _again(asked: Ask, wish: Wish, price_before: Decimal | None, settlement: str, free: Decimal) -> AgainLine:
    offer, reductions = asked.offers[wish.product_id], asked.reductions
    told = partial(AgainLine, wish.product_id, wish.unit or "", wish.quantity, price_before)
    wanted = sold_quantity(wish.quantity, offer)
    try:
        line, _ = priced_line(replace(wish, quantity=wanted), offer, reductions, settlement)
        is_short = line.is_stock_tracked and free < line.quantity_in_base
        if is_short:
            had = _floor(free / offer.base_quantity, line.step)
            if not 0 < had >= offer.minimum_quantity:
                return told(None, ("stock",), f"the vendor's shelf has not enough of {offer.name}")
            # A smaller quantity may cost another price.
            line, _ = priced_line(replace(wish, quantity=had), offer, reductions, settlement)
    except _REFUSED_BY_LINE as refusal:
        return told(None, ("unavailable",), refusal.message)
    changes = {
        "price": price_before is not None and line.unit_price != price_before,
        "minimum": wanted != wish.quantity,
        "stock": is_short,
    }
    return told(line, tuple(name for name, is_so in changes.items() if is_so))


def sold_quantity(quantity: Decimal, offer: OfferTerms) -> Decimal:
    """The least quantity from `quantity` on that the vendor sells; without an offer, the quantity itself."""
    if offer.unit is None:
        return quantity
    least = max(quantity, offer.minimum_quantity)
    multiple = step_of(offer)
    return (least / multiple).to_integral_value(ROUND_CEILING) * multiple


def _floor(quantity: Decimal, multiple: Decimal) -> Decimal:
    return (quantity / multiple).to_integral_value(ROUND_FLOOR) * multiple


_KEEP = text("""
    WITH kept AS (
        INSERT INTO app.quotes
            (id, kind, vendor_id, retailer_id, currency, settlement, total_paisa, made_at, made_by, valid_until,
             again_of)
        VALUES (:id, :kind, :vendor_id, :retailer_id, :currency, :settlement, :total_paisa, :now, :actor_id,
                :valid_until, :again_of)
    )
    INSERT INTO app.quote_lines
        (quote_id, line_no, vendor_id, retailer_id, product_id, unit, base_quantity, unit_price, quantity,
         minimum_quantity, step, is_stock_tracked, lead_time_days, free_with_line, explanation)
    SELECT :id, n, :vendor_id, :retailer_id, product_id, unit, base_quantity, unit_price, quantity, minimum, step,
           tracked, lead_time_days, free_with, explanation
    FROM unnest(
        CAST(:products AS uuid[]), CAST(:units AS text[]), CAST(:base_quantities AS numeric[]),
        CAST(:prices AS numeric[]), CAST(:quantities AS numeric[]), CAST(:minimums AS numeric[]),
        CAST(:order_steps AS numeric[]), CAST(:tracked AS boolean[]), CAST(:lead_times AS integer[]),
        CAST(:free_with AS smallint[]), CAST(:explanations AS jsonb[])
    ) WITH ORDINALITY AS line
        (product_id, unit, base_quantity, unit_price, quantity, minimum, step, tracked, lead_time_days, free_with,
         explanation, n)
""")


def _until(asked: Ask) -> datetime:
    return clock.now() + timedelta(minutes=asked.rules.quote_minutes)


def keep(
    session: Session,
    quoted: Quote,
    valid_until: datetime,
    actor_id: UUID | None,
    *,
    again_of: UUID | None = None,
    kind: Kind = "quote",
) -> Kept:
    """Write a quote down with all its lines."""
    kept = Kept(uuid7(), valid_until, quoted)
    session.execute(
        _KEEP,
        {
            "id": kept.id,
            "vendor_id": quoted.vendor_id,
            "retailer_id": quoted.retailer_id,
            "currency": quoted.currency,
            "settlement": quoted.settlement,
            "total_paisa": quoted.total_paisa,
            "kind": kind,
            "now": clock.now(),
            "actor_id": actor_id,
            "valid_until": kept.valid_until,
            "again_of": again_of,
            "products": [line.product_id for line in quoted.lines],
            "units": [line.unit for line in quoted.lines],
            "base_quantities": [line.base_quantity for line in quoted.lines],
            "prices": [line.unit_price for line in quoted.lines],
            "quantities": [line.quantity for line in quoted.lines],
            "minimums": [line.minimum_quantity for line in quoted.lines],
            "order_steps": [line.step for line in quoted.lines],
            "tracked": [line.is_stock_tracked for line in quoted.lines],
            "lead_times": [line.lead_time_days for line in quoted.lines],
            "free_with": line_numbers_of_free(quoted.lines),
            "explanations": [json.dumps(explained(line)) for line in quoted.lines],
        },
    )
    return kept


def place_quoted(
    session: Session,
    *,
    quote_id: UUID,
    vendor_id: UUID,
    retailer_id: UUID,
    allow_partial: bool = False,
    channel: str = "api",
    slot: Place | None = None,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Place the order that was quoted, at the quote's prices and settlement whatever the terms are now; good once.

    Raises QuoteNotFound, QuoteOver, PartyNotFound, AgreementNotFound, CreditLimitExceeded, OutOfStock,
    ProductUnavailable, RequestKeyReused, and for its slot as `place`. After a refusal the quote is as good as before.
    """
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    queries.kept_quote(session, quote_id, vendor_id=vendor_id, retailer_id=retailer_id)
    asked, settlement = taken(session, quote_id, order_id, "quote")
    place_as(session, order_id, asked, settlement, allow_partial, channel, actor_id, slot)
    return order_id


# Whoever comes second waits for the first one's lock, and then finds the quote taken.
_TAKE = text("""
    WITH taken AS (
        UPDATE app.quotes SET order_id = :order_id
        WHERE id = :quote_id AND kind = :kind AND order_id IS NULL AND valid_until > :now
        RETURNING id, vendor_id, retailer_id, settlement
    )
    SELECT taken.vendor_id, taken.retailer_id, taken.settlement, line.product_id, product.sku, product.name,
           line.unit, line.base_quantity, line.unit_price, line.quantity, line.minimum_quantity,
           line.step, line.is_stock_tracked, line.lead_time_days, line.free_with_line, line.explanation
    FROM taken JOIN app.quote_lines line ON line.quote_id = taken.id
    JOIN app.products product ON product.id = line.product_id
    ORDER BY line.line_no
""")


def taken(session: Session, quote_id: UUID, order_id: UUID, kind: Kind) -> tuple[Ask, str]:
    """Use a quote up for an order: what it asks for at the prices that it keeps, and its settlement.

    Raises QuoteNotFound, QuoteOver.
    """
    values = {"quote_id": quote_id, "kind": kind, "order_id": order_id, "now": clock.now()}
    rows = session.execute(_TAKE, values).mappings().all()
    if not rows:
        raise over(session, quote_id, kind)
    lines = tuple(_line_of(row, rows) for row in rows)
    wishes = [Wish(line.product_id, line.quantity, line.unit) for line in lines if line.free is None]
    asked = inquire(session, rows[0]["vendor_id"], rows[0]["retailer_id"], wishes)
    settlement: str = rows[0]["settlement"]
    asked.kept = quote_of(asked.parties, settlement, lines)
    return asked, settlement


def over(session: Session, quote_id: UUID, kind: Kind) -> QuoteNotFound | QuoteOver:
    """Why a quote can no longer be used."""
    kept = queries.kept_quote(session, quote_id)
    if kept["kind"] != kind:
        return QuoteNotFound(f"{quote_id} is no {kind.replace('_', '-')}", quote_id=str(quote_id))
    why = (
        f"held until {kept['valid_until']:%Y-%m-%d %H:%M %Z}"
        if kept["order_id"] is None
        else f"was good for one order, which is {kept['order_id']}"
    )
    return QuoteOver(f"{kind.replace('_', '-')} {quote_id} {why}; ask for a new one", quote_id=str(quote_id))


def _line_of(row: RowMapping, rows: Sequence[RowMapping]) -> QuotedLine:
    """A kept line as it was quoted; what comes free knows again what earned it."""
    told = row["explanation"]
    steps = tuple(Step.of_data(step) for step in told["steps"])
    earned_by: Mapping[str, Any] = {}
    if row["free_with_line"] is not None:
        good = FreeGood(
            product_id=row["product_id"],
            sku=row["sku"],
            name=row["name"],
            unit=row["unit"],
            is_stock_tracked=row["is_stock_tracked"],
            buy_in_base=Decimal(told["buy_in_base"]),
            get=Decimal(told["get"]),
        )
        code = next((step.code for step in steps if step.code is not None), "")
        earned_by = {
            "free": Free(good, row["quantity"], code),
            "free_with": rows[row["free_with_line"] - 1]["product_id"],
        }
    return QuotedLine(
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        base_quantity=row["base_quantity"],
        unit_price=row["unit_price"],
        asked_quantity=row["quantity"],
        quantity=row["quantity"],
        minimum_quantity=row["minimum_quantity"],
        step=row["step"],
        is_stock_tracked=row["is_stock_tracked"],
        lead_time_days=row["lead_time_days"],
        steps=steps,
        added_tax=AddedTax.of_data(told["added_tax"]) if "added_tax" in told else None,
        **earned_by,
    )


QUOTES_KEPT = timedelta(days=90)


def delete_old_quotes(session: Session, *, now: datetime) -> None:
    """Forget the quotes whose time ended long before `now`."""
    session.execute(text("DELETE FROM app.quotes WHERE valid_until < :end"), {"end": now - QUOTES_KEPT})
