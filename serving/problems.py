"""The one place where failures become HTTP: problem+json (RFC 9457) with a stable `code`.

A refusal's facts are extension members of the answer; amounts among them are told in rupees like
everywhere in the API (`limit_paisa: 150` is told as `limit: "1.50"`).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from foundation.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooOften,
    Unauthenticated,
    Unavailable,
    VersionMismatch,
)
from foundation.logs import logger
from foundation.money import told

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND: dict[type[DomainError], HTTPStatus] = {
    # The first kind that fits counts, so a kind stands before the kind that it refines.
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.BAD_REQUEST,
}
IDEMPOTENCY_HEADER = "Idempotency-Key"
VALUE_LENGTH_MAX = 100
UNIQUE_VIOLATION = "23505"
CODES = {400: "body-unreadable", 404: "no-such-path", 405: "method-not-allowed", 413: "body-too-large"}
"""Codes of what the framework refuses by itself."""
NOT_SENT_AS_JSON = "is not sent as JSON; send it with the header Content-Type: application/json"
SECRET_FIELDS = {
    "password", "new_password", "refresh_token", "authorization", "token", "code", "second_factor", "phone", "email"
}  # fmt: skip

Responses = dict[int | str, dict[str, Any]]


class IdempotencyKeyMissing(Invalid):
    """A request that moves money or goods came without an Idempotency-Key."""

    code = "idempotency-key-missing"

    def __init__(self) -> None:
        super().__init__(
            f"this request moves money or goods and has no {IDEMPOTENCY_HEADER} header; send one of 1 to 200 "
            "characters, new for each request and the same when you repeat it"
        )


def status_of(error: type[DomainError]) -> HTTPStatus:
    """The HTTP status of a failure's kind."""
    for kind, status in STATUS_OF_KIND.items():
        if issubclass(error, kind):
            return status
    raise TypeError(
        f"{error.__name__} is of no kind; derive it from NotFound, Conflict, Forbidden or Invalid"
    )


def problem(
    status: int, code: str, detail: str, *, facts: Mapping[str, Any] | None = None, headers: Any = None
) -> JSONResponse:
    """An answer that says what went wrong, with which values, and the way out."""
    body = {
        **told(facts or {}),
        "type": f"urn:sauda:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def internal() -> JSONResponse:
    """The answer to a failure of ours: the log knows what it was, the client only how to name it to us."""
    return problem(500, "internal", "this is a fault of ours; tell us the X-Correlation-ID of this answer")


def describe(*errors: type[DomainError]) -> Responses:
    """The `responses` of a route: its failures by status, each with its code, for the OpenAPI document."""
    responses: Responses = {}
    for error in errors:
        status = status_of(error)
        promise = (inspect.getdoc(error) or error.__name__).splitlines()[0]
        examples = responses.setdefault(int(status), _response(status.phrase))["content"][MEDIA_TYPE][
            "examples"
        ]
        examples[error.code] = {"summary": promise, "value": _example(status, error.code, promise)}
    return responses


def _response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema, "examples": {}}}}


def _example(status: HTTPStatus, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:sauda:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
    }


def merged(*described: Responses) -> Responses:
    """Several `describe` answers as one; examples of one status stand side by side."""
    responses: Responses = {}
    for group in described:
        for status, response in group.items():
            known = responses.setdefault(status, _response(response["description"]))
            known["content"][MEDIA_TYPE]["examples"] |= response["content"][MEDIA_TYPE]["examples"]
    return responses


def _plain(status: HTTPStatus, code: str, detail: str) -> Responses:
    response = _response(status.phrase)
    response["content"][MEDIA_TYPE]["examples"][code] = {
        "summary": detail,
        "value": _example(status, code, detail),
    }
    return {int(status): response}


MALFORMED = _plain(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed", "The payload has not the documented form")
CONDITIONAL = _plain(
    HTTPStatus.PRECONDITION_FAILED, "precondition-failed", "It is not what If-Match says: read it again"
)
"""What a route with `IfMatch` may answer besides its own failures."""
EVERYWHERE = merged(
    MALFORMED,
    _plain(
        HTTPStatus.TOO_MANY_REQUESTS, "requests-too-many", "Too many requests of this caller within a minute"
    ),
    _plain(HTTPStatus.FORBIDDEN, "https-needed", "This came over plain http"),
    _plain(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "A fault of ours"),
    _plain(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "A part that Sauda needs does not answer; see Retry-After",
    ),
    _plain(HTTPStatus.SERVICE_UNAVAILABLE, "not-migrated", "The database has no tables yet: `sauda migrate`"),
    _plain(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Another request works on the same account or goods"),
    _plain(HTTPStatus.SERVICE_UNAVAILABLE, "outcome-unknown", "The work may stand: repeat with the same key"),
)

OF_WRITES = _plain(HTTPStatus.CONFLICT, "written-meanwhile", "Another request wrote the same at this moment")
OF_BODIES = merged(
    _plain(HTTPStatus.BAD_REQUEST, "body-unreadable", "The body cannot be read as text"),
    _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "The body has too many bytes"),
)


def add_to(operation: dict[str, Any], *, is_write: bool) -> None:
    """Describe the failures that every write, and every request with a body, can end in."""
    found = merged(OF_WRITES if is_write else {}, OF_BODIES if "requestBody" in operation else {})
    responses = operation["responses"]
    for status, response in found.items():
        known = responses.setdefault(str(status), _response(response["description"]))
        known["content"][MEDIA_TYPE]["examples"] |= response["content"][MEDIA_TYPE]["examples"]


SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457). The facts of the failure are further members.",
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: programs decide by it."},
        "detail": {"type": "string", "description": "For people: the thing, the value and the way out."},
    },
}


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the OpenAPI document does not know, as an unknown field of a body is."""
    if not request.query_params:
        return
    operation = _operations_at(request).get(request.method.lower())
    if operation is None:
        return
    known = sorted(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
    reason = (
        f"is no parameter of this request; {'there are ' + ', '.join(known) if known else 'it takes none'}"
    )
    unknown = [
        {"type": "extra_forbidden", "loc": ("query", name), "msg": reason, "input": value}
        for name, value in request.query_params.items()
        if name not in known
    ]
    if unknown:
        raise RequestValidationError(unknown)


def _operations_at(request: Request) -> dict[str, Any]:
    """What the document says of the path of a request that was routed, by method."""
    path = getattr(request.scope.get("route"), "path_format", None)
    return cast("dict[str, Any]", request.app.openapi()["paths"].get(path, {}))


def install(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(IntegrityError, _clashed)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _not_routed)


def _refused(request: Request, error: Exception) -> JSONResponse:
    return refused(cast("DomainError", error), is_conditional="if-match" in request.headers)


def refused(refusal: DomainError, *, is_conditional: bool = False) -> JSONResponse:
    """The answer to a refusal. Whoever sent `If-Match` is told by 412 that it does not."""
    status, code = status_of(type(refusal)), refusal.code
    if is_conditional and isinstance(refusal, VersionMismatch):
        status, code = HTTPStatus.PRECONDITION_FAILED, "precondition-failed"
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    if isinstance(refusal, TooOften):
        headers = {"Retry-After": str(refusal.retry_after_seconds)}
    return problem(status, code, refusal.message, facts=refusal.facts, headers=headers)


def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    missing = cast("Unavailable", error)
    # The words may name hosts and settings of ours: they are for the operator's log.
    log.warning("unavailable", code=missing.code, reason=missing.message)
    detail = (
        missing.message if missing.code != Unavailable.code else "a part of Sauda does not answer; try again"
    )
    headers = {"Retry-After": str(missing.retry_after_seconds)}
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, missing.code, detail, headers=headers)


def _clashed(_request: Request, error: Exception) -> JSONResponse:
    if getattr(cast("IntegrityError", error).orig, "sqlstate", None) != UNIQUE_VIOLATION:
        raise error
    detail = "another request wrote the same at this very moment; read it again, and repeat if still needed"
    return problem(HTTPStatus.CONFLICT, "written-meanwhile", detail)


def _malformed(request: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    if any(
        each["type"] == "missing" and str(each["loc"][-1]).lower() == IDEMPOTENCY_HEADER.lower()
        for each in found
    ):
        return _refused(request, IdempotencyKeyMissing())
    if not _says_json(request):
        found = [each | ({"msg": NOT_SENT_AS_JSON} if each["loc"] == ("body",) else {}) for each in found]
    errors = [_field_error(each) for each in found]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    given = f"{first['value']!r} is not possible: " if _says_too_little(first) else ""
    detail = f"{first['field']}: {given}{first['reason']}{more}"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed", detail, facts={"errors": errors})


def _says_too_little(error: Mapping[str, Any]) -> bool:
    """Whether the reason leaves out the value that it is about."""
    # Reasons of our own begin small and name what they should; those of the library begin with "Input" or "String".
    return "value" in error and error["reason"][:1].isupper() and error["value"] not in error["reason"]


def _says_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type.endswith(("/json", "+json"))


def _field_error(each: Mapping[str, Any]) -> dict[str, Any]:
    told = {"field": ".".join(str(part) for part in each["loc"]), "reason": _reason(each)}
    value = each.get("input")
    is_private = SECRET_FIELDS & {str(part).lower() for part in each["loc"]}
    if isinstance(value, (str, int, float)) and not is_private and each["type"] != "json_invalid":
        # A lone surrogate is no text that an answer could carry.
        told["value"] = str(value)[:VALUE_LENGTH_MAX].encode(errors="replace").decode()
    return told


def _reason(each: Mapping[str, Any]) -> str:
    """What is wrong, in words that do not name the library which found it."""
    if each["type"] == "json_invalid":
        letter, why = each["loc"][-1], str(each.get("ctx", {}).get("error", "")).lower()
        return f"this is no JSON from letter {letter} on: {why or 'it cannot be read'}"
    return str(each["msg"]).removeprefix("Value error, ").replace(" after validation", "")


def _not_routed(request: Request, error: Exception) -> JSONResponse:
    refusal = cast("HTTPException", error)
    headers = refusal.headers
    code = CODES.get(refusal.status_code, f"http-{refusal.status_code}")
    if refusal.status_code == HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {request.url.path}; /docs lists what there is"
    elif refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The router names the methods of the first of several routes that share a path.
        allowed = ", ".join(sorted(map(str.upper, _operations_at(request))))
        headers = {**(headers or {}), "Allow": allowed} if allowed else headers
        detail = f"{request.method} is not possible at {request.url.path}; {allowed or 'another method'} is"
    elif isinstance(refusal.__cause__, RecursionError):
        detail = "the body is nested too deeply to be read; send JSON as /docs shows it"
    elif isinstance(refusal.__cause__, UnicodeError):
        detail = "the body is no text in UTF-8; send JSON in UTF-8"
    else:
        detail = str(refusal.detail)
    return problem(refusal.status_code, code, detail, headers=headers)
