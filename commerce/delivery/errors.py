"""What is refused about who received goods."""

from foundation.errors import Invalid, NotFound


class ProofInvalid(Invalid):
    """A proof without a name, of a return, or of a time to come."""

    code = "delivery-proof-invalid"


class ProofNotFound(NotFound):
    """The delivery has no such proof, or the proof no such picture."""

    code = "delivery-proof-not-found"
