"""Payloads and views of what shops say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.messaging import sandbox
from commerce.messaging.reading import Shown
from commerce.messaging.templates import Template
from commerce.messaging.vocabulary import OFFERS_PER_DAY, PER_DAY_MAX, REMINDERS_PER_DAY, VALUE_CHARACTERS
from serving.shapes import Payload, View

Language = Literal["en", "hi", "ne"]
Way = Literal["whatsapp", "sms", "mail"]
MessageChannel = Literal["whatsapp", "sms", "mail", "none"]
MessageState = Literal[
    "queued", "sent", "delivered", "read", "failed", "refused", "expired", "suppressed", "received"
]
MessagePurpose = Literal["bill", "payment", "reminder", "offer", "stock", "summary", "answer", "other"]
SaidPurpose = Literal["bill", "payment", "reminder", "offer"]
Name = Annotated[str, StringConstraints(pattern="^[a-z][a-z-]{0,39}$")]
Placeholder = Annotated[str, StringConstraints(pattern="^[a-z_]{1,40}$")]
Value = Annotated[str, StringConstraints(min_length=1, max_length=VALUE_CHARACTERS)]
DltId = Annotated[str, StringConstraints(pattern="^[0-9]{10,25}$")]


class MessageIn(Payload):
    """Something to be said to a customer."""

    customer_id: UUID
    purpose: SaidPurpose = Field(examples=["offer"])
    template: Name = Field(description="One of `GET /api/v1/message-templates`.", examples=["offer"])
    values: Annotated[dict[Placeholder, Value], Field(max_length=20)] = Field(
        description="By placeholder; `shop` and `customer` are known, `link` is an address to be shown below.",
        examples=[{"text": "Sugar is 40 a kilo until Sunday"}],
    )
    channel: Way | None = Field(None, description="Left out: the customer's own way.")


class MessageButtonOut(View):
    """What the customer may answer by one touch."""

    id: str = Field(examples=["wrong"])
    label: str = Field(examples=["Wrong?"])


class MessageOut(View):
    """A message that the shop said or heard. Words are kept for 180 days."""

    id: UUID
    direction: Literal["out", "in"]
    customer_id: UUID | None = Field(description="Null: it was said to one of the shop's own people.")
    purpose: MessagePurpose
    template: str | None
    language: Language
    channel: MessageChannel
    recipient: str | None = Field(description="Phone or mail address.", examples=["+919810012345"])
    title: str | None
    body: str | None = Field(examples=["Gupta Store: bill 25-26/000001 of 30-11-2026 for INR 1,234.50."])
    link: str | None
    buttons: list[MessageButtonOut]
    files: list[str] = Field(description="Names of what is attached.", examples=[["25-26-000001.pdf"]])
    about: UUID | None = Field(description="The bill, payment or reminder that it was said of.")
    reply_to_id: UUID | None = Field(description="The message that a customer answered.")
    resend_of_id: UUID | None
    button: str | None = Field(description="Which one the customer pressed.", examples=["wrong"])
    state: MessageState
    reason: str | None = Field(description="Why it is so; of one that waits: why the last try failed.")
    is_resendable: bool
    tries: int
    said_at: datetime
    not_before: datetime = Field(description="It waits for the customer's hours.")
    expires_at: datetime = Field(description="What could not go out until then goes out no more.")
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    sandbox_url: str | None = Field(
        description="Where the customer's phone is played; null in production.",
        examples=["/sandbox/AaItxxxx"],
    )

    @classmethod
    def of(cls, one: Shown) -> MessageOut:
        """The view of a message."""
        content = one.content
        contact = one.customer_id and sandbox.is_open() and sandbox.contact_of(one.customer_id)
        return cls(
            **{name: getattr(one, name) for name in cls.model_fields if hasattr(one, name)},
            title=content and content.title,
            body=content and content.body,
            link=content and content.link,
            buttons=[
                MessageButtonOut(id=id_, label=label) for id_, label in (content.buttons if content else ())
            ],
            files=one.file_names,
            sandbox_url=f"/sandbox/{contact}" if contact else None,
        )


class MessageConsentIn(Payload):
    """What a customer told the shop of messages."""

    channel: Literal["whatsapp", "sms", "mail", "all"] = "all"
    purpose: Literal["bill", "payment", "reminder", "offer", "all"] = Field(examples=["offer"])
    is_given: bool


class MessageConsentOut(View):
    """That a customer allowed messages, or forbade them; the latest that fits holds."""

    id: UUID
    channel: Literal["whatsapp", "sms", "mail", "all"]
    purpose: Literal["bill", "payment", "reminder", "offer", "all"]
    is_given: bool
    how: Literal["reply", "shop"] = Field(description="By an answer of the customer, or told to the shop.")
    message_id: UUID | None = Field(description="The answer.")
    recorded_by: UUID | None
    recorded_at: datetime


class MessageSettingsIn(Payload):
    """How the shop's messages go out from now on."""

    sms_header: Annotated[str, StringConstraints(min_length=3, max_length=11)] | None = Field(
        None, description="The sender that it registered (DLT in India).", examples=["GUPTAS"]
    )
    principal_entity_id: DltId | None = Field(
        None, description="India: its own number in the registry.", examples=["1101234567890123456"]
    )
    dlt_templates: Annotated[dict[str, DltId], Field(max_length=100)] = Field(
        {},
        description="India: by `template.language` the id under which the words were registered.",
        examples=[{"bill.hi": "1107161234567890123"}],
    )
    reminders_per_day: int = Field(
        REMINDERS_PER_DAY, ge=0, le=PER_DAY_MAX, description="To one customer, at most."
    )
    offers_per_day: int = Field(OFFERS_PER_DAY, ge=0, le=PER_DAY_MAX, description="To one customer, at most.")


class MessageSettingsOut(View):
    """What holds for the shop's messages now."""

    sms_header: str | None = Field(examples=["GUPTAS"])
    principal_entity_id: str | None
    dlt_templates: dict[str, str]
    reminders_per_day: int = Field(examples=[REMINDERS_PER_DAY])
    offers_per_day: int = Field(examples=[OFFERS_PER_DAY])
    version: int = Field(description="0: nothing was set yet.")


class MessageWordsOut(View):
    """A template in one language."""

    language: Language
    title: str
    body: str
    dlt_text: str = Field(
        description="As it is registered for short messages.",
        examples=["{#var#}: bill {#var#} of {#var#} for {#var#}. Thank you, {#var#}."],
    )


class MessageTemplateOut(View):
    """Something that shops say."""

    name: str = Field(examples=["bill"])
    purposes: list[str]
    category: Literal["utility", "marketing"] = Field(description="As WhatsApp lists it.")
    placeholders: list[str]
    buttons: list[str]
    words: list[MessageWordsOut]

    @classmethod
    def of(cls, template: Template) -> MessageTemplateOut:
        """The view of a template."""
        return cls(
            name=template.name,
            purposes=list(template.purposes),
            category=template.category,
            placeholders=list(template.placeholders),
            buttons=list(template.buttons),
            words=[
                MessageWordsOut(
                    language=language,
                    title=told.title,
                    body=told.body,
                    dlt_text=told.body.format_map(dict.fromkeys(template.placeholders, "{#var#}")),
                )
                for language, told in template.words.items()
            ],
        )
