"""What a route is given instead of sessions: a writer, a reader, a request key, all bound to the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from foundation import database
from foundation.database import SYSTEM, Scope
from foundation.database import Writer as Write
from foundation.idempotency import RequestInProgress, RequestKey, RequestKeyReused
from serving.problems import IDEMPOTENCY_HEADER, IdempotencyKeyMissing, describe
from serving.security import AnyCaller, Caller

KEYED = describe(IdempotencyKeyMissing, RequestKeyReused, RequestInProgress)
"""What a route with an `IdempotencyKey` may answer besides its own failures."""

T = TypeVar("T")


class Read(Protocol):
    """Ask a question in a session that cannot write and sees the caller's rows."""

    def __call__(self, question: Callable[[Session], T], *, counterparty: UUID | None = None) -> T: ...


def scope_of(caller: Caller, counterparty: UUID | None) -> Scope:
    """The businesses whose rows a request may touch: the caller's and the one it deals with."""
    if caller.business_id is None:
        return SYSTEM
    return (caller.business_id,) if counterparty is None else (caller.business_id, counterparty)


async def _writer(caller: AnyCaller) -> Write:
    def write(work: Callable[[Session], T], *, counterparty: UUID | None = None) -> T:
        return database.write(work, scope=scope_of(caller, counterparty))

    return write


async def _reader(caller: AnyCaller) -> Read:
    def read(question: Callable[[Session], T], *, counterparty: UUID | None = None) -> T:
        with database.read(scope_of(caller, counterparty)) as session:
            return question(session)

    return read


async def _request_key(
    request: Request,
    caller: AnyCaller,
    key: Annotated[
        str,
        Header(
            alias=IDEMPOTENCY_HEADER,
            min_length=1,
            max_length=200,
            description="New for each request, the same when it is repeated: the first answer comes again.",
            examples=["6f3b0f1e-7a52-4d0c-9f0e-3a4c2f1d9b11"],
        ),
    ],
) -> RequestKey:
    # The path is part of what was asked: one key cannot stand for the delivery of two orders.
    asked = request.url.path.encode() + b"\n" + await request.body()
    operation: str = request.scope["route"].name
    return RequestKey.of(caller.business_id or caller.user_id, caller.user_id, operation, key, asked)


SearchText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]

Writer = Annotated[Write, Depends(_writer)]
Reader = Annotated[Read, Depends(_reader)]
IdempotencyKey = Annotated[RequestKey, Depends(_request_key)]
