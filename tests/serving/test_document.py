"""The OpenAPI document is complete and true, and tells of every path that clients expect."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commerce.identity.permissions import BUSINESS_ROLES, PERMISSIONS, POSITIONS
from serving import problems
from serving.app import create_app
from serving.examples import JSON, operations
from tests.serving.test_tenancy import CASES, PUBLIC

DOCS = Path(__file__).parents[2] / "docs"
with (DOCS / "api-seeds.tsv").open(encoding="utf-8", newline="") as file:
    SEEDS = list(csv.DictReader(file, delimiter="\t"))

document = create_app().openapi()
OPERATIONS = {f"{method.upper()} {path}": operation for method, path, operation in operations(document)}


def unnamed(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", route)


def route_of(seed: dict[str, str]) -> str:
    return f"{seed['method']} {seed['path']}"


def test_the_page_tells_every_order_of_every_list():
    table = (DOCS / "api.md").read_text().partition("| list | `sort`")[2].partition("\n\n")[0]
    told = [re.findall(r"`(\w+)`", row.split(";")[0]) for row in table.splitlines()[2:]]
    sorts = [
        parameter["schema"]["enum"]
        for operation in OPERATIONS.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "sort"
    ]
    assert sorted(told) == sorted(sorts)


def test_what_exists_and_what_comes_later_is_as_the_seeds_say():
    told = {unnamed(route_of(seed)) for seed in SEEDS if seed["status"] == "exists"}
    later = {unnamed(route_of(seed)) for seed in SEEDS if seed["status"] == "later"}
    served = {unnamed(route) for route in OPERATIONS}
    assert len(SEEDS) == len(told) + len(later)
    assert served == told
    assert not later & served


def test_the_roles_of_the_seeds_are_those_that_are_let_in():
    told = {unnamed(route_of(seed)): seed["roles"] for seed in SEEDS if seed["status"] == "exists"}
    held = {unnamed(case.route): ",".join(sorted(case.roles)) for case in CASES}
    assert told == held | dict.fromkeys(map(unnamed, PUBLIC), "public")


def test_every_route_stands_in_the_page_for_people():
    page = (DOCS / "api.md").read_text()
    missing = [route for route in OPERATIONS if f"`{route}`" not in page]
    assert not missing


def test_the_page_draws_the_table_of_who_may_do_what():
    drawn = [
        f"| `{name}` | {' | '.join('yes' if one in held.positions else '' for one in POSITIONS)} |"
        for name, held in PERMISSIONS.items()
        if set(held.roles) & set(BUSINESS_ROLES)
    ]
    assert "\n".join(drawn) in (DOCS / "api.md").read_text()


def test_each_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", OPERATIONS)
def test_a_route_is_described_with_examples_that_fit_its_schema(route: str):
    operation = OPERATIONS[route]
    assert operation["description"]
    good = {status: body for status, body in operation["responses"].items() if status.startswith("2")}
    assert good
    for body in [operation.get("requestBody", {}), *good.values()]:
        for media_type, content in body.get("content", {}).items():
            assert "example" in content, (route, media_type)
            if media_type == JSON:
                assert_fits(content["example"], content["schema"])
    for parameter in operation.get("parameters", []):
        if parameter["required"]:
            assert_fits(parameter["example"], parameter["schema"])


@pytest.mark.parametrize("route", OPERATIONS)
def test_the_failures_of_a_route_are_described_by_code(route: str):
    responses = OPERATIONS[route]["responses"]
    bad = {status: body for status, body in responses.items() if status[0] in "45"}
    assert {"422", "500", "503"} <= bad.keys()
    if route not in PUBLIC:
        assert "401" in bad
        assert OPERATIONS[route]["security"] == [{"HTTPBearer": []}]
    for status, body in bad.items():
        if route == "GET /health" and status == "503":
            continue
        examples = body["content"][problems.MEDIA_TYPE]["examples"]
        assert examples, (route, status)
        for code, example in examples.items():
            assert example["value"]["code"] == code
            assert str(example["value"]["status"]) == status
            assert_fits(example["value"], {"$ref": "#/components/schemas/Problem"})


def test_what_moves_money_or_goods_wants_a_request_key():
    keyed = {
        route
        for route, operation in OPERATIONS.items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == problems.IDEMPOTENCY_HEADER and parameter["required"]
    }
    assert keyed == {
        "POST /api/v1/stock/receipts",
        "POST /api/v1/stock/adjustments",
        "POST /api/v1/stock-ins",
        "POST /api/v1/stock-ins/{stock_in_id}/reversal",
        "POST /api/v1/suppliers/{supplier_id}/payments",
        "POST /api/v1/suppliers/{supplier_id}/payments/{paid_id}/reversal",
        "POST /api/v1/expenses",
        "POST /api/v1/ledger/transactions/{transaction_id}/reversal",
        "POST /api/v1/expenses/heads",
        "POST /api/v1/expenses/{expense_id}/reversal",
        "POST /api/v1/orders",
        "POST /api/v1/orders/bulk",
        "POST /api/v1/orders/on-behalf",
        "POST /api/v1/orders/{order_id}/deliveries",
        "POST /api/v1/orders/{order_id}/returns",
        "POST /api/v1/orders/{order_id}/claims",
        "POST /api/v1/orders/{order_id}/exchanges",
        "POST /api/v1/deliveries/{delivery_id}/proofs",
        "POST /api/v1/disputes",
        "POST /api/v1/customers",
        "POST /api/v1/bill-drafts",
        "POST /api/v1/bill-drafts/{draft_id}/confirmation",
        "POST /api/v1/invoices",
        "POST /api/v1/invoices/{invoice_id}/cancel",
        "POST /api/v1/invoices/{invoice_id}/credit-notes",
        "POST /api/v1/ledger/payment",
        "POST /api/v1/ledger/credit",
        "POST /api/v1/ledger/entries/{entry_id}/reversal",
        "POST /api/v1/reminders",
        "POST /api/v1/messages",
        "POST /api/v1/messages/{message_id}/resend",
        "POST /api/v1/credit/cheques",
        "POST /api/v1/credit/cheques/{cheque_id}/{move}",
        "POST /api/v1/credit/promises",
        "POST /api/v1/credit/visits",
        "POST /api/v1/credit/claims",
        "POST /api/v1/credit/approvals/{order_id}/approval",
        "POST /api/v1/credit/bank-lines/{line_id}/acceptance",
        "POST /api/v1/credit/claims/{claim_id}/acceptance",
        "POST /api/v1/credit/write-offs",
        "POST /api/v1/credit/write-offs/{write_off_id}/approval",
        "POST /api/v1/credit/payment",
        "POST /api/v1/credit/payment/{payment_id}/reversal",
    }


def assert_fits(value: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)
