"""Payloads and views of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from serving.auth.schemas import Text
from serving.shapes import Page, Payload, View

Scope = Annotated[str, StringConstraints(pattern="^[a-z:-]{3,40}$")]


class ApiKeyIn(Payload):
    """What the key is for, and what it may do."""

    name: Text = Field(examples=["Till at the bazaar shop"])
    mode: Literal["live", "test"] = Field(
        "live", description="A test key is answered as a live one, and leaves nothing behind."
    )
    scopes: list[Scope] = Field(
        min_length=1, max_length=50, examples=[["catalogue:read", "orders:read", "orders:place"]]
    )
    expires_at: AwareDatetime | None = Field(
        None, description="Never, unless given.", examples=["2027-11-20T10:15:00Z"]
    )


class ApiKeyOut(View):
    """A key as its business sees it: its beginning, never the whole."""

    id: UUID
    name: str = Field(examples=["Till at the bazaar shop"])
    mode: Literal["live", "test"] = Field(examples=["live"])
    prefix: str = Field(examples=["sauda_live_pJ0v0y7J"])
    scopes: list[str] = Field(examples=[["catalogue:read", "orders:read", "orders:place"]])
    made_by: UUID
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class NewApiKeyOut(ApiKeyOut):
    """The key, shown this once."""

    key: str = Field(examples=["sauda_live_pJ0v0y7Jt8s4i1nq2C0bq8b1k8c3x8u7z6w5v4t3s2r"])


class ApiKeysOut(Page[ApiKeyOut]):
    """A page of the keys of a business, and what a key of the caller may be let do."""

    possible_scopes: list[str] = Field(examples=[["catalogue:read", "orders:read", "orders:place"]])
