"""What 0056 left to be done online: the accounts that a book has one of are those of no party and no customer."""

from alembic import op

from migrations import online

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.validate("accounts", "ck_accounts_khata")
    online.validate("challenges", "ck_challenges_purpose")
    online.create_index(
        "uq_accounts_of_book",
        "accounts",
        ["business_id", "code", "currency"],
        where="party_id IS NULL AND customer_id IS NULL",
        is_unique=True,
    )
    online.create_index(
        "uq_accounts_customer",
        "accounts",
        ["customer_id", "currency"],
        where="customer_id IS NOT NULL",
        is_unique=True,
    )
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS app.uq_accounts_shared")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS app.uq_accounts_customer")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS app.uq_accounts_of_book")
    online.create_index(
        "uq_accounts_shared",
        "accounts",
        ["business_id", "code", "currency"],
        where="party_id IS NULL",
        is_unique=True,
    )
