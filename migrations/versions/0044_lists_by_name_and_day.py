"""Lists of products by name and of orders by the promised day; and what the versions before left to be done online."""

from migrations import online

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Made by 0036 to 0043 without a look at the rows.
    online.validate("stock_levels", "ck_stock_levels_batched_within_on_hand")
    online.validate("stock_movements", "fk_stock_movements_batch_id")
    online.validate("orders", "fk_orders_slot_id")
    online.validate("orders", "ck_orders_slot")
    online.validate("receivable_items", "ck_receivable_items_kind")
    online.create_index(
        "ix_orders_releasing",
        "orders",
        ["release_at"],
        where="order_state = 'accepted' AND release_at IS NOT NULL",
    )
    online.create_index(
        "ix_stock_movements_batch",
        "stock_movements",
        ["batch_id", "moved_at", "id"],
        where="batch_id IS NOT NULL",
    )
    online.create_index("ix_products_owner_id_name_id", "products", ["owner_id", "name", "id"])
    online.create_index("ix_products_name_id", "products", ["name", "id"])
    online.create_index("ix_orders_promised_as_vendor", "orders", ["vendor_id", "promised_on", "id"])
    online.create_index("ix_orders_promised_as_retailer", "orders", ["retailer_id", "promised_on", "id"])
    online.create_index("ix_orders_promised", "orders", ["promised_on", "id"])
