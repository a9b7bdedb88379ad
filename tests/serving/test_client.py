"""The Python client places orders, pages, tries again under the same key, and knows a webhook of ours."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.ordering import service as ordering
from commerce.webhooks import signing
from foundation import clock, database
from serving import client_source
from serving.app import create_app
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, open_market

pytestmark = pytest.mark.committing

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python" / "src"))
from sauda_client import Refused, Sauda, SignatureInvalid, every, verify_webhook  # noqa: E402


def signed(secret: str, message_id: str, body: bytes, timestamp: int) -> dict[str, str]:
    ours = signing.signature(secret, message_id, timestamp, body)
    earlier = signing.signature(signing.new_secret(), message_id, timestamp, body)
    return {
        "Webhook-Id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"{earlier} {ours}",
    }


def token_of(person: Person) -> str:
    return person.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


class LosesAnswers(httpx.HTTPTransport):
    """The network as it is at times: the first requests arrive, and their answers are lost in different ways."""

    def __init__(self, *, lost: int) -> None:
        super().__init__()
        self.lost = lost
        self.keys: list[str | None] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("Idempotency-Key"))
        answer = super().handle_request(request)
        if len(self.keys) > self.lost:
            return answer
        answer.read()
        if len(self.keys) % 2:
            return httpx.Response(503, headers={"Retry-After": "3"}, json={"code": "outcome-unknown"})
        raise httpx.ReadError("the connection was lost", request=request)


def test_the_generated_part_is_what_the_document_says() -> None:
    made = client_source.source(create_app().openapi())
    assert made == client_source.TARGET.read_text(), "the API has changed: make client"


def test_an_order_is_placed_read_and_paged_through(api: str, market: Market) -> None:
    with Sauda(api, token=token_of(market.retailer)) as sauda:
        placed = [sauda.place_order(market.wish())["id"] for _ in range(3)]
        assert sauda.read_order(placed[0])["total"] == "21.00"
        assert [order["id"] for order in every(sauda.list_orders, limit=2)] == placed[::-1]
        with pytest.raises(Refused) as refused:
            sauda.place_order(market.wish("999999"))
        assert (refused.value.status, bool(refused.value.facts["detail"])) == (409, True)
        assert refused.value.correlation_id


def test_a_list_that_calls_its_rows_otherwise_is_walked_too(api: str, person: Register) -> None:
    with clock.at(clock.now() - timedelta(days=60)):
        market = open_market(person)
        late = [market.retailer, person("retailer")]
        for retailer in late:
            database.write(partial(_let_owe, market, retailer))
    with Sauda(api, token=token_of(market.vendor)) as sauda:
        stops = list(every(sauda.read_collection_run, rows="stops", limit=1))
    assert sorted(stop["retailer_id"] for stop in stops) == sorted(str(retailer.own) for retailer in late)


def _let_owe(market: Market, retailer: Person, session: Session) -> None:
    sides = {"vendor_id": market.vendor.own, "retailer_id": retailer.own}
    if retailer is not market.retailer:
        terms = {"limit_paisa": 100_00, "net_days": 15, "reason": "test", "approved_by": uuid4()}
        credit.agree(session, **sides, **terms)
    wishes = [ordering.Wish(market.product_id, Decimal(2))]
    order_id = ordering.place(session, **sides, wishes=wishes)
    for verb in (ordering.accept, ordering.deliver):
        verb(session, order_id=order_id, actor=ordering.Actor("vendor"))


def test_answers_lost_on_the_way_leave_one_order(api: str, market: Market) -> None:
    network, waits = LosesAnswers(lost=2), []
    with Sauda(api, token=token_of(market.retailer), transport=network, sleep=waits.append) as sauda:
        order = sauda.place_order(market.wish())
        assert [one["id"] for one in every(sauda.list_orders)] == [order["id"]]
    assert len(set(network.keys[:3])) == 1
    assert waits[0] == 3


def test_what_has_no_key_is_sent_once(api: str, market: Market) -> None:
    network = LosesAnswers(lost=1)
    with (
        Sauda(api, token=token_of(market.retailer), transport=network) as sauda,
        pytest.raises(Refused, match="outcome-unknown"),
    ):
        sauda.quote_order(market.wish())
    assert network.keys == [None]


def test_a_webhook_of_ours_is_known_and_any_other_is_not() -> None:
    secret, body, now = signing.new_secret(), b'{"type": "order-placed"}', 1_780_000_000
    headers = signed(secret, str(uuid4()), body, now)
    verify_webhook(body, headers, secret, now=now)
    for changed in (
        {"body": body + b" "},
        {"secret": signing.new_secret()},
        {"now": now + 301},
        {"headers": {}},
    ):
        given = {"body": body, "headers": headers, "secret": secret, "now": now} | changed
        with pytest.raises(SignatureInvalid):
            verify_webhook(given.pop("body"), **given)
