"""Why tax cannot be told."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Invalid, quoted


class TaxRateUnknown(Conflict):
    """No row says what tax falls on a good on that day. Unknown is not nil: nothing is invoiced on a guess."""

    code = "tax-rate-unknown"

    def __init__(self, good: str, why: str, *, product_id: UUID | None = None) -> None:
        self.why = why
        super().__init__(
            f"the tax on {good} is not known: {why}; state its tax class by `PUT /api/v1/products/{{id}}/tax-class`",
            product_id=None if product_id is None else str(product_id),
        )


class PlaceOfSupplyUnknown(Conflict):
    """It cannot be told to which state a supply goes, or it leaves the country."""

    code = "place-of-supply-unknown"


class TaxClassInvalid(Invalid):
    """No such tax class, or a condition that it does not have."""

    code = "tax-class-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))
