"""Orders and payments through HTTP: request keys, lists, bad input, and parallel callers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from foundation import database
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


def deliver_all(client: httpx.Client, market: Market, order_id: str) -> dict:
    for status in ("accepted", "delivered"):
        answer = client.patch(
            f"/api/v1/orders/{order_id}/status", json={"status": status}, headers=market.vendor.headers
        )
        assert answer.status_code == 200, answer.text
    return answer.json()


def decisions(market: Market) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(
            text("SELECT outcome, reason_code FROM app.decisions WHERE retailer_id = :id AND kind = 'order'"),
            {"id": market.retailer.own},
        )
        return [(row.outcome, row.reason_code) for row in rows]


def test_the_same_key_and_body_gets_the_first_answer_and_another_body_is_refused(client, market: Market):
    key = uuid4().hex
    first = market.place(client, "2", key)
    assert market.place(client, "2", key)["id"] == first["id"]
    other = client.post("/api/v1/orders", json=market.wish("3"), headers=keyed(market.retailer, key))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    listed = client.get("/api/v1/orders", headers=market.retailer.headers).json()["items"]
    assert [row["id"] for row in listed] == [first["id"]]


def test_a_key_belongs_to_one_person(client, market: Market, person: Register):
    key = uuid4().hex
    first = market.place(client, "2", key)
    other = person("retailer")
    headers = keyed(other, key)
    answer = client.post("/api/v1/orders", json=market.wish("2", settlement="cash"), headers=headers)
    assert answer.status_code == 201
    assert answer.json()["id"] != first["id"]


def test_one_key_cannot_stand_for_two_orders_deliveries(client, market: Market):
    orders = [market.place(client, "1")["id"] for _ in range(2)]
    for order in orders:
        client.post(f"/api/v1/orders/{order}/accept", json={}, headers=market.vendor.headers)
    headers = keyed(market.vendor)
    assert client.post(f"/api/v1/orders/{orders[0]}/deliveries", json={}, headers=headers).status_code == 201
    second = client.post(f"/api/v1/orders/{orders[1]}/deliveries", json={}, headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-reused")


@pytest.mark.parametrize("key", [None, "", "x" * 201])
def test_a_missing_or_unusable_key_is_told(client, market: Market, key: str | None):
    headers = market.retailer.headers | ({} if key is None else {"Idempotency-Key": key})
    answer = client.post("/api/v1/orders", json=market.wish(), headers=headers)
    code = "idempotency-key-missing" if key is None else "malformed"
    assert (answer.status_code, answer.json()["code"]) == (400 if key is None else 422, code)
    assert "Idempotency-Key" in answer.json()["detail"]


def test_a_payment_sent_twice_is_taken_once(client, market: Market):
    deliver_all(client, market, market.place(client, "10")["id"])
    payment = {"retailer_id": str(market.retailer.own), "amount": "60.00", "mode": "cash"}
    headers = keyed(market.vendor)
    answers = [client.post("/api/v1/credit/payment", json=payment, headers=headers).json() for _ in range(3)]
    assert len({answer["id"] for answer in answers}) == 1
    assert answers[-1]["limit"]["owed"] == "45.00"


@pytest.mark.parametrize(
    ("amount", "status"),
    [
        ("0", 422),
        ("-1", 422),
        ("0.001", 422),
        ("1e400", 422),
        ("NaN", 422),
        (12.5, 422),
        (True, 422),
        ("0.01", 201),
    ],
)
def test_amounts_are_strings_of_whole_paisa_above_zero(client, market: Market, amount, status: int):
    client.post("/api/v1/orders", json=market.wish(), headers=keyed(market.retailer)).raise_for_status()
    payment = {"retailer_id": str(market.retailer.own), "amount": amount, "mode": "cash"}
    answer = client.post("/api/v1/credit/payment", json=payment, headers=keyed(market.vendor))
    assert answer.status_code == status, answer.text


def test_what_cannot_be_ordered_is_told_with_its_value_and_changes_nothing(client, market: Market):
    product = str(market.product_id)
    wishes = {
        "product-unavailable": market.wish() | {"lines": [{"product_id": str(uuid4()), "quantity": "1"}]},
        "unit-not-sold": market.wish()
        | {"lines": [{"product_id": product, "quantity": "1", "unit": "bori"}]},
        "quantity-invalid": market.wish("0.5"),
        "order-invalid": market.wish() | {"lines": [{"product_id": product, "quantity": "1"}] * 2},
        "out-of-stock": market.wish("1001", settlement="cash"),
        "credit-limit-exceeded": market.wish("953"),
        "party-not-found": market.wish() | {"vendor_id": str(uuid4())},
    }
    client.put(
        f"/api/v1/credit/limits/{market.retailer.own}",
        json={"limit": "10000.00", "reason": "test"},
        headers=market.vendor.headers,
    )
    for code, wish in wishes.items():
        answer = client.post("/api/v1/orders", json=wish, headers=keyed(market.retailer))
        assert answer.json()["code"] == code, answer.text
    over = client.post("/api/v1/orders", json=wishes["credit-limit-exceeded"], headers=keyed(market.retailer))
    assert over.json()["limit"] == "10000.00"
    assert client.get("/api/v1/orders", headers=market.retailer.headers).json()["items"] == []
    limits = client.get("/api/v1/credit/limits", headers=market.retailer.headers).json()["items"]
    assert (limits[0]["held"], limits[0]["owed"]) == ("0.00", "0.00")
    # Every refusal between two parties is kept; who is nobody can be no party to a decision.
    assert set(decisions(market)) == {("refused", code) for code in wishes.keys() - {"party-not-found"}}


def test_a_stale_version_is_refused(client, market: Market):
    order = market.place(client)
    path = f"/api/v1/orders/{order['id']}"
    stale = client.post(
        f"{path}/accept", json={"version": order["version"] + 1}, headers=market.vendor.headers
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "version-mismatch")
    fresh = client.post(f"{path}/accept", json={"version": order["version"]}, headers=market.vendor.headers)
    assert fresh.json()["version"] == order["version"] + 1


@pytest.mark.parametrize("status", ["accepted", "declined", "cancelled", "delivered", "completed"])
def test_every_transition_honours_the_version(client, market: Market, status: str):
    order = market.place(client, "2")
    path, headers = f"/api/v1/orders/{order['id']}", market.vendor.headers
    if status in ("delivered", "completed"):
        client.post(f"{path}/accept", json={}, headers=headers)
    if status == "completed":
        part = {"lines": [{"line_no": 1, "quantity": "1"}]}
        client.post(f"{path}/deliveries", json=part, headers=keyed(market.vendor))
    current = client.get(path, headers=headers).json()["version"]

    def change(version: int) -> httpx.Response:
        return client.patch(f"{path}/status", json={"status": status, "version": version}, headers=headers)

    stale = change(current + 1)
    assert (stale.status_code, stale.json()["code"]) == (409, "version-mismatch")
    assert stale.json()["version"] == current
    assert client.get(path, headers=headers).json()["version"] == current
    assert change(current).status_code == 200


def test_a_list_is_complete_and_stable_while_orders_come_in(client, market: Market):
    before = [market.place(client, "1")["id"] for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = client.get(
            "/api/v1/orders",
            params={"limit": 2} | ({"cursor": cursor} if cursor else {}),
            headers=market.vendor.headers,
        ).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        market.place(client, "1")  # newer than the first page: it must neither appear nor shift a row
    assert seen == before[::-1]


def test_lists_are_filtered(client, market: Market, person: Register):
    order = market.place(client)
    market.place(client)
    client.post(f"/api/v1/orders/{order['id']}/accept", json={}, headers=market.vendor.headers)

    def found(**filters: str) -> list[str]:
        answer = client.get("/api/v1/orders", params=filters, headers=market.vendor.headers)
        return [row["id"] for row in answer.json()["items"]]

    day = order["placed_at"][:10]
    assert found(state="accepted") == [order["id"]]
    assert found(number=order["number"]) == [order["id"]]
    assert len(found(counterparty_id=str(market.retailer.own), placed_from=day)) == 2
    assert found(counterparty_id=str(market.vendor.own)) == []
    assert found(placed_from="2099-01-01") == []
    for wrong in (
        {"state": "lost"},
        {"placed_from": "9999-12-31"},
        {"number": "'; --"},
        {"counterparty_id": "x"},
    ):
        answer = client.get("/api/v1/orders", params=wrong, headers=market.vendor.headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), wrong


def test_parallel_callers_never_pass_the_limit_nor_the_shelf(client, person: Register):
    market = open_market(person, limit_paisa=10_50 * 5, on_hand=4)

    def try_one(_: int) -> str:
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            answer = own.post("/api/v1/orders", json=market.wish("1"), headers=keyed(market.retailer))
        return str(answer.status_code) if answer.status_code == 201 else answer.json()["code"]

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(try_one, range(16)))
    assert answers.count("201") == 4
    assert set(answers) <= {"201", "out-of-stock", "credit-limit-exceeded", "busy"}
    limits = client.get("/api/v1/credit/limits", headers=market.vendor.headers).json()["items"][0]
    assert (limits["held"], limits["available"]) == ("42.00", "10.50")


def test_parallel_twins_of_one_request_make_one_order(client, market: Market):
    key = uuid4().hex

    def send(_: int) -> tuple[int, str]:
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            answer = own.post("/api/v1/orders", json=market.wish(), headers=keyed(market.retailer, key))
        return answer.status_code, answer.json().get("id") or answer.json()["code"]

    with ThreadPoolExecutor(6) as callers:
        answers = set(callers.map(send, range(6)))
    placed = {identity for status, identity in answers if status == 201}
    assert len(placed) == 1
    assert answers <= {(201, placed.copy().pop()), (409, "in-progress")}


def test_names_with_quotes_tags_and_emoji_come_back_as_they_were(client, person: Register):
    vendor = person("vendor")
    name = "Robert'); DROP TABLE orders;-- <script>alert(1)</script> 🧂 नुन"
    sku = uuid4().hex
    product = {"sku": sku, "name": name, "category": "a'b", "base_unit": "packet"}
    assert client.post("/api/v1/products", json=product, headers=vendor.headers).status_code == 201
    for asked in ("Robert DROP TABLE orders;--", "नुन script alert", sku):
        found = client.get("/api/v1/products", params={"q": asked}, headers=vendor.headers)
        assert found.json()["items"][0]["name"] == name
    for pattern in ("%", "_", "\\", "🧂"):
        wild = client.get("/api/v1/products", params={"q": pattern}, headers=vendor.headers)
        assert wild.json()["items"] == []


def test_a_product_code_is_taken_once(client, person: Register):
    vendor = person("vendor")
    product = {"sku": uuid4().hex, "name": "Rice", "category": "staples", "base_unit": "kg"}
    assert client.post("/api/v1/products", json=product, headers=vendor.headers).status_code == 201
    again = client.post("/api/v1/products", json=product, headers=vendor.headers)
    assert (again.status_code, again.json()["code"]) == (409, "product-exists")
    unknown = client.post(
        "/api/v1/products", json={**product, "base_unit": "sackful"}, headers=vendor.headers
    )
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unit-unknown")


def test_goods_that_nobody_knows_are_not_received(client, person: Register):
    answer = client.post(
        "/api/v1/stock/receipts",
        json={"lines": [{"product_id": str(uuid4()), "quantity": "1"}]},
        headers=keyed(person("vendor")),
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "product-not-found")


def test_a_vendor_cannot_give_itself_credit(client, person: Register):
    vendor = person("vendor")
    answer = client.put(
        f"/api/v1/credit/limits/{vendor.own}",
        json={"limit": "1", "reason": "me", "net_days": 1},
        headers=vendor.headers,
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "no-credit-agreement")


def test_ageing_is_told_for_any_past_day_as_it_was_known(client, market: Market):
    deliver_all(client, market, market.place(client, "10")["id"])
    path = f"/api/v1/credit/ageing/{market.retailer.own}"
    now = client.get(path, headers=market.vendor.headers).json()
    assert (now["total"], now["not_due"]) == ("105.00", "105.00")
    later = client.get(path, params={"as_of": "2099-01-01"}, headers=market.vendor.headers).json()
    assert later["over_90_days"] == "105.00"
    assert later["days_past_due"] > 365
    before = client.get(path, params={"known_on": "2020-01-01"}, headers=market.vendor.headers).json()
    assert before["total"] == "0.00"


def test_what_an_order_set_off_carries_the_requests_correlation_id(client, market: Market):
    headers = {**keyed(market.retailer), "X-Correlation-ID": f"request-{uuid4().hex}"}
    order = client.post("/api/v1/orders", json=market.wish(), headers=headers).json()
    with database.read() as session:
        rows = session.execute(
            text(
                "SELECT type, correlation_id, actor_id FROM app.domain_events WHERE payload->>'order_id' = :id"
            ),
            {"id": order["id"]},
        ).all()
    assert [(row.correlation_id, row.actor_id) for row in rows] == [
        (headers["X-Correlation-ID"], market.retailer.user_id)
    ]


def free_credit(client: httpx.Client, market: Market) -> str:
    return client.get("/api/v1/credit/limits", headers=market.retailer.headers).json()["items"][0][
        "available"
    ]


@pytest.mark.parametrize(
    ("who", "move", "state"),
    [
        ("vendor", "decline", "declined"),
        ("vendor", "cancel", "cancelled"),
        ("retailer", "cancel", "cancelled"),
    ],
)
def test_an_order_called_off_frees_its_credit_and_says_why(client, market: Market, who, move, state):
    before = free_credit(client, market)
    order = market.place(client)
    assert free_credit(client, market) != before
    caller = market.vendor if who == "vendor" else market.retailer
    path = f"/api/v1/orders/{order['id']}"
    closed = client.post(f"{path}/{move}", json={"reason": "no truck today"}, headers=caller.headers).json()
    assert (closed["order_state"], closed["credit_state"], closed["total"]) == (state, "released", "0.00")
    assert closed["timeline"][-1]["note"] == "no truck today"
    assert free_credit(client, market) == before
    again = client.post(f"{path}/{move}", json={}, headers=caller.headers)
    assert (again.status_code, again.json()["code"]) == (409, "move-not-allowed")


def test_the_rest_of_an_order_is_closed_short(client, market: Market):
    order = market.place(client, "5")
    path = f"/api/v1/orders/{order['id']}"
    client.post(f"{path}/accept", json={}, headers=market.vendor.headers)
    part = {"lines": [{"line_no": 1, "quantity": "2"}]}
    client.post(f"{path}/deliveries", json=part, headers=keyed(market.vendor))
    closed = client.post(
        f"{path}/close-short", json={"reason": "no more salt"}, headers=market.vendor.headers
    ).json()
    assert (closed["order_state"], closed["total"], closed["delivered"]) == ("completed", "21.00", "21.00")
    assert closed["lines"][0]["cancelled_quantity"] == "3"
    assert free_credit(client, market) == "99979.00"


def test_more_than_was_ordered_or_delivered_is_refused(client, market: Market):
    order = market.place(client, "5")
    path = f"/api/v1/orders/{order['id']}"
    early = client.post(f"{path}/deliveries", json={}, headers=keyed(market.vendor))
    assert early.json()["code"] == "move-not-allowed"
    client.post(f"{path}/accept", json={}, headers=market.vendor.headers)

    def hand_over(
        quantity: str, kind: str = "deliveries", line_no: int = 1, **more: str
    ) -> tuple[int, str | None]:
        body = {"lines": [{"line_no": line_no, "quantity": quantity}], **more}
        answer = client.post(f"{path}/{kind}", json=body, headers=keyed(market.vendor))
        return answer.status_code, answer.json().get("code")

    assert hand_over("6") == (409, "quantity-exceeded")
    assert hand_over("1", line_no=9)[0] in (400, 404, 409)
    assert hand_over("4") == (201, None)
    assert hand_over("2") == (409, "quantity-exceeded")
    assert hand_over("5", "returns", reason="spoiled") == (409, "quantity-exceeded")
    assert hand_over("4", "returns", reason="spoiled") == (201, None)


def test_a_cash_order_owes_nothing(client, market: Market):
    before = free_credit(client, market)
    wish = market.wish("3", settlement="cash")
    order = client.post("/api/v1/orders", json=wish, headers=keyed(market.retailer)).json()
    assert order["credit_state"] == "none"
    delivered = deliver_all(client, market, order["id"])
    assert (delivered["delivered"], delivered["payment_state"]) == ("31.50", "none")
    assert free_credit(client, market) == before


def test_a_short_shelf_fills_an_order_in_part_when_that_is_wanted(client, person: Register):
    market = open_market(person, on_hand=3)
    wish = market.wish("5", allow_partial=True)
    order = client.post("/api/v1/orders", json=wish, headers=keyed(market.retailer)).json()
    line = order["lines"][0]
    assert (line["asked_quantity"], line["ordered_quantity"], order["total"]) == ("5", "3", "31.50")
    assert decisions(market) == [("granted", "in-part")]
