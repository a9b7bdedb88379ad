"""The ways by which a supplier's paper, the item of an entry, and the reminder after one are found."""

from alembic import op

from migrations import online

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_stock_ins_paper",
        "stock_ins",
        ["supplier_id", r"lower(regexp_replace(invoice_number, '\s+', '', 'g'))"],
    )
    online.create_index(
        "ix_receivable_items_numbered",
        "receivable_items",
        ["transaction_id"],
        where="document_number IS NOT NULL",
    )
    online.create_index(
        "ix_reminders_follows_id", "reminders", ["follows_id"], where="follows_id IS NOT NULL"
    )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in ("ix_reminders_follows_id", "ix_receivable_items_numbered", "ix_stock_ins_paper"):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS app.{name}")
