"""What will be taken away, from when on and what to use instead: told by answers and by the OpenAPI document.

The policy stands in docs/api.md. An operation enters the table when its successor is there; it leaves the API, and
the table, on its last day at the earliest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

NOTICE: Final = timedelta(days=180)
"""How long an operation is kept after it was called deprecated, at least."""


@dataclass(frozen=True)
class Deprecated:
    """Since when, until when, and what to use instead; moments are aware."""

    since: datetime
    until: datetime
    instead: str

    def __post_init__(self) -> None:
        if self.until - self.since < NOTICE:
            raise ValueError(f"{self.until - self.since} is too short a notice; give {NOTICE.days} days")

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.until, usegmt=True),
            "Link": '</docs>; rel="deprecation"; type="text/html"',
        }


DEPRECATED: Final[dict[str, Deprecated]] = {}
"""By operation id. Nothing is deprecated in this version."""


def headers(operation_id: str | None) -> Mapping[str, str]:
    """What the answers of an operation say of its end; nothing for one that stays."""
    found = DEPRECATED.get(operation_id or "")
    return {} if found is None else found.headers


def mark(operation: dict[str, Any]) -> None:
    """Say it in the document too."""
    found = DEPRECATED.get(operation["operationId"])
    if found is not None:
        operation["deprecated"] = True
        ends = f"Deprecated: use {found.instead}. Ends on {found.until:%Y-%m-%d}."
        operation["description"] = f"{operation.get('description', '')}\n\n{ends}".strip()
