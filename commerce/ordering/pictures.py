"""Pictures that come with goods: what is taken, and what it is shown as."""

from __future__ import annotations

from commerce.ordering.errors import PhotoInvalid

PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""By their first bytes; nothing else is kept, for it is shown in a browser."""


def media_type(photo: bytes) -> str:
    """What kind of picture this is. Raises PhotoInvalid."""
    for start, name in PICTURES.items():
        if photo.startswith(start):
            return name
    raise PhotoInvalid(f"these {len(photo)} bytes are no picture; send a JPEG or PNG")
