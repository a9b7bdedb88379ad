"""Places orders until it is killed: `python place_under_test.py VENDOR RETAILER PRODUCT PRODUCT`."""

from __future__ import annotations

import sys
from decimal import Decimal
from uuid import UUID

from commerce.ordering import service as ordering
from foundation.database import write


def place_for_ever(vendor: UUID, retailer: UUID, products: list[UUID]) -> None:
    wishes = [ordering.Wish(product, Decimal(1)) for product in products]
    while True:
        write(lambda session: ordering.place(session, vendor_id=vendor, retailer_id=retailer, wishes=wishes))
        print("placed", flush=True)


if __name__ == "__main__":
    first, second, *rest = map(UUID, sys.argv[1:])
    place_for_ever(first, second, rest)
