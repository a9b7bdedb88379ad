"""What is refused of reminders."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound, quoted


class ReminderInvalid(Invalid):
    """A reminder that cannot be as it is asked for."""

    code = "reminder-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} cannot be: {way_out}", field=field)


class ReminderNotFound(NotFound):
    """The shop has no such reminder."""

    code = "reminder-not-found"

    def __init__(self, reminder_id: UUID) -> None:
        super().__init__(
            f"this shop has no reminder {reminder_id}; `GET /api/v1/reminders` lists those it has",
            reminder_id=str(reminder_id),
        )


class ReminderMoveNotAllowed(Conflict):
    """The reminder is in a state in which this cannot be done."""

    code = "reminder-move-not-allowed"

    def __init__(self, reminder_id: UUID, state: str, way_out: str) -> None:
        super().__init__(
            f"reminder {reminder_id} is {state}: {way_out}", reminder_id=str(reminder_id), state=state
        )


class ReminderSettingInvalid(Invalid):
    """A setting of reminders that cannot be."""

    code = "reminder-setting-invalid"
