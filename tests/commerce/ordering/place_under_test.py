"""Places orders until it is killed: `python place_under_test.py VENDOR RETAILER PRODUCT PRODUCT`."""

from __future__ import annotations

import sys
from decimal import Decimal
from uuid import UUID

from commerce.ordering import service as ordering
from foundation.database import write

vendor, retailer, *products = [UUID(one) for one in sys.argv[1:]]
while True:
    write(
        lambda session: ordering.place(
            session,
            vendor_id=vendor,
            retailer_id=retailer,
            wishes=[ordering.Wish(product, Decimal(1)) for product in products],
        )
    )
    print("placed", flush=True)
