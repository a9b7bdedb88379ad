"""Money for suppliers who keep no book here."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.khata.service import money_account
from commerce.ledger import service as ledger
from commerce.ledger.days import entry_day, undoing_day
from commerce.ledger.errors import EntryReversed
from commerce.parties import service as parties
from commerce.purchases import queries, suppliers
from commerce.purchases.errors import SupplierPaymentInvalid, SupplierPaymentNotFound
from commerce.purchases.events import SupplierPaid
from commerce.purchases.models import SupplierPayment
from commerce.purchases.vocabulary import MODES
from foundation import clock
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

SOURCE = "supplier-payment"


def pay_supplier(
    session: Session,
    *,
    business_id: UUID,
    supplier_id: UUID,
    amount_paisa: int,
    mode: str,
    paid_on: date | None = None,
    reference: str | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Pay a supplier what it is owed, in part or whole; the payment's id.

    Raises SupplierNotFound, SupplierErased, SupplierPaymentInvalid, EntryDayInvalid, RequestKeyReused.
    """
    payment_id = uuid7()
    if request is not None and (earlier := claim(session, request, payment_id)) is not None:
        return earlier
    if mode not in MODES:
        raise SupplierPaymentInvalid(f"suppliers are not paid by {mode!r}; use one of {', '.join(MODES)}")
    shop = parties.get_business(session, business_id=business_id)
    day = entry_day(shop, paid_on)
    # Held before it is compared: two payments of the same dues would else both find them open.
    owed = suppliers.locked(session, business_id, supplier_id).owed_paisa
    if not 0 < amount_paisa <= owed:
        raise SupplierPaymentInvalid(
            f"{format_amount(amount_paisa, shop.currency)} for a supplier that is owed "
            f"{format_amount(owed, shop.currency)}; give an amount above zero and up to what is owed",
            amount_paisa=amount_paisa,
            owed_paisa=owed,
        )
    _write(
        session,
        id=payment_id,
        business_id=business_id,
        supplier_id=supplier_id,
        kind="payment",
        amount_paisa=amount_paisa,
        currency=shop.currency,
        mode=mode,
        reference=reference,
        paid_on=day,
        recorded_by=actor_id,
    )
    accounts = ledger.accounts_of(session, business_id=business_id, currency=shop.currency)
    entry = ledger.Entry(
        business_id=business_id,
        kind="supplier-payment",
        source=SOURCE,
        source_id=payment_id,
        effective_date=day,
        currency=shop.currency,
        amounts={accounts["supplier_dues"]: amount_paisa, accounts[money_account(mode)]: -amount_paisa},
    )
    ledger.post(session, [entry])
    queries.owe(session, supplier_id, -amount_paisa)
    told = SupplierPaid(str(payment_id), "payment", str(supplier_id), amount_paisa, shop.currency)
    publish(session, told, business_id=business_id, actor_id=actor_id, channel=channel)
    return payment_id


def reverse_supplier_payment(
    session: Session,
    *,
    business_id: UUID,
    supplier_id: UUID,
    payment_id: UUID,
    entered_on: date | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo a payment to a supplier by its contrary: it is owed so much again; the reversal's id.

    Raises SupplierNotFound, SupplierErased, SupplierPaymentNotFound, EntryReversed, EntryDayInvalid, RequestKeyReused.
    """
    reversal_id = uuid7()
    if request is not None and (earlier := claim(session, request, reversal_id)) is not None:
        return earlier
    suppliers.locked(session, business_id, supplier_id)
    paid = queries.paid(session, business_id, supplier_id, payment_id)
    if paid is None:
        raise SupplierPaymentNotFound(payment_id)
    if paid.kind == "reversal":
        raise EntryReversed(
            f"{payment_id} undid a payment itself; write what is right as a new one", entry_id=str(payment_id)
        )
    if queries.is_payment_reversed(session, payment_id):
        raise EntryReversed(f"payment {payment_id} is undone already", entry_id=str(payment_id))
    day = undoing_day(parties.get_business(session, business_id=business_id), entered_on, paid.paid_on)
    _write(
        session,
        id=reversal_id,
        business_id=business_id,
        supplier_id=supplier_id,
        kind="reversal",
        amount_paisa=-paid.amount_paisa,
        currency=paid.currency,
        mode=paid.mode,
        paid_on=day,
        recorded_by=actor_id,
        reverses_id=payment_id,
    )
    ledger.reverse(
        session,
        businesses=(business_id,),
        reversed_source=SOURCE,
        reversed_source_id=payment_id,
        source=SOURCE,
        source_id=reversal_id,
        effective_date=day,
    )
    queries.owe(session, supplier_id, paid.amount_paisa)
    told = SupplierPaid(str(reversal_id), "reversal", str(supplier_id), -paid.amount_paisa, paid.currency)
    publish(session, told, business_id=business_id, actor_id=actor_id, channel=channel)
    return reversal_id


def _write(session: Session, **values: Any) -> None:
    session.execute(
        insert(SupplierPayment.__table__).values(**values, recorded_at=clock.now())  # type: ignore[arg-type]
    )
