"""Views of links and of prints."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class LinkOut(View):
    """An address for a customer, that opens without a log-in."""

    url: str = Field(
        description="Sealed: nothing in it can be read, guessed or changed.",
        examples=["https://bills.example/b/q2Jm0cOa1vY7…"],
    )
    until: datetime = Field(description="It opens for seven days.")


class CopyOut(View):
    """A print of a paper."""

    copy_no: int = Field(description="0: the original.", examples=[1])
    form: str = Field(examples=["sheet"], description="sheet, slip, link, or filed: put away and mailed.")
    printed_by: UUID | None = Field(description="Null: nobody who was logged in.")
    printed_at: datetime
