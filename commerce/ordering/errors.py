"""What ordering refuses."""

from foundation.errors import Conflict, Forbidden, Invalid, NotFound


class OrderNotFound(NotFound):
    code = "order-not-found"


class PartyNotFound(NotFound):
    code = "party-not-found"


class OrderInvalid(Invalid):
    code = "order-invalid"


class QuantityInvalid(Invalid):
    """Under the minimum, no carton multiple, or a part of what has no parts."""

    code = "quantity-invalid"


class ProductUnavailable(Conflict):
    """The vendor does not sell it, or says that it is out."""

    code = "product-unavailable"


class MoveNotAllowed(Conflict):
    """The order is not in a state from which this may be done."""

    code = "move-not-allowed"


class NotYourMove(Forbidden):
    """The other side does this."""

    code = "not-your-move"


class QuantityExceeded(Conflict):
    """More than is open of a line."""

    code = "quantity-exceeded"
