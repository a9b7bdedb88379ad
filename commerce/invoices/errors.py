"""What can be wrong with asking for an invoice."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import NotFound


class InvoiceNotFound(NotFound):
    """No such invoice or credit note, or none that the caller may see."""

    code = "invoice-not-found"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"there is no invoice {invoice_id}", invoice_id=str(invoice_id))
