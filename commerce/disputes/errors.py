"""What disputes refuse."""

from foundation.errors import Conflict, Forbidden, Invalid, NotFound


class DisputeNotFound(NotFound):
    code = "dispute-not-found"


class DisputeInvalid(Invalid):
    """Nothing that can be disputed, or not by so much."""

    code = "dispute-invalid"


class DisputeMoveNotAllowed(Conflict):
    """The dispute is not in a state from which this may be done."""

    code = "dispute-move-not-allowed"


class NotYourDispute(Forbidden):
    """The other side, or the platform's admin, does this."""

    code = "not-your-dispute-move"
