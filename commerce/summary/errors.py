"""What is refused of a summary."""

from foundation.errors import Invalid


class SummaryDayInvalid(Invalid):
    """The day has not come yet, or was before the shop came here."""

    code = "summary-day-invalid"
