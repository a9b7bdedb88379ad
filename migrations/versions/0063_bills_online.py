"""What 0062 left to be done online: checks and references of invoices, and the ways by which bills are found."""

from migrations import online

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (
        ("invoices", "ck_invoices_kind"),
        ("invoices", "ck_invoices_buyer"),
        ("invoices", "ck_invoices_round_off"),
        ("invoices", "fk_invoices_vendor_id_customer_id"),
        ("invoices", "fk_invoices_original_id"),
        ("stock_movements", "ck_stock_movements_kind"),
    ):
        online.validate(table, name)
    for name, columns, where in (
        ("ix_invoices_of_customer", ("customer_id", "issued_at", "id"), "customer_id IS NOT NULL"),
        ("ix_invoices_original_id", ("original_id",), "original_id IS NOT NULL"),
        ("ix_invoices_changed_in", ("changed_in",), None),
    ):
        online.create_index(name, "invoices", columns, where)
    online.create_index(
        "uq_invoices_client_id", "invoices", ("vendor_id", "client_id"), "client_id IS NOT NULL", is_unique=True
    )
    online.create_index("ix_invoice_lines_changed_in", "invoice_lines", ("changed_in",))
    online.create_index(
        "ix_stock_movements_sale", "stock_movements", ("source_id",), "kind IN ('sale', 'sale_return')"
    )
