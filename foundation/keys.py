"""The installation's master key, and what is made of it: a key per purpose, and sealing with it.

Whoever has the database alone, or a backup of it, has no names, no phones and no signing keys; whoever has
lost the master key has lost them too.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from foundation.errors import Unavailable
from foundation.settings import settings

MASTER_KEY_LENGTH_MIN: Final = 32
KEY_FILE: Final = "master_key"
NONCE_BYTES: Final = 12  # what NIST SP 800-38D, 8.2 takes for random nonces


def derived(purpose: str) -> bytes:
    """The 32-byte key for one purpose: keys of different purposes tell nothing of each other (RFC 5869).

    Raises Unavailable when no master key is given where one must be, or it is too short.
    """
    return _derived(_master(), purpose)


@lru_cache
def _derived(master: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"sauda {purpose}".encode()).derive(master.encode())


def seal(key: bytes, content: bytes, label: str) -> bytes:
    """`content` encrypted and authenticated (AES-256-GCM) together with the label of where it stands."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, label.encode())


def open_sealed(key: bytes, sealed: bytes, label: str) -> bytes:
    """What `seal` was given. Raises Unavailable when key or label are not those, or a bit was changed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except InvalidTag:
        raise Unavailable(
            f"{label.partition(':')[0]} was sealed with another key; give the MASTER_KEY of this database, or the "
            f"file {KEY_FILE} of its SAUDA_HOME"
        ) from None


def _master() -> str:
    chosen = settings()
    given = chosen.master_key.get_secret_value() if chosen.master_key else ""
    if not given:
        if chosen.sauda_env == "production":
            raise Unavailable("MASTER_KEY is not set; in production give one of 32 characters or more")
        return _kept(chosen.home / KEY_FILE)
    if len(given.encode()) < MASTER_KEY_LENGTH_MIN:
        raise Unavailable(f"MASTER_KEY has {len(given)} characters; give {MASTER_KEY_LENGTH_MIN} or more")
    return given


@lru_cache
def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # A link appears whole and only once: processes that start together agree on one key.
            path.hardlink_to(draft)
        except FileExistsError:
            return path.read_text()
        finally:
            draft.unlink()
    return path.read_text()
