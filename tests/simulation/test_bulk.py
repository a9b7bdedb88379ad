"""The bulk path against the verbs: the same market leaves the same facts, and the books are as sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

import simulation.bulk
from commerce.ledger import verification
from foundation.database import read
from simulation.facts import facts
from tests.simulation.test_play import Stage, play

pytestmark = pytest.mark.committing

TIMELINE = text("""
    SELECT v.name, r.name, o.placed_at, t.happened_at, t.verb, t.order_state, t.fulfilment_state, t.credit_state,
           t.channel, t.note, o.version, o.channel, o.expires_at, o.placed_on
    FROM app.order_timeline t JOIN app.orders o ON o.id = t.order_id
    JOIN app.businesses v ON v.id = o.vendor_id JOIN app.businesses r ON r.id = o.retailer_id
    ORDER BY 1, 2, 3, 4, o.version, t.verb
""")
STATE = text("""
    SELECT v.name, r.name, c.posted_paisa, c.held_paisa, c.limit_paisa, c.ceiling_paisa,
           (SELECT CAST(sum(h.remaining_paisa) AS bigint) FROM app.holds h WHERE h.account_id = c.account_id)
    FROM app.receivables c JOIN app.accounts a ON a.id = c.account_id
    JOIN app.businesses v ON v.id = a.business_id JOIN app.businesses r ON r.id = a.party_id
    UNION ALL SELECT v.name, p.sku, s.on_hand, s.reserved, NULL, NULL, NULL
    FROM app.stock_levels s JOIN app.businesses v ON v.id = s.business_id JOIN app.products p ON p.id = s.product_id
    UNION ALL SELECT v.name, d.series || d.fiscal_year, d.last_number, NULL, NULL, NULL, NULL
    FROM app.document_counters d JOIN app.businesses v ON v.id = d.business_id
    WHERE d.series <> '' -- that of invoices: history written in bulk has no papers
    ORDER BY 1, 2
""")
ASKED = text("""
    SELECT v.name, r.name, d.decided_at, d.kind, d.outcome, d.channel, d.policy_version,
           d.facts - 'short' - 'products' AS facts, jsonb_array_length(d.asked_lines) AS lines,
           d.facts ? 'short' AS short, d.facts ? 'products' AS products
    FROM app.decisions d JOIN app.businesses v ON v.id = d.vendor_id JOIN app.businesses r ON r.id = d.retailer_id
    ORDER BY 1, 2, 3, d.outcome, d.asked_paisa, d.granted_paisa
""")


def seen(market: list[object]) -> dict[str, list[object]]:
    with read() as session:
        found: dict[str, list[object]] = {**facts(session, market)}  # type: ignore[arg-type]
        for name, question in (("timeline", TIMELINE), ("state", STATE), ("asked", ASKED)):
            found[name] = [tuple(row) for row in session.execute(question)]
    return found


def test_the_bulk_path_leaves_the_facts_that_the_verbs_leave(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small batches, so that orders that are over are given out while others run.
    monkeypatch.setattr(simulation.bulk, "ROWS_TOGETHER", 300)
    with stage():
        by_verbs = play(tmp_path, days=70)
        expected = seen([*by_verbs.market])
    with stage():
        in_bulk = play(tmp_path, days=70, in_bulk=True)
        found = seen([*in_bulk.market])
        with read() as session:
            findings = verification.verify(session)
            unsealed = session.execute(text("SELECT count(*) FROM app.ledger_unsealed")).scalar_one()
    for kind, lines in expected.items():
        assert found[kind] == lines, kind
    assert in_bulk.digest == by_verbs.digest
    assert in_bulk.tally == by_verbs.tally
    assert {"returns", "orders closed short", "refused: credit-limit-exceeded"} <= set(by_verbs.tally)
    assert findings == []
    assert unsealed == 0
