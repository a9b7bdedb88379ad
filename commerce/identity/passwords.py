"""Passwords: what is accepted, and argon2 hashes of them.

Hashing takes tens of milliseconds on purpose: do it before a transaction opens, never inside one.
"""

from __future__ import annotations

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from commerce.identity.errors import RegistrationInvalid

LENGTH_MIN = 8  # NIST SP 800-63B-3, 5.1.1.2
LENGTH_MAX = 256  # enough for any phrase, and too little to keep a hasher busy

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(4)
"""Each hash takes 64 MiB and all cores: strangers who log in by the hundred must not take the memory."""


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Raises RegistrationInvalid for a password that is too short or too long."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise RegistrationInvalid("password", f"take {LENGTH_MIN} to {LENGTH_MAX} characters")
    with _at_once:
        return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long where there is none, so time tells nothing."""
    nobody = _hash_of_nobody()  # in both cases, because the first call of a process makes it
    try:
        with _at_once:
            _hasher.verify(password_hash or nobody, password)
    except VerificationError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@lru_cache
def _hash_of_nobody() -> str:
    return _hasher.hash("the password of nobody")
