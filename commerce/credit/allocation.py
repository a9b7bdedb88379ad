"""Which credit settles which debt, said anew; and debts that are given up."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from commerce.credit import desk_queries, discounts
from commerce.credit import queries as credit_queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import (
    AllocationInvalid,
    ItemNotFound,
    LimitInvalid,
    SecondPersonNeeded,
    WriteOffDecidedAlready,
    WriteOffNotFound,
)
from commerce.credit.events import CreditReallocated, DebtWrittenOff
from commerce.credit.models import CreditPolicy, WriteOff
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount


def reallocate(
    session: Session,
    *,
    vendor_id: UUID,
    item_id: UUID,
    chosen: Mapping[UUID, int],
    is_rest_kept: bool = False,
    actor_id: UUID | None = None,
) -> None:
    """Let a payment or credit note settle other debts than it does: first what is chosen, then the oldest.

    Other credit that settles nothing yet settles what becomes open, unless `is_rest_kept`.
    Raises ItemNotFound, AllocationInvalid.
    """
    item = _item(session, vendor_id, item_id)
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=item.retailer_id)
    ledger.lock_exposure(session, account_id=item.account_id)
    is_undone = item.source == "payment" and credit_queries.is_reversed(session, item.source_id)
    if item.kind not in ("payment", "credit_note") or is_undone:
        raise AllocationInvalid(
            f"item {item_id} is {'undone' if is_undone else f'of the kind {item.kind}'}; "
            "only a standing payment or credit note can settle other debts",
            item_id=str(item_id),
            kind=item.kind,
        )
    debts = [row.debit_item_id for row in ledger_queries.settlements_of(session, item_id)]
    if given := discounts.given_for(session, debts):
        raise AllocationInvalid(
            f"item {item_id} settles a debt of which {format_amount(given[0].amount_paisa, agreement.currency)} were "
            "given off for paying in time; undo the payment as a mistake and record it anew",
            item_id=str(item_id),
        )
    advance_paisa = ledger.reallocate(
        session,
        business_id=vendor_id,
        account_id=item.account_id,
        credit_item_id=item_id,
        credit_date=item.document_date,
        chosen=chosen,
        is_rest_kept=is_rest_kept,
    )
    if not is_rest_kept:
        today = business_day(clock.now(), agreement.time_zone)
        ledger.settle_open(session, business_id=vendor_id, account_id=item.account_id, effective_date=today)
    publish(
        session,
        CreditReallocated(
            item_id=str(item_id),
            vendor_id=str(vendor_id),
            retailer_id=str(item.retailer_id),
            advance_paisa=advance_paisa,
            currency=agreement.currency,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel="api",
    )


def settle_advances(session: Session, *, vendor_id: UUID, retailer_id: UUID) -> int:
    """Let advances of one retailer settle what it owes, oldest first; how much that was. Raises AgreementNotFound."""
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    ledger.lock_exposure(session, account_id=agreement.receivable_account_id)
    return ledger.settle_open(
        session,
        business_id=vendor_id,
        account_id=agreement.receivable_account_id,
        effective_date=business_day(clock.now(), agreement.time_zone),
    )


def set_policy(session: Session, *, vendor_id: UUID, write_off_max_paisa: int, set_by: UUID) -> None:
    """Say how much of one debt is written off without a second person, from now on. Raises LimitInvalid."""
    if write_off_max_paisa < 0:
        raise LimitInvalid(
            f"a bound of {write_off_max_paisa} paisa is below zero; set 0 to ask a second person always"
        )
    now = clock.now()
    session.execute(
        insert(CreditPolicy.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            vendor_id=vendor_id,
            write_off_max_paisa=write_off_max_paisa,
            set_by=set_by,
            valid_from=now,
            recorded_at=now,
        )
    )


def write_off(
    session: Session,
    *,
    vendor_id: UUID,
    item_id: UUID,
    amount_paisa: int | None,
    reason: str,
    requested_by: UUID,
    request: RequestKey | None = None,
) -> UUID:
    """Give up a debt, whole (`amount_paisa` None) or in part: at once within the vendor's bound, else it waits.

    The bound is of the debt: what was written off of it without a second person before counts, whoever did it and in
    however many parts. What goes beyond waits for a second person. Returns the write-off's id.
    Raises ItemNotFound, AllocationInvalid, RequestKeyReused.
    """
    write_off_id = uuid7()
    if request is not None and (earlier := claim(session, request, write_off_id)) is not None:
        return earlier
    item = _item(session, vendor_id, item_id)
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=item.retailer_id)
    ledger.lock_exposure(session, account_id=item.account_id)
    amount_paisa = _checked(session, item, amount_paisa, agreement.currency)
    now = clock.now()
    alone_paisa = amount_paisa + desk_queries.written_off_alone(session, item.retailer_id, item_id)
    is_within = alone_paisa <= desk_queries.write_off_bound(session, vendor_id, now)
    session.execute(
        insert(WriteOff.__table__).values(  # type: ignore[arg-type]
            id=write_off_id,
            vendor_id=vendor_id,
            retailer_id=item.retailer_id,
            agreement_id=agreement.id,
            item_id=item_id,
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            reason=reason,
            state="approved" if is_within else "waiting",
            requested_by=requested_by,
            requested_at=now,
            decided_at=now if is_within else None,
        )
    )
    if is_within:
        _post(session, write_off_id, item, amount_paisa, requested_by)
    return write_off_id


def approve_write_off(
    session: Session,
    *,
    vendor_id: UUID,
    write_off_id: UUID,
    approved_by: UUID,
    request: RequestKey | None = None,
) -> UUID:
    """Approve what somebody else asked to write off, once. Returns the write-off's id.

    Raises WriteOffNotFound, WriteOffDecidedAlready, SecondPersonNeeded, AllocationInvalid (less is owed by now),
    RequestKeyReused.
    """
    if request is not None and claim(session, request, write_off_id) is not None:
        return write_off_id
    found = _lock(session, vendor_id, write_off_id)
    if found.requested_by == approved_by:
        raise SecondPersonNeeded(
            f"write-off {write_off_id} was asked for by you; let another person of the business approve it",
            write_off_id=str(write_off_id),
        )
    _decide(session, write_off_id, "approved", approved_by)
    item = _item(session, vendor_id, found.item_id)
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=item.retailer_id)
    ledger.lock_exposure(session, account_id=item.account_id)
    _checked(session, item, found.amount_paisa, agreement.currency)
    _post(session, write_off_id, item, found.amount_paisa, approved_by)
    return write_off_id


def decline_write_off(session: Session, *, vendor_id: UUID, write_off_id: UUID, declined_by: UUID) -> None:
    """Leave the debt as it is. Raises WriteOffNotFound, WriteOffDecidedAlready."""
    _lock(session, vendor_id, write_off_id)
    _decide(session, write_off_id, "declined", declined_by)


def _item(session: Session, vendor_id: UUID, item_id: UUID) -> desk_queries.ItemBetween:
    found = desk_queries.item_between(session, vendor_id, item_id)
    if found is None:
        raise ItemNotFound(
            f"vendor {vendor_id} has no item {item_id}; `GET /api/v1/credit/history` has the ids",
            item_id=str(item_id),
        )
    return found


def _checked(
    session: Session, item: desk_queries.ItemBetween, amount_paisa: int | None, currency: str
) -> int:
    """How much of a debt is written off (None: what is owed of it). The account's row must be locked.

    Raises AllocationInvalid.
    """
    rows = desk_queries.open_items(session, item.account_id)
    open_paisa = next((int(row["open_paisa"]) for row in rows if row["is_debt"] and row["id"] == item.id), 0)
    # A debt that stands open beside the credit note for its goods is not owed: both together would make money.
    kept_paisa = ledger_queries.given_up(session, item.account_id, None).account_kept_paisa
    owed_paisa = max(0, min(open_paisa, kept_paisa))
    amount_paisa = owed_paisa if amount_paisa is None else amount_paisa
    if not 0 < amount_paisa <= owed_paisa:
        beside = "; credit notes that settle nothing settle the rest" if owed_paisa < open_paisa else ""
        raise AllocationInvalid(
            f"{format_amount(amount_paisa, currency)} of item {item.id} cannot be written off: "
            f"{format_amount(owed_paisa, currency)} of it are owed{beside}",
            item_id=str(item.id),
            asked_paisa=amount_paisa,
            open_paisa=owed_paisa,
        )
    return amount_paisa


def _lock(session: Session, vendor_id: UUID, write_off_id: UUID) -> desk_queries.PendingWriteOff:
    found = desk_queries.lock_write_off(session, vendor_id, write_off_id)
    if found is None:
        raise WriteOffNotFound(
            f"vendor {vendor_id} has no write-off {write_off_id}; `GET /api/v1/credit/write-offs` has the ids",
            write_off_id=str(write_off_id),
        )
    if found.state != "waiting":
        raise WriteOffDecidedAlready(
            f"write-off {write_off_id} is {found.state} already; ask for a new one",
            write_off_id=str(write_off_id),
            state=found.state,
        )
    return found


def _decide(session: Session, write_off_id: UUID, state: str, decided_by: UUID) -> None:
    session.execute(
        update(WriteOff)
        .where(WriteOff.id == write_off_id)
        .values(state=state, decided_by=decided_by, decided_at=clock.now())
    )


def _post(
    session: Session, write_off_id: UUID, item: desk_queries.ItemBetween, amount_paisa: int, actor_id: UUID
) -> None:
    """Entries in both books, and an item that settles the debt. The account's row must be locked."""
    agreement = find_agreement(session, vendor_id=item.vendor_id, retailer_id=item.retailer_id)
    day = business_day(clock.now(), agreement.time_zone)
    ledger.move_exposure(session, account_id=item.account_id, posted_paisa=-amount_paisa)
    transaction_id = ledger.post_mirrored(
        session,
        source="write_off",
        source_id=write_off_id,
        effective_date=day,
        currency=agreement.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(item.vendor_id, debit="bad_debts", credit=item.account_id),
        buyer=ledger.Leg(item.retailer_id, debit=agreement.payable_account_id, credit="debts_forgiven")
        if agreement.payable_account_id is not None
        else None,
    )
    ledger.enter_item(
        session,
        ledger.Item(
            business_id=item.vendor_id,
            account_id=item.account_id,
            kind="write_off",
            amount_paisa=-amount_paisa,
            currency=agreement.currency,
            document_date=day,
            due_date=day,
            source="write_off",
            source_id=write_off_id,
            transaction_id=transaction_id,
        ),
        chosen={item.id: amount_paisa},
    )
    publish(
        session,
        DebtWrittenOff(
            write_off_id=str(write_off_id),
            item_id=str(item.id),
            vendor_id=str(item.vendor_id),
            retailer_id=str(item.retailer_id),
            amount_paisa=amount_paisa,
            currency=agreement.currency,
        ),
        business_id=item.vendor_id,
        actor_id=actor_id,
        channel="api",
    )
