"""Settlements hold from the day on which both their documents were there, also those that were recorded before."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


# Only the day from which a row holds is said anew: no seal covers it, and who reads changes by `changed_in` took the
# later day of both documents by itself. All rows are looked through before writers are locked out; they wait only for
# those that are wrong.
SETTLED_FROM = """
    SELECT set_config('app.business_id', '*', true);
    CREATE TEMPORARY TABLE held_too_early ON COMMIT DROP AS
    SELECT made.id, greatest(credit.document_date, debit.document_date, undone.effective_date) AS held_from
    FROM app.allocations made
    JOIN app.receivable_items credit ON credit.id = made.credit_item_id
    JOIN app.receivable_items debit ON debit.id = made.debit_item_id
    LEFT JOIN app.allocations undone ON undone.id = made.reverses_id
    WHERE made.effective_date < greatest(credit.document_date, debit.document_date, undone.effective_date);
    ALTER TABLE app.allocations DISABLE TRIGGER append_only;
    UPDATE app.allocations made SET effective_date = held_from FROM held_too_early early WHERE early.id = made.id;
    ALTER TABLE app.allocations ENABLE TRIGGER append_only
"""


def upgrade() -> None:
    op.execute(SETTLED_FROM)
