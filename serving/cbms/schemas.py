"""Payloads and views of reports to Nepal's tax office."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from serving.shapes import Payload, View

State = Literal["pending", "accepted", "already_there", "refused", "failed"]


class CbmsSettingsIn(Payload):
    """What the tax office gave the seller, and the seller's turnover."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        examples=["shop-301234567"]
    )
    password: Annotated[SecretStr, Field(min_length=1, max_length=200)] | None = Field(
        None,
        description="Left out: the one before stays. It is kept sealed and never shown.",
        examples=["secret"],
    )
    turnover_rupees: int = Field(
        ge=0,
        le=10**13,
        description="Of the year before: above 20 crore each bill is reported.",
        examples=[250000000],
    )
    is_active: bool = True


class CbmsSettingsOut(View):
    """How the business reports."""

    username: str | None = Field(description="Null: nothing was set, and nothing is reported.")
    has_password: bool
    turnover_rupees: int | None
    is_active: bool
    changed_at: datetime | None


class CbmsReportOut(View):
    """How far the report of a document came."""

    invoice_id: UUID
    number: str = Field(examples=["82-83/000001"])
    kind: str = Field(examples=["tax_invoice"])
    document_date: date
    state: State
    tries: int
    code: int | None = Field(description="The office's last answer.", examples=[200])
    meaning: str | None = Field(examples=["taken"])
    queued_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None
