"""What 0049 left to be done online: its checks, and the index by which expired batches are found."""

from migrations import online

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.validate("stock_levels", "ck_stock_levels_expired_within_batched")
    online.validate("stock_batches", "ck_stock_batches_expired_on")
    online.create_index(
        "ix_stock_batches_expiring",
        "stock_batches",
        ["expires_on"],
        where="expired_on IS NULL AND expires_on IS NOT NULL",
    )
