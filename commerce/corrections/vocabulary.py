"""What undoes an entry of a book, by what it came of: the one table for all of `commerce/ledger/vocabulary.SOURCES`."""

from __future__ import annotations

from typing import Final, NamedTuple


class Undoing(NamedTuple):
    """How an entry is put right."""

    is_here: bool
    """Whether the reversal of the entry itself does it."""
    verb: str
    """What else does, or what the reversal stands for."""


_ITSELF = "nothing: it undid another entry itself; write what is right as a new one"
_TAKEN_IN = "nothing here: it came with an imported history; write what is right as a new entry"

UNDONE_BY: Final[dict[str, Undoing]] = {
    "khata": Undoing(True, "`POST /api/v1/ledger/entries/{entry_id}/reversal`"),
    "bill": Undoing(True, "`POST /api/v1/invoices/{invoice_id}/cancel`, or a credit note of what came back"),
    "stock-in": Undoing(True, "`POST /api/v1/stock-ins/{stock_in_id}/reversal`"),
    "supplier-payment": Undoing(True, "`POST /api/v1/suppliers/{supplier_id}/payments/{paid_id}/reversal`"),
    "expense": Undoing(True, "`POST /api/v1/expenses/{expense_id}/reversal`"),
    "delivery": Undoing(
        False, "a return of the goods by the vendor: `POST /api/v1/orders/{order_id}/returns`"
    ),
    "return": Undoing(False, "a new order of the same goods: what came back stays so"),
    "payment": Undoing(False, "the vendor's `POST /api/v1/credit/payment/{payment_id}/reversal`"),
    "opening": Undoing(False, "a payment or a write-off of the same amount by the vendor"),
    "write_off": Undoing(False, "a payment or a return, which lets it be owed again"),
    "cancel_fee": Undoing(False, "the vendor's `POST /api/v1/orders/{order_id}/cancellation/waive`"),
    "cancel_credit": Undoing(False, "a charge that both agree on: it was promised for cancelling late"),
    "interest": Undoing(False, "a write-off of it by the vendor: `POST /api/v1/credit/write-offs`"),
    "cash_discount": Undoing(False, "the reversal of the payment that earned it, or a return of its goods"),
    "bill_return": Undoing(False, "a new bill of the same goods: what came back stays so"),
    "bounce": Undoing(False, _ITSELF),
    "reinstatement": Undoing(False, _ITSELF),
    "fee_waiver": Undoing(False, _ITSELF),
    "discount_reversal": Undoing(False, _ITSELF),
    "bill_cancellation": Undoing(False, _ITSELF),
    "adjustment": Undoing(False, _TAKEN_IN),
    "import": Undoing(False, _TAKEN_IN),
}
