"""What a retailer should owe all its vendors together at most."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "advisory_limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("limit_paisa", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("limit_paisa >= 0", name=op.f("ck_advisory_limits_limit")),
        sa.ForeignKeyConstraint(["retailer_id"], ["app.businesses.id"], name=op.f("fk_advisory_limits_retailer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory_limits")),
        schema="app",
    )
    op.create_index(
        op.f("ix_advisory_limits_retailer_id_valid_from"),
        "advisory_limits",
        ["retailer_id", "valid_from"],
        schema="app",
    )
    # Lenders alone, who see the market: neither the retailer nor a vendor.
    op.execute("""
        ALTER TABLE app.advisory_limits ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.advisory_limits FORCE ROW LEVEL SECURITY;
        CREATE POLICY lenders ON app.advisory_limits USING ((SELECT app.scope_is_system()));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.advisory_limits
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.advisory_limits
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.advisory_limits TO sauda_app;
    """)
