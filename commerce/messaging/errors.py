"""Why something could not be said."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound, quoted


class AddressRefused(Invalid):
    """The mail server takes no mail for this address."""

    code = "address-refused"

    def __init__(self, reply: int) -> None:
        super().__init__(
            f"the mail server refused the recipient with {reply}; give another address", reply=reply
        )


class MailRefused(Invalid):
    """The mail server takes this mail from nobody."""

    code = "mail-refused"

    def __init__(self, reply: int) -> None:
        super().__init__(
            f"the mail server refused the mail with {reply}; it is too large, or looks like what nobody asked for",
            reply=reply,
        )


class PhoneInvalid(Invalid):
    """The text is no phone number that can be called."""

    code = "phone-invalid"

    def __init__(self) -> None:
        super().__init__("this is no phone number; write it with its country, such as +977 9841234567")


class MessageTemplateUnknown(Invalid):
    """Nobody wrote such a template."""

    code = "message-template-unknown"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{quoted(name)} is no template of a message; take one of {', '.join(known)}", template=name
        )


class MessageValuesMissing(Invalid):
    """A template has placeholders that no value was given for."""

    code = "message-values-missing"

    def __init__(self, template: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"template {quoted(template)} wants {', '.join(missing)} too; give a text for each",
            template=template,
            missing=list(missing),
        )


class MessagePurposeInvalid(Invalid):
    """A template is said for a purpose that it was not written for."""

    code = "message-purpose-invalid"

    def __init__(self, template: str, purpose: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"template {quoted(template)} is not said for the purpose {quoted(purpose)}; "
            f"it is for {', '.join(allowed) or 'nobody here'}",
            template=template,
            purpose=purpose,
        )


class MessageInvalid(Invalid):
    """A fact about a message that cannot be."""

    code = "message-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} cannot be: {way_out}", field=field)


class MessageNotFound(NotFound):
    """The shop said or heard no such message."""

    code = "message-not-found"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(
            f"this shop has no message {message_id}; `GET /api/v1/messages` lists them",
            message_id=str(message_id),
        )


class MessageNotResendable(Conflict):
    """A message that is on its way or was sent goes out no second time."""

    code = "message-not-resendable"

    def __init__(self, message_id: UUID, why: str) -> None:
        super().__init__(f"message {message_id} {why}", message_id=str(message_id))


class SandboxContactUnknown(NotFound):
    """The sandbox has no such phone, or this installation has no sandbox."""

    code = "sandbox-contact-unknown"

    def __init__(self) -> None:
        super().__init__(
            "the sandbox has no such phone; `sandbox_url` of a message leads to one, outside of production"
        )
