"""Keys for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.identity import api_keys, queries, service
from commerce.identity.errors import ApiKeyInvalid, ApiKeyNotFound, UserNotFound
from commerce.identity.models import ApiKey
from commerce.identity.queries import ApiKeyFilter
from serving.api_keys.schemas import ApiKeyIn, ApiKeyOut, ApiKeysOut, NewApiKeyOut, Scope
from serving.dependencies import Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/api-keys", tags=["api keys"])

Managing = Annotated[Caller, may("keys:manage")]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_api_keys(
    caller: Managing,
    read: Reader,
    asked: PageAsked,
    state: Annotated[
        Literal["active", "revoked", "expired"] | None,
        Query(description="Only those in use, or ended by somebody, or ended by their time."),
    ] = None,
    mode: Annotated[Literal["live", "test"] | None, Query(description="Only keys of this kind.")] = None,
    scope: Annotated[Scope | None, Query(description="Only keys that may do this.")] = None,
    sort: Annotated[
        Literal["newest", "oldest", "name"],
        Query(description="`newest`: the last made first; `oldest`: the first made first; `name`: by name."),
    ] = "newest",
) -> ApiKeysOut:
    """The keys of the caller's business, the revoked and expired ones too, by `sort`."""
    order = queries.API_KEYS_BY[sort]
    found = read(
        lambda session: api_keys.list_keys(
            session,
            business_id=caller.own_business_id,
            chosen=ApiKeyFilter(state, mode, scope),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    page = asked.page(found, ApiKeyOut.model_validate, key=order.key_of)
    return ApiKeysOut(
        items=page.items,
        next_cursor=page.next_cursor,
        possible_scopes=api_keys.scopes_of(caller.role),
    )


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, describe(ApiKeyInvalid, UserNotFound))
)
def make_api_key(wanted: ApiKeyIn, caller: Managing, write: Writer) -> NewApiKeyOut:
    """Make a key; it is shown this once, and sent as `Authorization: Bearer <key>`."""

    def make(session: Session) -> tuple[ApiKey, str]:
        return api_keys.make(
            session,
            made_by=service.profile(session, user_id=caller.user_id),
            name=wanted.name,
            mode=wanted.mode,
            scopes=wanted.scopes,
            expires_at=wanted.expires_at,
        )

    made, key = write(make)
    return NewApiKeyOut(**ApiKeyOut.model_validate(made).model_dump(), key=key)


@router.delete(
    "/{key_id}", status_code=HTTPStatus.NO_CONTENT, responses=merged(GUARDED, describe(ApiKeyNotFound))
)
def revoke_api_key(key_id: UUID, caller: Managing, write: Writer) -> None:
    """End a key within seconds, for ever."""
    write(
        lambda session: api_keys.revoke(
            session, business_id=caller.own_business_id, key_id=key_id, revoked_by=caller.user_id
        )
    )
