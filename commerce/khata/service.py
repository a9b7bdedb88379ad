"""Verbs of the khata: what a customer owed before, owes without a bill, and pays; and the undoing of each.

Each entry is one transaction of the shop's book and one item of the customer's account. A payment settles the oldest
debts first, or those that it names; what is left over is paid ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.khata import queries
from commerce.khata.errors import (
    KhataEntryDuplicate,
    KhataEntryInvalid,
    KhataEntryNotFound,
    KhataEntryReversed,
    KhataOpenedAlready,
)
from commerce.khata.events import KhataEntered
from commerce.khata.models import KhataEntry
from commerce.khata.queries import Khata
from commerce.khata.vocabulary import AMOUNT_MAX_PAISA, DUPLICATE_WITHIN, MODES, REVERSAL_REASONS
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount
from foundation.settings import settings

SOURCE = "khata"
_ITEM_KINDS = {"opening": "opening", "debit": "charge", "payment": "payment"}


@dataclass(frozen=True)
class _Entry:
    id: UUID
    business_id: UUID
    customer_id: UUID
    kind: str
    amount_paisa: int
    """What the customer owes more; below zero: less."""
    day: date
    _: KW_ONLY
    mode: str | None = None
    reference: str | None = None
    actor_id: UUID | None
    channel: str
    reverses_id: UUID | None = None
    reversal_reason: str | None = None


def open_balance(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    amount_paisa: int,
    entered_on: date | None = None,
    reference: str | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Write what a customer owes from before by the shop's own paper, once; the entry's id.

    Raises CustomerNotFound, CustomerErased, KhataEntryInvalid, KhataOpenedAlready, RequestKeyReused.
    """
    entry_id = uuid7()
    if request is not None and (earlier := claim(session, request, entry_id)) is not None:
        return earlier
    khata = _khata(session, business_id, customer_id)
    day = _checked(khata, amount_paisa, entered_on)
    _lock(session, khata, business_id, customer_id)
    if queries.is_opened(session, customer_id):
        raise KhataOpenedAlready(
            f"what customer {customer_id} owed before was written already; write a debit for what was left out",
            customer_id=str(customer_id),
        )
    entry = _Entry(
        entry_id,
        business_id,
        customer_id,
        "opening",
        amount_paisa,
        day,
        reference=reference,
        actor_id=actor_id,
        channel=channel,
    )
    _enter(session, khata, entry, other="opening_balances")
    return entry_id


def add_debit(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    amount_paisa: int,
    entered_on: date | None = None,
    due_on: date | None = None,
    reference: str | None = None,
    confirm_duplicate: bool = False,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Write up what a customer owes without a bill ("write fifty to Ramesh"); the entry's id.

    It is a sale whose goods nobody named, kept apart from those of bills: who must give an invoice makes a bill.
    Raises CustomerNotFound, CustomerErased, KhataEntryInvalid, KhataEntryDuplicate, RequestKeyReused.
    """
    entry_id = uuid7()
    if request is not None and (earlier := claim(session, request, entry_id)) is not None:
        return earlier
    khata = _khata(session, business_id, customer_id)
    day = _checked(khata, amount_paisa, entered_on)
    if due_on is not None and due_on < day:
        raise KhataEntryInvalid(f"a debit of {day} cannot be due on {due_on}; give that day or a later one")
    _lock(session, khata, business_id, customer_id)
    if not confirm_duplicate:
        _refuse_twin(session, khata, customer_id, "debit", amount_paisa)
    entry = _Entry(
        entry_id,
        business_id,
        customer_id,
        "debit",
        amount_paisa,
        day,
        reference=reference,
        actor_id=actor_id,
        channel=channel,
    )
    _enter(session, khata, entry, other="unbilled_sales", due_on=due_on)
    return entry_id


def record_payment(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    amount_paisa: int,
    mode: str,
    entered_on: date | None = None,
    reference: str | None = None,
    chosen: Mapping[UUID, int] | None = None,
    is_rest_kept: bool = False,
    confirm_duplicate: bool = False,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Take a customer's money; `chosen` says how much of which items it settles first. The entry's id.

    The same amount within five minutes is taken for a slip unless `confirm_duplicate` says that it is not.
    Raises CustomerNotFound, CustomerErased, KhataEntryInvalid, KhataEntryDuplicate, AllocationInvalid,
    RequestKeyReused.
    """
    entry_id = uuid7()
    if request is not None and (earlier := claim(session, request, entry_id)) is not None:
        return earlier
    if mode not in MODES:
        raise KhataEntryInvalid(f"payments are not taken by {mode!r}; use one of {', '.join(MODES)}")
    khata = _khata(session, business_id, customer_id)
    day = _checked(khata, amount_paisa, entered_on)
    _lock(session, khata, business_id, customer_id)
    if not confirm_duplicate:
        _refuse_twin(session, khata, customer_id, "payment", -amount_paisa)
    entry = _Entry(
        entry_id,
        business_id,
        customer_id,
        "payment",
        -amount_paisa,
        day,
        mode=mode,
        reference=reference,
        actor_id=actor_id,
        channel=channel,
    )
    _enter(session, khata, entry, other=money_account(mode), chosen=chosen, is_rest_kept=is_rest_kept)
    return entry_id


def reverse_entry(
    session: Session,
    *,
    business_id: UUID,
    entry_id: UUID,
    reason: str,
    entered_on: date | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo an entry by its contrary: a payment that bounced, or what was written by mistake. The reversal's id.

    What a payment had settled is open again, due when it was.
    Raises KhataEntryNotFound, KhataEntryReversed, KhataEntryInvalid, RequestKeyReused.
    """
    reversal_id = uuid7()
    if request is not None and (earlier := claim(session, request, reversal_id)) is not None:
        return earlier
    if reason not in REVERSAL_REASONS:
        raise KhataEntryInvalid(f"no entry is undone for {reason!r}; give {' or '.join(REVERSAL_REASONS)}")
    entry = queries.written(session, business_id, entry_id)
    if entry is None:
        raise KhataEntryNotFound(entry_id)
    if entry.kind == "reversal":
        raise KhataEntryReversed(
            f"{entry_id} undid another entry itself; write what is right as a new one", entry_id=str(entry_id)
        )
    khata = _khata(session, business_id, entry.customer_id)
    day = _day(khata, entered_on)
    if day < entry.entered_on:
        raise KhataEntryInvalid(
            f"the entry is of {entry.entered_on}; it cannot be undone on {day}, before it"
        )
    _lock(session, khata, business_id, entry.customer_id)
    ledger.move_exposure(session, account_id=khata.account_id, posted_paisa=-entry.amount_paisa)
    # Asked under the khata's lock: two that undo one entry find each other here.
    if queries.is_reversed(session, entry_id):
        raise KhataEntryReversed(f"entry {entry_id} is undone already", entry_id=str(entry_id))
    [transaction_id] = ledger.reverse(
        session,
        businesses=(business_id,),
        reversed_source=SOURCE,
        reversed_source_id=entry_id,
        source=SOURCE,
        source_id=reversal_id,
        effective_date=day,
    ).values()
    reversal = _Entry(
        reversal_id,
        business_id,
        entry.customer_id,
        "reversal",
        -entry.amount_paisa,
        day,
        mode=entry.mode,
        actor_id=actor_id,
        channel=channel,
        reverses_id=entry_id,
        reversal_reason=reason,
    )
    _write(session, khata, reversal)
    undone = ledger_queries.item_of(session, khata.account_id, SOURCE, entry_id)
    is_payment = entry.kind == "payment"
    item = ledger.Item(
        business_id=business_id,
        account_id=khata.account_id,
        kind="bounce" if is_payment else "credit_note",
        amount_paisa=-entry.amount_paisa,
        currency=khata.currency,
        document_date=day,
        due_date=day,
        source=SOURCE,
        source_id=reversal_id,
        transaction_id=transaction_id,
    )
    if is_payment:
        ledger.undo_settlements(
            session,
            business_id=business_id,
            account_id=khata.account_id,
            credit_item_id=undone,
            effective_date=day,
        )
        ledger.enter_item(session, item, first={undone})
        ledger.settle_open(session, business_id=business_id, account_id=khata.account_id, effective_date=day)
    else:
        open_paisa = {
            debit.id: debit.open_paisa for debit in ledger_queries.open_debits(session, khata.account_id)
        }.get(undone, 0)
        ledger.enter_item(session, item, chosen={undone: open_paisa} if open_paisa else None)
    _tell(session, khata, reversal)
    return reversal_id


def is_opened(session: Session, *, customer_id: UUID) -> bool:
    """Whether what a customer owed from before was written."""
    return queries.is_opened(session, customer_id)


def money_account(mode: str) -> str:
    """Where money that came by this way stands in the book."""
    return "cash" if mode == "cash" else "bank"


def _khata(session: Session, business_id: UUID, customer_id: UUID) -> Khata:
    found = queries.khata(session, business_id, customer_id)
    if found is None:
        raise CustomerNotFound(customer_id)
    if found.is_erased:
        raise CustomerErased(customer_id)
    return found


def _lock(session: Session, khata: Khata, business_id: UUID, customer_id: UUID) -> None:
    """Lock the khata. Raises CustomerErased of who was forgotten meanwhile: an erasure holds that lock, too."""
    ledger.lock_exposure(session, account_id=khata.account_id)
    again = queries.khata(session, business_id, customer_id)
    if again is None or again.is_erased:
        raise CustomerErased(customer_id)


def _checked(khata: Khata, amount_paisa: int, day: date | None) -> date:
    if not 0 < amount_paisa <= AMOUNT_MAX_PAISA:
        raise KhataEntryInvalid(
            f"an entry of {format_amount(amount_paisa, khata.currency)}; give an amount above zero and up to "
            f"{format_amount(AMOUNT_MAX_PAISA, khata.currency)}",
            amount_paisa=amount_paisa,
        )
    return _day(khata, day)


def _day(khata: Khata, day: date | None) -> date:
    """The day of an entry (default: today), within its bounds. Raises KhataEntryInvalid."""
    today = business_day(clock.now(), khata.time_zone)
    day = day or today
    first = max(
        business_day(khata.joined_at, khata.time_zone),
        today - timedelta(days=settings().payment_backdating_days_max),
    )
    if not first <= day <= today:
        raise KhataEntryInvalid(f"an entry dated {day} cannot be; give a day from {first} to today, {today}")
    return day


def _refuse_twin(session: Session, khata: Khata, customer_id: UUID, kind: str, amount_paisa: int) -> None:
    twin = queries.alike(session, customer_id, kind, amount_paisa, clock.now() - DUPLICATE_WITHIN)
    if twin is not None:
        raise KhataEntryDuplicate(
            f"a {kind} of {format_amount(abs(amount_paisa), khata.currency)} for customer {customer_id} was written "
            f"within the last five minutes, {twin}; send `confirm_duplicate` if it happened twice",
            entry_id=str(twin),
            amount_paisa=abs(amount_paisa),
        )


def _enter(
    session: Session,
    khata: Khata,
    entry: _Entry,
    *,
    other: str,
    due_on: date | None = None,
    chosen: Mapping[UUID, int] | None = None,
    is_rest_kept: bool = False,
) -> None:
    """Write an entry of a locked khata: row, transaction against the account `other`, item, event."""
    ledger.move_exposure(session, account_id=khata.account_id, posted_paisa=entry.amount_paisa)
    accounts = ledger.accounts_of(session, business_id=entry.business_id, currency=khata.currency)
    posted = ledger.Entry(
        business_id=entry.business_id,
        kind=SOURCE,
        source=SOURCE,
        source_id=entry.id,
        effective_date=entry.day,
        currency=khata.currency,
        amounts={khata.account_id: entry.amount_paisa, accounts[other]: -entry.amount_paisa},
    )
    ledger.post(session, [posted])
    _write(session, khata, entry)
    ledger.enter_item(
        session,
        ledger.Item(
            business_id=entry.business_id,
            account_id=khata.account_id,
            kind=_ITEM_KINDS[entry.kind],
            amount_paisa=entry.amount_paisa,
            currency=khata.currency,
            document_date=entry.day,
            due_date=due_on or entry.day,
            source=SOURCE,
            source_id=entry.id,
            transaction_id=posted.id,
        ),
        chosen=chosen,
        is_rest_kept=is_rest_kept,
    )
    _tell(session, khata, entry)


def _write(session: Session, khata: Khata, entry: _Entry) -> None:
    session.execute(
        insert(KhataEntry.__table__).values(  # type: ignore[arg-type]
            id=entry.id,
            business_id=entry.business_id,
            customer_id=entry.customer_id,
            kind=entry.kind,
            amount_paisa=entry.amount_paisa,
            currency=khata.currency,
            mode=entry.mode,
            reference=entry.reference,
            entered_on=entry.day,
            recorded_by=entry.actor_id,
            recorded_at=clock.now(),
            reverses_id=entry.reverses_id,
            reversal_reason=entry.reversal_reason,
        )
    )


def _tell(session: Session, khata: Khata, entry: _Entry) -> None:
    publish(
        session,
        KhataEntered(
            entry_id=str(entry.id),
            customer_id=str(entry.customer_id),
            kind=entry.kind,
            amount_paisa=entry.amount_paisa,
            balance_paisa=ledger.see_exposure(session, account_id=khata.account_id).posted_paisa,
            currency=khata.currency,
        ),
        business_id=entry.business_id,
        actor_id=entry.actor_id,
        channel=entry.channel,
    )
