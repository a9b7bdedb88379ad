"""Which documents an import brought, whether a played market is whole, and what the clean-up may delete."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0004_guards.sql"


def upgrade() -> None:
    op.create_table(
        "import_documents",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("customer_ref", sa.String(length=60), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["app.businesses.id"], name=op.f("fk_import_documents_business_id")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["app.imports.id"], name=op.f("fk_import_documents_import_id")),
        sa.PrimaryKeyConstraint(
            "business_id", "day", "document_no", "kind", "customer_ref", name=op.f("pk_import_documents")
        ),
        schema="app",
    )
    op.create_table(
        "played_markets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_played_markets")),
        schema="app",
    )
    op.get_bind().connection.cursor().execute(GUARDS.read_text())
