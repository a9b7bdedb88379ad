"""The paper of a delivery or a return, made from the committed rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
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
            SELECT line.line_no, product.name, line.quantity, line.unit, line.unit_price, line.amount_paisa,
                   product.base_unit,
                   (SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'number', part.number, 'expires_on', part.expires_on, 'quantity', CAST(part.quantity AS text)
                    ) ORDER BY part.part_no), '[]')
                    FROM app.delivery_batches part
                    WHERE part.delivery_id = line.delivery_id AND part.line_no = line.line_no) AS batches
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
                    "batches": [_told(batch, line.base_unit) for batch in line.batches],
                }
                for line in lines
            ],
        },
        made_at=head["delivered_at"],
    )


def _told(batch: Mapping[str, str | None], unit: str) -> str:
    """A batch as the paper names it: `Batch B12, expires 2027-05-31: 24 packet`."""
    expiry = "" if batch["expires_on"] is None else f", expires {batch['expires_on']}"
    return f"Batch {batch['number']}{expiry}: {format_quantity(Decimal(batch['quantity'] or 0))} {unit}"
