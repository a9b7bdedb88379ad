"""UUIDv7 made here: sortable by the real clock, monotonic within a process, seedable for the simulator.

Id order is not commit order, and nothing relies on it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_random_bits: Callable[[int], int] = random.Random().getrandbits
_last = 0
_SEQUENCE_BITS = 74  # RFC 9562: 12 bits of rand_a and 62 of rand_b after the millisecond


def _after_fork() -> None:
    global _lock, _last, _random_bits
    _lock, _last, _random_bits = threading.Lock(), 0, random.Random().getrandbits


os.register_at_fork(after_in_child=_after_fork)


def uuid7() -> UUID:
    """A new UUIDv7. Ids made in one process grow strictly, within one millisecond too."""
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[UUID]:
    """`count` new ids under one lock, for bulk work."""
    global _last  # noqa: PLW0603 - the counter is the point
    with _lock:
        ids = []
        for _ in range(count):
            fresh = (time.time_ns() // 1_000_000) << _SEQUENCE_BITS | _random_bits(_SEQUENCE_BITS)
            # A step instead of a fresh draw keeps the ids of one millisecond in order.
            _last = fresh if fresh > _last else _last + 1 + _random_bits(16)
            ids.append(_from_ordinal(_last))
        return ids


def first_uuid7_of(moment: datetime) -> UUID:
    """The least id that could be made at the moment: where ids of then and later begin."""
    return _from_ordinal((int(moment.timestamp() * 1000)) << _SEQUENCE_BITS)


def _from_ordinal(ordinal: int) -> UUID:
    millisecond, tail = ordinal >> _SEQUENCE_BITS, ordinal & ((1 << _SEQUENCE_BITS) - 1)
    return UUID(int=millisecond << 80 | 7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw the random bits of ids from `seed` inside the body (the time part stays real)."""
    global _random_bits  # noqa: PLW0603 - one source per process
    before, _random_bits = _random_bits, random.Random(seed).getrandbits
    try:
        yield
    finally:
        _random_bits = before
