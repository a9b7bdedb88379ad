"""A small market for tests of the API: a vendor, its retailer, a product, an order on credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.stock import service as stock
from foundation import database
from tests.serving.conftest import Person, Register


@dataclass(frozen=True)
class Market:
    """Who trades what with whom."""

    vendor: Person
    retailer: Person
    product_id: UUID

    def wish(self, quantity: str = "2", **changes: Any) -> dict[str, Any]:
        lines = [{"product_id": str(self.product_id), "quantity": quantity}]
        return {"vendor_id": str(self.vendor.own), "lines": lines, **changes}

    def place(self, client: httpx.Client, quantity: str = "2", key: str | None = None) -> dict[str, Any]:
        answer = client.post("/api/v1/orders", json=self.wish(quantity), headers=keyed(self.retailer, key))
        assert answer.status_code == 201, answer.text
        return answer.json()


def keyed(person: Person, key: str | None = None) -> dict[str, str]:
    """The headers of a request that moves money or goods."""
    return {**person.headers, "Idempotency-Key": key or uuid4().hex}


def open_market(
    person: Register,
    *,
    limit_paisa: int = 100_000_00,
    on_hand: int = 1000,
    vendor: Person | None = None,
    retailer: Person | None = None,
) -> Market:
    """A vendor with a tracked product at 10.50 a packet, and a retailer with credit."""
    vendor, retailer = vendor or person("vendor"), retailer or person("retailer")

    def stock_up(session: Any) -> UUID:
        product_id = catalogue.add_product(
            session,
            sku=f"SALT-{uuid4().hex[:8]}",
            name="Salt",
            category="staples",
            base_unit="packet",
            owner_id=vendor.own,
        )
        catalogue.set_offer(
            session,
            vendor_id=vendor.own,
            product_id=product_id,
            unit="packet",
            unit_price=Decimal("10.50"),
            currency="NPR",
        )
        stock.receive(
            session, business_id=vendor.own, quantities={product_id: Decimal(on_hand)}, kind="opening"
        )
        credit.agree(
            session,
            vendor_id=vendor.own,
            retailer_id=retailer.own,
            limit_paisa=limit_paisa,
            net_days=15,
            reason="test",
            approved_by=vendor.user_id,
        )
        return product_id

    return Market(vendor, retailer, database.write(stock_up))
