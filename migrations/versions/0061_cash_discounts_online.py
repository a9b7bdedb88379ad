"""What 0058 left to be done online: every item is of a kind and has its sign."""

from migrations import online

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.validate("receivable_items", "ck_receivable_items_kind")
    online.validate("receivable_items", "ck_receivable_items_sign")
