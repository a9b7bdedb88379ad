"""What can be wrong with a business."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Invalid, NotFound, quoted


class BusinessNotFound(NotFound):
    """No such business, or none that the caller may see."""

    code = "business-not-found"

    def __init__(self, business_id: UUID) -> None:
        super().__init__(f"there is no business {business_id}", business_id=str(business_id))


class BusinessInvalid(Invalid):
    """A fact about a business does not hold: its country, state, currency, time zone or side."""

    code = "business-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))


class TaxProfileInvalid(Invalid):
    """The tax profile does not fit the country, or its registration number does not hold."""

    code = "tax-profile-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))


class ConsentInvalid(Invalid):
    """Consent can be given to vendors only, and not to oneself."""

    code = "consent-invalid"

    def __init__(self, vendor_id: UUID) -> None:
        super().__init__(
            f"{vendor_id} is no vendor that could be let see your grade; name one of `GET /api/v1/businesses`",
            vendor_id=str(vendor_id),
        )
