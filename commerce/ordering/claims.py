"""Goods that came short or broken: the retailer claims, the vendor accepts with a credit note or declines."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from commerce.ordering import queries
from commerce.ordering.errors import (
    ClaimAnswered,
    ClaimNotFound,
    OrderInvalid,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.events import ClaimDecided, GoodsClaimed
from commerce.ordering.fulfilment import take_back
from commerce.ordering.models import CLAIM_KINDS, Claim
from commerce.ordering.moves import Actor, locked, parties, tell
from commerce.ordering.pictures import media_type
from commerce.ordering.queries import LockedOrder
from commerce.ordering.resizing import check_quantity, check_stock_holds
from foundation import clock
from foundation.idempotency import RequestKey
from foundation.idempotency import claim as take_key
from foundation.ids import uuid7
from foundation.money import format_quantity


def photo_key(retailer_id: UUID, photo: bytes) -> str:
    """Where the object store keeps a photo: under its content, so that a repeated request writes the same."""
    media_type(photo)
    return f"claims/{retailer_id}/{hashlib.sha256(photo).hexdigest()}"


def make_claim(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    kind: str,
    quantities: Mapping[int, Decimal],
    note: str | None = None,
    photo: str | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Claim goods by line number; nothing moves until the vendor answers. Returns the claim's id.

    At most what was delivered and is neither returned nor claimed already. `photo` is the object's key.
    With a `request` seen before, the earlier claim is returned.
    Raises OrderNotFound, NotYourMove, MoveNotAllowed, OrderInvalid, QuantityInvalid, QuantityExceeded,
    RequestKeyReused, RequestInProgress.
    """
    claim_id = uuid7()
    if request is not None and (earlier := take_key(session, request, claim_id)) is not None:
        return earlier
    if kind not in CLAIM_KINDS:
        raise OrderInvalid(f"goods are not claimed as {kind!r}; use one of {', '.join(CLAIM_KINDS)}")
    order = locked(session, order_id, "claim", actor)
    by_number = {line.line_no: line for line in queries.lines_of(session, order_id)}
    claimed = _claimed(session, order_id)
    for number, quantity in quantities.items():
        check_quantity(by_number, number, quantity)
        check_stock_holds(by_number[number], quantity)
        if quantity == 0:
            raise QuantityInvalid(f"nothing is claimed of line {number}; leave it out", line_no=number)
        left = by_number[number].returnable_quantity - claimed[number]
        if quantity > left:
            raise QuantityExceeded(
                f"{format_quantity(quantity)} of line {number} are claimed, but only {format_quantity(left)} were "
                "delivered and are neither returned nor claimed",
                line_no=number,
                open=format_quantity(left),
            )
    if not quantities:
        raise QuantityInvalid("a claim names lines and quantities; this one has none")
    claim = Claim(
        id=claim_id,
        order_id=order.id,
        vendor_id=order.vendor_id,
        retailer_id=order.retailer_id,
        kind=kind,
        state="open",
        note=note,
        lines=[
            {"line_no": number, "quantity": format_quantity(quantity)}
            for number, quantity in sorted(quantities.items())
        ],
        photo_key=photo,
        made_by=actor.user_id,
        made_at=clock.now(),
    )
    session.add(claim)
    tell(session, GoodsClaimed(**parties(order), claim_id=str(claim_id), kind=kind), order, actor)
    return claim_id


def accept_claim(
    session: Session, *, order_id: UUID, claim_id: UUID, actor: Actor, is_restocked: bool = False
) -> UUID:
    """Give what is claimed back by a credit note; `is_restocked` where the goods lie on the vendor's shelf after all.

    Returns the credit note's id. Raises OrderNotFound, ClaimNotFound, ClaimAnswered, and as `take_back`.
    """
    order = locked(session, order_id, "return", actor)
    claim = _open(session, order, claim_id)
    credit_note_id = take_back(
        session,
        order_id=order_id,
        actor=actor,
        quantities={line["line_no"]: Decimal(line["quantity"]) for line in claim.lines},
        reason=claim.kind,
        is_restocked=is_restocked,
    )
    claim.credit_note_id = credit_note_id
    _answer(session, order, claim, "accepted", None, actor)
    return credit_note_id


def decline_claim(session: Session, *, order_id: UUID, claim_id: UUID, actor: Actor, reason: str) -> None:
    """Give nothing back, and say why. Raises OrderNotFound, NotYourMove, ClaimNotFound, ClaimAnswered."""
    order = locked(session, order_id, "return", actor)
    _answer(session, order, _open(session, order, claim_id), "declined", reason, actor)


def claims_of(session: Session, order_id: UUID) -> list[Claim]:
    """An order's claims, oldest first."""
    return list(
        session.scalars(select(Claim).where(Claim.order_id == order_id).order_by(Claim.made_at, Claim.id))
    )


def claim_of(session: Session, order_id: UUID, claim_id: UUID) -> Claim:
    """One claim of an order. Raises ClaimNotFound."""
    claim = session.get(Claim, claim_id)
    if claim is None or claim.order_id != order_id:
        raise ClaimNotFound(f"this order has no claim {claim_id}", claim_id=str(claim_id))
    return claim


def _claimed(session: Session, order_id: UUID) -> defaultdict[int, Decimal]:
    claimed: defaultdict[int, Decimal] = defaultdict(Decimal)
    for claim in claims_of(session, order_id):
        if claim.state == "open":
            for line in claim.lines:
                claimed[line["line_no"]] += Decimal(line["quantity"])
    return claimed


def _open(session: Session, order: LockedOrder, claim_id: UUID) -> Claim:
    # The order's lock guards its claims.
    claim = claim_of(session, order.id, claim_id)
    if claim.state != "open":
        raise ClaimAnswered(f"the claim was {claim.state} already", state=claim.state)
    return claim


def _answer(
    session: Session, order: LockedOrder, claim: Claim, state: str, reason: str | None, actor: Actor
) -> None:
    claim.state, claim.answer = state, reason
    claim.answered_by, claim.answered_at = actor.user_id, clock.now()
    note = None if claim.credit_note_id is None else str(claim.credit_note_id)
    tell(
        session,
        ClaimDecided(**parties(order), claim_id=str(claim.id), state=state, credit_note_id=note),
        order,
        actor,
    )
