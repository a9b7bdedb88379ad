"""Claims of payments, debts that are given up, and what a vendor's people may give up alone."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0012_guards.sql"


def upgrade() -> None:
    op.create_table(
        "payment_claims",
        *_two_parties("payment_claims"),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("evidence_key", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(length=200), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_payment_claims_positive")),
        sa.CheckConstraint(
            "mode IN ('cash', 'upi', 'bank', 'card', 'cheque')", name=op.f("ck_payment_claims_mode")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined')", name=op.f("ck_payment_claims_state")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (payment_id IS NOT NULL)", name=op.f("ck_payment_claims_payment")
        ),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_payment_claims_reason")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["app.payments.id"], name=op.f("fk_payment_claims_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_claims")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_payment_claims_as_vendor", "payment_claims", ["vendor_id", "claimed_at", "id"], schema="app"
    )
    op.create_index(
        "ix_payment_claims_as_retailer", "payment_claims", ["retailer_id", "claimed_at", "id"], schema="app"
    )
    op.create_table(
        "write_offs",
        *_two_parties("write_offs"),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_write_offs_positive")),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'declined')", name=op.f("ck_write_offs_state")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_write_offs_decided")),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> requested_by", name=op.f("ck_write_offs_two_people")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["app.receivable_items.id"], name=op.f("fk_write_offs_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_write_offs_as_vendor", "write_offs", ["vendor_id", "requested_at", "id"], schema="app"
    )
    op.create_index(op.f("ix_write_offs_retailer_id"), "write_offs", ["retailer_id"], schema="app")
    op.create_table(
        "credit_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("write_off_max_paisa", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.CheckConstraint("write_off_max_paisa >= 0", name=op.f("ck_credit_policies_bound")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_credit_policies_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_policies")),
        schema="app",
    )
    op.create_index(
        op.f("ix_credit_policies_vendor_id_valid_from"),
        "credit_policies",
        ["vendor_id", "valid_from"],
        schema="app",
    )
    op.create_index(op.f("ix_credit_policies_changed_in"), "credit_policies", ["changed_in"], schema="app")
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS.read_text())


def _two_parties(table: str) -> list[sa.schema.SchemaItem]:
    parties = [("vendor_id", "businesses"), ("retailer_id", "businesses"), ("agreement_id", "credit_agreements")]
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name, _ in parties),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, other in parties
        ),
    ]


def _changed_in() -> sa.Column[str]:
    return sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False)
