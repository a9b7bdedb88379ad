"""What is refused of goods bought beside orders, and of whom they came from."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound


class StockInInvalid(Invalid):
    """Goods, a cost, a tax or a way of paying that cannot be."""

    code = "stock-in-invalid"


class StockInNotFound(NotFound):
    """The shop took no such goods in."""

    code = "stock-in-not-found"

    def __init__(self, stock_in_id: UUID) -> None:
        super().__init__(
            f"this shop took in no goods under {stock_in_id}; `GET /api/v1/stock-ins` lists them",
            stock_in_id=str(stock_in_id),
        )


class SupplierNotFound(NotFound):
    """The shop has no such supplier."""

    code = "supplier-not-found"

    def __init__(self, supplier_id: UUID) -> None:
        super().__init__(
            f"this shop has no supplier {supplier_id}; `GET /api/v1/suppliers` lists them",
            supplier_id=str(supplier_id),
        )


class SupplierErased(Conflict):
    """The supplier was erased: nothing new is written about it."""

    code = "supplier-erased"

    def __init__(self, supplier_id: UUID) -> None:
        super().__init__(
            f"supplier {supplier_id} was erased; name it anew if it comes back", supplier_id=str(supplier_id)
        )


class SupplierOwed(Conflict):
    """What the supplier gets, or has to give back, is not settled."""

    code = "supplier-owed"


class SupplierPaymentInvalid(Invalid):
    """An amount or a mode that cannot be."""

    code = "supplier-payment-invalid"


class SupplierPaymentNotFound(NotFound):
    """The shop paid no such thing to this supplier."""

    code = "supplier-payment-not-found"

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(
            f"this shop made no payment {payment_id} to this supplier; "
            f"`GET /api/v1/suppliers/{{supplier_id}}/payments` lists them",
            payment_id=str(payment_id),
        )
