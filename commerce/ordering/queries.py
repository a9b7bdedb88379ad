"""Questions and locks of ordering, in two named forms: as the vendor sees it, as the retailer sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue.queries import TERMS, OfferTerms
from commerce.credit.queries import RELATION, Relation
from commerce.credit.stops import STOP, Stop, as_stop
from commerce.ordering.errors import OrderNotFound, QuoteNotFound
from commerce.ordering.states import ORDER_STATES
from commerce.ordering.vocabulary import ACCEPTANCE_MINUTES, QUOTE_MINUTES
from commerce.pricing.queries import REDUCTIONS, Reductions
from foundation.keyset import Order, page
from foundation.money import line_amount_paisa
from foundation.statements import Statement


class Rules(NamedTuple):
    """What a vendor asks of orders."""

    acceptance_minutes: int = ACCEPTANCE_MINUTES
    quote_minutes: int = QUOTE_MINUTES
    minimum_order_paisa: int = 0


_RULES = """
    SELECT acceptance_minutes, quote_minutes, minimum_order_paisa FROM app.order_rules
    WHERE business_id = :vendor_id AND set_at <= :now ORDER BY set_at DESC, id DESC LIMIT 1
"""


def rules(session: Session, vendor_id: UUID, now: datetime) -> Rules:
    """What a vendor asks of orders at `now`; what it never said is as everywhere. Needs the vendor in scope."""
    row = session.execute(text(_RULES), {"vendor_id": vendor_id, "now": now}).one_or_none()
    return Rules() if row is None else Rules._make(row)


# Who trades, by which rules and on which terms is one question: an order costs round trips less that way.
_TRADE = Statement(
    f"""
    WITH relation AS ({RELATION}), rules AS ({_RULES}), terms AS ({TERMS}), reductions AS ({REDUCTIONS}),
        stopped AS ({STOP})
    SELECT relation.*, rules.*, reductions.*, stopped.stop, terms.*
    FROM relation LEFT JOIN rules ON true CROSS JOIN reductions LEFT JOIN stopped ON true CROSS JOIN terms
    """  # noqa: S608 - all parts are constants
)


class Trade(NamedTuple):
    """Both parties, what the vendor asks of an order, what the retailer has off its list, and by product its terms."""

    parties: Relation
    rules: Rules
    reductions: Reductions
    offers: dict[UUID, OfferTerms]
    stop: Stop | None
    """By what rule orders of this pair are held, if there is one."""


def trade(
    session: Session, vendor_id: UUID, retailer_id: UUID, products: Sequence[UUID], now: datetime
) -> Trade | None:
    """Who and what makes an order at `now`; None when a party is unknown."""
    rows = _TRADE.all(
        session, {"vendor_id": vendor_id, "retailer_id": retailer_id, "products": products, "now": now}
    )
    if not rows:
        return None
    house = len(Relation._fields)
    ruled = house + len(Rules._fields)
    common = ruled + len(Reductions._fields)
    said = rows[0][house:ruled]
    offers = [OfferTerms._make(row[common + 1 :]) for row in rows]
    return Trade(
        Relation._make(rows[0][:house]),
        Rules() if said[0] is None else Rules._make(said),
        Reductions._make(rows[0][ruled:common]),
        {offer.product_id: offer for offer in offers},
        as_stop(rows[0][common]),
    )


def widen_scope(session: Session, vendor_id: UUID, retailer_id: UUID) -> None:
    """Let a transaction that one side began see what concerns both."""
    session.execute(
        text("""
            SELECT set_config('app.business_id', CASE WHEN app.scope_is_system() THEN '*'
                              ELSE CAST(:vendor_id AS text) || ',' || CAST(:retailer_id AS text) END, true)
        """),
        {"vendor_id": str(vendor_id), "retailer_id": str(retailer_id)},
    )


@dataclass(frozen=True)
class LockedOrder:
    """An order's row under its lock, with what its vendor's documents need."""

    id: UUID
    number: str
    vendor_id: UUID
    retailer_id: UUID
    currency: str
    settlement: str
    order_state: str
    fulfilment_state: str
    credit_state: str
    total_paisa: int
    delivered_paisa: int
    returned_paisa: int
    version: int
    placed_at: datetime
    promised_on: date | None
    release_at: datetime | None
    slot_id: UUID | None
    promised_without_slot: date | None
    agreed_on: date | None
    time_zone: str
    country: str


# The lock's own statement widens the scope to both parties: their books are written together.
_LOCK = text("""
    SELECT orders.id, number, vendor_id, retailer_id, orders.currency, settlement, order_state, fulfilment_state,
           credit_state, total_paisa, delivered_paisa, returned_paisa, version, placed_at, promised_on, release_at,
           slot_id, promised_without_slot, agreed_on, vendor.time_zone, vendor.country,
           set_config('app.business_id', CASE WHEN app.scope_is_system() THEN '*'
                      ELSE vendor_id || ',' || retailer_id END, true)
    FROM app.orders JOIN app.businesses vendor ON vendor.id = vendor_id
    WHERE orders.id = :order_id FOR NO KEY UPDATE OF orders
""")


def lock_order(session: Session, order_id: UUID) -> LockedOrder:
    """Lock an order for a verb and widen the transaction's scope to both its parties. Raises OrderNotFound."""
    row = session.execute(_LOCK, {"order_id": order_id}).one_or_none()
    if row is None:
        raise OrderNotFound(f"there is no order {order_id}", order_id=str(order_id))
    return LockedOrder(*row[:-1])


_MAKERS = text("""
    SELECT placed_by FROM app.orders WHERE id = :order_id AND placed_by IS NOT NULL
    UNION
    SELECT proposed_by FROM app.order_proposals
    WHERE order_id = :order_id AND state = 'confirmed' AND change_paisa > 0 AND proposed_by IS NOT NULL
""")


def makers_of(session: Session, order_id: UUID) -> set[UUID]:
    """Who made an order as large as it is: who placed it, and whoever proposed a change that made it larger."""
    return set(session.execute(_MAKERS, {"order_id": order_id}).scalars())


@dataclass(frozen=True)
class LineState:
    """An order line and how far it is; quantities in the line's unit."""

    line_no: int
    product_id: UUID
    unit: str
    base_quantity: Decimal
    unit_price: Decimal
    ordered_quantity: Decimal
    delivered_quantity: Decimal
    cancelled_quantity: Decimal
    returned_quantity: Decimal
    is_stock_tracked: bool
    is_divisible: bool
    base_unit: str
    free_with_line: int | None
    free_buy_in_base: Decimal | None
    free_get: Decimal | None
    added_tax: dict[str, Any] | None

    @property
    def open_quantity(self) -> Decimal:
        """Neither delivered nor cancelled yet."""
        return self.ordered_quantity - self.delivered_quantity - self.cancelled_quantity

    @property
    def standing_quantity(self) -> Decimal:
        """Ordered and not cancelled, delivered or not."""
        return self.ordered_quantity - self.cancelled_quantity

    @property
    def returnable_quantity(self) -> Decimal:
        return self.delivered_quantity - self.returned_quantity

    def amount_between(self, before: Decimal, after: Decimal) -> int:
        """Minor units of the step from `before` to `after`; the steps of a line add up to its amount exactly."""
        return line_amount_paisa(self.unit_price, after) - line_amount_paisa(self.unit_price, before)


_LINES = text("""
    SELECT line_no, product_id, unit, base_quantity, unit_price, ordered_quantity, delivered_quantity,
           cancelled_quantity, returned_quantity, is_stock_tracked, coalesce(is_divisible, true) AS is_divisible,
           product.base_unit, free_with_line, CAST(explanation ->> 'buy_in_base' AS numeric) AS free_buy_in_base,
           CAST(explanation ->> 'get' AS numeric) AS free_get, explanation -> 'added_tax' AS added_tax
    FROM app.order_lines JOIN app.products product ON product.id = product_id
    LEFT JOIN app.units ON units.code = unit
    WHERE order_id = :order_id ORDER BY line_no
""")


def lines_of(session: Session, order_id: UUID) -> list[LineState]:
    """An order's lines; the order's lock guards them."""
    return [LineState(**row._mapping) for row in session.execute(_LINES, {"order_id": order_id})]


_DUE_TO_EXPIRE = text("""
    SELECT id, number FROM app.orders WHERE order_state = 'placed' AND expires_at <= :now ORDER BY expires_at, id
""")


class DueOrder(NamedTuple):
    """An order for which something is to be done."""

    id: UUID
    number: str


def due_to_expire(session: Session, now: datetime) -> list[DueOrder]:
    """The orders whose time for acceptance is over, the longest waiting first."""
    return [DueOrder._make(row) for row in session.execute(_DUE_TO_EXPIRE, {"now": now})]


_LEFT_OVER_DUE = text("""
    SELECT id, number FROM app.orders WHERE order_state = 'accepted' AND release_at <= :now ORDER BY release_at, id
""")


def left_over_due(session: Session, now: datetime) -> list[DueOrder]:
    """The orders delivered in part whose left-over nobody waits for any more, the longest waiting first."""
    return [DueOrder._make(row) for row in session.execute(_LEFT_OVER_DUE, {"now": now})]


_SHOWN = """
    SELECT id, number, vendor_id, retailer_id, currency, settlement, order_state, fulfilment_state, credit_state,
           total_paisa, delivered_paisa, returned_paisa, placed_at, accepted_at, promised_on, closed_at, expires_at,
           release_at, slot_id, channel, version
    FROM app.orders
"""
# Only the conditions that are asked for: a statement that could leave one out (`:x IS NULL OR …`) is planned for
# neither case. The vocabulary stands in the statement, so that the index of the rarer states is seen to serve.
_STATE_IS = {state: f"order_state = '{state}'" for state in ORDER_STATES}
_CONDITIONS = {
    "business_id": "{side} = :business_id",
    "counterparty_id": "{other} = :counterparty_id",
    # A business day lies within these bounds wherever on earth it is, and the list's own index knows the moment.
    "placed_from": "placed_on >= :placed_from AND placed_at >= CAST(:placed_from AS timestamp) AT TIME ZONE 'UTC'"
    " - interval '1 day'",
    "placed_until": "placed_on <= :placed_until AND placed_at < CAST(:placed_until AS timestamp) AT TIME ZONE 'UTC'"
    " + interval '2 days'",
    "number": "number = :number",
}


_NEWEST = (("placed_at", "timestamptz"), ("id", "uuid"))
_PROMISED = (("promised_on", "date"), ("id", "uuid"))
ORDERS_BY = {
    "newest": Order(_NEWEST, is_descending=True),
    "oldest": Order(_NEWEST),
    "promised": Order(_PROMISED),
}
"""The list's orders: newest and oldest are read along the same indexes, from one end or the other."""


@dataclass(frozen=True)
class OrderFilter:
    """Which orders of a list; None does not filter. Days are the vendor's business days, both included."""

    counterparty_id: UUID | None = None
    order_state: str | None = None
    placed_from: date | None = None
    placed_until: date | None = None
    number: str | None = None


def orders_as_vendor(
    session: Session,
    business_id: UUID | None,
    *,
    chosen: OrderFilter = OrderFilter(),
    by: Order = ORDERS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """A vendor's orders, newest first (None: all vendors', for platform roles). `after`: the last row's key."""
    return _listed(session, ("vendor_id", "retailer_id"), business_id, chosen, by, after, limit)


def orders_as_retailer(
    session: Session,
    business_id: UUID,
    *,
    chosen: OrderFilter = OrderFilter(),
    by: Order = ORDERS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """A retailer's orders, newest first. `after`: the key of the last row seen."""
    return _listed(session, ("retailer_id", "vendor_id"), business_id, chosen, by, after, limit)


def _listed(
    session: Session,
    sides: tuple[str, str],
    business_id: UUID | None,
    chosen: OrderFilter,
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    values = {**vars(chosen), "business_id": business_id, "limit": limit}
    side, other = sides
    asked = [
        condition.format(side=side, other=other)
        for name, condition in _CONDITIONS.items()
        if values.get(name) is not None
    ]
    if chosen.order_state is not None:
        asked.append(_STATE_IS[chosen.order_state])
    if by is ORDERS_BY["promised"]:
        asked.append("promised_on IS NOT NULL")
    where = " AND ".join(asked) or "true"
    statement = text(f"{_SHOWN} WHERE {where} {by.beyond(after)} ORDER BY {by.by} LIMIT :limit")
    return session.execute(statement, values | by.values(after)).mappings().all()


_ONE_SHOWN = Statement(_SHOWN + " WHERE id = :order_id")


def order(session: Session, order_id: UUID) -> Mapping[str, Any]:
    """One order, if the session's scope may see it. Raises OrderNotFound."""
    rows = _ONE_SHOWN.named(session, {"order_id": order_id})
    if not rows:
        raise OrderNotFound(f"there is no order {order_id}", order_id=str(order_id))
    return rows[0]


def numbers(session: Session, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number of each of the orders that the session's scope may see."""
    rows = session.execute(
        text("SELECT id, number FROM app.orders WHERE id = ANY (CAST(:ids AS uuid[]))"),
        {"ids": list(order_ids)},
    )
    return {row.id: row.number for row in rows}


_SHOWN_LINES = Statement("""
    SELECT line.line_no, line.product_id, product.sku, product.name, line.unit, line.unit_price,
           line.free_with_line, coalesce(line.explanation -> 'steps', '[]') AS steps,
           line.explanation -> 'added_tax' AS added_tax, line.asked_quantity, line.ordered_quantity,
           line.delivered_quantity, line.cancelled_quantity, line.returned_quantity
    FROM app.order_lines line JOIN app.products product ON product.id = line.product_id
    WHERE line.order_id = :order_id ORDER BY line.line_no
""")


def shown_lines(session: Session, order_id: UUID) -> Sequence[Mapping[str, Any]]:
    """An order's lines with the goods' names."""
    return _SHOWN_LINES.named(session, {"order_id": order_id})


_KEPT = """
    SELECT id, kind, vendor_id, retailer_id, currency, settlement, total_paisa, made_at, valid_until, again_of,
           order_id
    FROM app.quotes
"""


def kept_quote(
    session: Session, quote_id: UUID, *, vendor_id: UUID | None = None, retailer_id: UUID | None = None
) -> RowMapping:
    """A kept quote or back-order, of these parties where they are given. Raises QuoteNotFound."""
    row = (
        session.execute(
            text(
                _KEPT
                + """
                WHERE id = :quote_id AND (CAST(:vendor_id AS uuid) IS NULL OR vendor_id = :vendor_id)
                  AND (CAST(:retailer_id AS uuid) IS NULL OR retailer_id = :retailer_id)
                """
            ),
            {"quote_id": quote_id, "vendor_id": vendor_id, "retailer_id": retailer_id},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise QuoteNotFound(f"there is no quote {quote_id}", quote_id=str(quote_id))
    return row


_MADE = (("made_at", "timestamptz"), ("id", "uuid"))
BACK_ORDERS_BY = {"newest": Order(_MADE, is_descending=True), "oldest": Order(_MADE)}
_WAITS = {
    "waiting": "order_id IS NULL AND valid_until > :now",
    "filled": "order_id IS NOT NULL",
    "ended": "order_id IS NULL AND valid_until <= :now",
}


@dataclass(frozen=True)
class BackOrderFilter:
    """Which back-orders of a list; None does not filter."""

    state: Literal["waiting", "filled", "ended"] | None = None
    counterparty_id: UUID | None = None
    product_id: UUID | None = None


def back_orders_as_vendor(
    session: Session,
    business_id: UUID,
    now: datetime,
    *,
    chosen: BackOrderFilter = BackOrderFilter(),
    by: Order = BACK_ORDERS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a vendor's customers wait for or waited, newest first."""
    return _back_orders(session, ("vendor_id", "retailer_id"), business_id, now, chosen, by, after, limit)


def back_orders_as_retailer(
    session: Session,
    business_id: UUID,
    now: datetime,
    *,
    chosen: BackOrderFilter = BackOrderFilter(),
    by: Order = BACK_ORDERS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a retailer waits for or waited, newest first."""
    return _back_orders(session, ("retailer_id", "vendor_id"), business_id, now, chosen, by, after, limit)


def _back_orders(
    session: Session,
    sides: tuple[str, str],
    business_id: UUID,
    now: datetime,
    chosen: BackOrderFilter,
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    side, other = sides
    filters = {
        "state": _WAITS[chosen.state or "waiting"],
        "counterparty_id": f"{other} = :counterparty_id",
        "product_id": """EXISTS (SELECT FROM app.quote_lines line
            WHERE line.quote_id = quotes.id AND line.product_id = :product_id)""",
    }
    rows = f"{_KEPT} WHERE kind = 'back_order' AND {side} = :business_id"
    values = {**vars(chosen), "business_id": business_id, "now": now}
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)


# Credit is asked for too: else each turn would refuse the same back-order and leave a decision behind.
_TO_FILL = text("""
    SELECT waiting.id, orders.number
    FROM app.quotes waiting JOIN app.orders ON orders.id = waiting.again_of
    WHERE waiting.kind = 'back_order' AND waiting.order_id IS NULL AND waiting.valid_until > :now
      AND NOT EXISTS (
          SELECT FROM app.quote_lines line
          LEFT JOIN app.stock_levels level ON level.business_id = line.vendor_id AND level.product_id = line.product_id
          WHERE line.quote_id = waiting.id AND line.is_stock_tracked
          GROUP BY line.product_id
          HAVING sum(line.quantity * line.base_quantity)
              > coalesce(max(level.on_hand - level.reserved - level.expired), 0)
      )
      AND (waiting.settlement <> 'credit' OR EXISTS (
          SELECT FROM app.credit_agreements agreement
          JOIN app.receivables account ON account.account_id = agreement.receivable_account_id
          WHERE agreement.vendor_id = waiting.vendor_id AND agreement.retailer_id = waiting.retailer_id
            AND agreement.currency = waiting.currency
            AND account.posted_paisa + account.held_paisa + waiting.total_paisa <= account.limit_paisa
            AND app.credit_stop(waiting.vendor_id, waiting.retailer_id, account.account_id, 'UTC', :now) ->> 'mode'
                IS DISTINCT FROM 'refuse-all'
      ))
    ORDER BY waiting.made_at, waiting.id
""")


def back_orders_to_fill(session: Session, now: datetime) -> list[DueOrder]:
    """Back-orders whose goods are on the shelf and whose credit has room, with the number of the first order."""
    return [DueOrder._make(row) for row in session.execute(_TO_FILL, {"now": now})]


def kept_lines(session: Session, quote_id: UUID) -> Sequence[RowMapping]:
    """A kept quote's lines with the goods' names."""
    return kept_lines_of(session, [quote_id]).get(quote_id, [])


def kept_lines_of(session: Session, quote_ids: Sequence[UUID]) -> dict[UUID, list[RowMapping]]:
    """The lines of kept quotes with the goods' names, by quote."""
    rows = session.execute(
        text("""
            SELECT line.quote_id, line.product_id, product.name, line.unit, line.unit_price, line.quantity,
                   line.free_with_line IS NOT NULL AS is_free, line.explanation -> 'steps' AS steps,
                   line.explanation -> 'added_tax' AS added_tax
            FROM app.quote_lines line JOIN app.products product ON product.id = line.product_id
            WHERE line.quote_id = ANY (CAST(:quote_ids AS uuid[])) ORDER BY line.quote_id, line.line_no
        """),
        {"quote_ids": list(quote_ids)},
    ).mappings()
    lines: dict[UUID, list[RowMapping]] = {}
    for row in rows:
        lines.setdefault(row["quote_id"], []).append(row)
    return lines


def proposals(session: Session, order_id: UUID) -> Sequence[RowMapping]:
    """An order's proposals of other quantities, oldest first."""
    return (
        session.execute(
            text("""
                SELECT id, order_version, side, state, note, lines, change_paisa, proposed_at, answered_at
                FROM app.order_proposals WHERE order_id = :order_id ORDER BY proposed_at, id
            """),
            {"order_id": order_id},
        )
        .mappings()
        .all()
    )


_TIMELINE = Statement("""
    SELECT verb, order_state, fulfilment_state, credit_state, channel, note, happened_at
    FROM app.order_timeline WHERE order_id = :order_id ORDER BY happened_at, id
""")


def timeline(session: Session, order_id: UUID) -> Sequence[Mapping[str, Any]]:
    """What happened to an order, oldest first."""
    return _TIMELINE.named(session, {"order_id": order_id})


def deliveries(session: Session, order_id: UUID) -> Sequence[RowMapping]:
    """An order's deliveries and returns with the batches that they took or gave back, oldest first."""
    return (
        session.execute(
            text("""
                SELECT id, kind, number, total_paisa, currency, delivered_at, document_date, reason,
                       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'line_no', part.order_line_no, 'batch', part.number, 'expires_on', part.expires_on,
                            'mrp_paisa', part.mrp_paisa, 'quantity', CAST(part.quantity AS text),
                            'unit', product.base_unit
                        ) ORDER BY part.line_no, part.part_no), '[]')
                        FROM app.delivery_batches part
                        JOIN app.delivery_lines line
                            ON line.delivery_id = part.delivery_id AND line.line_no = part.line_no
                        JOIN app.products product ON product.id = line.product_id
                        WHERE part.delivery_id = document.id) AS batches
                FROM app.deliveries document WHERE order_id = :order_id ORDER BY delivered_at, id
            """),
            {"order_id": order_id},
        )
        .mappings()
        .all()
    )


def paid_of(session: Session, order_id: UUID) -> int:
    """Minor units of an order's charges that were settled by what its retailer gave.

    Not by credit notes for its own goods, which nobody paid for then, nor by what was written off or given off. Needs
    the vendor in scope.
    """
    paid: int = session.execute(
        text("""
            SELECT CAST(coalesce(sum(settled.amount_paisa), 0) AS bigint)
            FROM app.receivable_items debt
            JOIN app.allocations settled ON settled.debit_item_id = debt.id
            JOIN app.receivable_items credit ON credit.id = settled.credit_item_id
            WHERE debt.order_id = :order_id AND debt.amount_paisa > 0
              AND credit.kind NOT IN ('write_off', 'cash_discount')
              AND NOT (credit.kind = 'credit_note' AND credit.order_id = :order_id)
        """),
        {"order_id": order_id},
    ).scalar_one()
    return paid


def charged_and_settled(session: Session, order_id: UUID) -> tuple[int, int]:
    """Minor units charged for an order, and how much of that is settled: what its payment state is made of.

    Needs the vendor in scope, whose book the items stand in.
    """
    row = session.execute(
        text("""
            SELECT CAST(coalesce(sum(item.amount_paisa), 0) AS bigint),
                   CAST(coalesce(sum(settled.amount_paisa), 0) AS bigint)
            FROM app.receivable_items item
            LEFT JOIN LATERAL (
                SELECT sum(amount_paisa) AS amount_paisa FROM app.allocations WHERE debit_item_id = item.id
            ) settled ON true
            WHERE item.order_id = :order_id AND item.amount_paisa > 0
        """),
        {"order_id": order_id},
    ).one()
    return int(row[0]), int(row[1])


def photos_named(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these objects are photos of claims."""
    rows = session.execute(
        text("SELECT photo_key FROM app.claims WHERE photo_key = ANY (:keys)"),
        {"keys": list(keys)},
    )
    return set(rows.scalars())
