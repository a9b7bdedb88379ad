"""How the parts stand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from serving.shapes import View


class HealthOut(View):
    """Whether requests can be served and work gets done, and what it was judged by."""

    status: Literal["ok", "bad"]
    database: Literal["answers", "does not answer", "has no tables"]
    workers: int = Field(description="Workers that hold their name now.", examples=[1])
    oldest_unsealed_seconds: float | None = Field(
        description="Age of the oldest ledger entry without a seal."
    )
    oldest_unprocessed_seconds: float | None = Field(
        description="Age of the oldest job that could start now."
    )
    failed_jobs: int = Field(description="Jobs that need a person.", examples=[0])
    reasons: list[str] = Field(description="What is bad; empty when all is well.", examples=[[]])
