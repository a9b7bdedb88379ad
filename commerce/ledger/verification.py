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
    "a settlement holds from when both its documents were there": """
        SELECT format('settlement %s holds from %s, its documents are of %s and %s', made.id, made.effective_date,
                      credit.document_date, debit.document_date)
        FROM app.allocations made
        JOIN app.receivable_items credit ON credit.id = made.credit_item_id
        JOIN app.receivable_items debit ON debit.id = made.debit_item_id
        WHERE made.effective_date < greatest(credit.document_date, debit.document_date)
    """,
    "no settlement is undone before it held": """
        SELECT format('settlement %s holds from %s and is undone from %s', made.id, made.effective_date,
                      undone.effective_date)
        FROM app.allocations undone JOIN app.allocations made ON made.id = undone.reverses_id
        WHERE undone.effective_date < made.effective_date
    """,
    "no more is owed again than was written off": """
        SELECT format('account %s has %s paisa reinstated, %s were written off', account_id, reinstated, written_off)
        FROM (
            SELECT account_id, coalesce(sum(amount_paisa) FILTER (WHERE kind = 'reinstatement'), 0) AS reinstated,
                   coalesce(-sum(amount_paisa) FILTER (WHERE kind = 'write_off'), 0) AS written_off
            FROM app.receivable_items WHERE kind IN ('reinstatement', 'write_off') GROUP BY account_id
        ) item
        WHERE reinstated > written_off
    """,
    # Over all accounts of pairs, also of those without an agreement; who keeps no book here has no payable.
    "seller's receivable is the buyer's payable": """
        WITH balance AS (
            SELECT account.code, account.currency, coalesce(sum(posting.amount_paisa), 0) AS amount,
                   CASE account.code WHEN 'receivable' THEN account.business_id ELSE account.party_id END AS seller_id,
                   CASE account.code WHEN 'receivable' THEN account.party_id ELSE account.business_id END AS buyer_id
            FROM app.accounts account LEFT JOIN app.postings posting ON posting.account_id = account.id
            WHERE account.code IN ('receivable', 'payable') AND account.party_id IS NOT NULL
            GROUP BY account.id
        )
        SELECT format('%s is owed %s paisa of %s by %s, whose book says %s', seller_id, coalesce(ours.amount, 0),
                      currency, buyer_id, -theirs.amount)
        FROM (SELECT * FROM balance WHERE code = 'payable') theirs
        LEFT JOIN (SELECT * FROM balance WHERE code = 'receivable') ours USING (seller_id, buyer_id, currency)
        WHERE coalesce(ours.amount, 0) <> -theirs.amount
    """,
    # Cash sales have neither receivable nor payable: of them the two entries are compared.
    "both books tell an event alike": """
        SELECT format('%s %s is of %s paisa of %s in the book of %s, of %s in that of %s', source, source_id,
                      min(amount), currency, (array_agg(business_id ORDER BY amount))[1], max(amount),
                      (array_agg(business_id ORDER BY amount DESC))[1])
        FROM (
            SELECT entry.business_id, entry.source, entry.source_id, posting.currency,
                   coalesce(sum(posting.amount_paisa) FILTER (WHERE posting.amount_paisa > 0), 0) AS amount
            FROM app.ledger_transactions entry JOIN app.postings posting ON posting.transaction_id = entry.id
            GROUP BY entry.id, posting.currency
        ) side
        GROUP BY source, source_id, currency HAVING min(amount) <> max(amount)
    """,
    # A lone entry equals itself: that the other one is there is asked of the goods that changed hands.
    "a delivery stands in the books of both": """
        SELECT format('%s %s of %s to %s is not in the book of %s', delivery.kind, delivery.number, delivery.vendor_id,
                      delivery.retailer_id, side.business_id)
        FROM app.deliveries delivery JOIN app.businesses buyer ON buyer.id = delivery.retailer_id
        CROSS JOIN LATERAL (
            VALUES (delivery.vendor_id, true), (delivery.retailer_id, buyer.keeps_books)
        ) side (business_id, keeps_books)
        WHERE side.keeps_books AND delivery.total_paisa > 0 AND NOT EXISTS (
            SELECT FROM app.ledger_transactions entry
            WHERE entry.business_id = side.business_id AND entry.source_id = delivery.id
              AND entry.source IN ('delivery', 'return')
        )
    """,
    "an invoice is the sum of its lines": """
        SELECT format('%s %s of %s has %s paisa of tax in a total of %s, its lines %s in %s', kind, number, vendor_id,
                      tax_paisa, invoice.total_paisa, line.tax, line.total)
        FROM app.invoices invoice LEFT JOIN (
            SELECT invoice_id, sum(total_paisa) AS total,
                   sum(cgst_paisa + sgst_paisa + igst_paisa + cess_paisa + vat_paisa) AS tax
            FROM app.invoice_lines GROUP BY invoice_id
        ) line ON line.invoice_id = invoice.id
        WHERE (tax_paisa, invoice.total_paisa) IS DISTINCT FROM (line.tax, line.total)
    """,
    # From both ends: a tax that was posted without a paper is found like a paper whose tax was not posted.
    "the tax of invoices is the tax posted": """
        WITH line AS (
            SELECT invoice.kind || ' ' || invoice.number AS paper,
                   coalesce(invoice.delivery_id, invoice.id) AS source_id,
                   invoice.vendor_id, invoice.retailer_id,
                   CASE invoice.kind WHEN 'credit_note' THEN -1 ELSE 1 END * (line.cgst_paisa + line.sgst_paisa
                       + line.igst_paisa + line.cess_paisa + line.vat_paisa) AS tax,
                   coalesce(original.gives_input_tax, invoice.gives_input_tax) AS gives_input_tax
            FROM app.invoices invoice JOIN app.invoice_lines line ON line.invoice_id = invoice.id
            LEFT JOIN app.invoices original ON original.id = line.original_id
        ), told AS (
            SELECT source_id, vendor_id AS business_id, 'output_tax' AS code, paper, -sum(tax) AS amount
            FROM line GROUP BY source_id, vendor_id, paper
            UNION ALL
            SELECT source_id, retailer_id, 'input_tax', paper, sum(tax) FROM line
            WHERE gives_input_tax AND (retailer_id, source_id) IN (
                SELECT business_id, source_id FROM app.ledger_transactions WHERE source IN ('delivery', 'return')
            )
            GROUP BY source_id, retailer_id, paper
        ), posted AS (
            SELECT entry.source_id, entry.business_id, account.code, sum(posting.amount_paisa) AS amount
            FROM app.postings posting JOIN app.accounts account ON account.id = posting.account_id
            JOIN app.ledger_transactions entry ON entry.id = posting.transaction_id
            WHERE account.code IN ('output_tax', 'input_tax')
              AND entry.source IN ('delivery', 'return', 'bill', 'bill_return')
            GROUP BY entry.source_id, entry.business_id, account.code
        )
        SELECT format('%s paisa of %s are posted for %s in the book of %s, its paper says %s',
                      coalesce(posted.amount, 0), code, coalesce(paper, CAST(source_id AS text)), business_id,
                      coalesce(told.amount, 0))
        FROM told FULL JOIN posted USING (source_id, business_id, code)
        WHERE coalesce(told.amount, 0) <> coalesce(posted.amount, 0)
    """,
    "what a bill comes to is posted, and a cancelled one's entry is reversed": """
        SELECT format('%s %s of %s comes to %s paisa, %s are posted for it%s', kind, number, vendor_id, payable,
                      coalesce(posted.amount, 0), CASE WHEN is_cancelled THEN ', though it is cancelled' END)
        FROM (
            SELECT bill.id, bill.kind, bill.number, bill.vendor_id, gone.invoice_id IS NOT NULL AS is_cancelled,
                   CASE bill.kind WHEN 'credit_note' THEN -1 ELSE 1 END
                       * (bill.total_paisa + bill.round_off_paisa) AS payable
            FROM app.invoices bill LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = bill.id
            WHERE bill.retailer_id IS NULL
        ) bill LEFT JOIN (
            SELECT entry.source_id, entry.business_id, CAST(sum(posting.amount_paisa) AS bigint) AS amount
            FROM app.ledger_transactions entry
            JOIN app.postings posting ON posting.transaction_id = entry.id
            JOIN app.accounts account ON account.id = posting.account_id
            WHERE entry.source IN ('bill', 'bill_return', 'bill_cancellation')
              AND account.code IN ('khata', 'cash', 'bank')
            GROUP BY entry.source_id, entry.business_id
        ) posted ON posted.source_id = bill.id AND posted.business_id = bill.vendor_id
        WHERE coalesce(posted.amount, 0) <> CASE WHEN is_cancelled THEN 0 ELSE payable END
    """,
    "the money of bills to nobody by name is posted": """
        SELECT format('%s paisa were taken for bill %s of %s, it comes to %s', coalesce(taken.amount, 0), number,
                      vendor_id, payable)
        FROM (
            SELECT bill.id, bill.number, bill.vendor_id, CASE WHEN gone.invoice_id IS NOT NULL THEN 0
                   ELSE CASE bill.kind WHEN 'credit_note' THEN -1 ELSE 1 END
                       * (bill.total_paisa + bill.round_off_paisa) END AS payable
            FROM app.invoices bill LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = bill.id
            WHERE bill.retailer_id IS NULL AND bill.customer_id IS NULL
        ) bill LEFT JOIN (
            SELECT invoice_id, CAST(sum(amount_paisa) AS bigint) AS amount FROM app.bill_tenders GROUP BY invoice_id
        ) taken ON taken.invoice_id = bill.id
        WHERE coalesce(taken.amount, 0) <> payable
    """,
    "no more is given back of a bill than it came to": """
        SELECT format('%s paisa are given back of bill %s of %s, which came to %s', note.paisa, bill.number,
                      bill.vendor_id, bill.total_paisa + bill.round_off_paisa)
        FROM app.invoices bill JOIN (
            SELECT original_id, sum(total_paisa + round_off_paisa) AS paisa FROM app.invoices
            WHERE original_id IS NOT NULL GROUP BY original_id
        ) note ON note.original_id = bill.id
        WHERE note.paisa > bill.total_paisa + bill.round_off_paisa
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
            -- What moved before the good was counted has no level after it.
            SELECT business_id, product_id, sum(quantity) AS quantity FROM app.stock_movements
            WHERE on_hand_after IS NOT NULL GROUP BY business_id, product_id
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
    "places in delivery slots equal the orders that hold them": """
        SELECT format('%s places of slot %s are taken on %s, and %s orders hold one', coalesce(day.taken, 0), slot_id,
                      day, coalesce(held.orders, 0))
        FROM app.delivery_slot_days day FULL JOIN (
            SELECT slot_id, promised_on AS day, count(*) AS orders FROM app.orders
            WHERE slot_id IS NOT NULL GROUP BY slot_id, promised_on
        ) held USING (slot_id, day)
        WHERE coalesce(day.taken, 0) <> coalesce(held.orders, 0)
    """,
    # Only from some day on a delivery has a receipt. What went back was brought in by receipts to the last piece where
    # each delivery of its order has one; else a part of it may be older, and then less was written than was credited.
    "goods receipts cost what the buyer's book says": """
        WITH document AS (
            SELECT delivery.id, delivery.kind, delivery.number, delivery.retailer_id, receipt.cost_paisa,
                   bool_and(receipt.id IS NOT NULL) FILTER (WHERE delivery.kind = 'delivery')
                       OVER (PARTITION BY delivery.order_id) AS is_all_received
            FROM app.deliveries delivery LEFT JOIN app.goods_receipts receipt ON receipt.delivery_id = delivery.id
        ), bought AS (
            SELECT entry.business_id, entry.source_id, sum(posting.amount_paisa) AS amount
            FROM app.ledger_transactions entry JOIN app.postings posting ON posting.transaction_id = entry.id
            JOIN app.accounts account ON account.id = posting.account_id
            WHERE account.code IN ('purchases', 'purchase_returns') AND entry.source IN ('delivery', 'return')
            GROUP BY entry.business_id, entry.source_id
        )
        SELECT format('the receipt of %s %s says %s paisa, the book of %s says %s', kind, number,
                      coalesce(cost_paisa, 0), retailer_id, abs(coalesce(amount, 0)))
        FROM document LEFT JOIN bought ON bought.source_id = document.id AND bought.business_id = document.retailer_id
        WHERE CASE
            WHEN kind = 'delivery' THEN cost_paisa <> coalesce(amount, 0)
            WHEN is_all_received THEN coalesce(cost_paisa, 0) <> -coalesce(amount, 0)
            ELSE cost_paisa > -coalesce(amount, 0)
        END
    """,
    "a goods receipt is the sum of its lines": """
        SELECT format('%s of delivery %s cost %s paisa, its lines %s', kind, delivery_id, receipt.cost_paisa,
                      coalesce(line.cost_paisa, 0))
        FROM app.goods_receipts receipt LEFT JOIN (
            SELECT receipt_id, sum(cost_paisa) AS cost_paisa FROM app.goods_receipt_lines GROUP BY receipt_id
        ) line ON line.receipt_id = receipt.id
        WHERE receipt.cost_paisa <> coalesce(line.cost_paisa, 0)
    """,
    "what suppliers are owed is what came less what they got": """
        SELECT format('supplier %s of %s is owed %s paisa, its papers say %s', supplier.id, supplier.business_id,
                      owed_paisa, coalesce(paper.amount, 0))
        FROM app.suppliers supplier LEFT JOIN (
            SELECT supplier_id, sum(amount) AS amount FROM (
                SELECT supplier_id, total_paisa AS amount FROM app.stock_ins WHERE paid_by = 'owed'
                UNION ALL SELECT supplier_id, -amount_paisa FROM app.supplier_payments
            ) moved GROUP BY supplier_id
        ) paper ON paper.supplier_id = supplier.id
        WHERE owed_paisa <> coalesce(paper.amount, 0)
    """,
    # From both ends: an entry without its paper is found like a paper without its entry.
    "what shops buy and spend stands in their books": """
        WITH paper AS (
            SELECT 'stock-in' AS source, id AS source_id, business_id,
                   jsonb_build_object('purchases', cost_paisa, 'input_tax', tax_paisa, 'paid', -total_paisa) AS amounts
            FROM app.stock_ins
            UNION ALL
            SELECT 'supplier-payment', id, business_id,
                   jsonb_build_object('supplier_dues', amount_paisa, 'paid', -amount_paisa) FROM app.supplier_payments
            UNION ALL
            SELECT 'expense', id, business_id, jsonb_build_object(head, amount_paisa, 'paid', -amount_paisa)
            FROM app.expenses
        ), told AS (
            SELECT source, source_id, business_id, side.key AS side, CAST(side.value AS bigint) AS amount
            FROM paper CROSS JOIN jsonb_each_text(amounts) side
        ), posted AS (
            SELECT entry.source, entry.source_id, entry.business_id, side.name AS side,
                   sum(posting.amount_paisa) AS amount
            FROM app.ledger_transactions entry JOIN app.postings posting ON posting.transaction_id = entry.id
            JOIN app.accounts account ON account.id = posting.account_id
            CROSS JOIN LATERAL (SELECT CASE
                WHEN account.code IN ('cash', 'bank')
                    OR (account.code = 'supplier_dues' AND entry.source = 'stock-in') THEN 'paid'
                ELSE account.code END AS name) side
            WHERE entry.source IN ('stock-in', 'supplier-payment', 'expense')
            GROUP BY entry.source, entry.source_id, entry.business_id, side.name
        )
        SELECT format('%s %s of %s has %s paisa of %s by its paper, %s in the book', source, source_id, business_id,
                      coalesce(told.amount, 0), side, coalesce(posted.amount, 0))
        FROM told FULL JOIN posted USING (source, source_id, business_id, side)
        WHERE coalesce(told.amount, 0) <> coalesce(posted.amount, 0)
    """,
    # Of the batches that are marked: which day it is has no part in it, so nothing that the next turn marks is told.
    "stock counted as expired equals the batches marked": """
        SELECT format('%s of product %s count as expired at %s, the batches marked so say %s', level.expired,
                      level.product_id, level.business_id, coalesce(batch.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT business_id, product_id, sum(on_hand) AS quantity FROM app.stock_batches
            WHERE expired_on IS NOT NULL GROUP BY business_id, product_id
        ) batch USING (business_id, product_id)
        WHERE level.expired <> coalesce(batch.quantity, 0)
    """,
}


def verify(session: Session, anchored: Iterable[Head] = ()) -> list[Finding]:
    """Check every book and its anchors; an empty list means that all holds. Reads only, and takes its time."""
    return run_checks(session, _CHECKS) + LEDGER.missing(session, anchored)


CHECKS = (*_CHECKS, ANCHORS_HOLD)


def waiting_for_seals(session: Session) -> Waiting:
    """How many entries wait for their seal, and how long the oldest does, by the real clock."""
    return LEDGER.waiting(session)
