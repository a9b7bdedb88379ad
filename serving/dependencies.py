"""What a route is given instead of sessions: a writer, a reader, a request key, all bound to the caller."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from foundation import database
from foundation.database import SYSTEM, Scope
from foundation.database import Writer as Write
from foundation.errors import VersionMismatch
from foundation.idempotency import RequestInProgress, RequestKey, RequestKeyReused
from serving.problems import IDEMPOTENCY_HEADER, IdempotencyKeyMissing, describe
from serving.security import Caller, caller_of

KEYED = describe(IdempotencyKeyMissing, RequestKeyReused, RequestInProgress)
"""What a route with an `IdempotencyKey` may answer besides its own failures."""

T = TypeVar("T")

KEY_LENGTH_MAX = 200
BULK_KEY_LENGTH_MAX = KEY_LENGTH_MAX - len(":500")

VERSION = "sauda.version"
"""In a request's scope: the version of the one thing that the answer shows, which goes into its ETag."""


_TAG = r'(W/)?"[^"]{1,100}"'


def _versions(
    if_match: Annotated[str | None, Header(pattern=rf"^(\*|{_TAG}([ \t]*,[ \t]*{_TAG})*)$")] = None,
) -> frozenset[int] | None:
    if if_match is None or if_match == "*":
        return None
    # A tag of something else in the list is no version of this, and keeps the others from nothing.
    tags = (found.group(1).partition(".") for found in re.finditer('"([^"]*)"', if_match))
    seen = {int(version) for version, dot, _ in tags if dot and re.fullmatch("[0-9]{1,18}", version)}
    if not seen:
        raise VersionMismatch(
            f"{if_match} is no tag of one thing that has versions; send the ETag of its GET"
        )
    return frozenset(seen)


IfMatch = Annotated[frozenset[int] | None, Depends(_versions)]
"""The versions that the caller has seen, by the ETags that it sends back; the route refuses any other."""


class Read(Protocol):
    """Ask a question in a session that cannot write and sees the caller's rows."""

    def __call__(self, question: Callable[[Session], T], *, counterparty: UUID | None = None) -> T: ...


def scope_of(caller: Caller, counterparty: UUID | None) -> Scope:
    """The businesses whose rows a request may touch: the caller's and the one it deals with."""
    if caller.business_id is None:
        return SYSTEM
    return (caller.business_id,) if counterparty is None else (caller.business_id, counterparty)


async def _trial(request: Request) -> AsyncIterator[database.Trial | None]:
    if not (await caller_of(request)).is_trial:
        yield None
        return
    trial = database.Trial()
    try:
        yield trial
    finally:
        await run_in_threadpool(trial.close)


AnyTrial = Annotated[database.Trial | None, Depends(_trial)]


async def _writer(request: Request, trial: AnyTrial) -> Write:
    caller = await caller_of(request)

    def write(work: Callable[[Session], T], *, counterparty: UUID | None = None) -> T:
        scope = scope_of(caller, counterparty)
        wanted = _told_to_the_audit_log(work, caller, request) if caller.role == "admin" else work
        return trial.write(wanted, scope=scope) if trial else database.write(wanted, scope=scope)

    return write


def _told_to_the_audit_log(
    work: Callable[[Session], T], caller: Caller, request: Request
) -> Callable[[Session], T]:
    # Here and not in the routes: no act of an administrator can be forgotten.
    def act(session: Session) -> T:
        result = work(session)
        audit.record(
            session,
            "admin-act",
            business_id=None,
            actor_id=caller.user_id,
            facts={
                "operation": request.scope["route"].name,
                **{name: str(value) for name, value in request.path_params.items()},
            },
        )
        return result

    return act


async def _reader(request: Request, trial: AnyTrial) -> Read:
    caller = await caller_of(request)

    def read(question: Callable[[Session], T], *, counterparty: UUID | None = None) -> T:
        scope = scope_of(caller, counterparty)
        if trial:
            return trial.read(question, scope=scope)
        with database.read(scope) as session:
            return question(session)

    return read


async def _request_key(
    request: Request,
    key: Annotated[
        str,
        Header(
            alias=IDEMPOTENCY_HEADER,
            min_length=1,
            max_length=KEY_LENGTH_MAX,
            description="New for each request, the same when it is repeated: the first answer comes again.",
            examples=["6f3b0f1e-7a52-4d0c-9f0e-3a4c2f1d9b11"],
        ),
    ],
) -> RequestKey:
    caller = await caller_of(request)
    # The path is part of what was asked: one key cannot stand for the delivery of two orders.
    asked = request.url.path.encode() + b"\n" + await request.body()
    operation: str = request.scope["route"].name
    return RequestKey.of(caller.business_id or caller.user_id, caller.user_id, operation, key, asked)


async def _bulk_key(request: Annotated[RequestKey, Depends(_request_key)]) -> RequestKey:
    # Each order of a bulk has the key `<key>:<n>` of that route, which must be one itself.
    if len(request.key) > BULK_KEY_LENGTH_MAX:
        raise RequestValidationError(
            [
                {
                    "type": "string_too_long",
                    "loc": ("header", IDEMPOTENCY_HEADER),
                    "msg": f"String should have at most {BULK_KEY_LENGTH_MAX} characters",
                    "input": request.key,
                }
            ]
        )
    return request


SearchText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]

Writer = Annotated[Write, Depends(_writer)]
Reader = Annotated[Read, Depends(_reader)]
IdempotencyKey = Annotated[RequestKey, Depends(_request_key)]
BulkKey = Annotated[RequestKey, Depends(_bulk_key)]
"""The key of many requests in one, each of which has `<key>:<n>`: a little shorter."""
