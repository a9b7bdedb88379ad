"""The verbs about deliveries beside the handing over itself, which is `ordering`'s."""

from commerce.delivery.proofs import (
    Place,
    Proof,
    forget_pictures,
    forget_receivers,
    newest_proofs,
    picture_key,
    proof_of,
    proofs_of,
    prove,
)

__all__ = [
    "Place",
    "Proof",
    "forget_pictures",
    "forget_receivers",
    "newest_proofs",
    "picture_key",
    "proof_of",
    "proofs_of",
    "prove",
]
