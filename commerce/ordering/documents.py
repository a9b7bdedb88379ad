"""The paper of a delivery or a return, made from the committed rows."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering.errors import DeliveryNotFound
from foundation import pdf
from foundation.money import format_amount, format_quantity

TEMPLATE = Path(__file__).parent / "delivery_note.typ"
TITLES = {"delivery": "Delivery note", "return": "Credit note"}


def key_of(vendor_id: UUID | str, delivery_id: UUID | str) -> str:
    """Where the object store keeps the paper of a delivery or return."""
    return f"documents/{vendor_id}/{delivery_id}.pdf"


def delivery_note(session: Session, delivery_id: UUID) -> bytes:
    """The PDF of a delivery or return. Raises DeliveryNotFound."""
    head = (
        session.execute(
            text("""
                SELECT d.id, d.kind, d.number, d.currency, d.total_paisa, d.document_date, d.delivered_at, d.reason,
                       vendor.name AS vendor, retailer.name AS retailer, orders.number AS order_number
                FROM app.deliveries d
                JOIN app.businesses vendor ON vendor.id = d.vendor_id
                JOIN app.businesses retailer ON retailer.id = d.retailer_id
                LEFT JOIN app.orders ON orders.id = d.order_id
                WHERE d.id = :delivery_id
            """),
            {"delivery_id": delivery_id},
        )
        .mappings()
        .one_or_none()
    )
    if head is None:
        raise DeliveryNotFound(f"there is no delivery {delivery_id}", delivery_id=str(delivery_id))
    lines = session.execute(
        text("""
            SELECT line.line_no, product.name, line.quantity, line.unit, line.unit_price, line.amount_paisa
            FROM app.delivery_lines line JOIN app.products product ON product.id = line.product_id
            WHERE line.delivery_id = :delivery_id ORDER BY line.line_no
        """),
        {"delivery_id": delivery_id},
    )
    return pdf.render(
        TEMPLATE,
        {
            "id": str(head["id"]),
            "title": TITLES[head["kind"]],
            "number": head["number"],
            "vendor": head["vendor"],
            "retailer": head["retailer"],
            "order_number": head["order_number"] or "-",
            "document_date": head["document_date"].isoformat(),
            "reason": head["reason"],
            "total": format_amount(head["total_paisa"], head["currency"]),
            "lines": [
                {
                    "line_no": line.line_no,
                    "name": line.name,
                    "quantity": format_quantity(line.quantity),
                    "unit": line.unit,
                    "rate": format_quantity(line.unit_price),
                    "amount": format_amount(line.amount_paisa, head["currency"]),
                }
                for line in lines
            ],
        },
        made_at=head["delivered_at"],
    )
