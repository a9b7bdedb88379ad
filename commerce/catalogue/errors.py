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


class OfferSheetFaulty(Invalid):
    """Lines of the sheet cannot be taken, and the good ones alone were not asked for."""

    code = "offer-sheet-faulty"


class OfferPreviewStale(Conflict):
    """The sheet would now change something else than what was previewed."""

    code = "offer-preview-stale"
