"""How a customer is found by what somebody calls them, without the names being kept in the clear.

Of each word of a name its beginnings as they sound, and its consonants, are hashed with the installation's key and
the shop's id; of a phone its last digits. A search asks for the hashes of its own words, so "ramesh", "Ramesh ji",
"रमेश" and the slip "rameesh" find the same person, and the database can tell no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final
from uuid import UUID

from commerce.language.sound import skeleton, sound
from foundation import keys

BEGINNING_MIN: Final = 2
BEGINNING_MAX: Final = 12
DIGITS_MIN: Final = 4
DIGITS_MAX: Final = 10
_NUMBER: Final = re.compile(r"[+\d\s()-]+")


def words_of(business_id: UUID, names: Iterable[str], phone: str | None) -> list[int]:
    """The hashes under which a customer is found."""
    hashed: set[int] = set()
    for heard in {word for name in names for word in sound(name).split()}:
        ends = range(min(BEGINNING_MIN, len(heard)), min(len(heard), BEGINNING_MAX) + 1)
        hashed |= {_hash(business_id, "sound", heard[:end]) for end in ends}
        hashed.add(_hash(business_id, "bones", skeleton(heard)))
    if phone:
        digits = phone.lstrip("+")
        ends = range(DIGITS_MIN, min(len(digits), DIGITS_MAX) + 1)
        hashed |= {_hash(business_id, "digits", digits[-end:]) for end in ends}
    return sorted(hashed)


def asked(business_id: UUID, query: str) -> list[list[int]]:
    """For each word of a search the hashes of which a customer has at least one."""
    if _NUMBER.fullmatch(query):
        query = re.sub(r"\D", "", query)
    wanted = []
    for heard in sound(query).split():
        if heard.isdecimal() and len(heard) >= DIGITS_MIN:
            wanted.append([_hash(business_id, "digits", heard[-DIGITS_MAX:])])
            continue
        either = {_hash(business_id, "sound", heard[:BEGINNING_MAX])}
        if len(bones := skeleton(heard)) >= BEGINNING_MIN:
            either.add(_hash(business_id, "bones", bones))
        wanted.append(sorted(either))
    return wanted


def _hash(business_id: UUID, kind: str, word: str) -> int:
    told = f"{business_id}|{kind}|{word}".encode()
    digest = blake2b(told, key=keys.derived("words of customers"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
