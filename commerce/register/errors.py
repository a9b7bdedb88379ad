"""What is refused of a sales register."""

from foundation.errors import Invalid


class RegisterPeriodInvalid(Invalid):
    """The period is none, is too long, or has too many documents for one file."""

    code = "register-period-invalid"
