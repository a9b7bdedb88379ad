"""The figures that rules about risk ask, of a whole market: `sauda bench risk` prints one JSON object.

Traders who sell to each other, each to so many drawn at random, and shops that only buy; every pair has four
deliveries within 30 days. `ratio` is the time for all figures with the goods that go round to that without them, the
best of some turns.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any, Final

import psycopg

import migrations
from benchmarks.parts.scratch import scratch_home
from commerce.risk.figures import measure as figures_of
from foundation import locations
from foundation.database import read
from foundation.embedded_postgres import DATABASE, SUPERUSER

DAY: Final = date(2026, 3, 25)
LIMIT: Final = 5.0

# Each trader sells to those whose numbers follow by steps that grow; a shop buys of one trader.
_PLANT: Final = """
    CREATE FUNCTION pg_temp.named(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
        AS $$ SELECT md5(kind || n)::uuid $$;
    INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone, currency, time_zone, origin,
                                joined_at)
    SELECT pg_temp.named('business', n), 'Business ' || n, n < {traders}, true, 'NP', 'NP-P6', 'Surkhet', 'NPR',
           'Asia/Kathmandu', 'simulated', '2025-01-01'
    FROM generate_series(0, {traders} + {shops} - 1) AS n;
    CREATE TEMP TABLE pair AS
    SELECT row_number() OVER () AS n, seller, buyer
    FROM (
        SELECT DISTINCT seller, (seller + 1 + (hashint4(seller * 1000 + step)::bigint & 2147483647) % ({traders} - 1))
                                % {traders} AS buyer
        FROM generate_series(0, {traders} - 1) AS seller, generate_series(1, {buyers}) AS step
        UNION ALL
        SELECT n % {traders}, {traders} + n FROM generate_series(0, {shops} - 1) AS n
    ) AS drawn;
    INSERT INTO app.credit_agreements (id, vendor_id, retailer_id, currency, receivable_account_id, agreed_at)
    SELECT pg_temp.named('agreement', n), pg_temp.named('business', seller), pg_temp.named('business', buyer), 'NPR',
           pg_temp.named('account', n), '2025-01-01'
    FROM pair;
    INSERT INTO app.receivable_items (id, business_id, account_id, kind, amount_paisa, currency, document_date,
                                      due_date, source, source_id, transaction_id, recorded_at)
    SELECT pg_temp.named('item' || n || '-', part), pg_temp.named('business', seller), pg_temp.named('account', n),
           'charge', 5000 + (hashint8(n * 10 + part)::bigint & 2147483647) % 195000, 'NPR',
           CAST('2026-03-01' AS date) + part * 5, '2026-04-01', 'delivery', pg_temp.named('delivery' || n || '-', part),
           pg_temp.named('transaction' || n || '-', part), CAST('2026-03-01' AS timestamptz) + part * interval '5 days'
    FROM pair CROSS JOIN generate_series(0, 3) AS part;
    DROP TABLE pair;
"""


def measure(traders: int = 1_000, buyers: int = 10, shops: int = 3_000, turns: int = 5) -> dict[str, Any]:
    """Milliseconds for the figures of all pairs, without and with the goods that go round."""
    with scratch_home():
        migrations.upgrade()
        server = locations.embedded_server()
        with psycopg.connect(server.url(SUPERUSER, DATABASE), autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute(_PLANT.format(traders=traders, buyers=buyers, shops=shops).encode())
            for table in ("businesses", "credit_agreements", "receivable_items"):
                admin.execute(f"VACUUM (ANALYZE) app.{table}".encode())
        plain, pairs, _ = _best(["owed"], turns)
        rounded, _, round_pairs = _best(["owed", "ring_30d"], turns)
    return {
        "name": "risk",
        "what": f"the figures of {pairs} pairs with the goods that go round, to those without, the best of {turns}",
        "ratio": round(rounded / plain, 3),
        "limit": LIMIT,
        "plain_ms": round(plain * 1000, 1),
        "with_rounds_ms": round(rounded * 1000, 1),
        "pairs": pairs,
        "pairs_in_rounds": round_pairs,
        "traders": traders,
    }


def _best(asked: list[str], turns: int) -> tuple[float, int, int]:
    """The fewest seconds of some turns, the pairs, and those of them in a round."""
    took = []
    for _ in range(turns):
        with read() as session:
            began = time.perf_counter()
            found = figures_of(session, DAY, asked)
            took.append(time.perf_counter() - began)
    return min(took), len(found), sum(bool(pair.figures["ring_30d"]) for pair in found)
