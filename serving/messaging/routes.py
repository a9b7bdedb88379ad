"""What a shop says to its customers and hears from them, how it went, and how it goes out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.messaging import inbound, queries, reading, resending, saying, senders, templates
from commerce.messaging.errors import (
    MessageInvalid,
    MessageNotFound,
    MessageNotResendable,
    MessagePurposeInvalid,
    MessageTemplateUnknown,
    MessageValuesMissing,
)
from commerce.messaging.queries import MessageFilter
from commerce.messaging.senders import Sender
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.messaging.schemas import (
    MessageChannel,
    MessageConsentIn,
    MessageConsentOut,
    MessageIn,
    MessageOut,
    MessagePurpose,
    MessageSettingsIn,
    MessageSettingsOut,
    MessageState,
    MessageTemplateOut,
    Way,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=V1, tags=["messages"])

Seer = Annotated[Caller, may("messages:read")]
Teller = Annotated[Caller, may("messages:send")]


@router.get("/messages", responses=merged(GUARDED, describe(CursorInvalid)))
def list_messages(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: said last; `oldest`: first.")
    ] = "newest",
    customer_id: Annotated[UUID | None, Query(description="To this customer, and from them.")] = None,
    state: Annotated[MessageState | None, Query(description="How far they came.")] = None,
    purpose: Annotated[MessagePurpose | None, Query(description="What they were said for.")] = None,
    direction: Annotated[
        Literal["out", "in"] | None, Query(description="`in`: what customers answered.")
    ] = None,
    channel: Annotated[MessageChannel | None, Query(description="By which way.")] = None,
    button: Annotated[
        str | None, Query(max_length=40, description="Answers by this button, such as `wrong`.")
    ] = None,
    about: Annotated[UUID | None, Query(description="Of this bill, payment or reminder.")] = None,
) -> Page[MessageOut]:
    """What the shop said and heard, also what was kept back, with the reason."""
    order = queries.MESSAGES_BY[sort]
    chosen = MessageFilter(customer_id, state, purpose, direction, channel, button, about)
    rows = read(
        lambda session: queries.messages(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: MessageOut.of(reading.shown(row)), key=order.key)


@router.post(
    "/messages",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(
            CustomerNotFound,
            CustomerErased,
            MessageInvalid,
            MessagePurposeInvalid,
            MessageTemplateUnknown,
            MessageValuesMissing,
        ),
    ),
)
def say_message(
    wanted: MessageIn, caller: Teller, request: IdempotencyKey, write: Writer, read: Reader
) -> MessageOut:
    """Say something to a customer; who cannot be reached or does not want it makes it `suppressed`, with the reason."""
    message_id = write(
        lambda session: saying.say_as_asked(
            session,
            business_id=caller.own_business_id,
            customer_id=wanted.customer_id,
            purpose=wanted.purpose,
            template=wanted.template,
            values=wanted.values,
            channel=wanted.channel,
            request=request,
        )
    )
    return _message(read, caller, message_id)


@router.get("/messages/{message_id}", responses=merged(GUARDED, describe(MessageNotFound)))
def read_message(message_id: UUID, caller: Seer, read: Reader) -> MessageOut:
    """One message and how far it came."""
    return _message(read, caller, message_id)


@router.post(
    "/messages/{message_id}/resend",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(MessageNotFound, MessageNotResendable, MessageInvalid, CustomerNotFound)
    ),
)
def resend_message(
    message_id: UUID, caller: Teller, request: IdempotencyKey, write: Writer, read: Reader
) -> MessageOut:
    """Send what did not arrive once more, to the customer's address of now; answers the new message."""
    new_id = write(
        lambda session: resending.resend(
            session, business_id=caller.own_business_id, message_id=message_id, request=request
        )
    )
    return _message(read, caller, new_id)


@router.get("/message-templates", responses=GUARDED)
def list_message_templates(_: Seer) -> list[MessageTemplateOut]:
    """What shops say, in every language, as it is registered with DLT and WhatsApp."""
    return [MessageTemplateOut.of(one) for one in templates.loaded().templates.values()]


@router.get("/message-settings", responses=GUARDED)
def read_message_settings(caller: Seer, read: Reader) -> MessageSettingsOut:
    """How the shop's messages go out."""
    return _settings(read, caller)


@router.put("/message-settings", responses=merged(GUARDED, describe(MessageInvalid)))
def change_message_settings(
    wanted: MessageSettingsIn,
    caller: Annotated[Caller, may("messages:rule")],
    write: Writer,
    read: Reader,
) -> MessageSettingsOut:
    """Let messages go out under this sender, with these ids and bounds; what waits goes out so, too."""
    write(
        lambda session: senders.change_sender(
            session, business_id=caller.own_business_id, wanted=Sender(**wanted.model_dump())
        )
    )
    return _settings(read, caller)


@router.get(
    "/customers/{customer_id}/consents", responses=merged(GUARDED, describe(CustomerNotFound, CursorInvalid))
)
def list_message_consents(
    customer_id: UUID,
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: the latest first; `oldest`: the first.")
    ] = "newest",
    channel: Annotated[Way | Literal["all"] | None, Query(description="Of this way.")] = None,
) -> Page[MessageConsentOut]:
    """What a customer allowed and forbade, when and how; the latest that fits holds."""
    order = queries.CONSENTS_BY[sort]

    def ask(session: Session) -> Page[MessageConsentOut]:
        customers.get_customer(session, business_id=caller.own_business_id, customer_id=customer_id)
        rows = queries.consents(
            session,
            caller.own_business_id,
            customer_id,
            channel=channel,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
        return asked.page(rows, lambda row: MessageConsentOut(**row), key=order.key)

    return read(ask)


@router.post(
    "/customers/{customer_id}/consents",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(CustomerNotFound, CustomerErased, MessageInvalid)),
)
def record_message_consent(
    customer_id: UUID, told: MessageConsentIn, caller: Teller, write: Writer
) -> MessageConsentOut:
    """Write down what a customer told the shop of messages; what waits and is forbidden is kept back."""
    return MessageConsentOut.model_validate(
        write(
            lambda session: inbound.allow(
                session,
                business_id=caller.own_business_id,
                customer_id=customer_id,
                channel=told.channel,
                purpose=told.purpose,
                is_given=told.is_given,
                actor_id=caller.user_id,
            )
        )
    )


def _message(read: Read, caller: Caller, message_id: UUID) -> MessageOut:
    return MessageOut.of(
        read(
            lambda session: reading.get_message(
                session, business_id=caller.own_business_id, message_id=message_id
            )
        )
    )


def _settings(read: Read, caller: Caller) -> MessageSettingsOut:
    return MessageSettingsOut.model_validate(
        read(lambda session: senders.sender_of(session, caller.own_business_id))
    )
