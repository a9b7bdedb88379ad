"""Consent names the vendor that may see a retailer's grade; without a name it is for every vendor."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consents", sa.Column("vendor_id", sa.Uuid(), nullable=True), schema="app")
    op.create_foreign_key(
        op.f("fk_consents_vendor_id"),
        "consents",
        "businesses",
        ["vendor_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
    )
    op.create_check_constraint(
        op.f("ck_consents_purpose"), "consents", "purpose = 'score-band'", schema="app"
    )
    op.create_check_constraint(
        op.f("ck_consents_two_parties"), "consents", "vendor_id <> business_id", schema="app"
    )
