"""Every failure is a problem (RFC 9457) with a stable code, and a fault of ours tells nothing of our inside."""

from __future__ import annotations

import logging

import anyio.to_thread
import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foundation import database
from foundation.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, OutcomeUnknown, Unavailable
from foundation.jobs import LEASES
from foundation.settings import settings
from serving import problems
from serving.app import THREADS_BESIDE_THE_POOL, create_app
from serving.observed import CORRELATION_HEADER

pytestmark = pytest.mark.committing


class LimitReached(Conflict):
    """What is owed would pass the limit."""

    code = "limit-reached"


def app_that_fails() -> FastAPI:
    app = create_app()

    def fail(why: str) -> None:
        if why == "limit":
            raise LimitReached(
                "the limit is reached", limit_paisa=5000005, lines=[{"amount_paisa": 150}], type="x"
            )
        if why == "unavailable":
            raise Unavailable("host secret-host does not answer", retry_after_seconds=7)
        if why == "unknown":
            raise OutcomeUnknown("repeat with the same key")
        raise RuntimeError("the inside: password=hunter2")

    app.add_api_route("/fail/{why}", fail, methods=["GET"])
    return app


@pytest.fixture
def failing(serve):
    with serve(app_that_fails()) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:sauda:problem:{code}"
    assert body["title"]
    assert body["detail"]
    return body


def test_a_refusal_tells_its_facts_in_rupees_and_cannot_overwrite_the_frame(failing: httpx.Client):
    body = assert_problem(failing.get("/fail/limit"), 409, "limit-reached")
    assert body["limit"] == "50000.05"
    assert body["lines"] == [{"amount": "1.50"}]
    assert body["type"] == "urn:sauda:problem:limit-reached"


def test_what_does_not_answer_is_503_with_a_time_to_come_again_and_without_our_hosts(failing: httpx.Client):
    answer = failing.get("/fail/unavailable")
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "7"
    assert "secret-host" not in answer.text


def test_a_commit_of_unknown_outcome_has_its_own_code(failing: httpx.Client):
    assert_problem(failing.get("/fail/unknown"), 503, "outcome-unknown")


def test_a_fault_of_ours_tells_only_how_to_name_it(failing: httpx.Client, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/fail/otherwise", headers={CORRELATION_HEADER: "a-name-of-mine"})
    assert_problem(answer, 500, "internal")
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers[CORRELATION_HEADER] == "a-name-of-mine"


def test_paths_and_methods_that_are_not_there(client: httpx.Client):
    assert_problem(client.get("/api/v1/nothing"), 404, "no-such-path")
    answer = client.delete("/api/v1/auth/login")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


def test_allow_names_the_methods_of_every_route_at_the_path(client: httpx.Client):
    answer = client.delete("/api/v1/orders")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert "GET, POST is" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/executive/summary?from=2025-01-01&to=2024-01-01", "/health?to=1"])
def test_a_parameter_that_the_document_does_not_know_is_refused(client: httpx.Client, path: str):
    refused = assert_problem(client.get(path), 422, "malformed")
    assert refused["errors"][0]["field"] == "query.to"
    known = "there are from, origin, until" if "summary" in path else "it takes none"
    assert refused["detail"] == f"query.to: is no parameter of this request; {known}"


def test_the_value_of_a_secret_that_strayed_into_the_address_is_not_told(client: httpx.Client):
    answer = client.post("/api/v1/auth/login?password=hunter2", json={})
    assert_problem(answer, 422, "malformed")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"email": "a@b.example", "password": ', "this is no JSON from letter 37 on"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"email": "\xff"}', "no text in UTF-8"),
    ],
    ids=["cut off", "deep", "not UTF-8"],
)
def test_a_body_that_cannot_be_read_says_why(client: httpx.Client, body: bytes, said: str):
    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/auth/login", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert said in answer.json()["detail"]


def test_a_refused_value_is_named_and_the_library_is_not(client: httpx.Client):
    person = {
        "email": "a@b.example",
        "password": "a long phrase of nobody",
        "full_name": "Maya",
        "role": "king",
    }
    refused = assert_problem(client.post("/api/v1/auth/register", json=person), 422, "malformed")
    assert refused["detail"].startswith("body.role: 'king' is not possible: ")
    answer = client.post("/api/v1/auth/login", json={"password": "x"})
    refused = assert_problem(answer, 422, "malformed")
    assert refused["detail"] == "body: give either the e-mail or the phone"


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
def test_a_body_that_is_not_sent_as_json_is_told_how(client: httpx.Client, headers: dict[str, str]):
    answer = client.post("/api/v1/auth/login", content=b'{"email": "a@b.example"}', headers=headers)
    refused = assert_problem(answer, 422, "malformed")
    assert refused["detail"].startswith("body: is not sent as JSON; send it with the header Content-Type")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"email": "\\ud800", "password": "x"}']
)
def test_a_body_that_is_no_such_document(client: httpx.Client, body: bytes):
    answer = client.post("/api/v1/auth/login", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE


def test_a_body_beyond_all_measure_is_refused(client: httpx.Client):
    body = b'{"email": "' + b"x" * 2_000_000 + b'"}'
    answer = client.post("/api/v1/auth/login", content=body, headers={"content-type": "application/json"})
    assert_problem(answer, 413, "body-too-large")


def test_each_kind_of_refusal_has_its_status():
    statuses = {kind: int(problems.status_of(kind)) for kind in (NotFound, Conflict, Forbidden, Invalid)}
    assert statuses == {NotFound: 404, Conflict: 409, Forbidden: 403, Invalid: 400}
    with pytest.raises(TypeError, match="of no kind"):
        problems.status_of(DomainError)


def test_an_answer_carries_a_correlation_id_and_a_dangerous_one_is_replaced(client: httpx.Client):
    given = client.get("/metrics", headers={CORRELATION_HEADER: "abc-123-def"})
    assert given.headers[CORRELATION_HEADER] == "abc-123-def"
    replaced = client.get("/metrics", headers={CORRELATION_HEADER: "a b\tc" * 30})
    assert replaced.headers[CORRELATION_HEADER] != "a b\tc" * 30
    assert len(replaced.headers[CORRELATION_HEADER]) == 36


def test_figures_count_requests_by_the_routes_pattern(client: httpx.Client):
    client.get("/api/v1/auth/profile")
    figures = client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'sauda_http_requests_total{method="GET",route="/api/v1/auth/profile",status="401"}' in figures.text


def test_waiting_requests_leave_threads_for_those_that_need_no_database(serve):
    app = create_app()

    async def threads() -> float:
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    app.add_api_route("/threads", threads)
    with serve(app) as address:
        assert (
            httpx.get(f"{address}/threads", timeout=30).json()
            == settings().db_pool_size + THREADS_BESIDE_THE_POOL
        )


def test_no_other_origin_is_let_in(client: httpx.Client):
    answer = client.options(
        "/api/v1/auth/login",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-origin" not in answer.headers


def test_when_every_connection_is_busy_the_answer_is_503_and_health_says_so(
    client: httpx.Client, person, monkeypatch: pytest.MonkeyPatch
):
    headers = person("vendor").headers  # made before: the signing key is looked up in the database
    monkeypatch.setattr(database.engine().pool, "_timeout", 0.05)
    taken = [database.engine().connect() for _ in range(settings().db_pool_size)]
    try:
        answer = client.get("/api/v1/auth/profile", headers=headers)
        health = client.get("/health")
    finally:
        for connection in taken:
            connection.close()
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert health.status_code == 503
    assert health.json()["database"] == "does not answer"


def test_a_database_without_tables_is_told_with_the_way_out(own_world: str, client: httpx.Client):
    with psycopg.connect(own_world) as connection:
        connection.execute("DROP SCHEMA app CASCADE")
    answer = client.post("/api/v1/auth/login", json={"email": "a@b.example", "password": "x" * 12})
    assert "run `sauda migrate`" in assert_problem(answer, 503, "not-migrated")["detail"]
    health = client.get("/health")
    assert health.status_code == 503
    assert health.json()["database"] == "has no tables"
    assert "run `sauda migrate`" in health.json()["reasons"][0]


def test_health_is_bad_without_a_worker_and_says_the_way_out(client: httpx.Client):
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["database"] == "answers"
    assert any("sauda worker" in reason for reason in answer.json()["reasons"])


def test_health_is_good_with_a_worker_that_holds_its_name(own_world: str, client: httpx.Client):
    name_and_lease = text(
        "SELECT set_config('application_name', 'worker-90.vtest', false), pg_advisory_lock(:k, 90)"
    )
    with database.engine().connect() as connection:
        connection.execute(name_and_lease, {"k": LEASES})
        answer = client.get("/health")
        connection.execute(
            text("SELECT set_config('application_name', 'sauda', false), pg_advisory_unlock_all()")
        )
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "ok"
    assert answer.json()["workers"] == 1
