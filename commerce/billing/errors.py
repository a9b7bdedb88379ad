"""What is refused about a shop's prices and settings."""

from __future__ import annotations

from foundation.errors import Invalid, quoted


class ShopPriceInvalid(Invalid):
    """A price at the counter that cannot be."""

    code = "shop-price-invalid"


class BillingSettingInvalid(Invalid):
    """A setting of bills that the shop's country or tax profile does not know."""

    code = "billing-setting-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} cannot be: {way_out}", field=field)
