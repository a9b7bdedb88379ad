"""What is deleted when its time is over: `docs/retention.md` says what is kept, for how long and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from commerce.identity import service as identity
from commerce.messaging import service as messaging
from commerce.ordering import service as ordering
from commerce.webhooks import service as webhooks
from commerce.webhooks.vocabulary import DELIVERIES_KEPT
from foundation import capture, database, idempotency, jobs
from foundation.settings import settings

REJECTS_KEPT = timedelta(days=90)

KEPT = {
    "idempotency keys": idempotency.KEPT,
    "finished workflows": jobs.KEEP_FINISHED,
    "failed workflows": jobs.KEEP_FAILED,
    "log-ins, codes, reset tokens, counts of attempts, retired signing keys": identity.EXPIRED_KEPT,
    "messages": messaging.KEPT,
    "kept quotes": ordering.QUOTES_KEPT,
    "tombstones of deleted rows, ingestion receipts": capture.KEPT,
    "deliveries of webhooks with their attempts": DELIVERIES_KEPT,
    "rejected lines of imports": REJECTS_KEPT,
}
"""What `clear` deletes, as the document names it."""


def clear() -> None:
    """Delete everything that is past its time. Safe to repeat, and to break off."""
    now = datetime.now(UTC)  # the age of work is a matter of the real clock
    while database.write(lambda session: jobs.delete_finished(session, now=now)) == jobs.DELETED_AT_ONCE:
        continue
    database.write(lambda session: idempotency.delete_expired(session, now=now))
    database.write(lambda session: identity.delete_expired(session, now=now))
    database.write(lambda session: messaging.delete_old(session, now=now))
    database.write(lambda session: ordering.delete_old_quotes(session, now=now))
    database.write(lambda session: capture.delete_carried(session, now=now))
    database.write(lambda session: webhooks.delete_old_deliveries(session, now=now))
    _delete_old_rejects(now)


def _delete_old_rejects(now: datetime) -> None:
    # They hold the cells of a trader's file, names of customers among them.
    for file in (settings().home / "imports").glob("*-rejects.csv"):
        if file.stat().st_mtime < (now - REJECTS_KEPT).timestamp():
            file.unlink(missing_ok=True)
