"""Tables of tax rates that are loaded while Sauda runs: versions, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

GUARDS = """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.tax_rate_tables
        FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
    CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.tax_rate_tables
        FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
    GRANT SELECT, INSERT ON app.tax_rate_tables TO sauda_app;
"""


def upgrade() -> None:
    op.create_table(
        "tax_rate_tables",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_tax_rate_tables_version")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_tax_rate_tables")),
        schema="app",
    )
    op.execute(GUARDS)
