"""What is refused about when goods come and who received them."""

from foundation.errors import Conflict, Invalid, NotFound


class ProofInvalid(Invalid):
    """A proof without a name, of a return, or of a time to come or before its order."""

    code = "delivery-proof-invalid"


class ProofNotFound(NotFound):
    """The delivery has no such proof, or the proof no such picture."""

    code = "delivery-proof-not-found"


class SlotInvalid(Invalid):
    """Times, capacity or cut-off are out of bounds, or the day is none of the slot's."""

    code = "delivery-slot-invalid"


class SlotNotFound(NotFound):
    """The vendor offers no such slot where the retailer is, or the order has none."""

    code = "delivery-slot-not-found"


class SlotExists(Conflict):
    """The vendor has a slot that begins then already."""

    code = "delivery-slot-exists"


class SlotClosed(Conflict):
    """Its cut-off is over, or the vendor does not deliver on that day."""

    code = "delivery-slot-closed"


class SlotFull(Conflict):
    """All its places are taken."""

    code = "delivery-slot-full"
