"""Settlements hold from the day on which both their documents were there, also those that were recorded before."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


# Only the day from which a row holds is said anew: no seal covers it, and who reads changes by `changed_in` took the
# later day of both documents by itself.
SETTLED_FROM = """
    SELECT set_config('app.business_id', '*', true);
    ALTER TABLE app.allocations DISABLE TRIGGER append_only;
    UPDATE app.allocations made SET effective_date = greatest(credit.document_date, debit.document_date)
    FROM app.receivable_items credit, app.receivable_items debit
    WHERE credit.id = made.credit_item_id AND debit.id = made.debit_item_id
      AND made.effective_date < greatest(credit.document_date, debit.document_date);
    UPDATE app.allocations undone SET effective_date = made.effective_date
    FROM app.allocations made WHERE made.id = undone.reverses_id AND undone.effective_date < made.effective_date;
    ALTER TABLE app.allocations ENABLE TRIGGER append_only
"""


def upgrade() -> None:
    op.execute(SETTLED_FROM)
