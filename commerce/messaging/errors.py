"""Why something could not be said."""

from __future__ import annotations

from foundation.errors import Invalid


class AddressRefused(Invalid):
    """The mail server takes no mail for this address."""

    code = "address-refused"

    def __init__(self, reply: int) -> None:
        super().__init__(
            f"the mail server refused the recipient with {reply}; give another address", reply=reply
        )


class PhoneInvalid(Invalid):
    """The text is no phone number that can be called."""

    code = "phone-invalid"

    def __init__(self) -> None:
        super().__init__("this is no phone number; write it with its country, such as +977 9841234567")
