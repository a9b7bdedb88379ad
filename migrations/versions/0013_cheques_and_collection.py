"""Cheques in the drawer, promises to pay, visits of collectors and whom each of them visits."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0013_guards.sql"


def upgrade() -> None:
    op.create_table(
        "cheques",
        *_parties("cheques", "agreement_id"),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("bank", sa.String(length=100), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("cheque_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bounce_reason", sa.String(length=200), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_cheques_positive")),
        sa.CheckConstraint(
            "state IN ('received', 'deposited', 'cleared', 'bounced', 'returned')", name=op.f("ck_cheques_state")
        ),
        sa.CheckConstraint("state <> 'cleared' OR payment_id IS NOT NULL", name=op.f("ck_cheques_payment")),
        sa.CheckConstraint(
            "(state = 'bounced') = (bounce_reason IS NOT NULL)", name=op.f("ck_cheques_reason")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["app.payments.id"], name=op.f("fk_cheques_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cheques")),
        sa.UniqueConstraint("agreement_id", "bank", "number", name=op.f("uq_cheques_agreement_id_bank_number")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_cheques_as_vendor", "cheques", ["vendor_id", "cheque_date", "id"], schema="app")
    op.create_index("ix_cheques_as_retailer", "cheques", ["retailer_id", "cheque_date", "id"], schema="app")
    op.create_table(
        "payment_promises",
        *_parties("payment_promises", "agreement_id"),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_payment_promises_positive")),
        sa.CheckConstraint("due_on >= promised_on", name=op.f("ck_payment_promises_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_promises")),
        schema="app",
    )
    op.create_index(
        "ix_payment_promises_as_vendor", "payment_promises", ["vendor_id", "recorded_at", "id"], schema="app"
    )
    _index("payment_promises", "agreement_id", "recorded_at")
    _index("payment_promises", "retailer_id")
    _index("payment_promises", "changed_in")
    op.create_table(
        "collection_visits",
        *_parties("collection_visits"),
        sa.Column("visited_by", sa.Uuid(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.CheckConstraint(
            "result IN ('paid', 'promised', 'not-there', 'refused', 'other')",
            name=op.f("ck_collection_visits_result"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_visits")),
        schema="app",
    )
    _index("collection_visits", "vendor_id", "retailer_id", "visited_on")
    _index("collection_visits", "retailer_id")
    _index("collection_visits", "changed_in")
    op.create_table(
        "collector_assignments",
        *_parties("collector_assignments"),
        sa.Column("collector_id", sa.Uuid(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector_assignments")),
        schema="app",
    )
    _index("collector_assignments", "vendor_id", "retailer_id", "valid_from")
    _index("collector_assignments", "retailer_id")
    _index("collector_assignments", "changed_in")
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS.read_text())


def _parties(table: str, *more: str) -> list[sa.schema.SchemaItem]:
    referred = {"vendor_id": "businesses", "retailer_id": "businesses", "agreement_id": "credit_agreements"}
    columns = ("vendor_id", "retailer_id", *more)
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in columns),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{referred[name]}.id"], name=op.f(f"fk_{table}_{name}"))
            for name in columns
        ),
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")


def _changed_in() -> sa.Column[str]:
    return sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False)
