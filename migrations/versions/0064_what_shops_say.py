"""What shops say to customers and to their own people, what customers allowed, and how it goes out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

CHECKS = {
    "direction": "direction IN ('out', 'in')",
    "channel": "channel IN ('whatsapp', 'sms', 'mail', 'none')",
    "state": "state IN ('queued', 'sent', 'delivered', 'read', 'failed', 'refused', 'expired', 'suppressed',"
    " 'received')",
    "received": "(direction = 'in') = (state = 'received')",
    "subject": "customer_id IS NULL OR customer_id = subject_id",
    "reason": "state NOT IN ('suppressed', 'refused') OR reason IS NOT NULL",
}
CONSENT_CHECKS = {
    "channel": "channel IN ('whatsapp', 'sms', 'mail', 'all')",
    "purpose": "purpose IN ('bill', 'payment', 'reminder', 'offer', 'all')",
    "how": "how IN ('reply', 'shop')",
}
INDEXES: dict[str, tuple[list[str], str | None]] = {
    "ix_shop_messages_business_id_said_at_id": (["business_id", "said_at", "id"], None),
    "ix_shop_messages_customer_id_said_at_id": (["customer_id", "said_at", "id"], None),
    "ix_shop_messages_subject_id": (["subject_id"], None),
    "ix_shop_messages_queued": (["not_before", "id"], "state = 'queued'"),
    "ix_shop_messages_urgent": (
        ["not_before", "id"],
        "state = 'queued' AND purpose NOT IN ('reminder', 'offer')",
    ),
    "ix_shop_messages_about": (["about"], "about IS NOT NULL"),
    "ix_shop_messages_reply_to_id": (["reply_to_id"], "reply_to_id IS NOT NULL"),
    "ix_shop_messages_resend_of_id": (["resend_of_id"], "resend_of_id IS NOT NULL"),
}


def _of_customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["business_id", "customer_id"],
        ["app.customers.business_id", "app.customers.id"],
        name=op.f(f"fk_{table}_business_id_customer_id"),
    )


def _of_business(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f(f"fk_{table}_business_id"))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _make_messages()
    op.create_table(
        "message_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        _moment("recorded_at"),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_message_consents_{name}"))
            for name, condition in CONSENT_CHECKS.items()
        ),
        _of_business("message_consents"),
        _of_customer("message_consents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_consents")),
        schema="app",
    )
    op.create_index(
        op.f("ix_message_consents_customer_id_recorded_at_id"),
        "message_consents",
        ["customer_id", "recorded_at", "id"],
        schema="app",
    )
    op.create_table(
        "message_counts",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("said > 0", name=op.f("ck_message_counts_said")),
        _of_business("message_counts"),
        _of_customer("message_counts"),
        sa.PrimaryKeyConstraint("customer_id", "day", "purpose", name=op.f("pk_message_counts")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(op.f("ix_message_counts_day"), "message_counts", ["day"], schema="app")
    op.create_table(
        "message_settings",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("sms_header", sa.String(length=11), nullable=True),
        sa.Column("principal_entity_id", sa.String(length=30), nullable=True),
        sa.Column("dlt_templates", postgresql.JSONB(), nullable=False),
        sa.Column("reminders_per_day", sa.SmallInteger(), nullable=False),
        sa.Column("offers_per_day", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "reminders_per_day BETWEEN 0 AND 10 AND offers_per_day BETWEEN 0 AND 10",
            name=op.f("ck_message_settings_per_day"),
        ),
        _of_business("message_settings"),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_message_settings")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for table in ("shop_messages", "message_consents", "message_counts", "message_settings"):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        """)
    op.execute("""
        GRANT SELECT, INSERT, DELETE ON app.shop_messages TO sauda_app;
        GRANT UPDATE (recipient_index, recipient_sealed, content_sealed, attachments, state, reason, tries, free_at,
                      provider_id, sent_at, delivered_at, read_at) ON app.shop_messages TO sauda_app;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.message_consents
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.message_consents TO sauda_app;
        GRANT SELECT, INSERT, DELETE ON app.message_counts TO sauda_app;
        GRANT UPDATE (said) ON app.message_counts TO sauda_app;
        GRANT SELECT, INSERT, UPDATE ON app.message_settings TO sauda_app;
    """)


def _make_messages() -> None:
    op.create_table(
        "shop_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("recipient_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attachments", postgresql.ARRAY(sa.String(length=300)), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("resend_of_id", sa.Uuid(), nullable=True),
        sa.Column("button", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        _moment("said_at"),
        _moment("not_before"),
        _moment("expires_at"),
        _moment("free_at", nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        _moment("sent_at", nullable=True),
        _moment("delivered_at", nullable=True),
        _moment("read_at", nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_shop_messages_{name}"))
            for name, condition in CHECKS.items()
        ),
        _of_business("shop_messages"),
        _of_customer("shop_messages"),
        *(
            sa.ForeignKeyConstraint([name], ["app.shop_messages.id"], name=op.f(f"fk_shop_messages_{name}"))
            for name in ("reply_to_id", "resend_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_messages")),
        sa.UniqueConstraint("business_id", "key", name=op.f("uq_shop_messages_business_id_key")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for name, (columns, where) in INDEXES.items():
        op.create_index(
            op.f(name),
            "shop_messages",
            columns,
            schema="app",
            postgresql_where=None if where is None else sa.text(where),
        )
    op.create_index(
        op.f("ix_shop_messages_channel_provider_id"),
        "shop_messages",
        ["channel", "provider_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("message_settings", "message_counts", "message_consents", "shop_messages"):
        op.drop_table(table, schema="app")
