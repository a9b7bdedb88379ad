"""Indexes for what is asked by a shop's days, and for what undid an entry."""

from alembic import op

from migrations import online

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_ledger_transactions_reverses_id",
        "ledger_transactions",
        ["reverses_id"],
        where="reverses_id IS NOT NULL",
    )
    online.create_index(
        "ix_khata_entries_business_id_entered_on", "khata_entries", ["business_id", "entered_on"]
    )
    online.create_index("ix_invoices_by_day", "invoices", ["vendor_id", "document_date", "id"])


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in (
            "ix_invoices_by_day",
            "ix_khata_entries_business_id_entered_on",
            "ix_ledger_transactions_reverses_id",
        ):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS app.{name}")
