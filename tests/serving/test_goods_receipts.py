"""What a retailer received, through HTTP: cartons as pieces, what one cost, its batches, and what went back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from commerce.catalogue import service as catalogue
from commerce.stock import service as stock
from foundation import database
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing
PATH = "/api/v1/goods-receipts"


@pytest.fixture
def market(person: Register) -> Market:
    """A market whose vendor sells noodles by the carton of 24 at 100.00, in batches."""
    market = open_market(person)

    def stock_up(session: Any) -> Any:
        product_id = catalogue.add_product(
            session,
            sku=f"NOODLES-{uuid4().hex[:8]}",
            name="Noodles",
            category="noodles",
            base_unit="packet",
            units={"carton": Decimal(24)},
            owner_id=market.vendor.own,
        )
        catalogue.set_offer(
            session,
            vendor_id=market.vendor.own,
            product_id=product_id,
            unit="carton",
            unit_price=Decimal(100),
            currency="NPR",
        )
        stock.receive(
            session,
            business_id=market.vendor.own,
            quantities={product_id: Decimal(240)},
            batches=[stock.Incoming(product_id, "B1", Decimal(36), None, 600)],
        )
        return product_id

    return Market(market.vendor, market.retailer, database.write(stock_up))


def asked(client: httpx.Client, who: Person, path: str = PATH, **params: Any) -> Any:
    answer = client.get(path, params=params, headers=who.headers)
    assert answer.is_success, answer.text
    return answer.json()


def deliver(client: httpx.Client, market: Market, quantity: str) -> str:
    order = market.place(client, quantity)
    path = f"/api/v1/orders/{order['id']}"
    client.post(f"{path}/accept", json={}, headers=market.vendor.headers)
    answer = client.post(f"{path}/deliveries", json={}, headers=keyed(market.vendor))
    assert answer.status_code == 201, answer.text
    return path


def level(client: httpx.Client, market: Market) -> str:
    params = {"product_id": str(market.product_id)}
    (found,) = asked(client, market.retailer, "/api/v1/stock/levels", **params)["items"]
    return str(found["on_hand"])


def test_a_carton_is_received_as_its_pieces_at_what_one_cost(client: httpx.Client, market: Market) -> None:
    deliver(client, market, "2")
    (row,) = asked(client, market.retailer)["items"]
    assert (row["kind"], row["cost"], row["currency"]) == ("receipt", "200.00", "NPR")
    assert row["number"].startswith("DN/")
    (line,) = asked(client, market.retailer, f"{PATH}/{row['id']}")["lines"]
    assert {
        name: line[name] for name in ("unit", "quantity", "base_unit", "base_quantity", "cost", "unit_cost")
    } == {
        "unit": "carton",
        "quantity": "2",
        "base_unit": "packet",
        "base_quantity": "48",
        "cost": "200.00",
        "unit_cost": "4.166667",
    }
    assert line["stocked_quantity"] == "0", "the shop does not track it"
    assert line["batches"] == [{"batch": "B1", "expires_on": None, "mrp": "6.00", "quantity": "36"}]
    assert asked(client, market.retailer, "/api/v1/stock/levels")["items"] == []


def test_a_tracked_good_comes_onto_the_shelf_and_a_return_reverses_it(
    client: httpx.Client, market: Market
) -> None:
    kept = {"lines": [{"product_id": str(market.product_id), "quantity": "5"}]}
    client.post("/api/v1/stock/receipts", json=kept, headers=keyed(market.retailer))
    path = deliver(client, market, "3")
    assert level(client, market) == "77"
    (batch,) = asked(client, market.retailer, "/api/v1/stock/batches")["items"]
    assert (batch["number"], batch["on_hand"], batch["mrp"]) == ("B1", "36", "6.00")
    back = {"lines": [{"line_no": 1, "quantity": "2"}], "reason": "torn"}
    assert client.post(f"{path}/returns", json=back, headers=keyed(market.vendor)).status_code == 201
    assert level(client, market) == "29"
    assert asked(client, market.retailer, "/api/v1/stock/batches")["items"] == []
    newest, oldest = asked(client, market.retailer)["items"]
    assert [(one["kind"], one["cost"]) for one in (newest, oldest)] == [
        ("return", "200.00"),
        ("receipt", "300.00"),
    ]
    (line,) = asked(client, market.retailer, f"{PATH}/{newest['id']}")["lines"]
    assert (line["base_quantity"], line["stocked_quantity"], line["unit_cost"]) == ("48", "48", "4.166667")
    assert line["batches"][0]["quantity"] == "36"


def test_receipts_are_found_by_vendor_good_kind_and_day(client: httpx.Client, market: Market) -> None:
    deliver(client, market, "1")
    deliver(client, market, "2")
    listed = asked(client, market.retailer)["items"]
    assert [one["cost"] for one in listed] == ["200.00", "100.00"]
    assert asked(client, market.retailer, sort="oldest")["items"] == listed[::-1]
    page = asked(client, market.retailer, limit=1)
    assert asked(client, market.retailer, limit=1, cursor=page["next_cursor"])["items"] == listed[1:]
    day, stranger = listed[0]["document_date"], str(uuid4())
    for params, found in (
        ({"vendor_id": str(market.vendor.own)}, listed),
        ({"vendor_id": stranger}, []),
        ({"product_id": str(market.product_id)}, listed),
        ({"product_id": stranger}, []),
        ({"kind": "return"}, []),
        ({"first": day, "last": day}, listed),
        ({"last": "2020-01-01"}, []),
    ):
        assert asked(client, market.retailer, **params)["items"] == found, params


def test_a_receipt_is_the_buyer_s_alone(client: httpx.Client, market: Market, person: Register) -> None:
    deliver(client, market, "1")
    (row,) = asked(client, market.retailer)["items"]
    for other in (market.vendor, person("retailer")):
        assert asked(client, other)["items"] == []
        refused = client.get(f"{PATH}/{row['id']}", headers=other.headers)
        assert (refused.status_code, refused.json()["code"]) == (404, "goods-receipt-not-found")
