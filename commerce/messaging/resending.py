"""Send what did not arrive once more: a new message, so that each of them only ever moves forward."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.messaging import queries
from commerce.messaging.errors import MessageNotFound, MessageNotResendable
from commerce.messaging.models import ShopMessage
from commerce.messaging.saying import opened_content, put
from commerce.messaging.vocabulary import RESENDABLE, WORTH_SENDING_FOR
from commerce.parties import service as parties
from foundation import clock, personal
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7


def resend(
    session: Session, *, business_id: UUID, message_id: UUID, request: RequestKey | None = None
) -> UUID:
    """Send a message that did not arrive once more, to the customer's address of now; the id of the new one.

    What they want and the bounds of the day hold for it too. Raises MessageNotFound, MessageNotResendable,
    RequestKeyReused.
    """
    new_id = uuid7()
    if request is not None and (done := claim(session, request, new_id)) is not None:
        return done
    row = queries.lock_message(session, business_id, message_id)
    if row is None or row.direction == "in":
        raise MessageNotFound(message_id)
    if row.state not in RESENDABLE:
        raise MessageNotResendable(
            message_id, f"is {row.state}; only what is {', '.join(RESENDABLE)} is sent again"
        )
    if (under_way := queries.resent_as(session, message_id)) is not None:
        raise MessageNotResendable(message_id, f"was sent again as {under_way} already; look how that went")
    subject = personal.subject(session, row.subject_id)
    if subject is None or row.content_sealed is None:
        raise MessageNotResendable(message_id, "is so old that its words were cleared away; say it anew")
    if row.customer_id is None:
        return _resend_to_owner(session, row, new_id)
    said = put(
        session,
        parties.get_business(session, business_id=business_id),
        customers.get_customer(session, business_id=business_id, customer_id=row.customer_id),
        opened_content(subject, row.content_sealed),
        purpose=row.purpose,
        key=f"resend:{new_id}",
        channel=None if row.channel == "none" else row.channel,
        attachments=tuple(row.attachments),
        about=row.about,
        message_id=new_id,
        resend_of_id=message_id,
    )
    if said.state == "suppressed":
        raise MessageNotResendable(message_id, f"would be kept back again: {said.reason}")
    return new_id


def _resend_to_owner(session: Session, row: ShopMessage, new_id: UUID) -> UUID:
    # The words and the address stay sealed: they are of the same person.
    copied = (
        "business_id",
        "subject_id",
        "purpose",
        "template",
        "language",
        "channel",
        "about",
        "attachments",
    )
    sealed = ("recipient_index", "recipient_sealed", "content_sealed")
    now = clock.now()
    again = {name: getattr(row, name) for name in (*copied, *sealed)} | {
        "id": new_id,
        "key": f"resend:{new_id}",
        "direction": "out",
        "resend_of_id": row.id,
        "state": "queued",
        "tries": 0,
        "said_at": now,
        "not_before": now,
        "expires_at": now + WORTH_SENDING_FOR[row.purpose],
    }
    queries.add_message(session, again)
    return new_id
