"""The anchors of the books: their newest seals, written where who can alter a book cannot reach them."""

from __future__ import annotations

from commerce.ledger.seals import LEDGER
from foundation.object_store import ObjectStore
from foundation.seals import Head


def seal_all() -> int:
    """Seal everything that waits, a batch per transaction; how many entries that were."""
    return LEDGER.seal_all()


def seal_and_anchor(store: ObjectStore) -> None:
    """Seal all that waits and anchor it: after bulk work, which should not wait for a worker's turn."""
    if seal_all():
        write(store)


def write(store: ObjectStore) -> str | None:
    """Anchor the head of every book under the present moment; its key, or None where nothing is sealed yet."""
    return LEDGER.anchor(store)


def read(store: ObjectStore) -> set[Head]:
    """Every head that was ever anchored."""
    return LEDGER.anchored(store)
