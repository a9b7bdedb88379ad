"""What goods cost on the market, over HTTP: for the vendor's price and the retailer's purchase."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from commerce.catalogue import service as catalogue
from commerce.pricing import alerts
from commerce.stock import service as stock
from foundation import database
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed

pytestmark = pytest.mark.committing

V1 = "/api/v1/price-intelligence"


@pytest.fixture
def sellers(person: Register) -> list[tuple[Person, UUID]]:
    """Six vendors of one good, at 10 to 15 a packet; the first has ten on its shelf, the others a thousand."""
    name = f"Ghee {uuid4().hex[:8]}"
    made = []
    for number in range(6):
        vendor = person("vendor", name=f"Seller {number}")

        def sell(session: Any, vendor: Person = vendor, number: int = number) -> UUID:
            product_id = catalogue.add_product(
                session,
                sku=f"GHEE-{uuid4().hex[:8]}",
                name=name,
                category="oil",
                base_unit="packet",
                hsn="0405",
                owner_id=vendor.own,
            )
            catalogue.set_offer(
                session,
                vendor_id=vendor.own,
                product_id=product_id,
                unit="packet",
                unit_price=Decimal(10 + number),
                currency="NPR",
            )
            on_hand = Decimal(10 if number == 0 else 1000)
            stock.receive(session, business_id=vendor.own, quantities={product_id: on_hand}, kind="opening")
            return product_id

        made.append((vendor, database.write(sell)))
    return made


def ask(client: httpx.Client, what: str, who: Person, product_id: UUID, **given: Any) -> dict[str, Any]:
    answer = client.get(f"{V1}/{what}", params={"product_id": str(product_id), **given}, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_vendor_sees_the_market_of_others_and_what_to_do(
    client: httpx.Client, sellers: list[tuple[Person, UUID]]
) -> None:
    dearest, product_id = sellers[-1]
    seen = ask(client, "market-average", dearest, product_id)
    assert (seen["market"]["sellers"], seen["market"]["average"], seen["own_price"]) == (5, "12", "15")
    assert (seen["over_average_percent"], seen["origin"], seen["currency"]) == ("25.00", "real", "NPR")
    advised = ask(client, "recommendations", dearest, product_id)
    assert (advised["advice"], advised["best"]) == ("lower", None)
    past = ask(client, "history", dearest, product_id, days=3, vendor_id=str(sellers[0][0].own))
    assert [day["price"] for day in past["days"]] == [None, None, "15"]


def test_a_retailer_finds_the_best_price_with_what_it_has_off(
    client: httpx.Client, person: Register, sellers: list[tuple[Person, UUID]]
) -> None:
    retailer = person("retailer")
    generous, good = sellers[2]
    agreed = {"retailer_id": str(retailer.own), "percent_off": "50"}
    client.post("/api/v1/customer-prices", json=agreed, headers=generous.headers)
    scheme = {
        "code": "FIVE-FIVE",
        "name": "Five and five",
        "kind": "free_goods",
        "product_id": str(sellers[3][1]),
        "free_goods": {"buy": "5", "unit": "packet", "get": "5", "free_unit": "packet"},
    }
    assert client.post("/api/v1/schemes", json=scheme, headers=sellers[3][0].headers).status_code == 201
    seen = ask(client, "best-price", retailer, good, quantity="20")
    assert [(one["vendor_id"], one["landed_unit_price"]) for one in seen["sources"][:3]] == [
        (str(generous.own), "6"),
        (str(sellers[3][0].own), "6.5"),
        (str(sellers[0][0].own), "10"),
    ]
    assert [one["availability"] for one in seen["sources"][:3]] == ["enough", "enough", "short"]
    assert len(seen["sources"][0]["steps"]) == 2
    stranger = ask(client, "best-price", person("retailer"), good, quantity="20")
    assert stranger["sources"][0]["landed_unit_price"] == "6.5"
    advised = ask(client, "recommendations", retailer, good, quantity="20")
    assert (advised["advice"], advised["best"]["vendor_id"]) == ("buy-as-needed", str(generous.own))
    refused = client.get(
        f"{V1}/best-price",
        params={"product_id": str(good), "quantity": "1", "unit": "bori"},
        headers=retailer.headers,
    )
    assert refused.json()["code"] == "unit-not-sold"


def test_a_seller_whose_tax_is_not_known_is_left_out_of_the_comparison(
    client: httpx.Client, person: Register, sellers: list[tuple[Person, UUID]]
) -> None:
    (cheapest, good), *others = sellers
    profile = {"profile": "vat", "registration_number": "301234567"}
    assert client.put("/api/v1/tax/profile", json=profile, headers=cheapest.headers).is_success
    net = {"unit": "packet", "unit_price": "1", "is_tax_inclusive": False}
    offered = client.post(f"/api/v1/products/{good}/offers", json=net, headers=cheapest.headers)
    assert offered.status_code == 201
    retailer = person("retailer")
    told = [one["vendor_id"] for one in ask(client, "best-price", retailer, good, quantity="20")["sources"]]
    assert told == [str(vendor.own) for vendor, _ in others]
    advised = ask(client, "recommendations", retailer, good, quantity="20")
    assert advised["best"]["vendor_id"] == str(others[0][0].own)


def test_without_a_good_the_usual_ones_are_advised_on_page_by_page(
    client: httpx.Client, person: Register, sellers: list[tuple[Person, UUID]]
) -> None:
    retailer = person("retailer")
    for (vendor, product_id), times in ((sellers[1], 1), (sellers[2], 2)):
        for _ in range(times):
            wish = {
                "vendor_id": str(vendor.own),
                "settlement": "cash",
                "lines": [{"product_id": str(product_id), "quantity": "1"}],
            }
            placed = client.post("/api/v1/orders", json=wish, headers=keyed(retailer))
            assert placed.status_code == 201, placed.text
            path = f"/api/v1/orders/{placed.json()['id']}/accept"
            assert client.post(path, json={}, headers=vendor.headers).status_code == 200

    def page(who: Person, **given: Any) -> dict[str, Any]:
        answer = client.get(f"{V1}/recommendations", params=given, headers=who.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    whole = page(retailer)
    assert [one["product_id"] for one in whole["items"]] == [str(sellers[2][1]), str(sellers[1][1])]
    assert whole["items"][0]["best"]["vendor_id"] == str(sellers[0][0].own)
    first = page(retailer, limit=1)
    second = page(retailer, limit=1, cursor=first["next_cursor"])
    walked = [one["product_id"] for one in (*first["items"], *second["items"])]
    assert walked == [one["product_id"] for one in whole["items"]]
    assert second["next_cursor"] is None
    by_code = [one["sku"] for one in page(retailer, sort="code")["items"]]
    assert by_code == sorted(one["sku"] for one in whole["items"])
    first = page(retailer, sort="code", limit=1)
    second = page(retailer, sort="code", limit=1, cursor=first["next_cursor"])
    assert [one["sku"] for one in (*first["items"], *second["items"])] == by_code
    assert len(page(retailer, sort="name", category="oil")["items"]) == 2
    assert page(retailer, category="none of these")["items"] == []
    assert page(person("retailer"))["items"] == []
    dearest, product_id = sellers[-1]
    assert [(one["product_id"], one["advice"]) for one in page(dearest)["items"]] == [
        (str(product_id), "lower")
    ]


def test_alerts_are_set_listed_and_answered(
    client: httpx.Client, person: Register, sellers: list[tuple[Person, UUID]]
) -> None:
    vendor, product_id = sellers[-1]
    rule = client.put(f"{V1}/alert-rule", json={"band_percent": "5"}, headers=vendor.headers)
    assert rule.json() == {"band_percent": "5", "above_days": None, "rise_percent": None}
    database.write(lambda session: alerts.raise_alerts_due(session, business_id=vendor.own))
    [seen] = client.get(f"{V1}/alerts", params={"state": "open"}, headers=vendor.headers).json()["items"]
    assert (seen["kind"], seen["product_id"], seen["facts"]["sellers"]) == (
        "out-of-band",
        str(product_id),
        "5",
    )
    path = f"{V1}/alerts/{seen['id']}"
    assert client.get(path, headers=sellers[0][0].headers).status_code == 404
    moved = client.post(
        f"{path}/state", json={"state": "acknowledged", "note": "why"}, headers=vendor.headers
    )
    assert moved.status_code == 204
    told = client.get(path, headers=vendor.headers).json()
    assert (told["state"], [move["note"] for move in told["moves"]]) == ("acknowledged", ["why"])
