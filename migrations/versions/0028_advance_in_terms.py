"""Terms may want a part of an order before its goods; what is disputed makes nobody late for a stop."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# As in 0020, less what is in dispute.
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
            WHERE item.account_id = account AND item.amount_paisa > 0 AND item.due_date < today - rule.overdue_days
              AND item.amount_paisa > coalesce((SELECT sum(settled.amount_paisa) FROM app.allocations settled
                                                WHERE settled.debit_item_id = item.id), 0)
                  + coalesce((SELECT sum(marked.amount_paisa) FROM app.disputed_items marked
                              JOIN app.disputes ON disputes.id = marked.dispute_id AND disputes.state <> 'settled'
                              WHERE marked.item_id = item.id), 0);
        END IF;
        RETURN jsonb_build_object('mode', rule.mode, 'tolerance_percent', rule.tolerance_percent::text,
            'overdue_days', rule.overdue_days, 'window_minutes', rule.window_minutes,
            'escalate_minutes', rule.escalate_minutes, 'days_late', days_late);
    END $$;
"""


def upgrade() -> None:
    op.add_column("credit_terms", sa.Column("advance_percent", sa.Integer(), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_credit_terms_advance_percent"),
        "credit_terms",
        "advance_percent BETWEEN 1 AND 100",
        schema="app",
    )
    op.execute(RULE_IN_FORCE)
