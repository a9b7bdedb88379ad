"""Anchors: the heads of all books, written outside the database, where who can alter a book cannot reach them.

A chain of seals shows what was altered in its middle; that its tail was cut shows only to who remembers
the tail. Every anchor is an object of its own and is never overwritten. Called outside transactions.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import seals
from commerce.ledger.seals import Head
from commerce.ledger.vocabulary import SEAL_VERSION
from foundation import database
from foundation.object_store import ObjectStore

FOLDER = "ledger-anchors"


def seal_all() -> int:
    """Seal everything that waits, a batch per transaction; how many entries that were."""
    sealed = 0
    while batch := database.write(_seal_batch):
        sealed += batch
    return sealed


def _seal_batch(session: Session) -> int:
    # After bulk work a batch may take longer than a request's statement may; no request waits for it.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    return seals.seal_books(session)


def seal_and_anchor(store: ObjectStore) -> None:
    """Seal all that waits and anchor it: after bulk work, which should not wait for a worker's turn."""
    if seal_all():
        write(store)


def write(store: ObjectStore) -> str | None:
    """Anchor the head of every book under the present moment; its key, or None where nothing is sealed yet."""
    with database.read() as session:
        found = seals.heads(session)
    if not found:
        return None
    key = f"{FOLDER}/{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.json"
    rows = [[str(head.business_id), head.seal_no, head.hash] for head in found]
    store.put(key, json.dumps({"version": SEAL_VERSION, "heads": rows}).encode(), replace=False)
    return key


def read(store: ObjectStore) -> set[Head]:
    """Every head that was ever anchored: the newest alone would not show a tail that was cut and grown anew."""
    found: set[Head] = set()
    for anchor in store.list(FOLDER):
        content: dict[str, Any] = json.loads(store.get(anchor.key))
        found.update(Head(UUID(book), seal_no, digest) for book, seal_no, digest in content["heads"])
    return found
