"""What goods are called and how they are found; offers with tiers and an end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from commerce.language.sound import skeleton, sound
from foundation.tables import Xid8

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A trusted extension: whoever may create in the database may add it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.add_column("products", sa.Column("barcode", sa.String(14)), schema="app")
    op.create_index(
        op.f("ix_products_barcode"),
        "products",
        ["barcode"],
        schema="app",
        postgresql_where=sa.text("barcode IS NOT NULL"),
    )
    op.create_table(
        "product_names",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("language IN ('en', 'hi', 'ne')", name=op.f("ck_product_names_language")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_product_names_product_id")),
        sa.PrimaryKeyConstraint("product_id", "language", "name", name=op.f("pk_product_names")),
        schema="app",
    )
    op.create_index(op.f("ix_product_names_changed_in"), "product_names", ["changed_in"], schema="app")
    op.create_table(
        "product_search",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sounds", sa.Text(), nullable=False),
        sa.Column("skeletons", sa.Text(), nullable=False),
        sa.Column("comparison_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_product_search_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_search")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    _index_what_is_there()
    op.create_index(
        "ix_product_search_words",
        "product_search",
        ["sounds", "skeletons"],
        schema="app",
        postgresql_using="gin",
        postgresql_ops={"sounds": "gin_trgm_ops", "skeletons": "gin_trgm_ops"},
    )
    op.create_index(
        op.f("ix_product_search_comparison_key"), "product_search", ["comparison_key"], schema="app"
    )
    op.add_column(
        "offers",
        sa.Column("tiers", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        schema="app",
    )
    op.add_column("offers", sa.Column("valid_until", sa.DateTime(timezone=True)), schema="app")
    op.create_check_constraint(op.f("ck_offers_validity"), "offers", "valid_until > valid_from", schema="app")
    op.execute("""
        CREATE TRIGGER mark_changed BEFORE UPDATE ON app.product_names
            FOR EACH ROW EXECUTE FUNCTION app.mark_changed();
        CREATE TRIGGER leave_tombstone AFTER DELETE ON app.product_names
            FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone('product_id', 'language', 'name');
        CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.product_names
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT, DELETE ON app.product_names TO sauda_app;
        GRANT SELECT, INSERT, UPDATE ON app.product_search TO sauda_app;
    """)


def _index_what_is_there() -> None:
    connection = op.get_bind()
    products = connection.execute(sa.text("SELECT id, sku, name, hsn, base_unit FROM app.products")).all()
    rows = [
        {
            "product_id": product.id,
            "sounds": f"{sound(product.name)} {sound(product.sku)}",
            "skeletons": f"{skeleton(product.name)} {skeleton(product.sku)}",
            "comparison_key": f"product:{product.id}"
            if product.hsn is None
            else f"name:{product.hsn}:{product.base_unit}:{sound(product.name)}",
        }
        for product in products
    ]
    if rows:
        connection.execute(
            sa.text(
                "INSERT INTO app.product_search VALUES (:product_id, :sounds, :skeletons, :comparison_key)"
            ),
            rows,
        )
