"""Lists of products by name and of orders by the promised day, each along an index."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_products_owner_id_name_id", "products", ["owner_id", "name", "id"], schema="app")
    op.create_index("ix_products_name_id", "products", ["name", "id"], schema="app")
    op.create_index("ix_orders_promised_as_vendor", "orders", ["vendor_id", "promised_on", "id"], schema="app")
    op.create_index("ix_orders_promised_as_retailer", "orders", ["retailer_id", "promised_on", "id"], schema="app")
    op.create_index("ix_orders_promised", "orders", ["promised_on", "id"], schema="app")


def downgrade() -> None:
    for name in ("ix_orders_promised", "ix_orders_promised_as_retailer", "ix_orders_promised_as_vendor"):
        op.drop_index(name, "orders", schema="app")
    for name in ("ix_products_name_id", "ix_products_owner_id_name_id"):
        op.drop_index(name, "products", schema="app")
