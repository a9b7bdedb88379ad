"""`sauda verify ledger`: whether the books are what they say, checked from the rows alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from commerce.ledger.seals import LEDGER
from foundation.seals import ANCHORS_HOLD, Finding, Head, Waiting, run_checks

# Each returns one row per finding, its detail as text.
_CHECKS = {
    "entries are balanced": """
        SELECT format('transaction %s of book %s differs by %s paisa of %s', transaction_id, business_id,
                      sum(amount_paisa), currency)
        FROM app.postings GROUP BY business_id, transaction_id, currency HAVING sum(amount_paisa) <> 0
    """,
    "entries have postings": """
        SELECT format('transaction %s of book %s has no posting', entry.id, entry.business_id)
        FROM app.ledger_transactions entry
        WHERE NOT EXISTS (SELECT 1 FROM app.postings posting WHERE posting.transaction_id = entry.id)
    """,
    **LEDGER.checks(),
    "receivables equal their postings": """
        SELECT format('account %s says %s paisa owed, its postings %s', account_id, posted_paisa,
                      coalesce(posted.amount_paisa, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(amount_paisa) AS amount_paisa FROM app.postings GROUP BY account_id
        ) posted USING (account_id)
        WHERE posted_paisa <> coalesce(posted.amount_paisa, 0)
    """,
    "receivables equal their open items": """
        SELECT format('account %s says %s paisa owed, its items %s', account_id, posted_paisa,
                      coalesce(item.amount_paisa, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(amount_paisa) AS amount_paisa FROM app.receivable_items GROUP BY account_id
        ) item USING (account_id)
        WHERE posted_paisa <> coalesce(item.amount_paisa, 0)
    """,
    "held credit equals the holds": """
        SELECT format('account %s says %s paisa held, its holds %s', account_id, held_paisa,
                      coalesce(hold.remaining, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(remaining_paisa) AS remaining FROM app.holds GROUP BY account_id
        ) hold USING (account_id)
        WHERE held_paisa <> coalesce(hold.remaining, 0)
    """,
    "no item is settled beyond its amount": """
        SELECT format('item %s of %s paisa is settled by %s', item.id, item.amount_paisa, settled.amount_paisa)
        FROM app.receivable_items item JOIN (
            SELECT item_id, sum(amount_paisa) AS amount_paisa FROM (
                SELECT debit_item_id AS item_id, amount_paisa FROM app.allocations
                UNION ALL SELECT credit_item_id, amount_paisa FROM app.allocations
            ) side GROUP BY item_id
        ) settled ON settled.item_id = item.id
        WHERE settled.amount_paisa NOT BETWEEN 0 AND abs(item.amount_paisa)
    """,
    "seller's receivable is the buyer's payable": """
        SELECT format('%s is owed %s paisa by %s, whose book says %s', agreement.vendor_id, coalesce(ours.amount, 0),
                      agreement.retailer_id, -coalesce(theirs.amount, 0))
        FROM app.credit_agreements agreement
        LEFT JOIN (SELECT account_id, sum(amount_paisa) AS amount FROM app.postings GROUP BY account_id) ours
            ON ours.account_id = agreement.receivable_account_id
        LEFT JOIN (SELECT account_id, sum(amount_paisa) AS amount FROM app.postings GROUP BY account_id) theirs
            ON theirs.account_id = agreement.payable_account_id
        WHERE agreement.payable_account_id IS NOT NULL AND coalesce(ours.amount, 0) <> -coalesce(theirs.amount, 0)
    """,
    "stock promised equals the orders' lines": """
        SELECT format('%s of product %s are reserved at %s, its orders say %s', level.reserved, level.product_id,
                      level.business_id, coalesce(line.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT line.vendor_id, line.product_id, sum(line.base_quantity
                * (line.ordered_quantity - line.delivered_quantity - line.cancelled_quantity)) AS quantity
            FROM app.order_lines line JOIN app.orders ON orders.id = line.order_id
            WHERE line.is_stock_tracked AND orders.order_state IN ('placed', 'accepted')
            GROUP BY line.vendor_id, line.product_id
        ) line ON line.vendor_id = level.business_id AND line.product_id = level.product_id
        WHERE level.reserved <> coalesce(line.quantity, 0)
    """,
    "stock on hand equals its movements": """
        SELECT format('%s of product %s are on hand at %s, the movements say %s', level.on_hand, level.product_id,
                      level.business_id, coalesce(movement.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT business_id, product_id, sum(quantity) AS quantity FROM app.stock_movements
            GROUP BY business_id, product_id
        ) movement USING (business_id, product_id)
        WHERE level.on_hand <> coalesce(movement.quantity, 0)
    """,
    "batches on hand equal their movements": """
        SELECT format('%s of batch %s are on hand at %s, the movements say %s', batch.on_hand, batch.id,
                      batch.business_id, coalesce(movement.quantity, 0))
        FROM app.stock_batches batch LEFT JOIN (
            SELECT batch_id, sum(quantity) AS quantity FROM app.stock_movements
            WHERE batch_id IS NOT NULL GROUP BY batch_id
        ) movement ON movement.batch_id = batch.id
        WHERE batch.on_hand <> coalesce(movement.quantity, 0)
    """,
    "stock in batches equals the batches": """
        SELECT format('%s of product %s lie in batches at %s, the batches say %s', level.batched, level.product_id,
                      level.business_id, coalesce(batch.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT business_id, product_id, sum(on_hand) AS quantity FROM app.stock_batches
            GROUP BY business_id, product_id
        ) batch USING (business_id, product_id)
        WHERE level.batched <> coalesce(batch.quantity, 0)
    """,
}


def verify(session: Session, anchored: Iterable[Head] = ()) -> list[Finding]:
    """Check every book and its anchors; an empty list means that all holds. Reads only, and takes its time."""
    return run_checks(session, _CHECKS) + LEDGER.missing(session, anchored)


CHECKS = (*_CHECKS, ANCHORS_HOLD)


def waiting_for_seals(session: Session) -> Waiting:
    """How many entries wait for their seal, and how long the oldest does, by the real clock."""
    return LEDGER.waiting(session)
