"""A market of many orders, written by the server itself: for lists, whose cost depends on what they pass over.

Only what lists read is written: no order lines, no deliveries, no books. The first vendor has a fifth of all orders,
the first retailer a fiftieth; every retailer trades with some ten vendors.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

VENDORS_MIN = 20


@dataclass(frozen=True)
class BigMarket:
    """What was planted, and whom the lists are asked for."""

    orders: int
    vendors: int
    retailers: int
    products: int

    @property
    def vendor_id(self) -> UUID:
        """The vendor with a fifth of all orders."""
        return _id("vendor", 0)

    @property
    def retailer_id(self) -> UUID:
        """The retailer with a fiftieth of all orders."""
        return _id("retailer", 0)

    def partner_of_retailer(self, admin: psycopg.Connection[Any]) -> UUID:
        """The vendor that the first retailer owes most bills to."""
        return _most(admin, "vendor_id", "retailer_id", self.retailer_id)

    def customer_of_vendor(self, admin: psycopg.Connection[Any]) -> UUID:
        """The retailer that orders most of the first vendor."""
        return _most(admin, "retailer_id", "vendor_id", self.vendor_id)


def _most(admin: psycopg.Connection[Any], wanted: str, side: str, business_id: UUID) -> UUID:
    question = f"SELECT {wanted} FROM app.orders WHERE {side} = %s GROUP BY 1 ORDER BY count(*) DESC, 1"  # noqa: S608
    row = admin.execute(question.encode(), [business_id]).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def _id(kind: str, number: int) -> UUID:
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


_HELP = """
CREATE FUNCTION pg_temp.named(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
    AS $$ SELECT md5(kind || n)::uuid $$;
-- Ids as the application makes them: the time first, so that rows lie nearly in the order of their key.
CREATE FUNCTION pg_temp.timed(moment timestamptz, salt text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex(CAST(extract(epoch FROM moment) * 1000 AS bigint)), 12, '0') || '7' || left(md5(salt), 3)
            || '8' || right(md5(salt), 15))::uuid $$;
"""

# Two years of trade, the newest now; each order says whose it is and what became of it.
_PLOT = """
CREATE TEMP TABLE plot AS
SELECT n, placed_at, CAST(placed_at AT TIME ZONE 'Asia/Kathmandu' AS date) AS placed_on,
       pg_temp.timed(placed_at, 'order' || n) AS order_id,
       pg_temp.named('vendor', vendor_no) AS vendor_id, pg_temp.named('retailer', retailer_no) AS retailer_id,
       pg_temp.named('account' || vendor_no || '-', retailer_no) AS account_id,
       pg_temp.named('agreement' || vendor_no || '-', retailer_no) AS agreement_id,
       10000 + n % 9000 * 100 AS total_paisa,
       CASE WHEN n > {orders} * 0.999 THEN 'placed' WHEN n > {orders} * 0.995 THEN 'accepted'
            WHEN n % 50 = 7 THEN 'declined' WHEN n % 50 = 8 THEN 'cancelled' WHEN n % 1000 = 9 THEN 'expired'
            ELSE 'completed' END AS order_state
FROM (
    SELECT n, now() - ({orders} - n) * (interval '730 days' / {orders}) AS placed_at, retailer_no,
           CASE WHEN n % 5 = 0 THEN 0 ELSE 1 + (retailer_no * 13 + (n / 7 % 9) * 37) % ({vendors} - 1) END AS vendor_no
    FROM (
        SELECT n, CASE WHEN n % 50 = 1 THEN 0 ELSE 1 + (n * 7919) % ({retailers} - 1) END AS retailer_no
        FROM generate_series(CAST(1 AS bigint), {orders}) AS n
    ) drawn
) dealt;
"""

_TABLES = """
INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone, currency, time_zone, origin,
                            joined_at)
SELECT pg_temp.named(kind, n), initcap(kind) || ' ' || lpad(n::text, 5, '0'), kind = 'vendor', kind = 'retailer', 'NP',
       'NP-P6', 'Surkhet', 'NPR', 'Asia/Kathmandu', 'simulated', now() - interval '800 days'
FROM (SELECT 'vendor' AS kind, generate_series(0, {vendors} - 1) AS n
      UNION ALL SELECT 'retailer', generate_series(0, {retailers} - 1)) AS parties;

INSERT INTO app.credit_agreements (id, vendor_id, retailer_id, currency, receivable_account_id, agreed_at)
SELECT DISTINCT agreement_id, vendor_id, retailer_id, 'NPR', account_id, now() - interval '800 days' FROM plot;
INSERT INTO app.receivables (account_id, business_id, currency, posted_paisa, limit_paisa, ceiling_paisa)
SELECT DISTINCT account_id, vendor_id, 'NPR', 0, 100000000, 100000000 FROM plot;

INSERT INTO app.orders (id, number, vendor_id, retailer_id, currency, settlement, order_state, fulfilment_state,
    credit_state, total_paisa, delivered_paisa, placed_at, placed_on, accepted_at, promised_on, closed_at, channel)
SELECT order_id, 'ORD' || to_char(placed_on, 'YYMMDD') || lpad(n::text, 7, '0'), vendor_id, retailer_id, 'NPR',
    'credit', order_state, CASE WHEN order_state = 'completed' THEN 'delivered' ELSE 'none' END,
    CASE WHEN order_state = 'completed' THEN 'charged' WHEN order_state IN ('placed', 'accepted') THEN 'held'
         ELSE 'released' END,
    total_paisa, CASE WHEN order_state = 'completed' THEN total_paisa ELSE 0 END, placed_at, placed_on,
    placed_at + interval '1 hour', placed_on + 2, placed_at + interval '1 day', 'api'
FROM plot ORDER BY n;

INSERT INTO app.domain_events (id, type, version, business_id, counterparty_id, channel, occurred_at, recorded_at,
                               payload)
SELECT pg_temp.timed(happened_at, type || n), type, 1, vendor_id, retailer_id, 'api', happened_at, happened_at,
       jsonb_build_object('order_id', order_id, 'vendor_id', vendor_id, 'retailer_id', retailer_id)
           || CASE type WHEN 'order-closed' THEN jsonb_build_object('state', order_state)
                        ELSE jsonb_build_object('total_paisa', total_paisa, 'currency', 'NPR') END
FROM (
    SELECT n, vendor_id, retailer_id, order_id, order_state, total_paisa, 'order-placed' AS type,
           placed_at AS happened_at FROM plot
    UNION ALL
    SELECT n, vendor_id, retailer_id, order_id, order_state, total_paisa, 'order-closed', placed_at + interval '1 day'
    FROM plot WHERE order_state IN ('declined', 'cancelled', 'expired')
) AS told ORDER BY happened_at;

-- What was delivered is owed; every fourth delivery of a pair is paid together with the three before it.
CREATE TEMP TABLE owed AS
SELECT *, (nth - 1) / 4 AS batch, count(*) OVER (PARTITION BY account_id, (nth - 1) / 4) AS batch_size
FROM (SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY n) AS nth FROM plot
      WHERE order_state = 'completed') AS charged;
CREATE TEMP TABLE paid AS
SELECT account_id, agreement_id, vendor_id, retailer_id, batch, sum(total_paisa)::bigint AS amount_paisa,
       max(placed_at) + interval '10 days' AS paid_at,
       pg_temp.timed(max(placed_at) + interval '10 days', account_id || 'payment' || batch) AS payment_id,
       pg_temp.timed(max(placed_at) + interval '10 days', account_id || 'item' || batch) AS item_id
FROM owed WHERE batch_size = 4 GROUP BY account_id, agreement_id, vendor_id, retailer_id, batch;

INSERT INTO app.payments (id, vendor_id, retailer_id, agreement_id, amount_paisa, currency, mode, paid_on, recorded_at)
SELECT payment_id, vendor_id, retailer_id, agreement_id, amount_paisa, 'NPR', 'cash', paid_at::date, paid_at
FROM paid ORDER BY paid.paid_at;
INSERT INTO app.receivable_items (id, business_id, account_id, kind, amount_paisa, currency, document_date, due_date,
    source, source_id, order_id, transaction_id, document_number, recorded_at)
SELECT * FROM (
    SELECT pg_temp.timed(placed_at + interval '1 day', 'charge' || n) AS id, vendor_id, account_id, 'charge' AS kind,
           total_paisa, 'NPR', placed_on + 1, placed_on + 16, 'delivery', pg_temp.named('delivery', n), order_id,
           pg_temp.named('transaction', n), 'DN' || n, placed_at + interval '1 day' AS recorded_at
    FROM owed
    UNION ALL
    SELECT item_id, vendor_id, account_id, 'payment', -amount_paisa, 'NPR', paid_at::date, paid_at::date, 'payment',
           payment_id, NULL, pg_temp.named('paid', batch), NULL, paid_at
    FROM paid
) AS items ORDER BY recorded_at;
INSERT INTO app.allocations (id, business_id, account_id, credit_item_id, debit_item_id, amount_paisa, effective_date,
                             recorded_at)
SELECT pg_temp.timed(paid.paid_at, 'allocation' || owed.n), owed.vendor_id, owed.account_id, paid.item_id,
       pg_temp.timed(owed.placed_at + interval '1 day', 'charge' || owed.n), owed.total_paisa, paid.paid_at::date,
       paid.paid_at
FROM owed JOIN paid USING (account_id, batch) ORDER BY paid.paid_at;

INSERT INTO app.products (id, owner_id, sku, name, category, base_unit, created_at)
SELECT pg_temp.named('product', n), CASE WHEN n % 5 = 0 THEN pg_temp.named('vendor', n / 5 % {vendors}) END,
       'SKU-' || lpad(n::text, 7, '0'), 'Good ' || n, 'staples', 'packet', now() - interval '800 days'
FROM generate_series(1, {products}) AS n;
INSERT INTO app.product_units (product_id, unit, base_quantity) SELECT id, 'packet', 1 FROM app.products;
INSERT INTO app.product_search (product_id, sounds, skeletons, comparison_key)
SELECT id, lower(name || ' ' || sku), lower(name), lower(name) FROM app.products;
-- What was delivered left the shelf, at the first vendor out of a batch of each good; with every third order comes an
-- act on access, with every fiftieth a dispute.
INSERT INTO app.stock_batches (id, business_id, product_id, number, on_hand, made_at)
SELECT pg_temp.named('batch', n), pg_temp.named('vendor', 0), pg_temp.named('product', n), 'B' || n, 10,
       now() - interval '800 days'
FROM generate_series(1, {products}) AS n;
INSERT INTO app.stock_movements (id, business_id, product_id, kind, quantity, batch_id, moved_at, recorded_at)
SELECT pg_temp.timed(placed_at + interval '1 day', 'movement' || n), vendor_id,
       pg_temp.named('product', 1 + n / 5 % {products}), 'delivery', -1,
       CASE WHEN n % 5 = 0 THEN pg_temp.named('batch', 1 + n / 5 % {products}) END, placed_at + interval '1 day',
       placed_at + interval '1 day'
FROM plot WHERE order_state = 'completed' ORDER BY n;
INSERT INTO app.audit_entries (id, business_id, actor_id, action, subject_id, facts, recorded_at)
SELECT pg_temp.timed(placed_at, 'act' || n), vendor_id, pg_temp.named('actor', n / 5 % 1000), 'position-changed',
       pg_temp.named('subject', n / 5 % 5000), '{{}}', placed_at
FROM plot WHERE n % 3 = 0 ORDER BY n;
INSERT INTO app.disputes (id, vendor_id, retailer_id, subject, order_id, amount_paisa, currency, side, reason, state,
                          outcome, opened_at, answer_by, settled_at)
SELECT pg_temp.timed(placed_at, 'dispute' || n), vendor_id, retailer_id, 'order', order_id, 100, 'NPR', 'retailer',
       'quantity', 'settled', 'withdrawn', placed_at, placed_at + interval '3 days', placed_at + interval '1 day'
FROM plot WHERE n % 100 IN (0, 51) ORDER BY n;
-- The first vendor sells half of the goods, the others what is their own and some shared ones; prices changed thrice.
INSERT INTO app.offers (id, vendor_id, product_id, unit, unit_price, currency, minimum_quantity, carton_multiple,
                        availability, is_listed, lead_time_days, valid_from)
SELECT pg_temp.timed(now() - days * interval '1 day', 'offer' || n || '-' || vendor_no || '-' || days),
       pg_temp.named('vendor', vendor_no), pg_temp.named('product', n), 'packet', 10 + n % 90, 'NPR', 1, 1, 'always',
       true, 1, now() - days * interval '1 day'
FROM (
    SELECT n, 0 AS vendor_no FROM generate_series(1, {products}) AS n WHERE n % 2 = 0
    UNION SELECT n, n / 5 % {vendors} FROM generate_series(1, {products}) AS n WHERE n % 5 = 0
    UNION SELECT n, 1 + n % ({vendors} - 1) FROM generate_series(1, {products}) AS n
) AS sold CROSS JOIN (VALUES (500), (200), (20)) AS changed (days);
"""

_BIG = (
    "orders domain_events receivable_items allocations payments credit_agreements receivables businesses products"
    " product_units product_search offers stock_batches stock_movements audit_entries disputes"
)


def plant(
    admin: psycopg.Connection[Any], *, orders: int, vendors: int, retailers: int, products: int
) -> BigMarket:
    """Write the market into an empty, migrated database; `admin` is a superuser's connection in autocommit.

    Triggers and foreign keys are off meanwhile: a million orders one by one would take an hour.
    """
    if vendors < VENDORS_MIN or retailers < VENDORS_MIN:
        raise ValueError(f"{vendors} vendors and {retailers} retailers; at least {VENDORS_MIN} of each")
    sizes = {"orders": orders, "vendors": vendors, "retailers": retailers, "products": products}
    admin.execute("SET session_replication_role = replica")
    admin.execute("SET work_mem = '256MB'")
    for part in (_HELP, _PLOT, _TABLES):
        admin.execute(part.format(**sizes).encode())
    for table in _BIG.split():
        admin.execute(f"VACUUM (ANALYZE) app.{table}".encode())
    admin.execute("DROP TABLE plot; DROP TABLE owed; DROP TABLE paid")
    admin.execute("SET session_replication_role = origin")
    admin.execute("CHECKPOINT")
    return BigMarket(**sizes)
