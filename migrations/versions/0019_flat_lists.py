"""Indexes along which lists are read, however deep the page."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_placed_at_id", "orders", ["placed_at", "id"], schema="app")
    op.execute("""
        CREATE INDEX ix_orders_unusual_as_vendor ON app.orders (vendor_id, order_state, placed_at, id)
            WHERE order_state <> 'completed';
        CREATE INDEX ix_orders_unusual ON app.orders (order_state, placed_at, id) WHERE order_state <> 'completed';
        ALTER TABLE app.orders ADD CONSTRAINT uq_orders_number_vendor_id UNIQUE (number, vendor_id);
        ALTER TABLE app.orders DROP CONSTRAINT uq_orders_vendor_id_number;
    """)
    op.create_index(
        "ix_receivable_items_account_id_recorded_at_id", "receivable_items", ["account_id", "recorded_at", "id"],
        schema="app",
    )
    op.create_index(
        "ix_receivable_items_business_id_recorded_at_id", "receivable_items", ["business_id", "recorded_at", "id"],
        schema="app",
    )
