"""What a wholesaler expects of orders beside placing and delivering, through HTTP."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from foundation.object_store import object_store
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person, on_hand=10)


def reprice(client: httpx.Client, market: Market, price: str) -> None:
    answer = client.post(
        f"/api/v1/products/{market.product_id}/offers",
        json={"unit": "packet", "unit_price": price},
        headers=market.vendor.headers,
    )
    assert answer.status_code == 201, answer.text


def test_a_kept_quote_is_placed_at_its_price_by_its_id(client: httpx.Client, market: Market):
    kept = client.post("/api/v1/quotes", json=market.wish("2"), headers=market.retailer.headers).json()
    reprice(client, market, "99")
    order = {"vendor_id": str(market.vendor.own), "quote_id": kept["id"]}
    placed = client.post("/api/v1/orders", json=order, headers=keyed(market.retailer))
    assert (placed.status_code, placed.json()["total"]) == (201, "21.00")
    read = client.get(f"/api/v1/quotes/{kept['id']}", headers=market.retailer.headers).json()
    assert read == {**kept, "order_id": placed.json()["id"]}
    again = client.post("/api/v1/orders", json=order, headers=keyed(market.retailer))
    assert (again.status_code, again.json()["code"]) == (409, "quote-over")


@pytest.mark.parametrize("changes", [{"lines": None}, {"quote_id": str(uuid4())}])
def test_an_order_is_of_lines_or_of_a_quote(client: httpx.Client, market: Market, changes: dict[str, Any]):
    wish = market.wish() | changes
    answer = client.post("/api/v1/orders", json=wish, headers=keyed(market.retailer))
    assert answer.status_code == 422


def test_an_order_that_was_called_off_is_placed_again_by_two_calls(client: httpx.Client, market: Market):
    first = market.place(client, "2")
    client.post(f"/api/v1/orders/{first['id']}/cancel", json={}, headers=market.retailer.headers)
    reprice(client, market, "11")
    again = client.post(f"/api/v1/orders/{first['id']}/requote", headers=market.retailer.headers)
    assert again.status_code == 201, again.text
    told = again.json()
    line = told["lines"][0]
    assert (line["changes"], line["unit_price_before"], line["unit_price"]) == (["price"], "10.5", "11")
    order = {"vendor_id": str(market.vendor.own), "quote_id": told["quote"]["id"]}
    placed = client.post("/api/v1/orders", json=order, headers=keyed(market.retailer))
    assert placed.json()["total"] == told["quote"]["total"] == "22.00"


def test_nobody_but_a_vendor_has_rules_and_a_refused_amount_is_told_in_rupees(
    client: httpx.Client, market: Market
):
    for stranger in (uuid4(), market.retailer.own):
        answer = client.get(f"/api/v1/order-rules/{stranger}", headers=market.retailer.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "business-not-found")
    both = {"cancel_fee": "50", "cancel_fee_percent": "5"}
    refused = client.put("/api/v1/order-rules", json=both, headers=market.vendor.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "order-rules-invalid")
    assert "cancel_fee is 50.00 beside 5 percent" in refused.json()["detail"]


def test_a_vendors_rules_hold_for_its_orders(client: httpx.Client, market: Market):
    url = f"/api/v1/order-rules/{market.vendor.own}"
    assert client.get(url, headers=market.retailer.headers).json() == {
        "acceptance_minutes": 10,
        "quote_minutes": 60,
        "minimum_order": "0.00",
        "cancel_notice_hours": None,
        "cancel_fee": "0.00",
        "cancel_fee_percent": "0",
        "cancel_fee_max": None,
        "cancel_credit": "0.00",
        "cancel_credit_percent": "0",
        "cancel_credit_max": None,
        "needs_proof": False,
        "release_days": None,
    }
    said = client.put("/api/v1/order-rules", json={"minimum_order": "30"}, headers=market.vendor.headers)
    assert said.status_code == 200
    assert client.get(url, headers=market.retailer.headers).json() == said.json()
    small = client.post("/api/v1/orders", json=market.wish("2"), headers=keyed(market.retailer))
    assert (small.status_code, small.json()["code"], small.json()["minimum_order"]) == (
        409,
        "order-too-small",
        "30.00",
    )


def bulk(client: httpx.Client, market: Market, key: str, *quantities: str) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/orders/bulk",
        json={"orders": [market.wish(quantity) for quantity in quantities]},
        headers=keyed(market.retailer, key),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_refused_order_keeps_no_other_from_being_placed(client: httpx.Client, market: Market):
    told = bulk(client, market, uuid4().hex, "4", "8", "5")
    assert (told["placed"], told["refused"]) == (2, 1)
    assert [outcome["code"] for outcome in told["outcomes"]] == [None, "out-of-stock", None]
    assert [outcome["n"] for outcome in told["outcomes"]] == [1, 2, 3]
    listed = client.get("/api/v1/orders", headers=market.retailer.headers).json()["items"]
    assert {row["number"] for row in listed} == {
        outcome["number"] for outcome in told["outcomes"] if outcome["code"] is None
    }


def test_a_bulk_sent_again_completes_the_rest(client: httpx.Client, market: Market):
    key = uuid4().hex
    first = bulk(client, market, key, "4", "8")
    receipt = {"lines": [{"product_id": str(market.product_id), "quantity": "2"}]}
    client.post("/api/v1/stock/receipts", json=receipt, headers=keyed(market.vendor))
    second = bulk(client, market, key, "4", "8")
    assert (second["placed"], second["refused"]) == (2, 0)
    assert second["outcomes"][0] == first["outcomes"][0]
    assert bulk(client, market, key, "4", "8") == second
    assert len(client.get("/api/v1/orders", headers=market.retailer.headers).json()["items"]) == 2


def test_another_order_at_the_same_place_of_a_bulk_is_refused(client: httpx.Client, market: Market):
    key = uuid4().hex
    bulk(client, market, key, "1", "1")
    told = bulk(client, market, key, "1", "2")
    assert [outcome["code"] for outcome in told["outcomes"]] == [None, "idempotency-key-reused"]


def test_a_key_of_a_bulk_leaves_room_for_the_number_of_an_order(client: httpx.Client, market: Market):
    assert bulk(client, market, "k" * 196, "1")["placed"] == 1
    wanted = {"json": {"orders": [market.wish()]}, "headers": keyed(market.retailer, "k" * 197)}
    answer = client.post("/api/v1/orders/bulk", **wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert "at most 196" in answer.json()["detail"]


def test_a_bulk_has_an_end(client: httpx.Client, market: Market):
    answer = client.post(
        "/api/v1/orders/bulk", json={"orders": [market.wish()] * 501}, headers=keyed(market.retailer)
    )
    assert answer.status_code == 422


# Baskets, and orders that a salesman takes ---------------------------------------------------


def test_a_basket_is_quoted_at_the_prices_of_the_day(client: httpx.Client, market: Market):
    basket = {**market.wish("2"), "name": "Monday"}
    made = client.post("/api/v1/order-templates", json=basket, headers=market.retailer.headers)
    assert made.status_code == 201, made.text
    again = client.post("/api/v1/order-templates", json=basket, headers=market.retailer.headers)
    assert again.json()["id"] == made.json()["id"]
    listed = client.get("/api/v1/order-templates", headers=market.retailer.headers).json()["items"]
    assert [(one["name"], one["lines"][0]["quantity"]) for one in listed] == [("Monday", "2")]
    reprice(client, market, "12")
    url = f"/api/v1/order-templates/{made.json()['id']}"
    quoted = client.post(f"{url}/quote", headers=market.retailer.headers).json()
    assert (quoted["quote"]["total"], quoted["lines"][0]["unit_price_before"]) == ("24.00", None)
    order = {"vendor_id": str(market.vendor.own), "quote_id": quoted["quote"]["id"]}
    assert client.post("/api/v1/orders", json=order, headers=keyed(market.retailer)).status_code == 201
    assert client.delete(url, headers=market.retailer.headers).status_code == 204
    assert client.post(f"{url}/quote", headers=market.retailer.headers).status_code == 404


def test_a_salesman_orders_for_a_customer_who_sees_it(client: httpx.Client, market: Market):
    salesman = replace(market.vendor, position="salesman")
    wish = {"retailer_id": str(market.retailer.own), "lines": market.wish("3")["lines"]}
    early = client.post("/api/v1/orders/on-behalf", json=wish, headers=keyed(salesman))
    assert (early.status_code, early.json()["code"]) == (409, "no-customer-yet")
    market.place(client, "1")
    placed = client.post("/api/v1/orders/on-behalf", json=wish, headers=keyed(salesman))
    assert placed.status_code == 201, placed.text
    seen = client.get(f"/api/v1/orders/{placed.json()['id']}", headers=market.retailer.headers).json()
    assert (seen["channel"], seen["total"], seen["credit_state"]) == ("salesman", "31.50", "held")


def test_nobody_is_sent_orders_by_a_vendor_that_gives_no_credit(
    client: httpx.Client, market: Market, person: Register
):
    wish = {"retailer_id": str(person("retailer").own), "lines": market.wish("3")["lines"]}
    answer = client.post("/api/v1/orders/on-behalf", json=wish, headers=keyed(market.vendor))
    assert (answer.status_code, answer.json()["code"]) == (404, "no-credit-agreement")


# In part, and by agreement -------------------------------------------------------------------


def test_a_vendor_accepts_in_part_and_fills_the_rest_later(client: httpx.Client, market: Market):
    order = market.place(client, "8")
    accepted = client.post(
        f"/api/v1/orders/{order['id']}/accept",
        json={"lines": [{"line_no": 1, "quantity": "5"}], "rest": "back_order"},
        headers=market.vendor.headers,
    )
    assert accepted.status_code == 200, accepted.text
    assert (accepted.json()["order_state"], accepted.json()["total"]) == ("accepted", "52.50")
    for side in (market.vendor, market.retailer):
        (waiting,) = client.get("/api/v1/back-orders", headers=side.headers).json()["items"]
        assert (waiting["again_of"], waiting["lines"][0]["quantity"]) == (order["id"], "3")
    url = f"/api/v1/back-orders/{waiting['id']}"
    filled = client.post(f"{url}/fill", headers=market.vendor.headers)
    assert filled.status_code == 201, filled.text
    assert (filled.json()["order_state"], filled.json()["total"]) == ("accepted", "31.50")
    over = client.delete(url, headers=market.retailer.headers)
    assert (over.status_code, over.json()["code"]) == (409, "quote-over")


def test_a_retailer_waits_no_longer(client: httpx.Client, market: Market):
    order = market.place(client, "8")
    client.post(
        f"/api/v1/orders/{order['id']}/accept",
        json={"lines": [{"line_no": 1, "quantity": "5"}], "rest": "back_order"},
        headers=market.vendor.headers,
    )
    (waiting,) = client.get("/api/v1/back-orders", headers=market.retailer.headers).json()["items"]
    url = f"/api/v1/back-orders/{waiting['id']}"
    assert client.delete(url, headers=market.retailer.headers).status_code == 204
    late = client.post(f"{url}/fill", headers=market.vendor.headers)
    assert (late.status_code, late.json()["code"]) == (409, "quote-over")


def test_a_change_is_proposed_by_one_side_and_confirmed_by_the_other(client: httpx.Client, market: Market):
    url = f"/api/v1/orders/{market.place(client, '8')['id']}/proposals"
    other = {"lines": [{"line_no": 1, "quantity": "6"}], "note": "the lorry is full"}
    proposed = client.post(url, json=other, headers=market.vendor.headers)
    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["change"] == "-21.00"
    confirm = f"{url}/{proposed.json()['id']}/confirm"
    own = client.post(confirm, headers=market.vendor.headers)
    assert (own.status_code, own.json()["code"]) == (403, "not-your-move")
    changed = client.post(confirm, headers=market.retailer.headers)
    assert (changed.status_code, changed.json()["total"]) == (200, "63.00")
    assert changed.json()["timeline"][-1]["note"] == "the lorry is full"
    (seen,) = client.get(url, headers=market.retailer.headers).json()
    assert seen["state"] == "confirmed"


def test_a_proposal_is_declined_and_the_order_stays(client: httpx.Client, market: Market):
    url = f"/api/v1/orders/{market.place(client, '8')['id']}/proposals"
    other = {"lines": [{"line_no": 1, "quantity": "9"}]}
    proposed = client.post(url, json=other, headers=market.retailer.headers).json()
    declined = client.post(f"{url}/{proposed['id']}/decline", headers=market.vendor.headers)
    assert (declined.status_code, declined.json()["total"]) == (200, "84.00")


# Claims --------------------------------------------------------------------------------------


def test_broken_goods_are_claimed_with_a_photo_and_given_back(client: httpx.Client, market: Market):
    order = market.place(client, "8")
    for status in ("accepted", "delivered"):
        client.patch(
            f"/api/v1/orders/{order['id']}/status", json={"status": status}, headers=market.vendor.headers
        )
    url = f"/api/v1/orders/{order['id']}/claims"
    photo = b"\x89PNG\r\n\x1a\n" + bytes(100)
    broken = {
        "kind": "broken",
        "lines": [{"line_no": 1, "quantity": "2"}],
        "photo": base64.b64encode(photo).decode(),
    }
    keys = keyed(market.retailer)
    claimed = client.post(url, json=broken, headers=keys)
    assert claimed.status_code == 201, claimed.text
    assert client.post(url, json=broken, headers=keys).json() == claimed.json()
    one = f"{url}/{claimed.json()['id']}"
    seen = client.get(f"{one}/photo", headers=market.vendor.headers)
    assert (seen.content, seen.headers["content-type"]) == (photo, "image/png")
    accepted = client.post(f"{one}/accept", json={}, headers=market.vendor.headers)
    assert accepted.json()["state"] == "accepted", accepted.text
    after = client.get(f"/api/v1/orders/{order['id']}", headers=market.retailer.headers).json()
    assert (after["returned"], after["deliveries"][-1]["id"]) == ("21.00", accepted.json()["credit_note_id"])
    assert client.get(url, headers=market.retailer.headers).json() == [accepted.json()]


def test_what_is_no_picture_is_refused(client: httpx.Client, market: Market):
    url = f"/api/v1/orders/{market.place(client, '8')['id']}/claims"
    lines = [{"line_no": 1, "quantity": "2"}]
    svg = {"kind": "broken", "lines": lines, "photo": base64.b64encode(b"<svg/>").decode()}
    answer = client.post(url, json=svg, headers=keyed(market.retailer))
    assert (answer.status_code, answer.json()["code"]) == (400, "photo-invalid")


def test_goods_are_exchanged_as_the_retailer_asked_and_the_vendor_agreed(
    client: httpx.Client, market: Market
):
    order = market.place(client, "4")
    for move in ("accepted", "delivered"):
        client.patch(
            f"/api/v1/orders/{order['id']}/status", json={"status": move}, headers=market.vendor.headers
        )
    url = f"/api/v1/orders/{order['id']}/exchanges"
    more = [{"product_id": str(market.product_id), "quantity": "2"}]
    wish = {"back": [{"line_no": 1, "quantity": "1"}], "others": more, "reason": "torn"}
    asked = client.post(url, json=wish, headers=keyed(market.retailer))
    assert (asked.status_code, asked.json()["state"], asked.json()["agreed"]) == (201, "open", "21.00")
    refused = client.post(f"{url}/{asked.json()['id']}/accept", json={}, headers=market.retailer.headers)
    assert refused.status_code == 403
    done = client.post(f"{url}/{asked.json()['id']}/accept", json={}, headers=market.vendor.headers)
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["state"], told["credited"], told["charged"]) == ("done", "10.50", "21.00")
    assert client.get(url, headers=market.retailer.headers).json() == [told]
    other = client.get(f"/api/v1/orders/{told['new_order_id']}", headers=market.retailer.headers).json()
    assert (other["order_state"], other["channel"]) == ("completed", "exchange")
    key = uuid4().hex
    at_the_door = {"back": wish["back"], "same": wish["back"], "reason": "torn"}
    first = client.post(url, json=at_the_door, headers=keyed(market.vendor, key))
    assert (first.status_code, first.json()["state"]) == (201, "done"), first.text
    assert client.post(url, json=at_the_door, headers=keyed(market.vendor, key)).json() == first.json()


def test_files_about_what_is_not_ones_own_are_not_kept(
    client: httpx.Client, market: Market, person: Register
):
    order, stranger = market.place(client, "4"), person("retailer")
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n of nothing").decode()
    claim = {"kind": "broken", "lines": [{"line_no": 1, "quantity": "1"}], "photo": picture}
    dispute = {
        "subject": "order",
        "subject_id": order["id"],
        "counterparty_id": str(market.vendor.own),
        "amount": "10.50",
        "reason": "not-delivered",
        "evidence": picture,
    }
    for path, wish, folder in (
        (f"/api/v1/orders/{order['id']}/claims", claim, "claims"),
        ("/api/v1/disputes", dispute, "disputes"),
    ):
        answer = client.post(path, json=wish, headers=keyed(stranger))
        assert answer.status_code == 404, answer.text
        assert object_store().list(f"{folder}/{stranger.own}") == []


def test_a_dispute_is_seen_answered_and_decided(client: httpx.Client, market: Market, person: Register):
    order, admin = market.place(client, "4"), person("admin")
    picture = b"\x89PNG\r\n\x1a\n of an empty lorry"
    wish = {
        "subject": "order",
        "subject_id": order["id"],
        "counterparty_id": str(market.vendor.own),
        "amount": "10.50",
        "reason": "not-delivered",
        "evidence": base64.b64encode(picture).decode(),
    }
    other = {**wish, "counterparty_id": str(person("vendor").own)}
    missed = client.post("/api/v1/disputes", json=other, headers=keyed(market.retailer))
    assert (missed.status_code, missed.json()["code"]) == (404, "dispute-not-found")
    opened = client.post("/api/v1/disputes", json=wish, headers=keyed(market.retailer))
    assert opened.status_code == 201, opened.text
    url = f"/api/v1/disputes/{opened.json()['id']}"
    assert client.get(f"{url}/evidence", headers=market.vendor.headers).content == picture
    for path, body, who in (
        ("answer", {"answer": "signed for"}, market.vendor),
        ("escalation", {}, market.retailer),
        ("decision", {"is_upheld": True, "note": "no signature"}, admin),
    ):
        answer = client.post(f"{url}/{path}", json=body, headers=who.headers)
        assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["outcome"], len(told["timeline"])) == ("settled", "upheld", 4)
    for who in (market.vendor, market.retailer):
        listed = client.get("/api/v1/disputes?state=settled", headers=who.headers).json()["items"]
        assert listed == [{name: value for name, value in told.items() if name != "timeline"}]
    assert client.get("/api/v1/disputes?state=open", headers=market.vendor.headers).json()["items"] == []


def test_who_cancels_late_pays_what_it_was_told_and_the_vendor_may_waive_it(
    client: httpx.Client, market: Market
):
    rules = {"cancel_fee_percent": "10", "cancel_fee_max": "500"}
    assert client.put("/api/v1/order-rules", json=rules, headers=market.vendor.headers).status_code == 200
    placed = client.post("/api/v1/orders", json=market.wish("2"), headers=keyed(market.retailer)).json()
    url = f"/api/v1/orders/{placed['id']}"

    def told() -> dict[str, Any]:
        return client.get(f"{url}/cancellation", headers=market.retailer.headers).json()

    assert told()["fee"] == "0.00"
    client.post(f"{url}/accept", json={}, headers=market.vendor.headers)
    assert told() == {
        "currency": placed["currency"],
        "fee": "2.10",
        "credit": "0.00",
        "free_until": None,
        "charged": "0.00",
        "is_waived": False,
        "credited": "0.00",
    }
    refused = client.post(f"{url}/cancel", json={"fee": "2.00"}, headers=market.retailer.headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["fee"]) == (
        409,
        "cancel-fee-higher",
        "2.10",
    )
    done = client.post(f"{url}/cancel", json={"fee": "2.10"}, headers=market.retailer.headers)
    assert (done.status_code, done.json()["order_state"]) == (200, "cancelled")
    assert (told()["fee"], told()["charged"]) == ("0.00", "2.10")
    waived = client.post(f"{url}/cancellation/waive", headers=market.vendor.headers)
    assert (waived.status_code, waived.json()["is_waived"]) == (200, True)
    again = client.post(f"{url}/cancellation/waive", headers=market.vendor.headers)
    assert (again.status_code, again.json()["code"]) == (404, "cancel-fee-not-found")


def test_a_vendor_that_cancels_late_gives_what_it_promised(client: httpx.Client, market: Market):
    salesman = replace(market.vendor, position="salesman")
    rules = {"cancel_credit_percent": "10", "cancel_credit_max": "500"}
    assert client.put("/api/v1/order-rules", json=rules, headers=market.vendor.headers).status_code == 200
    url = f"/api/v1/orders/{market.place(client, '2')['id']}"
    client.post(f"{url}/accept", json={}, headers=market.vendor.headers)
    told = client.get(f"{url}/cancellation", headers=market.retailer.headers).json()
    assert (told["fee"], told["credit"], told["credited"]) == ("0.00", "2.10", "0.00")
    refused = client.post(f"{url}/cancel", json={}, headers=salesman.headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["credit"]) == (
        409,
        "cancel-credit-higher",
        "2.10",
    )
    by_status = client.patch(f"{url}/status", json={"status": "cancelled"}, headers=salesman.headers)
    assert (by_status.status_code, by_status.json()["code"]) == (409, "cancel-credit-higher")
    refused = client.post(f"{url}/cancel", json={"credit": "2.10"}, headers=salesman.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "position-not-allowed")
    done = client.post(f"{url}/cancel", json={"credit": "2.10"}, headers=market.vendor.headers)
    assert (done.status_code, done.json()["order_state"]) == (200, "cancelled")
    told = client.get(f"{url}/cancellation", headers=market.retailer.headers).json()
    assert (told["credit"], told["credited"]) == ("0.00", "2.10")
