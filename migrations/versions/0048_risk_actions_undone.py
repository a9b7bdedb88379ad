"""Actions of rules name what they restore; what acted is shown to its vendor."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("before_id", "restored_id"):
        op.add_column("risk_actions", sa.Column(name, sa.Uuid(), nullable=True), schema="app")
    # What a pair's action set was the newest row of its kind, so the one before it is what it set anew.
    op.execute("""
        SELECT set_config('app.business_id', '*', true);
        UPDATE app.risk_actions action SET before_id = (
            SELECT earlier.id FROM app.credit_limits earlier
            WHERE earlier.agreement_id = own.agreement_id AND (earlier.valid_from, earlier.id) < (own.valid_from, own.id)
            ORDER BY earlier.valid_from DESC, earlier.id DESC LIMIT 1)
        FROM app.credit_limits own WHERE own.id = action.limit_id;
        UPDATE app.risk_actions action SET before_id = (
            SELECT earlier.id FROM app.credit_stops earlier
            WHERE earlier.vendor_id = own.vendor_id AND earlier.retailer_id = own.retailer_id
              AND (earlier.valid_from, earlier.id) < (own.valid_from, own.id)
            ORDER BY earlier.valid_from DESC, earlier.id DESC LIMIT 1)
        FROM app.credit_stops own WHERE own.id = action.stop_id;
        UPDATE app.risk_alerts alert SET is_inside = false
        WHERE is_inside AND EXISTS (SELECT FROM app.risk_actions action WHERE action.alert_id = alert.id);
    """)
    op.execute("""
        GRANT UPDATE (is_inside) ON app.risk_alerts TO sauda_app;
        GRANT UPDATE (before_id, restored_id), DELETE ON app.risk_actions TO sauda_app;
    """)
