"""Slots in which a vendor delivers, the days that guard their places, and the slot of an order."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SLOT_CHECKS = {
    "weekday": "weekday BETWEEN 1 AND 7",
    "times": "begins < ends",
    "capacity": "capacity > 0",
    "cutoff": "cutoff_hours BETWEEN 0 AND 168",
}


def upgrade() -> None:
    op.create_table(
        "delivery_slots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("cutoff_hours", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_delivery_slots_{name}"))
            for name, condition in SLOT_CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_delivery_slots_business_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_slots")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "uq_delivery_slots_offered",
        "delivery_slots",
        ["business_id", "zone", "weekday", "begins"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "delivery_slot_days",
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_exception", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_delivery_slot_days_taken")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["app.businesses.id"], name=op.f("fk_delivery_slot_days_business_id")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["app.delivery_slots.id"], name=op.f("fk_delivery_slot_days_slot_id")),
        sa.PrimaryKeyConstraint("slot_id", "day", name=op.f("pk_delivery_slot_days")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for table, changed in (
        ("delivery_slots", "capacity, cutoff_hours, ended_at"),
        ("delivery_slot_days", "capacity, taken, is_closed, is_exception"),
    ):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
            GRANT UPDATE ({changed}) ON app.{table} TO sauda_app;
        """)
    op.add_column("orders", sa.Column("slot_id", sa.Uuid(), nullable=True), schema="app")
    op.add_column("orders", sa.Column("promised_without_slot", sa.Date(), nullable=True), schema="app")
    op.create_foreign_key(
        op.f("fk_orders_slot_id"),
        "orders",
        "delivery_slots",
        ["slot_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        op.f("ck_orders_slot"),
        "orders",
        "(slot_id IS NULL) = (promised_without_slot IS NULL) AND (slot_id IS NULL OR promised_on IS NOT NULL)",
        schema="app",
        postgresql_not_valid=True,
    )
