"""What the shelves refuse."""

from foundation.errors import Conflict, Invalid, NotFound


class OutOfStock(Conflict):
    code = "out-of-stock"


class ReceiptNotFound(NotFound):
    code = "receipt-not-found"


class StockAdjustmentInvalid(Invalid):
    code = "stock-adjustment-invalid"


class StockNotKept(NotFound):
    code = "stock-not-kept"


class BatchNotFound(NotFound):
    code = "batch-not-found"


class BatchExpired(Conflict):
    code = "batch-expired"


class BatchShort(Conflict):
    code = "batch-short"
