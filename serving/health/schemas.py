"""How the parts stand."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from serving.shapes import View


class HealthOut(View):
    """Whether requests can be served and work gets done, and what it was judged by."""

    status: Literal["ok", "bad"]
    database: Literal["answers", "does not answer"]
    workers: int = Field(description="Workers that hold their name now.")
    oldest_unsealed_seconds: float | None = Field(
        description="Age of the oldest ledger entry without a seal."
    )
    oldest_unprocessed_seconds: float | None = Field(
        description="Age of the oldest job that could start now."
    )
    failed_jobs: int = Field(description="Jobs that need a person.")
    reasons: list[str] = Field(description="What is bad; empty when all is well.")

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "ok",
                "database": "answers",
                "workers": 1,
                "oldest_unsealed_seconds": 2.1,
                "oldest_unprocessed_seconds": None,
                "failed_jobs": 0,
                "reasons": [],
            }
        }
    )
