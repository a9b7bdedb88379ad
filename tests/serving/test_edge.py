"""What stands between the network and the routes: limits, headers, https, other origins, tags of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from foundation.settings import settings
from serving import deprecations, rates
from serving.app import create_app
from serving.deprecations import Deprecated
from serving.edge import SECURITY_HEADERS
from tests.served import Serve
from tests.serving.conftest import Register
from tests.serving.market import keyed, open_market

pytestmark = pytest.mark.committing

ServeWith = Callable[..., httpx.Client]


@pytest.fixture
def serve_with(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServeWith]:
    """A client of an API with settings of its own."""
    with ExitStack() as opened:

        def begin(**chosen: str) -> httpx.Client:
            for name, value in chosen.items():
                monkeypatch.setenv(name, value)
            settings.cache_clear()
            rates.forget()
            address = opened.enter_context(serve(create_app()))
            return opened.enter_context(httpx.Client(base_url=address, timeout=30))

        yield begin
    monkeypatch.undo()
    settings.cache_clear()
    rates.forget()


def test_a_caller_reads_so_often_a_minute_and_is_told_when_to_come_again(
    serve_with: ServeWith, person: Register
) -> None:
    client = serve_with(RATE_LIMIT_READS="3", RATE_LIMIT_WRITES="3")
    one, other = person("retailer"), person("retailer")
    answers = [client.get("/api/v1/orders", headers=one.headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"reads";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"reads";r=2;t=')
    assert answers[3].json()["code"] == "requests-too-many"
    # Until this minute has ended and a third of it has left the window.
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 80
    assert client.get("/api/v1/orders", headers=other.headers).is_success
    # What writes is counted apart.
    assert client.post("/api/v1/orders", json={}, headers=keyed(one)).status_code == 422


def test_who_does_not_say_who_they_are_is_counted_by_address_with_bad_tokens_too(
    serve_with: ServeWith, person: Register
) -> None:
    client = serve_with(RATE_LIMIT_ANONYMOUS="2")
    bad = {"Authorization": "Bearer nobody"}
    assert client.get("/api/v1/auth/keys").status_code == 200
    assert client.get("/api/v1/auth/profile", headers=bad).status_code == 401
    assert client.get("/api/v1/auth/profile", headers=bad).status_code == 429
    assert client.get("/api/v1/auth/keys").status_code == 429
    log_in = {"email": "nobody@people.example", "password": "not the one"}
    assert client.post("/api/v1/auth/login", json=log_in, headers=bad).status_code == 429
    assert client.get("/health").status_code in (200, 503)
    assert client.get("/api/v1/orders", headers=person("vendor").headers).is_success


def test_behind_a_trusted_proxy_the_address_is_the_one_that_it_tells(serve_with: ServeWith) -> None:
    client = serve_with(RATE_LIMIT_ANONYMOUS="1", TRUSTED_PROXIES="127.0.0.0/8, 10.0.0.0/8")
    for address in ("203.0.113.7", "203.0.113.8"):
        assert client.get("/api/v1/auth/keys", headers={"X-Forwarded-For": address}).is_success
    assert client.get("/api/v1/auth/keys", headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 429


def test_from_anybody_else_it_is_not_believed(serve_with: ServeWith) -> None:
    client = serve_with(RATE_LIMIT_ANONYMOUS="1", TRUSTED_PROXIES="192.0.2.1", HTTPS_ONLY="true")
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    assert client.get("/api/v1/auth/keys", headers=told).json()["code"] == "https-needed"


def test_plain_http_is_refused_where_https_is_a_must_and_browsers_remember_it(serve_with: ServeWith) -> None:
    client = serve_with(HTTPS_ONLY="true", TRUSTED_PROXIES="127.0.0.1")
    plain = client.get("/api/v1/auth/keys")
    assert (plain.status_code, plain.json()["code"]) == (403, "https-needed")
    safe = client.get("/api/v1/auth/keys", headers={"X-Forwarded-Proto": "https"})
    assert safe.is_success
    assert safe.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert client.get("/health").status_code in (200, 503)


def test_every_answer_tells_browsers_what_they_may_not_do(client: httpx.Client) -> None:
    for path in ("/api/v1/auth/keys", "/api/v1/orders", "/nowhere", "/health", "/docs"):
        headers = client.get(path).headers
        assert set(SECURITY_HEADERS) <= {name.title() for name in headers} | set(headers), path
        assert "Strict-Transport-Security" not in headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert client.get("/api/v1/auth/keys").headers["Cache-Control"] == "no-store"


def test_pages_of_listed_origins_may_call_and_no_others(serve_with: ServeWith) -> None:
    client = serve_with(CORS_ORIGINS="https://shop.example, https://desk.example")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    allowed = client.options("/api/v1/orders", headers={"Origin": "https://desk.example", **asked})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://desk.example"
    refused = client.options("/api/v1/orders", headers={"Origin": "https://evil.example", **asked})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_what_a_client_has_already_is_not_sent_again(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    order = market.place(client)
    path = f"/api/v1/orders/{order['id']}"
    first = client.get(path, headers=market.vendor.headers)
    tag = first.headers["ETag"]
    again = client.get(path, headers={**market.vendor.headers, "If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    client.post(f"{path}/accept", json={}, headers=market.vendor.headers).raise_for_status()
    assert client.get(path, headers={**market.vendor.headers, "If-None-Match": tag}).status_code == 200


def test_only_what_the_caller_has_seen_is_changed(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    path = f"/api/v1/orders/{market.place(client)['id']}"
    seen = client.get(path, headers=market.vendor.headers).headers["ETag"]
    client.post(
        f"{path}/accept", json={}, headers={**market.vendor.headers, "If-Match": seen}
    ).raise_for_status()
    late = client.post(f"{path}/cancel", json={}, headers={**market.retailer.headers, "If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")
    list_tag = client.get("/api/v1/orders", headers=market.vendor.headers).headers["ETag"]
    of_a_list = client.post(
        f"{path}/cancel", json={}, headers={**market.retailer.headers, "If-Match": list_tag}
    )
    assert of_a_list.status_code == 412
    unknown = client.post(
        f"{path}/cancel",
        json={},
        headers={**market.retailer.headers, "If-Match": f'{seen}, {list_tag}, "1"'},
    )
    assert (unknown.status_code, unknown.json()["code"]) == (412, "precondition-failed")
    for mangled in (f"{seen},", f"{seen} {seen}", f"*, {seen}", "1"):
        answer = client.post(
            f"{path}/cancel", json={}, headers={**market.retailer.headers, "If-Match": mangled}
        )
        assert answer.status_code == 422, mangled
    now = client.get(path, headers=market.retailer.headers).headers["ETag"]
    assert client.post(
        f"{path}/cancel",
        json={},
        headers={**market.retailer.headers, "If-Match": f"{seen},{list_tag} , {now}"},
    ).is_success


def test_a_product_is_changed_by_its_tag_too(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    path = f"/api/v1/products/{market.product_id}"
    seen = client.get(path, headers=market.vendor.headers).headers["ETag"]
    named = {"name": f"Salt {uuid4().hex[:6]}"}
    assert client.patch(path, json=named, headers={**market.vendor.headers, "If-Match": seen}).is_success
    late = client.patch(path, json=named, headers={**market.vendor.headers, "If-Match": seen})
    assert late.status_code == 412
    now = client.get(path, headers=market.vendor.headers).headers["ETag"]
    either = {**market.vendor.headers, "If-Match": f"{seen}, {now}"}
    assert client.patch(path, json={"hsn": "2501"}, headers=either).is_success


def test_what_will_end_says_so_in_its_answers_and_in_the_document(
    serve_with: ServeWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = datetime(2027, 1, 1, tzinfo=UTC)
    ending = Deprecated(since, since + timedelta(days=200), "GET /health")
    monkeypatch.setitem(deprecations.DEPRECATED, "read_keys", ending)
    client = serve_with()
    headers = client.get("/api/v1/auth/keys").headers
    assert headers["Deprecation"] == "@1798761600"
    assert headers["Sunset"] == "Tue, 20 Jul 2027 00:00:00 GMT"
    told = client.get("/openapi.json").json()["paths"]["/api/v1/auth/keys"]["get"]
    assert told["deprecated"]
    assert "use GET /health. Ends on 2027-07-20" in told["description"]
    assert "Deprecation" not in client.get("/health").headers


def test_nothing_ends_without_half_a_year_of_notice() -> None:
    since = datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="give 180 days"):
        Deprecated(since, since + timedelta(days=30), "nothing")
