"""How what was said goes out: claimed in batches, handed over outside of transactions, and kept how it went.

Whoever claims a message leases it for a while by the real clock; one who dies leaves it to the next. What a carrier was
handed may be handed over twice only in the gap between its answer and our record, always under the same key.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg
from prometheus_client import Counter
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.messaging import queries, templates
from commerce.messaging.carriers import Carrier, Handed, Outgoing, carriers
from commerce.messaging.saying import opened_content
from commerce.messaging.senders import Sender, sender_of
from commerce.messaging.vocabulary import BEFORE, RECEIPTS
from foundation import clock, database, personal
from foundation.logs import logger

log = logger(__name__)

handed_over = Counter(
    "sauda_messages_handed_over", "Messages of shops handed to a carrier", ["channel", "outcome"]
)

AT_ONCE: Final = 200
THREADS: Final = 8
LEASE: Final = timedelta(seconds=120)
BEGIN_WITHIN_SECONDS: Final = 60
"""No message of a batch is begun later: it would not end before the lease does."""
GIVE_UP_AFTER: Final = 3
"""So many failures of a carrier in a row end its part of a batch: a dead server is not asked two hundred times."""

FIRST_PAUSE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Claimed:
    """A message under lease."""

    message: Outgoing
    tries: int
    free_at: datetime
    """The end of the lease, by which it is known as ours."""


@dataclass(frozen=True)
class Result:
    """How it went; None where it was not tried."""

    claimed: Claimed
    handed: Handed | None


def send_due(*, limit: int = AT_ONCE) -> int:
    """Send what is due, and end what is worth sending no more; how many were claimed.

    Safe to run by any number of workers at once, and to be killed at any moment.
    """
    now = clock.now()
    database.write(lambda session: queries.expire(session, now, limit))
    claimed = database.write(lambda session: claim_due(session, now, limit=limit))
    if claimed:
        with carriers() as by_channel:
            results = hand_over(claimed, by_channel)
        database.write(lambda session: settle(session, results, now=now))
    return len(claimed)


def claim_due(session: Session, now: datetime, *, limit: int) -> list[Claimed]:
    """Lease messages that may go out at `now`, the urgent ones first, and open them."""
    rows = queries.claim(session, now, LEASE, limit)
    subjects = personal.subjects(session, {row["subject_id"] for row in rows})
    claimed, senders = [], {row["business_id"]: Sender() for row in rows}
    for business_id in {row["business_id"] for row in rows if row["channel"] == "sms"}:
        senders[business_id] = sender_of(session, business_id)
    for row in rows:
        subject = subjects.get(row["subject_id"])
        if not row["is_wanted"]:
            # Asked again, for it may have waited a night.
            queries.suppress(session, row["id"], "purpose-not-wanted")
        elif subject is not None and row["content_sealed"] is not None:
            claimed.append(_opened(row, subject, senders[row["business_id"]]))
    return claimed


def _opened(row: RowMapping, subject: personal.Subject, chosen: Sender) -> Claimed:
    content = opened_content(subject, row["content_sealed"])
    template = content.template
    return Claimed(
        Outgoing(
            id=row["id"],
            business_id=row["business_id"],
            subject_id=subject.id,
            channel=row["channel"],
            recipient=subject.open("recipient", row["recipient_sealed"]),
            content=content,
            sender=row["shop"],
            country=row["country"],
            category=templates.named(template).category if template else "utility",
            said_at=row["said_at"],
            attachments=tuple(row["attachments"]),
            sms_header=chosen.sms_header,
            principal_entity_id=chosen.principal_entity_id,
            dlt_template_id=chosen.dlt_templates.get(f"{template}.{content.language}"),
            is_window_open=row["is_window_open"],
        ),
        tries=row["tries"],
        free_at=row["free_at"],
    )


def hand_over(claimed: Sequence[Claimed], by_channel: Mapping[str, Carrier]) -> list[Result]:
    """Hand messages to their carriers, some at once; no transaction is open meanwhile."""
    began = time.monotonic()
    failures: defaultdict[str, int] = defaultdict(int)

    def one(of: Claimed) -> Result:
        channel = of.message.channel
        if failures[channel] >= GIVE_UP_AFTER or time.monotonic() - began > BEGIN_WITHIN_SECONDS:
            return Result(of, None)
        try:
            handed = by_channel[channel].hand_over(of.message)
        except Exception as error:
            # By its kind alone: its text may repeat what was said, or to whom.
            log.error("message.not_handed_over", message=str(of.message.id), error=type(error).__name__)
            handed = Handed("unknown", "carrier-failed")
        handed_over.labels(channel, handed.outcome).inc()
        failures[channel] = 0 if handed.outcome in ("sent", "refused") else failures[channel] + 1
        return Result(of, handed)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="send") as threads:
        return list(threads.map(one, claimed))


def settle(session: Session, results: Sequence[Result], *, now: datetime) -> None:
    """Keep how a batch went: sent, refused for good, or free again after a pause."""
    queries.keep_outcomes(session, [_outcome(result) for result in results], now)


def _outcome(result: Result) -> dict[str, object]:
    of, handed = result.claimed, result.handed
    row: dict[str, object] = {
        "id": str(of.message.id),
        "lease": of.free_at.isoformat(),
        "state": "queued",
        "reason": handed and handed.reason and handed.reason[:40],
        "provider_id": handed and handed.provider_id,
        "pause_seconds": pause_after(of.tries, handed).total_seconds(),
        "tries": of.tries if handed else of.tries - 1,
    }
    if handed is not None and handed.outcome in ("sent", "refused"):
        row["state"] = handed.outcome
    if row["state"] == "refused":
        row["reason"] = row["reason"] or "refused"
    return row


def pause_after(tries: int, handed: Handed | None) -> timedelta:
    """How long a message rests that was not taken: a minute, then twice as long each time, an hour at most.

    A carrier that says when to come again is believed, up to that hour.
    """
    if handed is None:
        return FIRST_PAUSE
    if handed.outcome == "rate-limited" and handed.retry_after_seconds is not None:
        return min(timedelta(seconds=max(1, handed.retry_after_seconds)), LONGEST_PAUSE)
    doubled: int = 2 ** min(tries - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def take_receipt(
    session: Session,
    *,
    channel: str,
    provider_id: str,
    state: str,
    at: datetime,
    reason: str | None = None,
) -> bool:
    """Move a message on by what its provider tells; False where it stood further already, or nobody knows it.

    Receipts come in any order, and more than once. Raises ValueError for what is no receipt.
    """
    if state not in RECEIPTS:
        raise ValueError(f"{state!r} is no receipt; take one of {', '.join(RECEIPTS)}")
    return queries.move(
        session, channel, provider_id, state=state, before=BEFORE[state], at=at, reason=reason
    )


_KEEP_BACK = "UPDATE app.shop_messages SET state = 'failed', reason = 'restored', free_at = NULL"


def keep_back_waiting(connection: psycopg.Connection) -> int:
    """After a restore: end what was due, for it may have gone out in the time that was lost; how many that were.

    What still waits for its hour stays. A shop that knows better sends it again.
    """
    return connection.execute(f"{_KEEP_BACK} WHERE state = 'queued' AND not_before <= now()").rowcount
