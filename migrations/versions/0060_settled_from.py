"""Settlements hold from the day on which both their documents were there, also those that a version before writes.

While a new version takes over, the one before still settles as it did before 0055, and its rows are never changed.
"""

from importlib import import_module

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

HELD = """
    CREATE FUNCTION app.hold_from_documents() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT greatest(NEW.effective_date, max(known.day)) INTO NEW.effective_date FROM (
            SELECT document_date AS day FROM app.receivable_items WHERE id IN (NEW.credit_item_id, NEW.debit_item_id)
            UNION ALL SELECT effective_date FROM app.allocations WHERE id = NEW.reverses_id
        ) known;
        RETURN NEW;
    END $$;
    CREATE TRIGGER hold_from_documents BEFORE INSERT ON app.allocations
        FOR EACH ROW EXECUTE FUNCTION app.hold_from_documents()
"""


def upgrade() -> None:
    op.execute(HELD)
    # What was written between 0055 and now. Writers of settlements wait for as long as one look at all of them takes;
    # only rows that are wrong are written.
    op.execute(import_module("migrations.versions.0055_settled_from").SETTLED_FROM)


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_from_documents ON app.allocations")
    op.execute("DROP FUNCTION app.hold_from_documents()")
