"""What shops buy beside orders and of whom, and what they spend."""

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('expense_heads',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('head', sa.String(length=40), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("head IN ('rent', 'electricity', 'salaries', 'transport', 'refreshments', 'telephone', 'repairs', 'packing', 'bank_charges', 'licence_fees', 'other_expenses')", name=op.f('ck_expense_heads_head')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_expense_heads_business_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expense_heads')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_expense_heads_business_id_id')),
    schema='app'
    )
    op.create_index('uq_expense_heads_name', 'expense_heads', ['business_id', 'name'], unique=True, schema='app')
    op.create_table('expenses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('head', sa.String(length=40), nullable=False),
    sa.Column('own_head_id', sa.Uuid(), nullable=True),
    sa.Column('amount_paisa', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('mode', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('spent_on', sa.Date(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('changed_in', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("CASE kind WHEN 'reversal' THEN amount_paisa < 0 AND reverses_id IS NOT NULL ELSE amount_paisa > 0 AND reverses_id IS NULL END", name=op.f('ck_expenses_sign')),
    sa.CheckConstraint("head IN ('rent', 'electricity', 'salaries', 'transport', 'refreshments', 'telephone', 'repairs', 'packing', 'bank_charges', 'licence_fees', 'other_expenses')", name=op.f('ck_expenses_head')),
    sa.CheckConstraint("kind IN ('expense', 'reversal')", name=op.f('ck_expenses_kind')),
    sa.CheckConstraint("mode IN ('cash', 'upi', 'card', 'bank', 'cheque')", name=op.f('ck_expenses_mode')),
    sa.ForeignKeyConstraint(['business_id', 'own_head_id'], ['app.expense_heads.business_id', 'app.expense_heads.id'], name=op.f('fk_expenses_business_id_own_head_id')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_expenses_business_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['app.expenses.id'], name=op.f('fk_expenses_reverses_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expenses')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_expenses_reverses_id')),
    schema='app'
    )
    op.create_index(op.f('ix_expenses_business_id_recorded_at_id'), 'expenses', ['business_id', 'recorded_at', 'id'], unique=False, schema='app')
    op.create_index(op.f('ix_expenses_business_id_spent_on_id'), 'expenses', ['business_id', 'spent_on', 'id'], unique=False, schema='app')
    op.create_index(op.f('ix_expenses_changed_in'), 'expenses', ['changed_in'], unique=False, schema='app')
    op.create_table('suppliers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('details_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('name_index', sa.LargeBinary(length=32), nullable=True),
    sa.Column('owed_paisa', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(erased_at IS NULL) = (details_sealed IS NOT NULL) AND (erased_at IS NULL) = (name_index IS NOT NULL)', name=op.f('ck_suppliers_erased')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_suppliers_business_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppliers')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_suppliers_business_id_id')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_suppliers_business_id_made_at_id'), 'suppliers', ['business_id', 'made_at', 'id'], unique=False, schema='app')
    op.create_index('uq_suppliers_name', 'suppliers', ['business_id', 'name_index'], unique=True, schema='app')
    op.create_table('stock_ins',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('cost_paisa', sa.BigInteger(), nullable=False),
    sa.Column('tax_paisa', sa.BigInteger(), nullable=False),
    sa.Column('total_paisa', sa.BigInteger(), nullable=False),
    sa.Column('paid_by', sa.String(length=40), nullable=False),
    sa.Column('invoice_number', sa.String(length=40), nullable=True),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('changed_in', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f('ck_stock_ins_reversal')),
    sa.CheckConstraint("CASE kind WHEN 'reversal' THEN total_paisa < 0 AND cost_paisa <= 0 AND tax_paisa <= 0 ELSE total_paisa > 0 AND cost_paisa >= 0 AND tax_paisa >= 0 END", name=op.f('ck_stock_ins_sign')),
    sa.CheckConstraint("kind IN ('stock_in', 'reversal')", name=op.f('ck_stock_ins_kind')),
    sa.CheckConstraint("paid_by <> 'owed' OR supplier_id IS NOT NULL", name=op.f('ck_stock_ins_owed')),
    sa.CheckConstraint("paid_by IN ('cash', 'upi', 'card', 'bank', 'cheque', 'owed')", name=op.f('ck_stock_ins_paid_by')),
    sa.CheckConstraint('cost_paisa + tax_paisa = total_paisa', name=op.f('ck_stock_ins_total')),
    sa.CheckConstraint('tax_paisa = 0 OR (supplier_id IS NOT NULL AND invoice_number IS NOT NULL)', name=op.f('ck_stock_ins_taxed')),
    sa.ForeignKeyConstraint(['business_id', 'supplier_id'], ['app.suppliers.business_id', 'app.suppliers.id'], name=op.f('fk_stock_ins_business_id_supplier_id')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_stock_ins_business_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['app.stock_ins.id'], name=op.f('fk_stock_ins_reverses_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_ins')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_stock_ins_business_id_id')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_stock_ins_reverses_id')),
    schema='app'
    )
    op.create_index(op.f('ix_stock_ins_business_id_document_date_id'), 'stock_ins', ['business_id', 'document_date', 'id'], unique=False, schema='app')
    op.create_index(op.f('ix_stock_ins_business_id_recorded_at_id'), 'stock_ins', ['business_id', 'recorded_at', 'id'], unique=False, schema='app')
    op.create_index(op.f('ix_stock_ins_changed_in'), 'stock_ins', ['changed_in'], unique=False, schema='app')
    op.create_index(op.f('ix_stock_ins_supplier_id_invoice_number'), 'stock_ins', ['supplier_id', 'invoice_number'], unique=False, schema='app')
    op.create_table('stock_in_lines',
    sa.Column('stock_in_id', sa.Uuid(), nullable=False),
    sa.Column('line_no', sa.SmallInteger(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=14, scale=3), nullable=False),
    sa.Column('base_unit', sa.String(length=20), nullable=False),
    sa.Column('base_quantity', sa.Numeric(precision=14, scale=3), nullable=False),
    sa.Column('cost_paisa', sa.BigInteger(), nullable=False),
    sa.Column('tax_paisa', sa.BigInteger(), nullable=False),
    sa.Column('unit_cost', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('mrp_paisa', sa.BigInteger(), nullable=True),
    sa.Column('changed_in', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('quantity > 0 AND base_quantity > 0 AND cost_paisa >= 0 AND tax_paisa >= 0', name=op.f('ck_stock_in_lines_positive')),
    sa.ForeignKeyConstraint(['business_id', 'stock_in_id'], ['app.stock_ins.business_id', 'app.stock_ins.id'], name=op.f('fk_stock_in_lines_business_id_stock_in_id')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_stock_in_lines_business_id')),
    sa.ForeignKeyConstraint(['product_id'], ['app.products.id'], name=op.f('fk_stock_in_lines_product_id')),
    sa.PrimaryKeyConstraint('stock_in_id', 'line_no', name=op.f('pk_stock_in_lines')),
    schema='app'
    )
    op.create_index(op.f('ix_stock_in_lines_business_id_product_id'), 'stock_in_lines', ['business_id', 'product_id'], unique=False, schema='app')
    op.create_index(op.f('ix_stock_in_lines_changed_in'), 'stock_in_lines', ['changed_in'], unique=False, schema='app')
    op.create_table('supplier_payments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('amount_paisa', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('mode', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('changed_in', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("CASE kind WHEN 'reversal' THEN amount_paisa < 0 AND reverses_id IS NOT NULL ELSE amount_paisa > 0 AND reverses_id IS NULL END", name=op.f('ck_supplier_payments_sign')),
    sa.CheckConstraint("kind IN ('payment', 'reversal')", name=op.f('ck_supplier_payments_kind')),
    sa.CheckConstraint("mode IN ('cash', 'upi', 'card', 'bank', 'cheque')", name=op.f('ck_supplier_payments_mode')),
    sa.ForeignKeyConstraint(['business_id', 'supplier_id'], ['app.suppliers.business_id', 'app.suppliers.id'], name=op.f('fk_supplier_payments_business_id_supplier_id')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_supplier_payments_business_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['app.supplier_payments.id'], name=op.f('fk_supplier_payments_reverses_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier_payments')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_supplier_payments_reverses_id')),
    schema='app'
    )
    op.create_index(op.f('ix_supplier_payments_business_id_recorded_at_id'), 'supplier_payments', ['business_id', 'recorded_at', 'id'], unique=False, schema='app')
    op.create_index(op.f('ix_supplier_payments_changed_in'), 'supplier_payments', ['changed_in'], unique=False, schema='app')
    op.create_index(op.f('ix_supplier_payments_supplier_id_recorded_at_id'), 'supplier_payments', ['supplier_id', 'recorded_at', 'id'], unique=False, schema='app')
    for table in ("expense_heads", "expenses", "suppliers", "stock_ins", "stock_in_lines", "supplier_payments",):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        """)
    for table in ("expense_heads", "expenses", "stock_ins", "stock_in_lines", "supplier_payments",):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
        """)
    # Books that were opened before get their accounts when they are asked for (`ledger.accounts_of`).
    op.execute("GRANT SELECT, INSERT, UPDATE (details_sealed, name_index, owed_paisa, erased_at) ON app.suppliers TO sauda_app")


def downgrade() -> None:
    op.drop_table("supplier_payments", schema="app")
    op.drop_table("stock_in_lines", schema="app")
    op.drop_table("stock_ins", schema="app")
    op.drop_table("suppliers", schema="app")
    op.drop_table("expenses", schema="app")
    op.drop_table("expense_heads", schema="app")
