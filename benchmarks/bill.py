"""Confirming bills beside the least that writes the same: `sauda bench bill` prints one JSON object.

Drafts of ten lines, each of a customer of its own, are confirmed under request keys by 1 and by 8 caller processes:
through `drafting.confirm`, and by one PL/pgSQL function that takes the same locks in the same order and writes the
same rows: paper with lines and traces, movements of goods, the entry of the book with its postings, the item of the
khata, the event and the job of one follower. The function knows the rate; ours finds it and says why. Both are called
from Python by psycopg, in turns within one run. `ratio` is our throughput to the function's at 8 callers.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from datetime import date
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
from commerce.billing import drafting, service
from commerce.billing.draft import Content, DraftLine
from commerce.billing.events import BillIssued
from commerce.catalogue import service as catalogue
from commerce.parties import service as parties
from commerce.stock import service as stock
from commerce.tax import service as tax
from foundation import database, locations
from foundation.events import Subscriber, subscribe
from foundation.idempotency import RequestKey
from foundation.ids import uuid7, uuid7s

SHOPS, LINES = 8, 10
DRAFTS = 1_500
"""Of each shop: more than the fastest of both confirms in all rounds."""
ROUNDS, ROUND_SECONDS, WARM_UP_SECONDS = 2, 3.0, 0.5
CALLERS = (1, 8)
FOLLOWER = "bill-bench"
P99_MAX_MS = 40.0

Shop = tuple[UUID, list[UUID]]
Confirm = Callable[[UUID, UUID], object]


def measure() -> dict[str, Any]:
    """Bills a second and latencies of both, per number of callers, on a scratch home."""
    follow_bills()
    with scratch_home():
        shops = make_shops()
        with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
            owner.execute(_FUNCTION)
        found = {}
        for callers in CALLERS:
            drafts = make_drafts(shops)
            found[f"{callers}_callers"] = _compare(drafts, callers)
        statements = _count_statements(make_drafts(shops[:1])[0])
    return {
        "name": "bill",
        "what": "bills of ten lines a second by drafting.confirm to those by one PL/pgSQL function, 8 callers",
        "ratio": found["8_callers"]["ratio"],
        "limit": 0.30,
        "p99_ms": found["8_callers"]["ours"]["p99_ms"],
        "p99_max_ms": P99_MAX_MS,
        **found,
        "statements_in_transaction": statements,
    }


@lru_cache
def follow_bills() -> None:
    """Let one workflow follow each bill, in this process: the enqueueing is part of what is measured."""
    subscribe(BillIssued, Subscriber(FOLLOWER, "outward"))


def make_shops() -> list[Shop]:
    """Regular taxpayers in Delhi with ten goods at 5 %, on shelves that a run cannot empty."""
    migrations.upgrade()

    def make(session: Session) -> list[Shop]:
        goods = [
            catalogue.add_product(
                session, sku=f"SKU-{n}", name=f"Good {n}", category="biscuits", base_unit="packet", hsn="1905"
            )
            for n in range(LINES)
        ]
        for product in goods:
            tax.state_class(
                session,
                business_id=None,
                country="IN",
                product_id=product,
                tax_class="biscuits",
                condition=None,
                valid_from=date(2020, 1, 1),
            )
        shops = []
        for n in range(SHOPS):
            shop = parties.create_business(
                session,
                name=f"Shop {n}",
                is_vendor=False,
                is_retailer=True,
                country="IN",
                state="07",
                zone="Delhi",
            ).id
            parties.set_tax_profile(
                session, business_id=shop, profile="regular", registration_number="07AAPFU0939F1ZX"
            )
            for number, product in enumerate(goods):
                price = Decimal(number) + 5
                service.set_price(
                    session, business_id=shop, product_id=product, unit="packet", unit_price=price, mrp=price
                )
            stock.receive(
                session, business_id=shop, kind="opening", quantities=dict.fromkeys(goods, Decimal(10**9))
            )
            shops.append((shop, goods))
        return shops

    return database.write(make)


def make_drafts(shops: Sequence[Shop]) -> list[tuple[UUID, list[UUID]]]:
    """Of each shop as many open drafts, each of a new customer."""
    found = []
    with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
        for shop, goods in shops:
            ids = uuid7s(DRAFTS)
            content = Content(
                lines=tuple(
                    DraftLine(number, product, "packet", Decimal(number % 9 + 1))
                    for number, product in enumerate(goods, start=1)
                ),
                next_line=LINES + 1,
            )
            values = {
                "shop": shop,
                "ids": ids,
                "accounts": uuid7s(DRAFTS),
                "content": json.dumps(content.as_data()),
            }
            owner.execute("SELECT set_config('app.business_id', '*', false)")
            for statement in _DRAFTS:
                owner.execute(statement, values)
            found.append((shop, ids))
        owner.execute("ANALYZE")
    return found


_DRAFTS = (
    """
    INSERT INTO app.accounts (id, business_id, code, type, currency, customer_id, opened_at)
    SELECT account, %(shop)s, 'khata', 'asset', 'INR', customer, now()
    FROM unnest(%(accounts)s::uuid[], %(ids)s::uuid[]) AS made (account, customer)
    """,
    """
    INSERT INTO app.receivables (account_id, business_id, currency)
    SELECT account, %(shop)s, 'INR' FROM unnest(%(accounts)s::uuid[]) AS account
    """,
    """
    INSERT INTO app.customers (id, business_id, account_id, currency, created_at)
    SELECT customer, %(shop)s, account, 'INR', now()
    FROM unnest(%(accounts)s::uuid[], %(ids)s::uuid[]) AS made (account, customer)
    """,
    """
    INSERT INTO app.bill_drafts
        (id, business_id, customer_id, session, state, content, undoable, made_at, changed_at, expires_at)
    SELECT customer, %(shop)s, customer, '', 'open',
           %(content)s::jsonb || jsonb_build_object('customer_id', customer), '[]', now(), now(),
           now() + interval '1 day'
    FROM unnest(%(ids)s::uuid[]) AS customer
    """,
)


def _compare(drafts: list[tuple[UUID, list[UUID]]], callers: int) -> dict[str, Any]:
    """Rounds of both in turns, so that what else the machine does falls on both alike."""
    taken: dict[str, list[float]] = {"ours": [], "plpgsql": []}
    context = multiprocessing.get_context("spawn")
    # Each caller has a shop of its own, as a till has; each round of each way its own drafts.
    turns = [(way, number) for number in range(ROUNDS) for way in taken]
    share = DRAFTS // len(turns)
    with context.Pool(callers, initializer=_begin_caller, initargs=(context.Barrier(callers),)) as pool:
        for turn, (way, _) in enumerate(turns):
            tasks = [
                (drafts[n % SHOPS][0], drafts[n % SHOPS][1][turn * share : (turn + 1) * share], way)
                for n in range(callers)
            ]
            answers = pool.starmap(_caller, tasks, chunksize=1)
            taken[way] += [seconds for answer in answers for seconds in answer]
    figures: dict[str, Any] = {
        way: {
            "bills_per_second": round(callers * len(seconds) / sum(seconds), 1),
            **{f"p{p}_ms": round(percentile(seconds, p) * 1000, 2) for p in (50, 95, 99)},
        }
        for way, seconds in taken.items()
    }
    ours, peer = (figures[way]["bills_per_second"] for way in taken)
    return {"ratio": round(ours / peer, 3), **figures}


_ready: list[Barrier] = []


def _begin_caller(ready: Barrier) -> None:
    follow_bills()
    _ready.append(ready)


def _caller(shop: UUID, drafts: list[UUID], way: str) -> list[float]:
    """One process: confirms for the warm-up, then, when all are warm, for the round or as long as there are drafts."""
    confirm = _confirm_ours if way == "ours" else confirming_by(_connection())
    left = iter(drafts)

    def one() -> float | None:
        draft = next(left, None)
        if draft is None:
            return None
        began = time.perf_counter()
        confirm(shop, draft)
        return time.perf_counter() - began

    warm_until = time.perf_counter() + WARM_UP_SECONDS
    while time.perf_counter() < warm_until:
        one()
    _ready[0].wait(timeout=60)
    until = time.perf_counter() + ROUND_SECONDS
    taken = []
    while time.perf_counter() < until and (seconds := one()) is not None:
        taken.append(seconds)
    return taken


def _confirm_ours(shop: UUID, draft: UUID) -> UUID:
    request = RequestKey.of(shop, shop, "confirm_bill", uuid7().hex, b"body")
    return database.write(
        lambda session: drafting.confirm(
            session, business_id=shop, draft_id=draft, actor_id=shop, request=request
        ),
        scope=(shop,),
    )


@lru_cache
def _connection() -> psycopg.Connection[Any]:
    """The connection of this process for the peer."""
    return psycopg.connect(locations.database_url(), autocommit=True)


def confirming_by(connection: psycopg.Connection[Any]) -> Confirm:
    """Confirms by the peer."""

    def confirm(shop: UUID, draft: UUID) -> None:
        request = RequestKey.of(shop, shop, "confirm_bill", uuid7().hex, b"body")
        connection.execute(
            "SELECT app.bench_confirm(%s, %s, %s, %s, %s)",
            [shop, draft, request.key, request.body_hash, uuid7s(4 + LINES)],
        )

    return confirm


def _count_statements(drafts: tuple[UUID, list[UUID]]) -> int:
    """Statements that reach the server between BEGIN and COMMIT of one bill."""
    shop, ids = drafts
    _confirm_ours(shop, ids[0])
    with statements_sent() as seen:
        _confirm_ours(shop, ids[1])
    return len(seen)


# The same work without anything between: draft, shop, goods, tax, khata, shelves, book, number, paper, event and job.
_FUNCTION = """
CREATE FUNCTION app.bench_confirm(shop uuid, draft uuid, request_key text, hash text, ids uuid[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    seen record;
    party record;
    lines jsonb;
    sums record;
    book jsonb;
    serial bigint;
    body json;
    moved integer;
BEGIN
    PERFORM set_config('app.business_id', CAST(shop AS text), true);
    INSERT INTO app.idempotency_keys (business_id, actor_id, operation, key, body_hash, result_id)
    VALUES (shop, shop, 'confirm_bill', request_key, hash, ids[1]) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RAISE EXCEPTION 'answered before'; END IF;
    SELECT * INTO STRICT seen FROM app.bill_drafts
    WHERE business_id = shop AND id = draft AND state = 'open' AND expires_at > now() FOR NO KEY UPDATE;
    SELECT b.*, held.id AS profile_id, held.profile, c.account_id,
           CAST(now() AT TIME ZONE b.time_zone AS date) AS today INTO STRICT party
    FROM app.businesses b
    LEFT JOIN app.billing_settings s ON s.business_id = b.id
    JOIN app.customers c ON c.business_id = b.id AND c.id = seen.customer_id AND c.erased_at IS NULL
    LEFT JOIN app.customer_profiles k ON k.customer_id = c.id
    LEFT JOIN LATERAL (
        SELECT id, profile FROM app.tax_profiles
        WHERE business_id = b.id AND valid_from <= CAST(now() AT TIME ZONE b.time_zone AS date)
        ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1
    ) held ON true WHERE b.id = shop;
    SELECT jsonb_object_agg(code, id) INTO book FROM app.accounts
    WHERE business_id = shop AND currency = party.currency AND party_id IS NULL AND customer_id IS NULL;
    SELECT jsonb_agg(jsonb_build_object(
               'n', n, 'product_id', p.id, 'unit', unit, 'quantity', quantity, 'base', quantity * base_quantity,
               'unit_price', price, 'mrp', mrp, 'hsn', p.hsn, 'half', half, 'amount', amount) ORDER BY n)
    INTO lines FROM (
        SELECT w.id AS n, w.unit, w.quantity, u.base_quantity, asked.unit_price AS price,
               asked.mrp, p.id AS product,
               round(asked.unit_price * w.quantity * 100) AS amount,
               round(round(asked.unit_price * w.quantity * 100) * 2.5 / 105) AS half
        FROM jsonb_to_recordset(seen.content -> 'lines')
            AS w (id integer, product_id uuid, unit text, quantity numeric)
        JOIN app.products p ON p.id = w.product_id
        JOIN app.product_units u ON u.product_id = p.id AND u.unit = w.unit
        CROSS JOIN LATERAL (
            SELECT unit_price, mrp FROM app.shop_prices
            WHERE business_id = shop AND product_id = p.id AND unit = w.unit ORDER BY valid_from DESC, id DESC LIMIT 1
        ) asked
        CROSS JOIN LATERAL (
            SELECT tax_class FROM app.product_tax_classes stated
            WHERE stated.product_id = p.id AND stated.country = party.country AND stated.valid_from <= party.today
              AND (stated.business_id = shop OR stated.business_id IS NULL)
            ORDER BY stated.business_id IS NULL, stated.valid_from DESC LIMIT 1
        ) class
    ) told JOIN app.products p ON p.id = told.product;
    SELECT CAST(sum(amount) AS bigint) AS total, CAST(sum(2 * half) AS bigint) AS tax INTO sums
    FROM jsonb_to_recordset(lines) AS l (amount numeric, half numeric);

    UPDATE app.receivables SET posted_paisa = posted_paisa + sums.total,
        ceiling_paisa = greatest(ceiling_paisa, posted_paisa + sums.total + held_paisa)
    WHERE account_id = party.account_id;
    WITH sold AS (
        SELECT * FROM jsonb_to_recordset(lines) AS l (product_id uuid, base numeric)
    ), locked AS (
        SELECT product_id FROM app.stock_levels
        WHERE business_id = shop AND product_id IN (SELECT product_id FROM sold)
        ORDER BY product_id FOR NO KEY UPDATE
    )
    UPDATE app.stock_levels l SET on_hand = l.on_hand - sold.base, changed_at = now()
    FROM locked JOIN sold USING (product_id)
    WHERE l.business_id = shop AND l.product_id = locked.product_id AND l.on_hand - l.reserved - l.expired >= sold.base;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> jsonb_array_length(lines) THEN RAISE EXCEPTION 'not on the shelf'; END IF;
    INSERT INTO app.stock_movements
        (id, business_id, product_id, kind, quantity, on_hand_after, source_id, moved_at, recorded_at)
    SELECT ids[4 + n], shop, l.product_id, 'sale', -base, level.on_hand, ids[1], now(), now()
    FROM jsonb_to_recordset(lines) AS l (n integer, product_id uuid, base numeric)
    JOIN app.stock_levels level ON level.business_id = shop AND level.product_id = l.product_id;

    INSERT INTO app.ledger_transactions
        (id, business_id, kind, source, source_id, effective_date, recorded_at, is_assumed)
    VALUES (ids[2], shop, 'bill', 'bill', ids[1], party.today, now(), false);
    INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)
    VALUES (shop, ids[2], 1, party.account_id, sums.total, party.currency),
           (shop, ids[2], 2, CAST(book ->> 'sales' AS uuid), sums.tax - sums.total, party.currency),
           (shop, ids[2], 3, CAST(book ->> 'output_tax' AS uuid), -sums.tax, party.currency);
    INSERT INTO app.document_counters AS held (business_id, series, fiscal_year, last_number, last_date)
    VALUES (shop, '', '26-27', 1, party.today)
    ON CONFLICT (business_id, series, fiscal_year) DO UPDATE
    SET last_number = held.last_number + 1, last_date = excluded.last_date
    RETURNING last_number INTO serial;
    INSERT INTO app.invoices
        (id, kind, number, fiscal_year, vendor_id, customer_id, document_date, currency, country, vendor_profile_id,
         vendor_state, retailer_state, place_of_supply, gives_input_tax, taxable_paisa, tax_paisa, total_paisa, timing,
         made_by, issued_at)
    VALUES (ids[1], 'tax_invoice', '26-27/' || lpad(CAST(serial AS text), 6, '0'), '26-27', shop, seen.customer_id,
            party.today, party.currency, party.country, party.profile_id, party.state, '', party.state, false,
            sums.total - sums.tax, sums.tax, sums.total, 'section-12', shop, now());
    INSERT INTO app.invoice_lines
        (invoice_id, line_no, vendor_id, product_id, hsn, unit, quantity, unit_price, mrp, supply, rate, cess_rate,
         taxable_paisa, cgst_paisa, sgst_paisa, igst_paisa, cess_paisa, vat_paisa, total_paisa, trace)
    SELECT ids[1], n, shop, product_id, hsn, unit, quantity, unit_price, mrp, 'taxable', 5, 0, amount - 2 * half, half,
           half, 0, 0, 0, amount, jsonb_build_object(
               'row', jsonb_build_object('country', party.country, 'tax_class', 'biscuits', 'rate', '5', 'cess', '0',
                                         'valid_from', '2025-09-22', 'source', 'S9+A', 'certainty', 'high',
                                         'version', 0),
               'rate_day', party.today, 'rate_day_rule', 'supplied and invoiced on this day (CGST Act s. 12(2)(a))',
               'place', party.state,
               'place_rule', 'IGST Act s. 10(1)(c): taken at the counter, so the shop''s own place',
               'levied_as', 'CGST and SGST',
               'rounding', 'amount x 2.5 / 105, half up to the paisa, once per line; CGST = SGST',
               'price', 'holds the tax; the shop''s own')
    FROM jsonb_to_recordset(lines) AS l (n smallint, product_id uuid, hsn text, unit text, quantity numeric,
        unit_price numeric, mrp numeric, half bigint, amount bigint);
    INSERT INTO app.receivable_items
        (id, business_id, account_id, kind, amount_paisa, currency, document_date, due_date, source, source_id,
         transaction_id, document_number, is_assumed, recorded_at)
    VALUES (ids[3], shop, party.account_id, 'charge', sums.total, party.currency, party.today, party.today, 'bill',
            ids[1], ids[2], '26-27/' || lpad(CAST(serial AS text), 6, '0'), false, now());
    IF EXISTS (SELECT FROM app.receivable_items WHERE account_id = party.account_id AND amount_paisa < 0)
    THEN RAISE EXCEPTION 'this function settles nothing'; END IF;
    UPDATE app.bill_drafts SET state = 'confirmed', invoice_id = ids[1], version = version + 1, changed_at = now()
    WHERE id = draft;

    body := json_build_object('invoice_id', ids[1], 'customer_id', seen.customer_id, 'kind', 'tax_invoice', 'number',
                              '26-27/' || lpad(CAST(serial AS text), 6, '0'), 'payable_paisa', sums.total,
                              'paid_paisa', 0, 'currency', party.currency);
    INSERT INTO app.domain_events (id, type, version, business_id, actor_id, channel, occurred_at, payload)
    VALUES (ids[4], 'bill-issued', 1, shop, shop, 'api', now(), body);
    PERFORM dbos.enqueue_workflow(
        workflow_name => 'bill-bench', queue_name => 'outward',
        positional_args => ARRAY[to_json(CAST(ids[4] AS text)), to_json('bill-issued'::text), body],
        named_args => json_build_object('correlation_id', NULL), workflow_id => ids[4] || ':bill-bench'
    );
END $$;
GRANT EXECUTE ON FUNCTION app.bench_confirm TO sauda_app;
"""

if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
