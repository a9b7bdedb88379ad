"""Every operation of the OpenAPI document under made-up requests: no fault of ours, no status or shape untold.

Half of the ids are those of a market that has lived, so that requests get past the first look-up. `FUZZ_EXAMPLES`
asks for more requests an operation than the suite has time for.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from foundation.embedded_postgres import Server
from serving.app import create_app
from tests.serving.conftest import Person, Register
from tests.serving.market import keyed, open_market

pytestmark = [pytest.mark.committing, pytest.mark.slow]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

APP = create_app()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
OPERATIONS = {
    f"{operation.ok().method.upper()} {operation.ok().path}": operation.ok()
    for operation in SCHEMA.get_all_operations()
}


class Lived:
    """Who may ask, and the ids of things that are there, by the names that requests give them."""

    def __init__(self, person: Register, client: httpx.Client) -> None:
        market = open_market(person)
        placed = [market.place(client, "5") for _ in range(3)]
        vendor, retailer = market.vendor, market.retailer
        for order in placed[:2]:
            client.post(
                f"/api/v1/orders/{order['id']}/accept", json={}, headers=keyed(vendor)
            ).raise_for_status()
        delivery = client.post(f"/api/v1/orders/{placed[0]['id']}/deliveries", json={}, headers=keyed(vendor))
        delivery.raise_for_status()
        payment = client.post(
            "/api/v1/credit/payment",
            json={"retailer_id": str(retailer.own), "amount": "10.00", "mode": "cash"},
            headers=keyed(vendor),
        )
        payment.raise_for_status()
        self.callers: list[Person | None] = [
            vendor,
            retailer,
            person("admin"),
            person("loan_officer"),
            person("analyst"),
            None,
        ]
        self.ids: dict[str, list[str]] = {
            "order_id": [order["id"] for order in placed],
            "product_id": [str(market.product_id)],
            "vendor_id": [str(vendor.own)],
            "retailer_id": [str(retailer.own)],
            "counterparty_id": [str(vendor.own), str(retailer.own)],
            "business_id": [str(vendor.own), str(retailer.own)],
            "user_id": [str(vendor.user_id), str(retailer.user_id)],
            "payment_id": [payment.json()["id"]],
        }

    def known(self, told: Any, draw: random.Random) -> Any:
        """The same values, with ids of things that are there."""
        if isinstance(told, Mapping):
            return {
                name: draw.choice(self.ids[name])
                if name in self.ids and isinstance(value, str)
                else self.known(value, draw)
                for name, value in told.items()
            }
        if isinstance(told, list):
            return [self.known(one, draw) for one in told]
        return told


@pytest.fixture(scope="module")
def lived(migrated: Server, person: Register, api: str) -> Lived:
    with httpx.Client(base_url=api, timeout=30) as client:
        return Lived(person, client)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_finds_a_fault_or_an_answer_that_is_not_documented(name: str, lived: Lived) -> None:
    @given(
        case=OPERATIONS[name].as_strategy(),
        caller=st.sampled_from(lived.callers),
        seed=st.integers(0, 2**16),
    )
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case, caller: Person | None, seed: int) -> None:
        draw = random.Random(seed)
        if draw.random() < 0.5:
            if case.path_parameters:
                case.path_parameters = lived.known(case.path_parameters, draw)
            if isinstance(case.body, (dict, list)):
                case.body = lived.known(case.body, draw)
            if case.query:
                case.query = lived.known(case.query, draw)
        headers = {} if caller is None else caller.headers
        if case.headers and "Idempotency-Key" in case.headers and draw.random() < 0.8:
            headers["Idempotency-Key"] = uuid4().hex
        answer = case.call(headers=headers)
        assert answer.status_code != 500, answer.text  # a documented 503 is an answer
        case.validate_response(answer, checks=CHECKS)

    ask()
