"""What the book of received goods refuses."""

from foundation.errors import NotFound


class GoodsReceiptNotFound(NotFound):
    code = "goods-receipt-not-found"
