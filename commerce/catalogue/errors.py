"""What the catalogue refuses."""

from foundation.errors import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    code = "product-not-found"


class ProductInvalid(Invalid):
    """An HSN or barcode that cannot be, or a name in a language that is not kept."""

    code = "product-invalid"


class UnitUnknown(Invalid):
    code = "unit-unknown"


class UnitNotSold(Invalid):
    code = "unit-not-sold"


class OfferInvalid(Invalid):
    code = "offer-invalid"


class ProductExists(Conflict):
    code = "product-exists"
