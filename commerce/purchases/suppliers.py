"""Whom a shop buys of beside orders: named once, owed and paid by id, and forgotten like a customer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.messaging.addresses import normal_phone
from commerce.messaging.errors import PhoneInvalid
from commerce.parties.models import Business
from commerce.purchases import queries
from commerce.purchases.errors import StockInInvalid, SupplierErased, SupplierNotFound, SupplierOwed
from commerce.purchases.models import Supplier
from foundation import clock, personal
from foundation.ids import uuid7
from foundation.money import format_amount
from foundation.personal import FORGOTTEN, blind_index

_SEALED_AS = "details"


@dataclass(frozen=True)
class Named:
    """What a shop calls a supplier, and what it knows of it."""

    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    registration_number: str | None = field(default=None, repr=False)
    """GSTIN or PAN, as it stands on the supplier's paper."""


@dataclass(frozen=True)
class Known:
    """A supplier as the shop reads it; of one that was erased the name is a word for that, and nothing else."""

    id: UUID
    details: Named = field(repr=False)
    currency: str
    owed_paisa: int
    made_at: datetime
    is_erased: bool

    @property
    def name(self) -> str:
        return self.details.name


def supplier_for(session: Session, shop: Business, named: Named, *, actor_id: UUID | None) -> UUID:
    """The shop's supplier of that name, whose row the caller now holds; made where there was none.

    What is said of a known one beside its name is kept where nothing stood. Raises StockInInvalid.
    """
    wanted = _checked(shop, named)
    index = _index(shop.id, wanted.name)
    known = queries.lock_supplier_named(session, shop.id, index)
    if known is None:
        supplier_id = uuid7()
        subject = personal.new_subject(session, made_at=clock.now(), subject_id=supplier_id)
        session.flush()
        is_new = queries.add_supplier(
            session,
            {
                "id": supplier_id,
                "business_id": shop.id,
                "currency": shop.currency,
                "details_sealed": subject.seal(_SEALED_AS, json.dumps(asdict(wanted), ensure_ascii=False)),
                "name_index": index,
                "made_by": actor_id,
                "made_at": clock.now(),
            },
        )
        if is_new:
            return supplier_id
        # Another made it meanwhile: its row is there now, and the key of ours seals nothing.
        personal.forget(session, supplier_id)
        known = queries.lock_supplier_named(session, shop.id, index)
        assert known is not None
    _complete(session, known, wanted)
    return known.id


def _complete(session: Session, row: Supplier, wanted: Named) -> None:
    subject = personal.subject(session, row.id)
    assert subject is not None
    assert row.details_sealed is not None
    before = Named(**json.loads(subject.open(_SEALED_AS, row.details_sealed)))
    told = Named(
        before.name,
        before.phone or wanted.phone,
        before.registration_number or wanted.registration_number,
    )
    if told != before:
        row.details_sealed = subject.seal(_SEALED_AS, json.dumps(asdict(told), ensure_ascii=False))
        session.flush()


def locked(session: Session, business_id: UUID, supplier_id: UUID) -> Supplier:
    """A supplier's row, held by the caller. Raises SupplierNotFound, SupplierErased."""
    row = queries.lock_supplier(session, business_id, supplier_id)
    if row is None:
        raise SupplierNotFound(supplier_id)
    if row.erased_at is not None:
        raise SupplierErased(supplier_id)
    return row


def erase_supplier(
    session: Session, *, business_id: UUID, supplier_id: UUID, erased_by: UUID | None = None
) -> None:
    """Forget what a supplier is called; the books keep the id.

    Raises SupplierNotFound, SupplierErased, SupplierOwed.
    """
    row = locked(session, business_id, supplier_id)
    if row.owed_paisa:
        raise SupplierOwed(
            f"supplier {supplier_id} stands at {format_amount(row.owed_paisa, row.currency)}; pay it or undo what is "
            "wrong first",
            supplier_id=str(supplier_id),
            owed_paisa=row.owed_paisa,
        )
    row.details_sealed, row.name_index, row.erased_at = None, None, clock.now()
    session.flush()
    personal.forget(session, supplier_id)
    audit.record(
        session,
        "supplier-erased",
        business_id=business_id,
        actor_id=erased_by,
        facts={"supplier_id": str(supplier_id)},
    )


def get_supplier(session: Session, *, business_id: UUID, supplier_id: UUID) -> Known:
    """One supplier, erased or not. Raises SupplierNotFound."""
    row = queries.supplier(session, business_id, supplier_id)
    if row is None:
        raise SupplierNotFound(supplier_id)
    return known(session, [row])[0]


def known(session: Session, rows: Sequence[RowMapping]) -> list[Known]:
    """Rows of `queries` in plain words."""
    subjects = personal.subjects(session, [row["id"] for row in rows if row["details_sealed"] is not None])
    return [
        Known(
            row["id"],
            Named(FORGOTTEN)
            if row["details_sealed"] is None
            else Named(**json.loads(subjects[row["id"]].open(_SEALED_AS, row["details_sealed"]))),
            row["currency"],
            row["owed_paisa"],
            row["made_at"],
            row["details_sealed"] is None,
        )
        for row in rows
    ]


def names_of(session: Session, *, business_id: UUID, suppliers: Sequence[UUID]) -> dict[UUID, str]:
    """What suppliers are called, by id; a word for it of those that were erased."""
    rows = queries.suppliers_of(session, business_id, suppliers)
    return {one.id: one.name for one in known(session, rows)}


def _checked(shop: Business, told: Named) -> Named:
    name = " ".join(told.name.split())
    if not name:
        raise StockInInvalid("the supplier has no name; write what its paper says, or leave it out")
    phone = told.phone
    if phone is not None:
        try:
            phone = normal_phone(phone, country=shop.country)
        except PhoneInvalid as error:
            raise StockInInvalid(str(error)) from None
    number = told.registration_number and "".join(told.registration_number.split()).upper()
    return Named(name, phone, number or None)


def _index(business_id: UUID, name: str) -> bytes:
    # Of this shop alone: the same name at two shops must not be seen to be one.
    return blind_index("supplier's name", f"{business_id}:{name.casefold()}")
