"""What products are taxed as; invoices of deliveries and credit notes of returns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = "('tax_invoice', 'bill_of_supply', 'invoice_cum_bill_of_supply', 'bill', 'pan_bill', 'credit_note')"
SUPPLIES = "('taxable', 'nil', 'exempt', 'non_gst', 'untaxed')"
PARTS = ("taxable", "cgst", "sgst", "igst", "cess", "vat", "total")

GUARDS = """
    ALTER TABLE app.product_tax_classes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE app.product_tax_classes FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON app.product_tax_classes USING ((SELECT app.scope_is_system())
        OR business_id IS NULL OR business_id = ANY ((SELECT app.scope())::uuid[]));
    DO $$
    DECLARE
        name text;
    BEGIN
        FOREACH name IN ARRAY ARRAY['invoices', 'invoice_lines'] LOOP
            EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE POLICY tenant ON app.%I USING ((SELECT app.scope_is_system())
                OR vendor_id = ANY ((SELECT app.scope())::uuid[]) OR retailer_id = ANY ((SELECT app.scope())::uuid[]))',
                name);
        END LOOP;
        FOREACH name IN ARRAY ARRAY['product_tax_classes', 'invoices', 'invoice_lines'] LOOP
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.%I
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change()', name);
            EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.%I
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
            EXECUTE format('GRANT SELECT, INSERT ON app.%I TO sauda_app', name);
        END LOOP;
    END $$;

    SELECT set_config('app.business_id', '*', true);

    -- Books that were opened before get the accounts too.
    INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
    SELECT gen_random_uuid(), business_id, added.code, added.type, currency, now()
    FROM (SELECT business_id, currency FROM app.accounts WHERE code = 'sales' AND party_id IS NULL) book
    CROSS JOIN (VALUES ('output_tax', 'liability'), ('input_tax', 'asset')) AS added (code, type)
    ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    _product_tax_classes()
    _invoices()
    _invoice_lines()
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS)


def _product_tax_classes() -> None:
    op.create_table(
        "product_tax_classes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("tax_class", sa.String(length=40), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=True),
        sa.Column("country", sa.String(length=40), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("condition IN ('loose', 'pre-packaged')", name=op.f("ck_product_tax_classes_condition")),
        *_keys("product_tax_classes", {"business_id": "businesses", "product_id": "products"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_tax_classes")),
        schema="app",
    )
    _index("product_tax_classes", "product_id", "valid_from")
    _index("product_tax_classes", "business_id")


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("fiscal_year", sa.String(length=7), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("vendor_profile_id", sa.Uuid(), nullable=True),
        sa.Column("retailer_profile_id", sa.Uuid(), nullable=True),
        sa.Column("vendor_state", sa.String(length=40), nullable=False),
        sa.Column("retailer_state", sa.String(length=40), nullable=False),
        sa.Column("place_of_supply", sa.String(length=40), nullable=True),
        sa.Column("gives_input_tax", sa.Boolean(), nullable=False),
        sa.Column("taxable_paisa", sa.BigInteger(), nullable=False),
        sa.Column("tax_paisa", sa.BigInteger(), nullable=False),
        sa.Column("total_paisa", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("number ~ '^[A-Za-z0-9/-]+$'", name=op.f("ck_invoices_number")),
        sa.CheckConstraint(
            "taxable_paisa + tax_paisa = total_paisa AND total_paisa > 0", name=op.f("ck_invoices_total")
        ),
        *_keys(
            "invoices",
            {
                "vendor_id": "businesses",
                "retailer_id": "businesses",
                "order_id": "orders",
                "delivery_id": "deliveries",
                "vendor_profile_id": "tax_profiles",
                "retailer_profile_id": "tax_profiles",
            },
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_invoices_delivery_id")),
        sa.UniqueConstraint("vendor_id", "fiscal_year", "number", name=op.f("uq_invoices_vendor_id_fiscal_year_number")),
        schema="app",
    )
    op.create_index("ix_invoices_as_vendor", "invoices", ["vendor_id", "issued_at", "id"], schema="app")
    op.create_index("ix_invoices_as_retailer", "invoices", ["retailer_id", "issued_at", "id"], schema="app")
    _index("invoices", "order_id")


def _invoice_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_no", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("hsn", sa.String(length=8), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 6), nullable=False),
        sa.Column("supply", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Numeric(6, 3), nullable=False),
        sa.Column("cess_rate", sa.Numeric(6, 3), nullable=False),
        *(sa.Column(f"{part}_paisa", sa.BigInteger(), nullable=False) for part in PARTS),
        sa.Column("original_id", sa.Uuid(), nullable=True),
        sa.Column("original_line_no", sa.SmallInteger(), nullable=True),
        sa.Column("trace", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(f"supply IN {SUPPLIES}", name=op.f("ck_invoice_lines_supply")),
        sa.CheckConstraint(
            " + ".join(f"{part}_paisa" for part in PARTS[:-1]) + " = total_paisa",
            name=op.f("ck_invoice_lines_total"),
        ),
        sa.CheckConstraint("cgst_paisa = sgst_paisa", name=op.f("ck_invoice_lines_halves")),
        sa.CheckConstraint("quantity > 0 AND total_paisa >= 0", name=op.f("ck_invoice_lines_positive")),
        sa.CheckConstraint(
            "(original_id IS NULL) = (original_line_no IS NULL)", name=op.f("ck_invoice_lines_original")
        ),
        *_keys("invoice_lines", {"invoice_id": "invoices", "product_id": "products"}),
        sa.PrimaryKeyConstraint("invoice_id", "line_no", name=op.f("pk_invoice_lines")),
        sa.ForeignKeyConstraint(
            ["original_id", "original_line_no"],
            ["app.invoice_lines.invoice_id", "app.invoice_lines.line_no"],
            name=op.f("fk_invoice_lines_original_id_original_line_no"),
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_invoice_lines_original_id_original_line_no"),
        "invoice_lines",
        ["original_id", "original_line_no"],
        schema="app",
        postgresql_where=sa.text("original_id IS NOT NULL"),
    )


def _keys(table: str, references: dict[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_{table}_{name}"))
        for name, other in references.items()
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")
