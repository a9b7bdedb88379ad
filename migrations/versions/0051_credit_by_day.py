"""Lists of bank lines, and of promises by the day on which they are due, along an index of their own."""

from migrations import online

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_bank_lines_business_id_booked_on_id", "bank_lines", ["business_id", "booked_on", "id"]
    )
    online.create_index(
        "ix_payment_promises_due_as_vendor", "payment_promises", ["vendor_id", "due_on", "id"]
    )
