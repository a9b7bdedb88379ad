"""Other quantities for an order: one side proposes, the other confirms or declines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from commerce.ordering import approvals, queries
from commerce.ordering.errors import (
    NotYourMove,
    ProposalNotFound,
    ProposalOpen,
    ProposalOver,
    QuantityInvalid,
)
from commerce.ordering.events import ChangeAnswered, ChangeProposed
from commerce.ordering.models import ChangeProposal
from commerce.ordering.moves import Actor, advance, locked, parties, tell
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.quoting import check_ordered, check_total, quantity_problem
from commerce.ordering.resizing import changes, resize, value_of
from foundation import clock
from foundation.ids import uuid7
from foundation.money import format_quantity


def propose_change(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    quantities: Mapping[int, Decimal],
    note: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Propose other quantities by line number (zero: without the line); nothing changes until the other side confirms.

    Quantities are judged as those of an order are. A proposal for an order that changed since is replaced. Returns the
    proposal's id. Raises OrderNotFound, MoveNotAllowed, VersionMismatch, QuantityInvalid, OrderInvalid, ProposalOpen.
    """
    order = locked(session, order_id, "change", actor, expected_version)
    lines = queries.lines_of(session, order_id)
    changed = changes(order, lines, quantities)
    if not changed:
        raise QuantityInvalid(f"these are the quantities of order {order.number} as it is; propose others")
    _check_sold(session, order, lines, quantities)
    check_total(order.total_paisa + value_of(changed), order.currency)
    earlier = session.execute(
        select(ChangeProposal).where(ChangeProposal.order_id == order_id, ChangeProposal.state == "open")
    ).scalar_one_or_none()
    if earlier is not None:
        if earlier.order_version == order.version:
            raise ProposalOpen(
                f"order {order.number} has a proposal of the {earlier.side} that waits for its answer; "
                "answer it or withdraw it",
                proposal_id=str(earlier.id),
            )
        _answer(session, earlier, "replaced", actor)
    proposal = ChangeProposal(
        id=uuid7(),
        order_id=order.id,
        vendor_id=order.vendor_id,
        retailer_id=order.retailer_id,
        order_version=order.version,
        side=actor.side,
        state="open",
        note=note,
        lines=[
            {
                "line_no": line.line_no,
                "before": format_quantity(line.standing_quantity),
                "quantity": format_quantity(line.standing_quantity + quantity),
            }
            for line, quantity in changed
        ],
        change_paisa=value_of(changed),
        proposed_by=actor.user_id,
        proposed_at=clock.now(),
    )
    session.add(proposal)
    session.flush()
    tell(
        session,
        ChangeProposed(**parties(order), proposal_id=str(proposal.id), side=actor.side),
        order,
        actor,
    )
    return proposal.id


def confirm_change(session: Session, *, order_id: UUID, proposal_id: UUID, actor: Actor) -> None:
    """The other side agrees: the order has the proposed quantities, its hold and reservation follow.

    An order that becomes larger than its credit lets it, or than what was approved, waits for approval (again).

    Raises OrderNotFound, ProposalNotFound, ProposalOver, NotYourMove, MoveNotAllowed, CreditLimitExceeded, OutOfStock.
    """
    order = locked(session, order_id, "change", actor)
    proposal = _open(session, order, proposal_id)
    if proposal.side == actor.side:
        raise NotYourMove(f"the {actor.side} proposed this itself; the other side confirms or declines it")
    if proposal.order_version != order.version:
        raise ProposalOver(
            f"order {order.number} changed since it was proposed (version {proposal.order_version}, now "
            f"{order.version}); propose again",
            version=order.version,
        )
    wanted = {line["line_no"]: Decimal(line["quantity"]) for line in proposal.lines}
    changed = changes(order, queries.lines_of(session, order_id), wanted)
    value = value_of(changed)
    waiting = approvals.reconsider(session, order, value, proposal.proposed_by, actor)
    tolerance = approvals.approved_tolerance(session, order, order.total_paisa + value)
    if waiting is not None:
        order = replace(order, order_state="placed", credit_state="awaiting")
    total = order.total_paisa + resize(session, order, changed, tolerance_percent=tolerance)
    _answer(session, proposal, "confirmed", actor)
    expires_at = None if waiting is None else clock.now() + waiting.window
    advance(session, order, "change", actor, total_paisa=total, note=proposal.note, expires_at=expires_at)
    if waiting is not None:
        approvals.begin(session, order_id, waiting, requested_by=proposal.proposed_by, channel=actor.channel)
    _tell_answer(session, order, proposal, actor, total)


def decline_change(session: Session, *, order_id: UUID, proposal_id: UUID, actor: Actor) -> None:
    """The other side does not agree, or the side that proposed it takes it back; the order stays as it is.

    Raises OrderNotFound, ProposalNotFound, ProposalOver, MoveNotAllowed.
    """
    order = locked(session, order_id, "change", actor)
    proposal = _open(session, order, proposal_id)
    _answer(session, proposal, "withdrawn" if proposal.side == actor.side else "declined", actor)
    _tell_answer(session, order, proposal, actor, order.total_paisa)


def _check_sold(
    session: Session, order: LockedOrder, lines: Sequence[LineState], quantities: Mapping[int, Decimal]
) -> None:
    """Whether the vendor sells so much of each good, by its terms of now. Raises QuantityInvalid."""
    # What is delivered of a line may stay as it is, and free goods are what a scheme makes of them.
    named = [
        (line, quantity)
        for line in lines
        if (quantity := quantities.get(line.line_no)) is not None
        and quantity not in (line.standing_quantity, line.delivered_quantity)
        and line.free_with_line is None
    ]
    for line, quantity in named:
        if (problem := quantity_problem(quantity)) is not None:
            raise QuantityInvalid(f"{quantity} on line {line.line_no}; {problem}", line_no=line.line_no)
    products = list(dict.fromkeys(line.product_id for line, _ in named))
    trade = (
        queries.trade(session, order.vendor_id, order.retailer_id, products, clock.now()) if named else None
    )
    for line, quantity in named:
        # A good that is sold no more, or in another unit by now, has no multiples to keep.
        if trade is not None and (offer := trade.offers[line.product_id]).unit == line.unit:
            check_ordered(quantity, offer)


def _open(session: Session, order: LockedOrder, proposal_id: UUID) -> ChangeProposal:
    # The order's lock guards its proposals.
    proposal = session.get(ChangeProposal, proposal_id)
    if proposal is None or proposal.order_id != order.id:
        raise ProposalNotFound(
            f"order {order.number} has no proposal {proposal_id}", proposal_id=str(proposal_id)
        )
    if proposal.state != "open":
        raise ProposalOver(f"the proposal was {proposal.state}; make a new one", state=proposal.state)
    return proposal


def _answer(
    session: Session,
    proposal: ChangeProposal,
    state: Literal["confirmed", "declined", "withdrawn", "replaced"],
    actor: Actor,
) -> None:
    proposal.state = state
    proposal.answered_by, proposal.answered_at = actor.user_id, clock.now()
    session.flush()  # before a new one, for an order has one open proposal


def _tell_answer(
    session: Session, order: LockedOrder, proposal: ChangeProposal, actor: Actor, total_paisa: int
) -> None:
    tell(
        session,
        ChangeAnswered(
            **parties(order),
            proposal_id=str(proposal.id),
            state=proposal.state,
            total_paisa=total_paisa,
            currency=order.currency,
        ),
        order,
        actor,
    )
