"""What is deleted when its time is over: `docs/retention.md` says what is kept, for how long and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

import commerce.tables  # noqa: F401 - a row of one slice may name one of another
from commerce.billing import drafting
from commerce.credit import desk_queries
from commerce.delivery import queries as delivery_queries
from commerce.disputes import queries as dispute_queries
from commerce.identity import service as identity
from commerce.messaging import service as messaging
from commerce.ordering import queries as order_queries
from commerce.ordering import service as ordering
from commerce.parties import service as parties
from commerce.reminders import service as reminders
from commerce.reminders.vocabulary import KEPT as REMINDERS_KEPT
from commerce.webhooks import service as webhooks
from commerce.webhooks.vocabulary import DELIVERIES_KEPT
from foundation import capture, database, idempotency, jobs
from foundation.object_store import object_store
from foundation.settings import settings

REJECTS_KEPT = timedelta(days=90)
UNNAMED_KEPT = timedelta(days=1)
"""Longer than any request between the file that it puts and the row that names it."""

NAMED: dict[str, Callable[[Session, Sequence[str]], set[str]]] = {
    "claims": order_queries.photos_named,
    "payment-claims": desk_queries.evidence_named,
    "disputes": dispute_queries.evidence_named,
    "proofs": delivery_queries.pictures_named,
}
"""The folders of files that requests put before their rows, and who knows which of them a row names."""

ASKED_AT_ONCE = 5_000

KEPT = {
    "idempotency keys": idempotency.KEPT,
    "finished workflows": jobs.KEEP_FINISHED,
    "failed workflows": jobs.KEEP_FAILED,
    "log-ins, codes, reset tokens, counts of attempts, retired signing keys": identity.EXPIRED_KEPT,
    "drafts of bills": drafting.KEPT,
    "messages": messaging.KEPT,
    "words of shops' messages": messaging.WORDS_KEPT,
    "kept quotes": ordering.QUOTES_KEPT,
    "reminders": REMINDERS_KEPT,
    "tombstones of deleted rows, ingestion receipts": capture.KEPT,
    "deliveries of webhooks with their attempts": DELIVERIES_KEPT,
    "rejected lines of imports": REJECTS_KEPT,
    "files of requests that were refused": UNNAMED_KEPT,
}
"""What `clear` deletes, as the document names it."""


def clear() -> None:
    """Delete everything that is past its time. Safe to repeat, and to break off."""
    now = datetime.now(UTC)  # the age of work is a matter of the real clock
    while database.write(lambda session: jobs.delete_finished(session, now=now)) == jobs.DELETED_AT_ONCE:
        continue
    database.write(lambda session: idempotency.delete_expired(session, now=now))
    database.write(lambda session: identity.delete_expired(session, now=now))
    database.write(lambda session: drafting.delete_lapsed(session, now=now))
    database.write(lambda session: messaging.delete_old(session, now=now))
    database.write(lambda session: ordering.delete_old_quotes(session, now=now))
    while database.write(lambda session: reminders.delete_old(session, now=now)) == reminders.DELETED_AT_ONCE:
        continue
    database.write(lambda session: capture.delete_carried(session, now=now))
    database.write(lambda session: webhooks.delete_old_deliveries(session, now=now))
    _delete_old_rejects(now)
    for folder in NAMED:
        _delete_unnamed(folder, now - UNNAMED_KEPT)


def _delete_old_rejects(now: datetime) -> None:
    # They hold the cells of a trader's file, names of customers among them.
    for file in (settings().home / "imports").glob("*-rejects.csv"):
        if file.stat().st_mtime < (now - REJECTS_KEPT).timestamp():
            file.unlink(missing_ok=True)


def _delete_unnamed(folder: str, before: datetime) -> None:
    """Delete the files of a folder that no row names and that nobody wrote since."""
    store = object_store()
    old = [one.key for one in store.list(folder) if one.written_at < before]
    for start in range(0, len(old), ASKED_AT_ONCE):
        keys = old[start : start + ASKED_AT_ONCE]
        with database.read() as session:
            left = _of_known_businesses(session, keys) - NAMED[folder](session, keys)
        for key in left:
            # A request that brings the same file again has written it anew before its row.
            facts = store.facts(key)
            if facts is not None and facts.written_at < before:
                store.delete(key)


def _of_known_businesses(session: Session, keys: Sequence[str]) -> set[str]:
    """The keys of files whose business is here: a database that is not restored yet names nothing, and nothing of it
    is to be lost."""
    owners = {key: key.split("/")[1] for key in keys}
    known = {str(found) for found in parties.names_of(session, [UUID(one) for one in set(owners.values())])}
    return {key for key, owner in owners.items() if owner in known}
