"""Reports of documents to Nepal's tax office, and the credentials for them."""

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('cbms_settings',
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('username', sa.String(length=40), nullable=False),
    sa.Column('password_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('turnover_rupees', sa.BigInteger(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('turnover_rupees >= 0', name=op.f('ck_cbms_settings_turnover')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_cbms_settings_business_id')),
    sa.PrimaryKeyConstraint('business_id', name=op.f('pk_cbms_settings')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_table('cbms_reports',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('tries', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('turn', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('code', sa.Integer(), nullable=True),
    sa.Column('meaning', sa.String(length=200), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f('ck_cbms_reports_ended')),
    sa.CheckConstraint("state IN ('pending', 'accepted', 'already_there', 'refused', 'failed')", name=op.f('ck_cbms_reports_state')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_cbms_reports_business_id')),
    sa.ForeignKeyConstraint(['invoice_id'], ['app.invoices.id'], name=op.f('fk_cbms_reports_invoice_id')),
    sa.PrimaryKeyConstraint('invoice_id', name=op.f('pk_cbms_reports')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_cbms_reports_business_id_queued_at_invoice_id'), 'cbms_reports', ['business_id', 'queued_at', 'invoice_id'], unique=False, schema='app')
    for table in ("cbms_settings", "cbms_reports",):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON app.cbms_settings TO sauda_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON app.cbms_reports TO sauda_app")


def downgrade() -> None:
    op.drop_table("cbms_reports", schema="app")
    op.drop_table("cbms_settings", schema="app")
