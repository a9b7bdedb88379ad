"""Find the movements of a receipt by its id, and read the catalogue page by page."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_stock_movements_receipt",
        "stock_movements",
        ["source_id"],
        schema="app",
        postgresql_where=sa.text("kind IN ('opening', 'receipt') AND source_id IS NOT NULL"),
    )
    op.create_index("ix_products_sku_id", "products", ["sku", "id"], schema="app")


def downgrade() -> None:
    op.drop_index("ix_products_sku_id", "products", schema="app")
    op.drop_index("ix_stock_movements_receipt", "stock_movements", schema="app")
