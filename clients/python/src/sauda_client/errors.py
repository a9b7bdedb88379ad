"""What the API answers instead of what was asked for."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The API refused, or failed: programs decide by `code`; `facts` are the members of the problem."""

    def __init__(self, status: int, facts: dict[str, Any], correlation_id: str | None) -> None:
        self.status = status
        self.code = str(facts.get("code", f"http-{status}"))
        self.facts = facts
        self.correlation_id = correlation_id
        super().__init__(f"{self.code}: {facts.get('detail', 'the answer is no problem document')}")
