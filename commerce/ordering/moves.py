"""What every verb of an order shares: the lock and the question whether it may, the new states, the news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering import queries
from commerce.ordering.errors import MoveNotAllowed, NotYourMove
from commerce.ordering.events import DebtReinstated
from commerce.ordering.queries import LockedOrder
from commerce.ordering.states import MOVES
from foundation import clock
from foundation.errors import VersionMismatch
from foundation.events import DomainEvent, publish
from foundation.ids import uuid7

Side = Literal["vendor", "retailer", "system"]


@dataclass(frozen=True)
class Actor:
    """Who does it, on which side of the order, through which channel.

    `business_id` is whom the caller speaks for: it must be that side of the order, for a business that sells and buys
    sees orders of both kinds. None is for the platform's own programs, which speak for the side that they name.
    """

    side: Side
    user_id: UUID | None = None
    channel: str = "api"
    business_id: UUID | None = None


SYSTEM = Actor("system", channel="system")


Seen = int | frozenset[int] | None
"""The version that a caller has seen, or those of which any would do; None: it asks for none."""


def locked(
    session: Session, order_id: UUID, verb: str, actor: Actor, expected_version: Seen = None
) -> LockedOrder:
    """The order under its lock, when this side may do this now."""
    order = queries.lock_order(session, order_id)
    move = MOVES[verb]
    if actor.side not in move.sides:
        raise NotYourMove(
            f"to {verb} order {order.number} is for the {' or the '.join(move.sides)}, not the {actor.side}"
        )
    if actor.business_id not in (None, order.vendor_id if actor.side == "vendor" else order.retailer_id):
        raise NotYourMove(
            f"you are not the {actor.side} of order {order.number}; you would {verb} it in the other side's name"
        )
    seen = {expected_version} if isinstance(expected_version, int) else expected_version
    if seen is not None and order.version not in seen:
        raise VersionMismatch(
            f"order {order.number} is at version {order.version}, not {' or '.join(map(str, sorted(seen)))}; "
            "read it again first",
            version=order.version,
        )
    if order.order_state not in move.sources:
        raise MoveNotAllowed(
            f"order {order.number} is {order.order_state}; only an order that is {' or '.join(move.sources)} "
            f"can be {_PAST[verb]}",
            order_id=str(order.id),
            order_state=order.order_state,
        )
    return order


_PAST = {
    "accept": "accepted",
    "approve": "approved",
    "decline": "declined",
    "cancel": "cancelled",
    "waive_fee": "forgiven its fee",
    "expire": "expired",
    "change": "changed",
    "choose_slot": "given a slot",
    "give_up_slot": "freed of its slot",
    "deliver": "delivered",
    "close_short": "closed short",
    "release": "released",
    "claim": "claimed for",
    "return": "returned",
    "exchange": "exchanged",
}


_ADVANCE = text("""
    WITH given AS (
        SELECT CAST(:order_state AS varchar) AS order_state, CAST(:fulfilment_state AS varchar) AS fulfilment_state,
               CAST(:credit_state AS varchar) AS credit_state, CAST(:verb AS varchar) AS verb,
               CAST(:keeps_slot AS boolean) AS keeps_slot
    ), advanced AS (
        UPDATE app.orders
        SET order_state = given.order_state, fulfilment_state = given.fulfilment_state,
            credit_state = given.credit_state, total_paisa = :total_paisa, delivered_paisa = :delivered_paisa,
            returned_paisa = :returned_paisa,
            accepted_at = CASE WHEN given.verb = 'accept' THEN :now
                               WHEN given.order_state <> 'placed' THEN accepted_at END,
            promised_on = coalesce(:promised_on, promised_on),
            agreed_on = CASE WHEN given.verb = 'accept' THEN coalesce(:promised_on, promised_on) ELSE agreed_on END,
            slot_id = CASE WHEN given.keeps_slot THEN coalesce(CAST(:slot_id AS uuid), slot_id) END,
            promised_without_slot = CASE
                WHEN given.keeps_slot AND CAST(:slot_id AS uuid) IS NOT NULL
                    THEN coalesce(promised_without_slot, promised_on)
                WHEN given.keeps_slot THEN promised_without_slot END,
            closed_at = CASE WHEN given.order_state NOT IN ('placed', 'accepted') THEN coalesce(closed_at, :now) END,
            expires_at = CASE WHEN given.order_state = 'placed'
                              THEN coalesce(CAST(:expires_at AS timestamptz), expires_at) END,
            release_at = CASE WHEN given.order_state IN ('placed', 'accepted')
                              THEN coalesce(CAST(:release_at AS timestamptz), release_at) END,
            version = version + 1
        FROM given WHERE id = :order_id
    )
    INSERT INTO app.order_timeline
        (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id, channel,
         note, happened_at)
    SELECT :timeline_id, :order_id, :vendor_id, :retailer_id, verb, order_state, fulfilment_state, credit_state,
           :actor_id, :channel, :note, :now
    FROM given
""")


def advance(
    session: Session,
    order: LockedOrder,
    verb: str,
    actor: Actor,
    *,
    order_state: str | None = None,
    fulfilment_state: str | None = None,
    credit_state: str | None = None,
    total_paisa: int | None = None,
    delivered_paisa: int | None = None,
    returned_paisa: int | None = None,
    promised_on: date | None = None,
    note: str | None = None,
    expires_at: datetime | None = None,
    release_at: datetime | None = None,
    slot_id: UUID | None = None,
    keeps_slot: bool = True,
) -> None:
    """Write the order's new states and the timeline's entry; what is not given stays as it was."""
    session.execute(
        _ADVANCE,
        {
            "order_id": order.id,
            "vendor_id": order.vendor_id,
            "retailer_id": order.retailer_id,
            "verb": verb,
            "order_state": order_state or order.order_state,
            "fulfilment_state": fulfilment_state or order.fulfilment_state,
            "credit_state": credit_state or order.credit_state,
            "total_paisa": order.total_paisa if total_paisa is None else total_paisa,
            "delivered_paisa": order.delivered_paisa if delivered_paisa is None else delivered_paisa,
            "returned_paisa": order.returned_paisa if returned_paisa is None else returned_paisa,
            "promised_on": promised_on,
            "expires_at": expires_at,
            "release_at": release_at,
            "slot_id": slot_id,
            "keeps_slot": keeps_slot,
            "now": clock.now(),
            "timeline_id": uuid7(),
            "actor_id": actor.user_id,
            "channel": actor.channel,
            "note": note,
        },
    )


def parties(order: LockedOrder) -> dict[str, str]:
    """The ids that every event of an order carries."""
    return {
        "order_id": str(order.id),
        "vendor_id": str(order.vendor_id),
        "retailer_id": str(order.retailer_id),
    }


def tell(session: Session, event: DomainEvent, order: LockedOrder, actor: Actor) -> None:
    """Publish an event of an order in its vendor's name."""
    publish(session, event, business_id=order.vendor_id, actor_id=actor.user_id, channel=actor.channel)


def tell_reinstated(session: Session, order: LockedOrder, actor: Actor, amount_paisa: int) -> None:
    """Say that so much of what was written off is owed again; nothing where it is nothing."""
    if amount_paisa:
        event = DebtReinstated(**parties(order), amount_paisa=amount_paisa, currency=order.currency)
        tell(session, event, order, actor)
