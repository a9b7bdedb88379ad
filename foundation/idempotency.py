"""At most one effect per request key: the first answer is found again, another body is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation.database import LOCK_NOT_AVAILABLE, sqlstate
from foundation.errors import Conflict
from foundation.statements import Statement
from foundation.tables import IdempotencyKey


class RequestKeyReused(Conflict):
    """The key stands for another request already."""

    code = "idempotency-key-reused"


class RequestInProgress(Conflict):
    """The twin of this request is still being worked on."""

    code = "in-progress"


@dataclass(frozen=True)
class RequestKey:
    """Who asked for which operation under which key, and the hash of the raw body as it was sent."""

    business_id: UUID
    actor_id: UUID
    operation: str
    key: str
    body_hash: str

    @staticmethod
    def of(business_id: UUID, actor_id: UUID, operation: str, key: str, body: bytes) -> RequestKey:
        return RequestKey(business_id, actor_id, operation, key, hashlib.sha256(body).hexdigest())


_CLAIM = Statement("""
    INSERT INTO app.idempotency_keys (business_id, actor_id, operation, key, body_hash, result_id)
    VALUES (:business_id, :actor_id, :operation, :key, :body_hash, :result_id)
    ON CONFLICT DO NOTHING
    RETURNING result_id
""")


def claim(session: Session, request: RequestKey, result_id: UUID) -> UUID | None:
    """Take the key for a result that is about to be made; None when it is ours, else the earlier result's id.

    Comes first in a verb: it is the first lock of the lock order. Raises RequestKeyReused, RequestInProgress.
    """
    try:
        taken = _CLAIM.first(session, {**vars(request), "result_id": result_id})
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise RequestInProgress(
                f"a request with key {request.key!r} is still being worked on; ask again in a moment",
                key=request.key,
            ) from error
        raise
    if taken is not None:
        return None
    earlier = session.execute(
        select(IdempotencyKey.body_hash, IdempotencyKey.result_id).where(
            IdempotencyKey.business_id == request.business_id,
            IdempotencyKey.actor_id == request.actor_id,
            IdempotencyKey.operation == request.operation,
            IdempotencyKey.key == request.key,
        )
    ).one()
    if earlier.body_hash != request.body_hash:
        raise RequestKeyReused(
            f"key {request.key!r} was used for another {request.operation} with a different body; "
            "take a new key",
            key=request.key,
        )
    return UUID(str(earlier.result_id))


KEPT = timedelta(days=7)


def delete_expired(session: Session, *, now: datetime) -> None:
    """Forget the keys that were answered more than seven days before `now`, by the real clock."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
