"""Every route with values that nobody should send: each answer is documented, and none is a fault of ours."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from serving import problems
from serving.app import create_app
from serving.examples import JSON, operations
from tests.serving.conftest import Person, Register
from tests.serving.market import open_market
from tests.serving.test_tenancy import CASES

pytestmark = pytest.mark.committing

NASTY: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    -(10**30),
    1.5,
    1e308,
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "Infinity",
    "1e400",
    "0.0000001",
    "99999999999999999999",
    "१२३",
    "x" * 5000,
    "a\0b",
    "\ud800",
    "' OR 1=1; --",
    "%",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "00000000-0000-0000-0000-000000000000",
    str(uuid4()),
    [],
    {},
    [[[]]],
    {"a": {"b": "c"}},
)
TEXTS = tuple(value for value in NASTY if isinstance(value, str) and value != "\ud800")
PER_ROUTE = 20
ROLES = {case.route: case.roles for case in CASES}
ROUTES = [(method, path) for method, path, _ in operations(create_app().openapi())]


def places(value: Any, trail: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document where something else could stand."""
    yield trail
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*trail, key))


def with_nasty(value: Any, trail: tuple[Any, ...], nasty: Any) -> Any:
    if not trail:
        return nasty
    changed = deepcopy(value)
    spot = changed
    for key in trail[:-1]:
        spot = spot[key]
    spot[trail[-1]] = nasty
    return changed


@pytest.fixture(scope="module")
def operation_of() -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): operation for method, path, operation in operations(create_app().openapi())}


@dataclass(frozen=True)
class Scene:
    """Who may ask, and ids that exist."""

    callers: dict[str, Person]
    known: dict[str, str]

    def caller(self, route: str, chance: random.Random) -> Person:
        roles = [role for role in ROLES.get(route, ()) if role in self.callers]
        return self.callers[chance.choice(roles or list(self.callers))]


@pytest.fixture
def scene(client: httpx.Client, person: Register) -> Scene:
    market = open_market(person)
    order = market.place(client)
    known = {
        "vendor_id": str(market.vendor.own),
        "retailer_id": str(market.retailer.own),
        "business_id": str(market.retailer.own),
        "product_id": str(market.product_id),
        "order_id": order["id"],
        "unit": "packet",
        "name": "gmv",
    }
    callers = {"vendor": market.vendor, "retailer": market.retailer, "admin": person("admin")}
    return Scene(callers, known)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_takes_anything_and_answers_as_documented(
    client: httpx.Client, scene: Scene, operation_of, method: str, path: str
):
    chance = random.Random(f"{method} {path}")
    operation = operation_of[method, path]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
    for _ in range(PER_ROUTE):
        caller, known = scene.caller(f"{method.upper()} {path}", chance), scene.known
        values, query, headers = {}, {}, {**caller.headers, "content-type": "application/json"}
        for parameter in operation.get("parameters", []):
            name, nasty = parameter["name"], chance.choice(TEXTS)
            if parameter["in"] == "path":
                fine = known.get(name, str(uuid4()))
                values[name] = chance.choice([fine, fine, nasty or "-"])
            elif parameter["in"] == "query" and chance.random() < 0.25:
                query[name] = nasty
            elif parameter["in"] == "header":
                headers[parameter["name"]] = chance.choice([uuid4().hex, "x" * 300])
        content = None
        if body is not None:
            real = with_known(body, known)
            content = json.dumps(with_nasty(real, chance.choice(list(places(real))), chance.choice(NASTY)))
        url = path.format(**{name: quote(value, safe="") for name, value in values.items()})
        answer = client.request(method, url, params=query, content=content, headers=headers)
        asked = (method, url[:200], query, (content or "")[:500])
        assert answer.status_code != 500, asked
        is_problem = answer.headers.get("content-type") == problems.MEDIA_TYPE
        matched = not is_problem or answer.json()["code"] not in ("no-such-path", "method-not-allowed")
        assert not matched or str(answer.status_code) in operation["responses"], (answer.status_code, asked)
        if answer.status_code >= 400 and path != "/health":
            assert answer.headers["content-type"] == problems.MEDIA_TYPE


def with_known(body: Any, known: dict[str, str]) -> Any:
    """The example with ids that exist, so that what is sent gets further than the first check."""
    if isinstance(body, dict):
        return {name: known.get(name, with_known(value, known)) for name, value in body.items()}
    return [with_known(value, known) for value in body] if isinstance(body, list) else body
