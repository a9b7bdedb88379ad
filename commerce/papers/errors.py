"""What can be wrong with a link to a paper or to a khata."""

from __future__ import annotations

from datetime import datetime

from foundation.errors import NotFound


class LinkInvalid(NotFound):
    """No link that was given out here: a part of it is missing, or was changed."""

    code = "link-invalid"

    def __init__(self) -> None:
        super().__init__(
            "this link is not one of ours, or not whole; open it again from the message it came in"
        )


class LinkExpired(NotFound):
    """The link was good for seven days, which are over."""

    code = "link-expired"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"this link was good until {until:%Y-%m-%d}; ask the shop for a new one", until=until.isoformat()
        )
