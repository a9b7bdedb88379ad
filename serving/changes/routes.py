"""What happened to a business since its system asked last."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.subscriptions import TOLD
from commerce.webhooks.errors import EventTypeUnknown
from foundation import feed, keys
from foundation.feed import Place
from foundation.money import told
from serving.changes.schemas import ChangeOut, ChangesOut
from serving.dependencies import Reader
from serving.pagination import LIMIT_MAX, CursorInvalid
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/changes", tags=["changes"])

MayRead = Annotated[Caller, may("events:read")]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid, EventTypeUnknown)))
def list_changes(
    caller: MayRead,
    read: Reader,
    after: Annotated[
        str | None,
        Query(max_length=4000, description="`next_after` of the answer before; none: from the first."),
    ] = None,
    type: Annotated[
        list[str] | None, Query(max_length=20, description="Only of these types; the same with each cursor.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Changes of an answer.")] = 50,
) -> ChangesOut:
    """What happened, in an order that loses nothing: what commits late comes late, and comes once."""
    business_id = caller.own_business_id
    for one in type or ():
        if one not in TOLD:
            raise EventTypeUnknown(one, TOLD)
    place = None if after is None else _opened(after, business_id)
    rows, next_place = read(
        lambda session: feed.events_after(
            session, business_id, place, types=sorted(set(type or TOLD)), limit=limit
        )
    )
    return ChangesOut(
        items=[ChangeOut(**{**row, "data": told(row["payload"])}) for row in rows],
        next_after=cursor_of(next_place, business_id),
        has_more=next_place.last is not None,
    )


def cursor_of(place: Place, business_id: UUID) -> str:
    """The cursor with which a business goes on from a place."""
    parts = [place.server, place.since, place.until, None if place.last is None else str(place.last)]
    return base64.urlsafe_b64encode(json.dumps([_seal(parts, business_id), *parts]).encode()).decode()


def _opened(cursor: str, business_id: UUID) -> Place:
    try:
        seal, *parts = json.loads(base64.urlsafe_b64decode(cursor))
        if not hmac.compare_digest(seal, _seal(parts, business_id)):
            raise CursorInvalid(cursor)
        server, since, until, last = parts
        return Place(server, since, until, None if last is None else UUID(last))
    except (ValueError, TypeError):
        raise CursorInvalid(cursor) from None


def _seal(parts: list[str | None], business_id: UUID) -> str:
    # Sealed, so that only snapshots that came from the database get back into it.
    content = json.dumps([str(business_id), parts]).encode()
    return hmac.new(keys.derived("changes"), content, hashlib.sha256).hexdigest()[:24]
