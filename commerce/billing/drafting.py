"""Verbs of bills that are being made: begin, add and change, undo, cancel, show, confirm."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.draft import AddGoods, Change, Content, SetTerms
from commerce.billing.errors import (
    BillDraftClosed,
    BillDraftInvalid,
    BillDraftNotFound,
    BillDraftOpen,
    BillTaxNotOptional,
    NothingToUndo,
)
from commerce.billing.facts import Counter, counter, goods
from commerce.billing.issuing import Made, issue
from commerce.billing.lacking import lacking
from commerce.billing.models import BillDraft
from commerce.billing.queries import DraftRow
from commerce.billing.reckoning import PricedLine, priced, reckon
from commerce.billing.tenders import Tender
from commerce.catalogue import service as catalogue
from commerce.customers.errors import CustomerErased
from commerce.parties.vocabulary import COUNTRIES
from commerce.tax.bill import BillWarning, TaxedBill
from commerce.tax.vocabulary import CHARGES_TAX
from foundation import clock
from foundation.errors import DomainError, VersionMismatch
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.statements import Statement

UNDOABLE_MAX = 20
KEPT = timedelta(days=1)
"""How long a draft that lapsed is still there, though nobody sees it."""
NEW_GOODS = "unsorted"
"""The category of goods that are named at the counter for the first time."""


@dataclass(frozen=True, slots=True)
class AddNew:
    """Put a good on the draft that the catalogue does not have; it is made there, the shop's own, without a price."""

    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ToggleTax:
    """Have tax on the bill, or none; lawful only as the shop's tax profile has it anyway."""

    is_taxed: bool


Word = Change | AddNew | ToggleTax


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as it stands, with all its figures where they can be told."""

    row: DraftRow
    at: Counter
    content: Content
    lines: Sequence[PricedLine]
    bill: TaxedBill | None
    problem: DomainError | None
    """Why it cannot be confirmed as it is."""
    lacking: Sequence[BillWarning] = ()
    """What its paper would not have of what the law asks for."""


def begin(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID | None = None,
    device: str = "",
    words: Sequence[Word] = (),
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Begin a draft; its id. A customer has one at a time.

    Raises CustomerNotFound, CustomerErased, BillDraftOpen, BillDraftInvalid, and what adding goods raises.
    """
    draft_id = uuid7()
    if request is not None and (earlier := claim(session, request, draft_id)) is not None:
        return earlier
    at = counter(session, business_id, customer_id)
    content = _worded(session, at, Content(customer_id=customer_id), words)
    if content.customer_id is not None:
        _refuse_second(session, business_id, content.customer_id, draft_id)
    now = clock.now()
    session.execute(
        _BEGIN,
        {
            "id": draft_id,
            "business_id": business_id,
            "customer_id": content.customer_id,
            "device": device,
            "content": json.dumps(content.as_data()),
            "actor_id": actor_id,
            "now": now,
            "expires_at": now + timedelta(hours=at.draft_hours),
        },
    )
    return draft_id


_BEGIN = text("""
    INSERT INTO app.bill_drafts
        (id, business_id, customer_id, session, state, content, undoable, made_by, made_at, changed_at, expires_at)
    VALUES (:id, :business_id, :customer_id, :device, 'open', CAST(:content AS jsonb), '[]', :actor_id, :now, :now,
            :expires_at)
""")


def change(
    session: Session,
    *,
    business_id: UUID,
    draft_id: UUID,
    words: Sequence[Word],
    versions: Collection[int] | None = None,
) -> None:
    """Say these words of a draft, all or none of them. Undone together, too.

    Raises BillDraftNotFound, BillDraftClosed, VersionMismatch, and what `begin` raises.
    """
    row = _locked(session, business_id, draft_id, versions)
    before = Content.of_data(row.content)
    at = counter(session, business_id, None)
    after = _worded(session, at, before, words)
    if after == before:
        return
    if after.customer_id is not None and after.customer_id != before.customer_id:
        counter(session, business_id, after.customer_id)  # who is it?
        _refuse_second(session, business_id, after.customer_id, draft_id)
    _keep(session, row, after, [*row.undoable, row.content][-UNDOABLE_MAX:], at)


def undo(
    session: Session, *, business_id: UUID, draft_id: UUID, versions: Collection[int] | None = None
) -> None:
    """Take back what was said last. Raises BillDraftNotFound, BillDraftClosed, VersionMismatch, NothingToUndo."""
    row = _locked(session, business_id, draft_id, versions)
    if not row.undoable:
        raise NothingToUndo(
            f"draft {draft_id} is as it was begun, or {UNDOABLE_MAX} steps back; change or cancel it",
            draft_id=str(draft_id),
        )
    *earlier, last = row.undoable
    content = Content.of_data(last)
    # Lines that come later get numbers of their own, also after those that were undone.
    content = replace(content, next_line=max(content.next_line, row.content["next_line"]))
    if content.customer_id is not None:
        _refuse_second(session, business_id, content.customer_id, draft_id)
    _keep(session, row, content, earlier, counter(session, business_id, None))


def cancel_draft(
    session: Session, *, business_id: UUID, draft_id: UUID, versions: Collection[int] | None = None
) -> None:
    """Let a draft go. Raises BillDraftNotFound, BillDraftClosed, VersionMismatch."""
    row = _locked(session, business_id, draft_id, versions)
    session.execute(
        update(BillDraft)
        .where(BillDraft.id == row.id)
        .values(state="cancelled", version=BillDraft.version + 1, changed_at=clock.now())
    )


def confirm(
    session: Session,
    *,
    business_id: UUID,
    draft_id: UUID,
    tenders: Sequence[Tender] | None = None,
    due_on: date | None = None,
    till: str | None = None,
    versions: Collection[int] | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Make the draft a bill: paper, goods, books and money together; the bill's id.

    Of two that confirm one draft, one does, and the other is told which bill it became.
    Raises BillDraftNotFound, BillDraftClosed, VersionMismatch, and what `issue` raises.
    """
    invoice_id = uuid7()
    if request is not None and (earlier := claim(session, request, invoice_id)) is not None:
        return earlier
    content = Content.of_data(_taken(session, business_id, draft_id, invoice_id, versions))
    issue(
        session,
        business_id=business_id,
        customer_id=content.customer_id,
        content=content,
        tenders=tenders,
        due_on=due_on,
        made=Made(till=till),
        actor_id=actor_id,
        channel=channel,
        invoice_id=invoice_id,
    )
    return invoice_id


def sell(
    session: Session,
    *,
    business_id: UUID,
    words: Sequence[Word],
    customer_id: UUID | None = None,
    tenders: Sequence[Tender] | None = None,
    due_on: date | None = None,
    made: Made = Made(),
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Make a whole bill at once, without a draft; the bill's id.

    A bill that a device sent before, by what the device knows it by, is the one that is there.
    Raises BillDraftInvalid, and what `issue` raises.
    """
    # Before the key, which would else stand for a bill that is never written.
    if made.client_id is not None and (sent := queries.bill_of_client(session, business_id, made.client_id)):
        return sent
    invoice_id = uuid7()
    if request is not None and (earlier := claim(session, request, invoice_id)) is not None:
        return earlier
    at = counter(session, business_id, customer_id, day=made.on)
    content = _worded(session, at, Content(customer_id=customer_id), words)
    issue(
        session,
        business_id=business_id,
        customer_id=content.customer_id,
        content=content,
        tenders=tenders,
        due_on=due_on,
        made=made,
        actor_id=actor_id,
        channel=channel,
        invoice_id=invoice_id,
    )
    return invoice_id


def shown(session: Session, *, business_id: UUID, draft_id: UUID) -> Shown:
    """A draft with its figures at the prices and rates of now. Raises BillDraftNotFound."""
    row = queries.draft(session, business_id, draft_id, clock.now())
    if row is None:
        raise BillDraftNotFound(draft_id)
    content = Content.of_data(row.content)
    try:
        at = counter(session, business_id, content.customer_id)
    except CustomerErased as forgotten:
        return Shown(row, counter(session, business_id, None), content, (), None, forgotten)
    found = goods(session, at, [(line.product_id, line.unit) for line in content.lines])
    lines: Sequence[PricedLine] = ()
    try:
        lines = priced(content, found)
        bill = reckon(content, lines, at, paid_in_full=content.customer_id is None)
    except DomainError as problem:
        return Shown(row, at, content, lines, None, problem)
    return Shown(row, at, content, lines, bill, None, lacking(bill, at))


def delete_lapsed(session: Session, *, now: datetime) -> None:
    """Delete drafts that lapsed a day before `now`, by the real clock: bills and cancelled ones among them."""
    session.execute(delete(BillDraft).where(BillDraft.expires_at < now - KEPT))


def _worded(session: Session, at: Counter, content: Content, words: Sequence[Word]) -> Content:
    """What the words make of the content. Goods that are new are made in the catalogue."""
    for word in words:
        if isinstance(word, ToggleTax):
            if word.is_taxed != (at.profile in CHARGES_TAX):
                raise BillTaxNotOptional(at.profile, at.day, wanted=word.is_taxed)
            continue
        if isinstance(word, SetTerms) and word.state:
            _check_state(at, word.state)
        change_ = _made_new(session, at, word) if isinstance(word, AddNew) else word
        content = change_.applied(content)
    # Goods and units that there are not are refused at once.
    priced(content, goods(session, at, [(line.product_id, line.unit) for line in content.lines]))
    return content


def _check_state(at: Counter, state: str) -> None:
    known = COUNTRIES.get(at.country)
    if known is not None and state not in known.states:
        raise BillDraftInvalid("state", state, f"give one of {', '.join(known.states)}, or nothing")


def _made_new(session: Session, at: Counter, word: AddNew) -> AddGoods:
    """The good of that name that the shop has, or a new one."""
    name = " ".join(word.name.split())
    product_id = queries.own_good(session, at.business_id, name, word.unit) or catalogue.add_product(
        session,
        sku=f"NEW-{str(uuid7())[-12:].upper()}",
        name=name,
        category=NEW_GOODS,
        base_unit=word.unit,
        owner_id=at.business_id,
    )
    return AddGoods(product_id, word.unit, word.quantity, unit_price=word.unit_price)


def _locked(
    session: Session, business_id: UUID, draft_id: UUID, versions: Collection[int] | None
) -> DraftRow:
    row = queries.lock_draft(session, business_id, draft_id)
    if row is None or (row.state == "open" and row.expires_at <= clock.now()):
        raise BillDraftNotFound(draft_id)
    if row.state != "open":
        raise BillDraftClosed(draft_id, row.state, row.invoice_id)
    if versions is not None and row.version not in versions:
        raise VersionMismatch(
            f"draft {draft_id} is at version {row.version}: somebody changed it; read it again",
            version=row.version,
        )
    return row


def _refuse_second(session: Session, business_id: UUID, customer_id: UUID, draft_id: UUID) -> None:
    other = queries.open_draft_of(session, business_id, customer_id, clock.now())
    if other is not None and other != draft_id:
        raise BillDraftOpen(customer_id, other)


_KEEP = text("""
    UPDATE app.bill_drafts
    SET content = CAST(:content AS jsonb), undoable = CAST(:undoable AS jsonb), customer_id = :customer_id,
        version = version + 1, changed_at = :now, expires_at = :expires_at
    WHERE id = :id
""")


def _keep(
    session: Session, row: DraftRow, content: Content, undoable: Sequence[dict[str, Any]], at: Counter
) -> None:
    now = clock.now()
    session.execute(
        _KEEP,
        {
            "id": row.id,
            "content": json.dumps(content.as_data()),
            "undoable": json.dumps(undoable),
            "customer_id": content.customer_id,
            "now": now,
            "expires_at": now + timedelta(hours=at.draft_hours),
        },
    )


_TAKE = Statement("""
    UPDATE app.bill_drafts
    SET state = 'confirmed', invoice_id = :invoice_id, version = version + 1, changed_at = :now
    WHERE business_id = :business_id AND id = :draft_id AND state = 'open' AND expires_at > :now
      AND (CAST(:versions AS integer[]) IS NULL OR version = ANY (CAST(:versions AS integer[])))
    RETURNING content
""")


def _taken(
    session: Session, business_id: UUID, draft_id: UUID, invoice_id: UUID, versions: Collection[int] | None
) -> dict[str, Any]:
    """What the draft says, which from now on is that bill. Raises as `_locked`."""
    values = {
        "business_id": business_id,
        "draft_id": draft_id,
        "invoice_id": invoice_id,
        "versions": None if versions is None else list(versions),
        "now": clock.now(),
    }
    row = _TAKE.first(session, values)
    if row is None:
        _locked(session, business_id, draft_id, versions)
        raise BillDraftNotFound(draft_id)
    content: dict[str, Any] = row[0]
    return content
