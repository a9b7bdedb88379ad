"""What is refused about a shop's customers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound, quoted


class CustomerNotFound(NotFound):
    """The shop has no such customer."""

    code = "customer-not-found"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"this shop has no customer {customer_id}; `GET /api/v1/customers/search` finds them",
            customer_id=str(customer_id),
        )


class CustomerInvalid(Invalid):
    """A fact about a customer that cannot be."""

    code = "customer-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} cannot be: {way_out}", field=field)


class CustomerDuplicate(Conflict):
    """Somebody with this phone or address is a customer already."""

    code = "customer-duplicate"

    def __init__(self, found: Sequence[UUID]) -> None:
        super().__init__(
            f"{len(found)} customer(s) of this shop have the same phone or e-mail: {', '.join(map(str, found))}; "
            "take that one, or send confirm_duplicate if they share it",
            customers=[str(one) for one in found],
        )


class CustomerErased(Conflict):
    """The customer was erased: nothing new is written about them."""

    code = "customer-erased"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"customer {customer_id} was erased; make a new one if they come back",
            customer_id=str(customer_id),
        )


class CustomerOwes(Conflict):
    """The customer's khata is not settled."""

    code = "customer-owes"
