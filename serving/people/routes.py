"""Forgetting a person."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from commerce.identity import service
from commerce.identity.errors import LastAdmin, UserNotFound
from commerce.messaging import service as messaging
from serving.dependencies import Writer
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/people", tags=["people"])


@router.delete(
    "/{user_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(UserNotFound, LastAdmin)),
)
def erase_person(user_id: UUID, caller: Annotated[Caller, may("people:erase")], write: Writer) -> None:
    """Forget a person for good: name, addresses, messages and log-ins. The books keep the id. The last admin stays."""
    write(lambda session: service.erase(session, user_id=user_id, erased_by=caller.user_id))
    messaging.forget_files(user_id)
