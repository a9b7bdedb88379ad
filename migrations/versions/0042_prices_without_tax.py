"""Whether the price of an offer holds the tax (all that were made so far do), and what the tax of a sale hangs on."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


# A function, for it is asked of few offers: as a part of the question for terms it would cost every order.
TAX_FACTS = """
    CREATE FUNCTION app.tax_facts(vendor uuid, retailer uuid, product uuid, moment timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
        SELECT jsonb_build_object(
            'day', today.day, 'hsn', good.hsn, 'tax_class', class.tax_class, 'condition', class.condition,
            'seller_country', seller.country, 'seller_state', seller.state, 'seller_profile', (
                SELECT profile FROM app.tax_profiles WHERE business_id = seller.id AND valid_from <= today.day
                ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1),
            'buyer_country', buyer.country, 'buyer_state', buyer.state, 'buyer_profile', (
                SELECT profile FROM app.tax_profiles WHERE business_id = buyer.id AND valid_from <= today.day
                ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1))
        FROM app.businesses seller
        CROSS JOIN app.businesses buyer
        CROSS JOIN LATERAL (SELECT CAST(moment AT TIME ZONE seller.time_zone AS date) AS day) today
        JOIN app.products good ON good.id = product
        LEFT JOIN LATERAL (
            SELECT tax_class, condition FROM app.product_tax_classes stated
            WHERE stated.product_id = product AND stated.country = seller.country AND stated.valid_from <= today.day
              AND (stated.business_id = seller.id OR stated.business_id IS NULL)
            ORDER BY stated.business_id IS NULL, stated.valid_from DESC, stated.recorded_at DESC, stated.id DESC
            LIMIT 1
        ) class ON true
        WHERE seller.id = vendor AND buyer.id = retailer
    $$
"""


def upgrade() -> None:
    op.add_column(
        "offers",
        sa.Column("is_tax_inclusive", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="app",
    )
    op.execute(TAX_FACTS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.tax_facts(uuid, uuid, uuid, timestamptz)")
    op.drop_column("offers", "is_tax_inclusive", schema="app")
