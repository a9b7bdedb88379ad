"""Every list of the document is paged and says its order, so that a new one cannot forget to."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from serving.app import create_app
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed, open_market

BOUNDED: Final = {
    "/api/v1/auth/keys": "the keys in force: two, while one follows the other",
    "/api/v1/changes": "the feed: its mark `after` is kept for days, and has no last page",
    "/api/v1/customers/search": "who may be meant, fifty at most, the likeliest first",
    "/api/v1/ledger/{customer_id}/statement": "a paper of a period",
    "/api/v1/credit/cash-flow": "26 weeks at most, with the delays of one business's payers that they were reckoned by",
    "/api/v1/credit/items/{item_id}/days-past-due": "the days on which one debt changed",
    "/api/v1/credit/score": "the parts of one score",
    "/api/v1/credit/statements/{counterparty_id}": "a paper of a period, whole like its files",
    "/api/v1/deliveries/{delivery_id}/proofs": "who received one delivery, once more where it was told wrong",
    "/api/v1/delivery-slots/days": "the slots of one vendor on the days asked for, 31 at most",
    "/api/v1/delivery-slots/open": "the slots of one vendor in one zone on the days asked for, 31 at most",
    "/api/v1/expenses/heads": "the heads of all shops and a hundred of its own at most",
    "/api/v1/executive/summary": "one page of figures",
    "/api/v1/financial-export/credit-summary": "a paper of a day, whole like its files",
    "/api/v1/invoices/{invoice_id}/copies": "how often one paper was printed",
    "/api/v1/message-templates": "what shops say: a fixed file",
    "/api/v1/orders/{order_id}/claims": "what was wrong with one order's goods",
    "/api/v1/orders/{order_id}/exchanges": "what was exchanged of one order's goods",
    "/api/v1/orders/{order_id}/proposals": "the terms offered for one order in turn",
    "/api/v1/price-intelligence/best-price": "the offers of one product that count",
    "/api/v1/price-intelligence/history": "a product's days, as many as the request may ask",
    "/api/v1/risk-control/figures": "the figures that rules may name: a fixed vocabulary",
    "/api/v1/risk-control/score": "one retailer's score and its alerts that are not closed",
    "/api/v1/tills": "the devices of one shop",
    "/api/v1/summary/daily": "one page of figures",
    "/api/v1/tax/sales-register/summary": "a period by HSN and rate, and its series of documents",
    "/api/v1/tax/profile": "the profiles of one business, one after the other",
}
"""Lists without pages, each with what bounds it."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


def test_every_list_has_pages_or_a_reason_to_have_none(document: dict[str, Any]):
    bare = {path for path, get in _lists(document) if not _is_paged(get, document)}
    assert bare == BOUNDED.keys()


def test_an_order_that_may_be_asked_for_is_one_of_a_named_few(document: dict[str, Any]):
    for path, get in _lists(document):
        for sort in (one for one in get.get("parameters", []) if one["name"] == "sort"):
            orders = sort["schema"]["enum"]
            assert _is_paged(get, document), path
            assert sort["schema"]["default"] == orders[0], path
            assert all(f"`{order}`" in sort["description"] for order in orders), path


def test_every_list_with_pages_can_be_sorted(document: dict[str, Any]):
    for path, get in _lists(document):
        assert not _is_paged(get, document) or any(one["name"] == "sort" for one in get["parameters"]), path


@pytest.mark.committing
def test_pages_of_one_row_hold_in_each_order_what_one_page_holds(client: httpx.Client, person: Register):
    market = open_market(person)
    for _ in range(3):
        order = market.place(client)
        for step in ("accept", "deliveries"):
            path = f"/api/v1/orders/{order['id']}/{step}"
            assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    for _ in range(2):
        limit = {"limit": "100.00", "reason": "new here", "net_days": 15}
        path = f"/api/v1/credit/limits/{person('retailer').own}"
        assert client.put(path, json=limit, headers=keyed(market.vendor)).is_success
    kind = uuid4().hex[:8]
    for name in ("Beans", "atta", "Ångström"):
        made = {"sku": f"S-{name[-1]}", "name": name, "category": kind, "base_unit": "kg"}
        assert client.post("/api/v1/products", json=made, headers=market.vendor.headers).is_success
    for vendor_id in (None, str(market.vendor.own), str(person("vendor").own)):
        path, whom = "/api/v1/credit/consents", {"vendor_id": vendor_id}
        assert client.post(path, json=whom, headers=keyed(market.retailer)).is_success
    for name in ("a till", "a phone", "a van"):
        made = {"name": name, "scopes": ["orders:read"]}
        assert client.post("/api/v1/api-keys", json=made, headers=keyed(market.vendor)).is_success

    for who, path, expected, sorts in (
        (market.vendor, "/orders", 3, ("newest", "oldest", "promised")),
        (market.retailer, "/orders", 3, ("promised",)),
        (market.vendor, "/credit/limits", 3, ("counterparty", "owed")),
        (market.retailer, "/credit/limits", 1, ("counterparty", "owed")),
        (market.vendor, f"/credit/items/{market.retailer.own}", 3, ("due", "newest")),
        (market.vendor, "/credit/ageing", 1, ("customer", "owed")),
        (market.retailer, "/credit/consents", 3, (None,)),
        (market.vendor, "/api-keys", 3, (None,)),
        (market.vendor, "/members", 1, (None,)),
    ):
        for sort in sorts:
            asked = {} if sort is None else {"sort": sort}
            whole = _read(client, who, path, **asked)["items"]
            assert len(whole) == expected, (path, sort)
            assert _walked(client, who, path, **asked) == whole, (path, sort)

    items = f"/credit/items/{market.retailer.own}"
    first = _read(client, market.vendor, items, limit=1)
    assert (first["debts"], first["advances"]) == ("63.00", "0.00")
    assert (
        _walked(client, market.vendor, "/orders")
        == _walked(client, market.vendor, "/orders", sort="oldest")[::-1]
    )
    promised = [one["promised_on"] for one in _walked(client, market.vendor, "/orders", sort="promised")]
    assert promised == sorted(promised)
    by_code = _read(client, market.vendor, "/products", category=kind)["items"]
    assert _walked(client, market.vendor, "/products", category=kind) == by_code
    goods = _walked(client, market.vendor, "/products", category=kind, sort="name")
    assert [one["name"] for one in goods] == ["Beans", "atta", "Ångström"]
    owed = [one["owed"] for one in _walked(client, market.vendor, "/credit/limits", sort="owed")]
    assert owed == ["63.00", "0.00", "0.00"]
    for path, other in (("/orders", "oldest"), (items, "newest")):
        cursor = _read(client, market.vendor, path, limit=1)["next_cursor"]
        answer = client.get(
            f"/api/v1{path}", params={"cursor": cursor, "sort": other}, headers=market.vendor.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")
    answer = client.get("/api/v1/orders", params={"sort": "total"}, headers=market.vendor.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def _read(client: httpx.Client, who: Person, path: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1{path}", params=asked, headers=who.headers)
    assert answer.is_success, answer.text
    return answer.json()


def _walked(client: httpx.Client, who: Person, path: str, **asked: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = _read(client, who, path, limit=1, **asked, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def _lists(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    gets = [
        (path, operations["get"]) for path, operations in document["paths"].items() if "get" in operations
    ]
    return [(path, get) for path, get in gets if path.startswith("/api/") and _is_list(path, get, document)]


def _is_list(path: str, get: dict[str, Any], document: dict[str, Any]) -> bool:
    """A list answers an array, or things under some name; a route to one thing may hold parts of it."""
    answer = _answer(get, document)
    things = {
        name
        for name, held in answer.get("properties", {}).items()
        if held.get("type") == "array" and ("$ref" in held["items"] or held["items"].get("type") == "object")
    }
    is_of_one_thing = path.endswith("}") and not things & {"items", "entries"}
    return answer.get("type") == "array" or (bool(things) and not is_of_one_thing)


def _is_paged(get: dict[str, Any], document: dict[str, Any]) -> bool:
    asked = {one["name"] for one in get.get("parameters", [])}
    return {"limit", "cursor"} <= asked and "next_cursor" in _answer(get, document).get("properties", {})


def _answer(get: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    content = get["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


@pytest.mark.committing
def test_a_list_goes_on_after_the_longest_name_in_any_script(client: httpx.Client, person: Register):
    vendor, kind = person("vendor"), uuid4().hex[:8]
    names = [last * 200 for last in ('"', "क", "🌾")]
    for number, name in enumerate(names):
        made = {"sku": f"L-{number}", "name": name, "category": kind, "base_unit": "kg"}
        assert client.post("/api/v1/products", json=made, headers=vendor.headers).is_success
    asked: dict[str, Any] = {"category": kind, "sort": "name", "limit": 1}
    found = []
    while True:
        page = client.get("/api/v1/products", params=asked, headers=vendor.headers)
        assert page.status_code == 200, page.text
        found += [row["name"] for row in page.json()["items"]]
        if page.json()["next_cursor"] is None:
            break
        asked["cursor"] = page.json()["next_cursor"]
    assert found == names
