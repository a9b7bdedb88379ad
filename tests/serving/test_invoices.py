"""Tax by HTTP: the profile, the class of a product, the invoice of a delivery as both sides see it, on paper too."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from tests.serving.conftest import Person, Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing


def deliver(client: httpx.Client, market: Market, quantity: str = "2") -> httpx.Response:
    order_id = market.place(client, quantity)["id"]
    client.post(f"/api/v1/orders/{order_id}/accept", json={}, headers=market.vendor.headers)
    return client.post(f"/api/v1/orders/{order_id}/deliveries", json={}, headers=keyed(market.vendor))


def listed(client: httpx.Client, who: Person, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/invoices", headers=who.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def _warned(client: httpx.Client, market: Market, price: str) -> list[dict[str, str]]:
    """What an offer of the market's product is warned of, made by itself and then previewed from a sheet."""
    headers = market.vendor.headers
    path = f"/api/v1/products/{market.product_id}/offers"
    made = client.post(path, json={"unit": "packet", "unit_price": price}, headers=headers)
    assert made.status_code == 201, made.text
    sheet = client.get("/api/v1/offers/sheet", headers=headers).content.decode()
    changed = sheet.replace(f",{price.rstrip('0')},", ",12.75,").encode()
    seen = client.post(
        "/api/v1/offers/sheet/preview", json={"sheet": b64encode(changed).decode()}, headers=headers
    )
    assert seen.json()["changed"] == 1, seen.text
    return [*made.json()["warnings"], *seen.json()["lines"][0]["warnings"]]


def test_a_vendor_registers_says_what_goods_are_and_delivers_with_a_tax_invoice(
    client: httpx.Client, person: Register
) -> None:
    market = open_market(person)
    vendor, retailer = market.vendor, market.retailer
    registered = client.put(
        "/api/v1/tax/profile",
        json={"profile": "vat", "registration_number": "301234567"},
        headers=vendor.headers,
    )
    assert registered.json()["current"]["profile"] == "vat"

    assert [one["code"] for one in _warned(client, market, "11")] == ["tax-rate-unknown"] * 2
    refused = deliver(client, market)
    assert (refused.status_code, refused.json()["code"]) == (409, "tax-rate-unknown")
    assert listed(client, vendor) == []
    found = client.get("/api/v1/tax/classes", params={"country": "NP", "q": "बिस्कुट"}, headers=vendor.headers)
    assert [row["code"] for row in found.json()["items"]] == ["biscuits"]
    path = f"/api/v1/products/{market.product_id}/tax-class"
    assert client.get(path, headers=vendor.headers).json()["row"] is None
    stated = client.put(path, json={"tax_class": "biscuits"}, headers=vendor.headers)
    assert stated.json()["row"]["rate"] == "13"
    assert _warned(client, market, "10.50") == []
    wrong = client.put(path, json={"tax_class": "gst-5"}, headers=vendor.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "tax-class-invalid")

    handed = deliver(client, market, "10")
    assert handed.status_code == 201, handed.text
    back = client.post(
        f"/api/v1/orders/{handed.json()['order']['id']}/returns",
        json={"lines": [{"line_no": 1, "quantity": "4"}], "reason": "broken"},
        headers=keyed(vendor),
    )
    assert back.status_code == 201, back.text
    note, invoice = listed(client, vendor)
    assert listed(client, retailer) == [note, invoice]
    assert listed(client, retailer, kind="credit_note") == [note]
    assert (invoice["kind"], invoice["total"], invoice["tax"]) == ("tax_invoice", "105.00", "12.08")
    assert (note["total"], note["tax"]) == ("42.00", "4.83")

    whole = client.get(f"/api/v1/invoices/{invoice['id']}", headers=retailer.headers).json()
    assert whole["vendor"]["registration_number"] == "301234567"
    assert whole["lines"][0]["trace"]["row"]["tax_class"] == "biscuits"
    assert [(row["hsn"], row["taxable"], row["vat"]) for row in whole["hsn_summary"]] == [
        ("1905", "92.92", "12.08")
    ]
    assert whole["amount_in_words"] == "Rupees one hundred and five only"
    credit = client.get(f"/api/v1/invoices/{note['id']}", headers=vendor.headers).json()
    assert credit["lines"][0]["original_number"] == invoice["number"]
    for paper in (invoice, note):
        pdf = client.get(f"/api/v1/invoices/{paper['id']}/pdf", headers=retailer.headers)
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF")


def test_a_vendor_without_registration_writes_a_bill_and_strangers_see_nothing(
    client: httpx.Client, person: Register
) -> None:
    market = open_market(person)
    assert deliver(client, market).status_code == 201
    (bill,) = listed(client, market.vendor)
    assert (bill["kind"], bill["tax"], bill["total"]) == ("bill", "0.00", "21.00")
    for stranger in (person("vendor"), person("retailer")):
        assert listed(client, stranger) == []
        for path in (f"/api/v1/invoices/{bill['id']}", f"/api/v1/invoices/{bill['id']}/pdf"):
            answer = client.get(path, headers=stranger.headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "invoice-not-found")


def test_a_profile_that_does_not_fit_is_refused(client: httpx.Client, person: Register) -> None:
    for body in (
        {"profile": "regular", "registration_number": "27AAPFU0939F1ZV"},
        {"profile": "vat", "registration_number": "12"},
        {"profile": "unregistered", "valid_from": "2020-01-01"},
    ):
        answer = client.put("/api/v1/tax/profile", json=body, headers=person("vendor").headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "tax-profile-invalid"), body


def test_a_price_without_tax_is_shown_with_what_comes_on_top(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    vendor, retailer = market.vendor, market.retailer
    profile = {"profile": "vat", "registration_number": "301234567"}
    assert client.put("/api/v1/tax/profile", json=profile, headers=vendor.headers).is_success
    product = f"/api/v1/products/{market.product_id}"
    net = {"unit": "packet", "unit_price": "100", "is_tax_inclusive": False}
    assert client.post(f"{product}/offers", json=net, headers=vendor.headers).status_code == 201
    refused = client.post("/api/v1/orders/quote", json=market.wish("4"), headers=retailer.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "tax-rate-unknown")
    stated = {"tax_class": "biscuits"}
    assert client.put(f"{product}/tax-class", json=stated, headers=vendor.headers).is_success

    on_top = {"unit_price": "100", "percent": "13", "value": "400.00", "tax": "52.00"}
    quoted = client.post("/api/v1/orders/quote", json=market.wish("4"), headers=retailer.headers).json()
    kept = client.post("/api/v1/quotes", json=market.wish("4"), headers=keyed(retailer)).json()
    placed = {"vendor_id": kept["vendor_id"], "quote_id": kept["id"]}
    order = client.post("/api/v1/orders", json=placed, headers=keyed(retailer)).json()
    for shown in (quoted, kept, order):
        assert (shown["total"], shown["added_tax"]) == ("452.00", "52.00"), shown
        assert (shown["lines"][0]["unit_price"], shown["lines"][0]["added_tax"]) == ("113", on_top)
        assert [step["kind"] for step in shown["lines"][0]["steps"]] == ["list", "tax"]
    path, accepted = f"/api/v1/orders/{order['id']}", {"lines": [{"line_no": 1, "quantity": "3"}]}
    order = client.post(f"{path}/accept", json=accepted, headers=vendor.headers).json()
    assert (order["total"], order["added_tax"], order["lines"][0]["added_tax"]) == ("339.00", "39.00", on_top)
    assert client.post(f"{path}/cancel", json={}, headers=vendor.headers).is_success
    order = client.get(path, headers=vendor.headers).json()
    assert (order["total"], order["added_tax"]) == ("0.00", "0.00")
    sheet = client.get("/api/v1/offers/sheet", headers=vendor.headers).content.decode("utf-8-sig")
    heading, line = (row.split(",") for row in sheet.splitlines())
    assert dict(zip(heading, line, strict=True))["holds_tax"] == "no"
    seen = client.get(product, headers=retailer.headers).json()
    assert [offer["is_tax_inclusive"] for offer in seen["offers"]] == [False]


def test_a_profile_of_a_past_day_is_refused_with_the_day_as_it_was_sent(
    client: httpx.Client, person: Register
) -> None:
    stated = {"profile": "unregistered", "valid_from": "2020-01-01"}
    refused = client.put("/api/v1/tax/profile", json=stated, headers=person("vendor").headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "tax-profile-invalid")
    assert refused.json()["detail"].startswith("valid_from 2020-01-01 is not possible; ")
