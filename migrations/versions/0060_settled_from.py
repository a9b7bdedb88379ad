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
    CREATE OR REPLACE FUNCTION app.hold_from_documents() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT greatest(NEW.effective_date, max(known.day)) INTO NEW.effective_date FROM (
            SELECT document_date AS day FROM app.receivable_items WHERE id IN (NEW.credit_item_id, NEW.debit_item_id)
            UNION ALL SELECT effective_date FROM app.allocations WHERE id = NEW.reverses_id
        ) known;
        RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER hold_from_documents BEFORE INSERT ON app.allocations
        FOR EACH ROW EXECUTE FUNCTION app.hold_from_documents()
"""


def upgrade() -> None:
    # Committed first, so that none comes after those that are looked for.
    with op.get_context().autocommit_block():
        op.execute(HELD)
    op.execute(import_module("migrations.versions.0055_settled_from").SETTLED_FROM)


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_from_documents ON app.allocations")
    op.execute("DROP FUNCTION app.hold_from_documents()")
