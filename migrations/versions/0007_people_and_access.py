"""People sealed under keys of their own, members of businesses, proofs of log-in, API keys, the audit log."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from foundation import personal

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0007_guards.sql"


def upgrade() -> None:
    op.create_table('attempt_guards',
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('concerns', sa.LargeBinary(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'concerns', name=op.f('pk_attempt_guards')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_attempt_guards_ends_at'), 'attempt_guards', ['ends_at'], unique=False, schema='app')
    op.create_table('audit_seals',
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('seal_no', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('member_count', sa.Integer(), nullable=False),
    sa.Column('previous_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('business_id', 'seal_no', name=op.f('pk_audit_seals')),
    schema='app'
    )
    op.create_table('challenges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('address_index', sa.LargeBinary(), nullable=False),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose IN ('log-in', 'phone', 'password')", name=op.f('ck_challenges_purpose')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_challenges')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_challenges_address_index_purpose_asked_at'), 'challenges', ['address_index', 'purpose', 'asked_at'], unique=False, schema='app')
    op.create_index(op.f('ix_challenges_expires_at'), 'challenges', ['expires_at'], unique=False, schema='app')
    op.create_index(op.f('ix_challenges_secret_hash'), 'challenges', ['secret_hash'], unique=False, schema='app')
    op.create_table('messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('recipient_index', sa.LargeBinary(length=32), nullable=False),
    sa.Column('recipient_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("channel IN ('phone', 'mail')", name=op.f('ck_messages_channel')),
    sa.CheckConstraint("state IN ('queued', 'sent', 'refused')", name=op.f('ck_messages_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_messages_person_id'), 'messages', ['person_id'], unique=False, schema='app')
    op.create_index(op.f('ix_messages_queued_at'), 'messages', ['queued_at'], unique=False, schema='app')
    op.create_index(op.f('ix_messages_recipient_index_queued_at'), 'messages', ['recipient_index', 'queued_at'], unique=False, schema='app')
    op.create_table('signing_keys',
    sa.Column('kid', sa.String(length=24), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('private_key_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_signing_keys')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_table('subject_keys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subject_keys')),
    schema='app'
    )
    op.create_table('audit_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=True),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('api_key_id', sa.Uuid(), nullable=True),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('correlation_id', sa.String(length=64), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_audit_entries_business_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries')),
    schema='app'
    )
    op.create_index('ix_audit_entries_newest', 'audit_entries', ['recorded_at', 'id'], unique=False, schema='app')
    op.create_index('ix_audit_entries_of_business', 'audit_entries', ['business_id', 'recorded_at', 'id'], unique=False, schema='app')
    op.create_table('api_keys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('mode', sa.String(length=40), nullable=False),
    sa.Column('prefix', sa.String(length=24), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("mode IN ('live', 'test')", name=op.f('ck_api_keys_mode')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_api_keys_business_id')),
    sa.ForeignKeyConstraint(['made_by'], ['app.users.id'], name=op.f('fk_api_keys_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_api_keys_key_hash')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_keys_prefix')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_api_keys_business_id_made_at'), 'api_keys', ['business_id', 'made_at'], unique=False, schema='app')
    op.create_table('audit_seal_members',
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('seal_no', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['business_id', 'seal_no'], ['app.audit_seals.business_id', 'app.audit_seals.seal_no'], name=op.f('fk_audit_seal_members_business_id_seal_no')),
    sa.ForeignKeyConstraint(['entry_id'], ['app.audit_entries.id'], name=op.f('fk_audit_seal_members_entry_id')),
    sa.PrimaryKeyConstraint('business_id', 'entry_id', name=op.f('pk_audit_seal_members')),
    sa.UniqueConstraint('business_id', 'seal_no', 'position', name=op.f('uq_audit_seal_members_business_id_seal_no_position')),
    schema='app'
    )
    op.create_table('audit_unsealed',
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['app.audit_entries.id'], name=op.f('fk_audit_unsealed_entry_id')),
    sa.PrimaryKeyConstraint('business_id', 'entry_id', name=op.f('pk_audit_unsealed')),
    schema='app'
    )
    op.create_index(op.f('ix_audit_unsealed_queued_at'), 'audit_unsealed', ['queued_at'], unique=False, schema='app')
    op.create_table('invitations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('business_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('full_name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('position', sa.String(length=40), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('invited_by', sa.Uuid(), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("channel IN ('mail', 'phone')", name=op.f('ck_invitations_channel')),
    sa.CheckConstraint("position IN ('owner', 'accountant', 'cashier', 'salesman', 'collector')", name=op.f('ck_invitations_position')),
    sa.ForeignKeyConstraint(['business_id'], ['app.businesses.id'], name=op.f('fk_invitations_business_id')),
    sa.ForeignKeyConstraint(['invited_by'], ['app.users.id'], name=op.f('fk_invitations_invited_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitations_token_hash')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_invitations_business_id_invited_at'), 'invitations', ['business_id', 'invited_at'], unique=False, schema='app')
    op.create_table('recovery_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['app.users.id'], name=op.f('fk_recovery_codes_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.create_index(op.f('ix_recovery_codes_user_id'), 'recovery_codes', ['user_id'], unique=False, schema='app')
    op.create_table('second_factors',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('last_step', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['app.users.id'], name=op.f('fk_second_factors_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factors')),
    schema='app',
    postgresql_with={'fillfactor': '85'}
    )
    op.add_column('refresh_tokens', sa.Column('has_second_factor', sa.Boolean(), server_default=sa.text('false'), nullable=False), schema='app')
    op.add_column('users', sa.Column('email_sealed', sa.LargeBinary(), nullable=True), schema='app')
    op.add_column('users', sa.Column('email_index', sa.LargeBinary(), nullable=True), schema='app')
    op.add_column('users', sa.Column('phone_sealed', sa.LargeBinary(), nullable=True), schema='app')
    op.add_column('users', sa.Column('phone_index', sa.LargeBinary(), nullable=True), schema='app')
    op.add_column('users', sa.Column('full_name_sealed', sa.LargeBinary(), nullable=True), schema='app')
    op.add_column('users', sa.Column('position', sa.String(length=40), nullable=True), schema='app')
    op.add_column('users', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True), schema='app')
    _seal_people()
    op.drop_index(op.f('uq_users_email'), table_name='users', schema='app')
    op.create_index(op.f('ix_users_business_id'), 'users', ['business_id'], unique=False, schema='app')
    op.create_unique_constraint(op.f('uq_users_email_index'), 'users', ['email_index'], schema='app')
    op.create_unique_constraint(op.f('uq_users_phone_index'), 'users', ['phone_index'], schema='app')
    op.drop_column('users', 'full_name', schema='app')
    op.drop_column('users', 'email', schema='app')
    op.create_check_constraint(
        "position", "users", "position IN ('owner', 'accountant', 'cashier', 'salesman', 'collector')", schema="app"
    )
    op.create_check_constraint(
        "position_in_business", "users", "(position IS NULL) = (business_id IS NULL)", schema="app"
    )
    op.create_check_constraint(
        "reachable", "users", "erased_at IS NOT NULL OR email_index IS NOT NULL OR phone_index IS NOT NULL",
        schema="app",
    )
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS.read_text())


def _seal_people() -> None:
    """Move names and addresses of the users that there are under keys; each is the owner of its business."""
    connection = op.get_bind()
    for user in connection.execute(sa.text("SELECT id, email, full_name FROM app.users")).all():
        key, sealed_key = personal.new_key(user.id)
        subject = personal.Subject(user.id, key)
        connection.execute(
            sa.text("INSERT INTO app.subject_keys (id, sealed_key, made_at) VALUES (:id, :key, :at)"),
            {"id": user.id, "key": sealed_key, "at": datetime.now(UTC)},
        )
        connection.execute(
            sa.text("""
                UPDATE app.users SET email_sealed = :email, email_index = :index, full_name_sealed = :name,
                    position = CASE WHEN business_id IS NULL THEN NULL ELSE 'owner' END
                WHERE id = :id
            """),
            {
                "id": user.id,
                "email": subject.seal("email", user.email.lower()),
                "index": personal.blind_index("mail", user.email.lower()),
                "name": subject.seal("full_name", user.full_name),
            },
        )
