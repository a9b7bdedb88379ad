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
# What is tried first, of eight characters and more. A longer list would stop few more: the log-in counts attempts.
_COMMON = """
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword p@ssword1 12345678 123456789
    1234567890 12345678910 87654321 987654321 0123456789 11111111 00000000 88888888 99999999 11223344 12341234
    123123123 147258369 qwertyui qwerty12 qwerty123 qwertyuiop asdfghjk asdfghjkl zxcvbnm123 1q2w3e4r 1q2w3e4r5t
    1qaz2wsx qazwsxedc q1w2e3r4 abcd1234 abc12345 abcdefgh aa123456 a1234567 iloveyou iloveyou1 sunshine princess
    football baseball superman welcome1 welcome123 admin123 admin1234 administrator letmein1 trustno1 changeme
    india123 india@123 nepal123 nepal@123 kathmandu namaste1 krishna1 saibaba1 ganesh123 jaishreeram sauda123
"""
COMMON = frozenset(_COMMON.split())

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(4)
"""Each hash takes 64 MiB and all cores: strangers who log in by the hundred must not take the memory."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password that was chosen.

    Raises RegistrationInvalid for one that is too short or too long, or among those that everybody tries first.
    """
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise RegistrationInvalid("password", f"take {LENGTH_MIN} to {LENGTH_MAX} characters")
    if password.casefold() in COMMON:
        raise RegistrationInvalid(
            "password", "this one is tried first by everybody; take a phrase of your own"
        )
    return hash_again(password)


def hash_again(password: str) -> str:
    """The hash, by today's parameters, of a password that is in use already."""
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
