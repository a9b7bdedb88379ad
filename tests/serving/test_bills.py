"""Bills through HTTP: drafts, bills at once, cancelled and given back of, and the lists of both sides."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.serving.conftest import Person, Register
from tests.serving.market import keyed, open_market
from tests.serving.planting import made, read

pytestmark = pytest.mark.committing

CANDY = {"do": "add_new", "name": "Amla candy", "unit": "packet", "quantity": "2"}


def post(client: httpx.Client, path: str, who: Person, status: int, **payload: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1{path}", json=payload, headers=keyed(who))
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_draft_is_made_changed_undone_and_confirmed(client: httpx.Client, person: Register):
    shop = person("retailer")
    customer = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    draft = made(client, "/bill-drafts", shop, customer_id=customer, changes=[CANDY])
    assert (draft["bill"], draft["problem"]["code"]) == (None, "bill-unpriced")
    path = f"/bill-drafts/{draft['id']}"
    refused = post(client, f"{path}/confirmation", shop, 409)
    assert (refused["code"], refused["lines"]) == ("bill-unpriced", [1])
    price = {"do": "change", "line": 1, "unit_price": "12.50"}
    draft = post(client, f"{path}/changes", shop, 200, changes=[price, {"do": "terms", "discount": "5"}])
    assert (draft["bill"]["payable"], draft["lines"][0]["total"], draft["steps"]) == ("20.00", "20.00", 1)
    assert post(client, f"{path}/undo", shop, 200)["problem"]["code"] == "bill-unpriced"
    post(client, f"{path}/changes", shop, 200, changes=[price])
    tag = client.get(f"/api/v1{path}", headers=shop.headers).headers["ETag"]
    assert client.get(f"/api/v1{path}", headers={**shop.headers, "If-None-Match": tag}).status_code == 304
    stale = client.post(
        f"/api/v1{path}/confirmation", json={}, headers={**keyed(shop), "If-Match": tag.replace(".", "0.", 1)}
    )
    assert stale.status_code == 412, stale.text
    bill = post(client, f"{path}/confirmation", shop, 201, payments=[{"mode": "upi", "amount": "10"}])
    assert (bill["state"], bill["payable"], bill["open"]) == ("part_paid", "25.00", "15.00")
    assert bill["customer"]["balance"] == "15.00"
    assert bill["amount_in_words"] == "Rupees twenty-five only"
    again = post(client, f"{path}/changes", shop, 409, changes=[price])
    assert (again["code"], again["invoice_id"]) == ("bill-draft-closed", bill["id"])


def test_a_bill_sent_again_by_its_device_is_the_one_that_is_there(client: httpx.Client, person: Register):
    shop = person("retailer")
    assert client.put("/api/v1/tills/T1", json={"name": "Front"}, headers=shop.headers).is_success
    good = {**CANDY, "unit_price": "5"}
    sent = {"changes": [good], "till": "T1", "serial": 1, "client_id": str(uuid4())}
    bill = post(client, "/invoices", shop, 201, **sent)
    again = keyed(shop)
    for _ in range(2):
        answer = client.post("/api/v1/invoices", json=sent, headers=again)
        assert (answer.status_code, answer.json()["id"]) == (201, bill["id"])
    lone = post(client, "/invoices", shop, 400, changes=[good], serial=1)
    assert lone["code"] == "till-invalid"
    assert (bill["number"][:3], bill["state"], bill["tenders"][0]["amount"]) == ("T1/", "paid", "10.00")
    late = post(client, "/invoices", shop, 409, **{**sent, "serial": 9, "client_id": str(uuid4())})
    assert late["code"] == "bill-number-not-next"


def test_a_bill_is_cancelled_or_given_back_of_and_tells_it(client: httpx.Client, person: Register):
    shop = person("retailer")
    good = {**CANDY, "unit_price": "5"}
    first, second = (post(client, "/invoices", shop, 201, changes=[good]) for _ in range(2))
    gone = post(client, f"/invoices/{first['id']}/cancel", shop, 200, reason="typed wrong")
    assert (gone["state"], gone["cancelled_because"], gone["number"]) == (
        "cancelled",
        "typed wrong",
        first["number"],
    )
    back = {"lines": [{"line_no": 1, "quantity": "1"}], "reason": "broken", "mode": "cash"}
    note = post(client, f"/invoices/{second['id']}/credit-notes", shop, 201, **back)
    assert (note["kind"], note["payable"], note["original_id"]) == ("credit_note", "5.00", second["id"])
    assert note["lines"][0]["original_number"] == second["number"]
    assert (
        post(client, f"/invoices/{second['id']}/cancel", shop, 409, reason="x")["code"]
        == "bill-not-cancellable"
    )


def test_each_side_of_a_business_lists_what_it_wrote_and_what_it_got(client: httpx.Client, person: Register):
    market = open_market(person)
    order = market.place(client)
    for step in ("accept", "deliveries"):
        post(client, f"/orders/{order['id']}/{step}", market.vendor, 201 if step == "deliveries" else 200)
    bill = post(client, "/invoices", market.retailer, 201, changes=[{**CANDY, "unit_price": "5"}])
    [got] = read(client, market.retailer, "/invoices")
    assert read(client, market.retailer, "/invoices", side="bought") == [got]
    assert got["order_id"] == order["id"]
    assert [row["id"] for row in read(client, market.retailer, "/invoices", side="sold")] == [bill["id"]]
    assert client.get(f"/api/v1/invoices/{bill['id']}", headers=market.vendor.headers).status_code == 404


def test_what_is_said_in_a_wrong_form_is_named(client: httpx.Client, person: Register):
    shop = person("retailer")
    for said, field in (
        ({"do": "dance"}, "do"),
        ({"do": "add", "product_id": str(uuid4()), "unit": "packet", "quantity": "-1"}, "quantity"),
        (
            {"do": "add", "product_id": str(uuid4()), "unit": "packet", "quantity": 1.5, "unit_price": 1.5},
            "unit_price",
        ),
    ):
        refused = post(client, "/invoices", shop, 422, changes=[said])
        assert field in refused["detail"], refused
