"""What the shelves refuse."""

from foundation.errors import Conflict, Invalid


class OutOfStock(Conflict):
    code = "out-of-stock"


class StockAdjustmentInvalid(Invalid):
    code = "stock-adjustment-invalid"
