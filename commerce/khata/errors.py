"""What is refused of a khata."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound


class KhataEntryInvalid(Invalid):
    """An amount, a mode or a day that cannot be."""

    code = "khata-entry-invalid"


class KhataEntryNotFound(NotFound):
    """The shop wrote no such entry."""

    code = "khata-entry-not-found"

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(
            f"this shop wrote no khata entry {entry_id}; `GET /api/v1/ledger/{{customer_id}}` has the ids",
            entry_id=str(entry_id),
        )


class KhataEntryDuplicate(Conflict):
    """The same was written for the same customer a moment ago."""

    code = "khata-entry-duplicate"


class KhataEntryReversed(Conflict):
    """The entry is undone already, or is what undid one."""

    code = "khata-entry-reversed"


class KhataOpenedAlready(Conflict):
    """What was owed before was written already."""

    code = "khata-opened-already"
