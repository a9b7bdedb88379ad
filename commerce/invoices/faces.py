"""How a shop's paper names its customer, kept as it was given out: sealed under the customer's own key."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.personal import Subject, SubjectKey, subject_of

SEALED_AS = "buyer"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as a paper writes them; nobody can read it once the customer is forgotten."""

    name: str = field(repr=False)
    address: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    """GSTIN, or in Nepal the PAN."""

    def sealed(self, subject: Subject) -> bytes:
        """As the row keeps it."""
        return subject.seal(SEALED_AS, json.dumps(asdict(self), ensure_ascii=False))

    @classmethod
    def opened(cls, subject: Subject, sealed: bytes) -> Buyer:
        """What `sealed` made."""
        return cls(**json.loads(subject.open(SEALED_AS, sealed)))


@dataclass(frozen=True, slots=True)
class Kept:
    """A shop's customer as a paper was given out, with their tax profile of that day."""

    buyer: Buyer
    profile: str


_KEPT = text("""
    SELECT face.buyer_profile, face.buyer_sealed, subject.id, subject.sealed_key, subject.made_at
    FROM app.invoice_faces face
    JOIN app.invoices paper ON paper.id = face.invoice_id
    JOIN app.subject_keys subject ON subject.id = paper.customer_id
    WHERE face.invoice_id = :invoice_id AND face.buyer_sealed IS NOT NULL
""")


def kept_buyer(session: Session, invoice_id: UUID) -> Kept | None:
    """The customer as a bill or a note of it names them; None: of an older paper, or they are forgotten."""
    row = session.execute(_KEPT, {"invoice_id": invoice_id}).one_or_none()
    if row is None:
        return None
    subject = subject_of(SubjectKey(id=row.id, sealed_key=row.sealed_key, made_at=row.made_at))
    return Kept(Buyer.opened(subject, row.buyer_sealed), row.buyer_profile)
