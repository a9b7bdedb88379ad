"""Independent random streams, one per question: what one agent does never shifts the dice of another."""

from __future__ import annotations

from hashlib import blake2b

from numpy.random import PCG64, Generator


def stream(seed: int, *labels: object) -> Generator:
    """The stream of (seed, labels), as in `stream(7, "order", shop.code, day)`: same labels, same draws."""
    name = "|".join(str(label) for label in (seed, *labels))
    return Generator(PCG64(int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")))
