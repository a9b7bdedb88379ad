"""What is disputed and was given back by a credit note since is not taken off a second time by a stop of credit."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

# How much of a debt is in dispute, less what credit notes gave back since, as `commerce/credit` asks it.
DISPUTED = """
    CREATE FUNCTION app.disputed_paisa(debt uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT CAST(greatest(0, max(mark.since_paisa - coalesce(mark.credited_paisa, 0))) AS bigint)
        FROM (
            SELECT sum(marked.amount_paisa) OVER (ORDER BY dispute.opened_at DESC, dispute.id DESC) AS since_paisa, (
                       SELECT sum(credited.amount_paisa) FROM app.allocations credited
                       JOIN app.receivable_items note ON note.id = credited.credit_item_id
                       WHERE note.kind = 'credit_note' AND credited.debit_item_id = debt
                         AND credited.recorded_at >= dispute.opened_at AND NOT EXISTS (
                             SELECT FROM app.disputed_items other
                             JOIN app.disputes ended ON ended.id = other.dispute_id
                             WHERE other.item_id = debt AND ended.credit_note_id = note.source_id)
                   ) AS credited_paisa
            FROM app.disputed_items marked JOIN app.disputes dispute ON dispute.id = marked.dispute_id
            WHERE marked.item_id = debt AND dispute.state <> 'settled'
        ) mark
    $$;
"""
# As in 0028; of what is settled nobody asks whether it is disputed.
RULE_IN_FORCE = """
    CREATE OR REPLACE FUNCTION app.credit_stop(vendor uuid, retailer uuid, account uuid, time_zone text, at timestamptz)
    RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
    DECLARE
        rule app.credit_stops;
        today date := (at AT TIME ZONE time_zone)::date;
        days_late integer;
    BEGIN
        SELECT * INTO rule FROM app.credit_stops WHERE vendor_id = vendor AND retailer_id = retailer
            AND valid_from <= at ORDER BY valid_from DESC, id DESC LIMIT 1;
        IF rule.mode IS NULL OR rule.mode = 'as-vendor' THEN
            SELECT * INTO rule FROM app.credit_stops WHERE vendor_id = vendor AND retailer_id IS NULL
                AND valid_from <= at ORDER BY valid_from DESC, id DESC LIMIT 1;
        END IF;
        IF rule.mode IS NULL OR rule.mode = 'refuse' THEN
            RETURN NULL;
        END IF;
        IF rule.overdue_days IS NOT NULL THEN
            SELECT today - min(item.due_date) INTO days_late FROM app.receivable_items item
            CROSS JOIN LATERAL (
                SELECT item.amount_paisa - coalesce(sum(settled.amount_paisa), 0) AS paisa
                FROM app.allocations settled WHERE settled.debit_item_id = item.id
            ) open
            WHERE item.account_id = account AND item.amount_paisa > 0 AND item.due_date < today - rule.overdue_days
              AND CASE WHEN open.paisa > 0 THEN open.paisa > app.disputed_paisa(item.id) ELSE false END;
        END IF;
        RETURN jsonb_build_object('mode', rule.mode, 'tolerance_percent', rule.tolerance_percent::text,
            'overdue_days', rule.overdue_days, 'window_minutes', rule.window_minutes,
            'escalate_minutes', rule.escalate_minutes, 'days_late', days_late);
    END $$;
"""


def upgrade() -> None:
    op.execute(DISPUTED)
    op.execute(RULE_IN_FORCE)
