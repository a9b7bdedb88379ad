"""Placing orders beside the least that writes the same: `sauda bench order` prints one JSON object.

Orders of five lines on credit, each under a request key, placed by 1 and by 8 caller processes through
`ordering.place`, and by one PL/pgSQL function that takes the same locks in the same order and writes the same
rows, the enqueueing of one follower among them. Both are called from Python by psycopg, under the scope of the
two parties, in turns within one run. `ratio` is our throughput to the function's at 8 callers.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

import commerce.subscriptions  # noqa: F401 - the followers of events, as in the API
import migrations
from benchmarks.parts.driver import statements_sent
from benchmarks.parts.scratch import percentile, scratch_home
from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.ordering import service as ordering
from commerce.ordering.events import OrderPlaced
from commerce.parties import service as parties
from commerce.stock import service as stock
from foundation import database, locations
from foundation.events import Subscriber, subscribe
from foundation.idempotency import RequestKey
from foundation.ids import uuid7, uuid7s

VENDORS, RETAILERS, PRODUCTS, LINES = 12, 12, 60, 5
ROUNDS, ROUND_SECONDS, WARM_UP_SECONDS = 2, 3.0, 0.5
CALLERS = (1, 8)
FOLLOWER = "order-bench"
STATEMENTS_MAX = 7

Market = tuple[list[UUID], list[UUID], list[UUID]]
Place = Callable[[UUID, UUID, list[UUID], list[int]], object]


def measure() -> dict[str, Any]:
    """Orders a second and latencies of both, per number of callers, on a scratch home."""
    follow_orders()
    with scratch_home():
        market = make_market()
        add_peer()
        found = {f"{callers}_callers": _compare(market, callers) for callers in CALLERS}
        statements = {f"{lines}_lines": _count_statements(market, lines) for lines in (1, 50)}
    return {
        "name": "order",
        "what": "orders of five lines a second by ordering.place to those by one PL/pgSQL function, 8 callers",
        "ratio": found["8_callers"]["ratio"],
        "limit": 0.35,
        **found,
        "statements_in_transaction": statements,
        "statements_max": STATEMENTS_MAX,
    }


def add_peer() -> None:
    """The function that ours is measured by."""
    with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
        owner.execute(_FUNCTION)


def make_market() -> Market:
    """Vendors that all offer the same goods, on shelves and limits that a run cannot empty."""
    migrations.upgrade()

    def make(session: Session) -> Market:
        places = {"country": "NP", "state": "NP-P6", "zone": "Surkhet"}
        vendors, retailers = (
            [
                parties.create_business(
                    session,
                    name=f"{side} {n}",
                    is_vendor=side == "Vendor",
                    is_retailer=side != "Vendor",
                    **places,
                ).id
                for n in range(count)
            ]
            for side, count in (("Vendor", VENDORS), ("Shop", RETAILERS))
        )
        products = [
            catalogue.add_product(
                session, sku=f"SKU-{n}", name=f"Good {n}", category="noodles", base_unit="packet"
            )
            for n in range(PRODUCTS)
        ]
        for vendor in vendors:
            for number, product in enumerate(products):
                catalogue.set_offer(
                    session,
                    vendor_id=vendor,
                    product_id=product,
                    unit="packet",
                    unit_price=Decimal(number) / 7 + 5,
                    currency="NPR",
                )
            stock.receive(
                session,
                business_id=vendor,
                kind="opening",
                quantities=dict.fromkeys(products, Decimal(10**9)),
            )
            for retailer in retailers:
                credit.agree(
                    session,
                    vendor_id=vendor,
                    retailer_id=retailer,
                    limit_paisa=10**15,
                    net_days=15,
                    reason="for the benchmark",
                    policy_version="benchmark",
                )
        return vendors, retailers, products

    market = database.write(make)
    with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
        owner.execute("ANALYZE")
    return market


def _compare(market: Market, callers: int) -> dict[str, Any]:
    """Rounds of both in turns, so that what else the machine does falls on both alike."""
    taken: dict[str, list[float]] = {"ours": [], "plpgsql": []}
    context = multiprocessing.get_context("spawn")
    with context.Pool(callers, initializer=_begin_caller, initargs=(context.Barrier(callers),)) as pool:
        for round_no in range(ROUNDS):
            for way in taken:
                tasks = [(market, way, round_no * 100 + n) for n in range(callers)]
                taken[way] += [
                    seconds for answer in pool.starmap(_caller, tasks, chunksize=1) for seconds in answer
                ]
    figures: dict[str, Any] = {
        way: {
            "orders_per_second": round(len(seconds) / (ROUNDS * ROUND_SECONDS), 1),
            **{f"p{p}_ms": round(percentile(seconds, p) * 1000, 2) for p in (50, 95, 99)},
        }
        for way, seconds in taken.items()
    }
    return {"ratio": round(len(taken["ours"]) / len(taken["plpgsql"]), 3), **figures}


_ready: list[Barrier] = []


@lru_cache
def follow_orders() -> None:
    """Let one workflow follow each order, in this process: the enqueueing is part of what is measured."""
    subscribe(OrderPlaced, Subscriber(FOLLOWER, "outward"))


def _begin_caller(ready: Barrier) -> None:
    follow_orders()
    _ready.append(ready)


def _caller(market: Market, way: str, seed: int) -> list[float]:
    """One process: places for the warm-up, then, when all are warm, for the round."""
    draw = random.Random(seed)
    vendors, retailers, products = market
    place = _place_ours if way == "ours" else placing_by(connection_of_caller())

    def one() -> float:
        arguments = (draw.choice(vendors), draw.choice(retailers), draw.sample(products, LINES))
        began = time.perf_counter()
        place(*arguments, [draw.randint(1, 9) for _ in range(LINES)])
        return time.perf_counter() - began

    warm_until = time.perf_counter() + WARM_UP_SECONDS
    while time.perf_counter() < warm_until:
        one()
    _ready[0].wait(timeout=60)
    until = time.perf_counter() + ROUND_SECONDS
    taken = []
    while time.perf_counter() < until:
        taken.append(one())
    return taken


def _place_ours(vendor: UUID, retailer: UUID, products: list[UUID], quantities: list[int]) -> UUID:
    wishes = [
        ordering.Wish(product, Decimal(quantity))
        for product, quantity in zip(products, quantities, strict=True)
    ]
    request = RequestKey.of(retailer, retailer, "place", uuid7().hex, b"body")
    return database.write(
        lambda session: ordering.place(
            session, vendor_id=vendor, retailer_id=retailer, wishes=wishes, actor_id=retailer, request=request
        ),
        scope=(retailer, vendor),
    )


@lru_cache
def connection_of_caller() -> psycopg.Connection[Any]:
    """The connection of this process for the peer."""
    return psycopg.connect(locations.database_url(), autocommit=True)


def placing_by(connection: psycopg.Connection[Any]) -> Place:
    """Places by the peer."""

    def place(vendor: UUID, retailer: UUID, products: list[UUID], quantities: list[int]) -> None:
        request = RequestKey.of(retailer, retailer, "place", uuid7().hex, b"body")
        connection.execute(
            "SELECT app.bench_place(%s, %s, %s, %s, %s, %s, %s)",
            [vendor, retailer, products, quantities, request.key, request.body_hash, uuid7s(4)],
        )

    return place


def _count_statements(market: Market, lines: int) -> int:
    """Statements that reach the server between BEGIN and COMMIT of one order."""
    vendors, retailers, products = market
    with statements_sent() as seen:
        _place_ours(vendors[0], retailers[0], products[:lines], [1] * lines)
    return len(seen)


# The same work without anything between: parties, terms, hold, stock, rows, event and job, in one call. It looks
# whether there are schemes or agreed prices, as any order must, and need not apply them: the market has none.
_FUNCTION = """
CREATE FUNCTION app.bench_place(
    vendor uuid, retailer uuid, products uuid[], quantities integer[], request_key text, hash text, ids uuid[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parties record;
    priced record;
    rules record;
    seen record;
    body json;
    taken integer;
BEGIN
    PERFORM set_config('app.business_id', retailer || ',' || vendor, true);
    INSERT INTO app.idempotency_keys (business_id, actor_id, operation, key, body_hash, result_id)
    VALUES (retailer, retailer, 'place', request_key, hash, ids[1]) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RAISE EXCEPTION 'answered before'; END IF;
    SELECT v.currency, v.time_zone, a.receivable_account_id AS account_id INTO STRICT parties
    FROM app.businesses v JOIN app.businesses r ON r.id = retailer
    JOIN app.credit_agreements a ON a.vendor_id = v.id AND a.retailer_id = r.id AND a.currency = v.currency
    WHERE v.id = vendor AND v.is_vendor AND r.is_retailer;

    SELECT array_agg(o.unit ORDER BY n) AS units, array_agg(u.base_quantity ORDER BY n) AS base_quantities,
           array_agg(o.unit_price ORDER BY n) AS prices, max(o.lead_time_days) AS lead_time_days,
           CAST(sum(round(o.unit_price * w.quantity * 100)) AS bigint) AS total,
           bool_and(o.is_listed AND w.quantity >= o.minimum_quantity AND w.quantity % o.carton_multiple = 0) AS is_fine,
           jsonb_agg(jsonb_build_object('product_id', w.product_id, 'unit', o.unit, 'asked', w.quantity,
                                        'granted', w.quantity) ORDER BY n) AS asked
    INTO priced
    FROM unnest(products, quantities) WITH ORDINALITY AS w (product_id, quantity, n)
    JOIN app.products p ON p.id = w.product_id AND p.is_active
    CROSS JOIN LATERAL (
        SELECT * FROM app.offers WHERE vendor_id = vendor AND product_id = w.product_id AND valid_from <= now()
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) o
    JOIN app.product_units u ON u.product_id = w.product_id AND u.unit = o.unit;
    IF NOT priced.is_fine THEN RAISE EXCEPTION 'not on these terms'; END IF;
    SELECT coalesce(max(acceptance_minutes), 10) AS minutes, coalesce(max(minimum_order_paisa), 0) AS least INTO rules
    FROM (SELECT * FROM app.order_rules WHERE business_id = vendor AND set_at <= now()
          ORDER BY set_at DESC, id DESC LIMIT 1) newest;
    IF priced.total < rules.least THEN RAISE EXCEPTION 'too small'; END IF;
    IF EXISTS (SELECT FROM app.customer_prices WHERE vendor_id = vendor AND retailer_id = retailer
               AND (product_id IS NULL OR product_id = ANY (products)))
       OR EXISTS (SELECT FROM app.schemes WHERE vendor_id = vendor)
    THEN RAISE EXCEPTION 'this function prices by the list alone'; END IF;

    UPDATE app.receivables SET held_paisa = held_paisa + priced.total
    WHERE account_id = parties.account_id AND posted_paisa + held_paisa + priced.total <= limit_paisa
    RETURNING posted_paisa, held_paisa, limit_paisa INTO seen;
    IF NOT FOUND THEN RAISE EXCEPTION 'over the limit'; END IF;

    WITH locked AS (
        SELECT product_id, greatest(on_hand - reserved - expired, 0) AS free FROM app.stock_levels
        WHERE business_id = vendor AND product_id = ANY (products) ORDER BY product_id FOR NO KEY UPDATE
    )
    UPDATE app.stock_levels l SET reserved = l.reserved + w.quantity, changed_at = now()
    FROM locked JOIN unnest(products, quantities) AS w (product_id, quantity) USING (product_id)
    WHERE l.business_id = vendor AND l.product_id = locked.product_id AND locked.free >= w.quantity;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> cardinality(products) THEN RAISE EXCEPTION 'not on the shelf'; END IF;

    INSERT INTO app.orders
        (id, number, vendor_id, retailer_id, currency, settlement, order_state, fulfilment_state, credit_state,
         total_paisa, placed_at, placed_on, promised_on, expires_at, channel, placed_by)
    SELECT ids[1], 'ORD' || to_char(now() AT TIME ZONE parties.time_zone, 'YYMMDD')
           || lpad(n, greatest(3, length(n)), '0'), vendor, retailer, parties.currency, 'credit', 'placed', 'none',
           'held', priced.total, now(), CAST(now() AT TIME ZONE parties.time_zone AS date),
           CAST(now() AT TIME ZONE parties.time_zone AS date) + priced.lead_time_days,
           now() + make_interval(mins => rules.minutes),
           'api', retailer
    FROM CAST(nextval('app.order_serial') AS text) AS n;
    INSERT INTO app.order_lines
        (order_id, line_no, vendor_id, retailer_id, product_id, unit, base_quantity, unit_price, asked_quantity,
         ordered_quantity, is_stock_tracked, explanation)
    SELECT ids[1], n, vendor, retailer, product_id, unit, base_quantity, price, quantity, quantity, true,
           jsonb_build_object('steps', jsonb_build_array(jsonb_build_object(
               'kind', 'list', 'code', NULL, 'text', quantity || ' ' || unit || ' at the list price of ' || price,
               'unit_price', CAST(price AS text), 'effect', CAST(price * quantity AS text))))
    FROM unnest(products, priced.units, priced.base_quantities, priced.prices, quantities) WITH ORDINALITY
        AS l (product_id, unit, base_quantity, price, quantity, n);
    INSERT INTO app.holds (id, business_id, account_id, amount_paisa, remaining_paisa, placed_at)
    VALUES (ids[1], vendor, parties.account_id, priced.total, priced.total, now());
    INSERT INTO app.order_timeline
        (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id, channel,
         happened_at)
    VALUES (ids[2], ids[1], vendor, retailer, 'place', 'placed', 'none', 'held', retailer, 'api', now());
    INSERT INTO app.decisions
        (id, kind, vendor_id, retailer_id, order_id, outcome, reason_code, asked_paisa, granted_paisa, currency,
         asked_lines, facts, limit_paisa, policy_version, actor_id, channel, decided_at)
    VALUES (ids[3], 'order', vendor, retailer, ids[1], 'granted', 'in-full', priced.total, priced.total,
            parties.currency, priced.asked,
            jsonb_build_object('owed_paisa', seen.posted_paisa, 'held_paisa', seen.held_paisa), seen.limit_paisa,
            'hand-set-limit-1', retailer, 'api', now());

    body := json_build_object('order_id', ids[1], 'vendor_id', vendor, 'retailer_id', retailer,
                              'total_paisa', priced.total, 'currency', parties.currency);
    INSERT INTO app.domain_events (id, type, version, business_id, actor_id, channel, occurred_at, payload)
    VALUES (ids[4], 'order-placed', 1, vendor, retailer, 'api', now(), body);
    PERFORM dbos.enqueue_workflow(
        workflow_name => 'order-bench', queue_name => 'outward',
        positional_args => ARRAY[to_json(CAST(ids[4] AS text)), to_json('order-placed'::text), body],
        named_args => json_build_object('correlation_id', NULL), workflow_id => ids[4] || ':order-bench'
    );
END $$;
GRANT EXECUTE ON FUNCTION app.bench_place TO sauda_app;
"""

if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
