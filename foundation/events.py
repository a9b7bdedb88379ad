"""What happened, told once: an event row and the work of its subscribers, in the caller's transaction.

The subscription table is `commerce/subscriptions.py`; the work runs in a worker (`foundation/jobs.py`).
Because the jobs are rows of the same database, a job exists exactly if its cause committed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from foundation import clock
from foundation.ids import uuid7
from foundation.logs import correlation_id
from foundation.statements import Statement


class DomainEvent:
    """Base of all events: a frozen dataclass of plain JSON values (ids as strings, no names, no phones)."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    counterparty: ClassVar[str | None] = None
    """The field that names the other business which may be told of it; None: it is of its own business alone."""


@dataclass(frozen=True)
class Subscriber:
    """Work that follows an event.

    `workflow` is the registered workflow's name; it is called with (event id, event type, payload).
    Internal work keeps our own books and read models; outward work reaches people (messages, mail, files).
    """

    workflow: str
    kind: Literal["internal", "outward"]
    run_inline: Callable[[Session, dict[str, object]], object] | None = None


_subscribers: dict[str, tuple[Subscriber, ...]] = {}

QUEUES = {"internal": "internal", "outward": "outward"}


def subscribe(event: type[DomainEvent], *subscribers: Subscriber) -> None:
    """Add to the subscription table. Called at import of `commerce/subscriptions.py` only."""
    _subscribers[event.type] = (*_subscribers.get(event.type, ()), *subscribers)


def subscribed_workflows() -> set[str]:
    """The names of all workflows that follow some event: a worker must know each of them."""
    return {subscriber.workflow for following in _subscribers.values() for subscriber in following}


def subscribers_of(event_type: str) -> tuple[Subscriber, ...]:
    """Who follows events of this type."""
    return _subscribers.get(event_type, ())


@dataclass
class InlineRun:
    """What `inline()` did instead of enqueueing."""

    outward: Counter[str] = field(default_factory=Counter)


_inline: ContextVar[InlineRun | None] = ContextVar("inline", default=None)


@contextmanager
def inline() -> Iterator[InlineRun]:
    """Run internal subscribers in the caller's transaction and count outward ones (the simulator's mode)."""
    run = InlineRun()
    token = _inline.set(run)
    try:
        yield run
    finally:
        _inline.reset(token)


_PUBLISH = """
    WITH event AS (
        INSERT INTO app.domain_events
            (id, type, version, business_id, counterparty_id, correlation_id, causation_id, actor_id, channel,
             occurred_at, payload)
        VALUES (:id, :type, :version, :business_id, :counterparty_id, :correlation_id, :causation_id,
                :actor_id, :channel, :occurred_at, CAST(:payload AS jsonb))
    )
"""
_WITHOUT_JOBS = Statement(_PUBLISH + "SELECT 1")
_WITH_JOBS = Statement(f"""{_PUBLISH}
    SELECT dbos.enqueue_workflow(
        workflow_name => job.workflow,
        queue_name => job.queue,
        positional_args => ARRAY[
            to_json(CAST(:id AS text)), to_json(CAST(:type AS text)), CAST(:payload AS json)
        ],
        named_args => json_build_object('correlation_id', CAST(:correlation_id AS text)),
        workflow_id => CAST(:id AS text) || ':' || job.workflow
    )
    FROM unnest(CAST(:workflows AS text[]), CAST(:queues AS text[])) AS job (workflow, queue)
""")  # noqa: S608 - both halves are constants


def publish(
    session: Session,
    event: DomainEvent,
    *,
    business_id: UUID | None,
    actor_id: UUID | None = None,
    channel: str = "system",
    causation_id: UUID | None = None,
) -> UUID:
    """Write the event and enqueue all its subscribers by one statement; returns the event's id."""
    event_id = uuid7()
    payload = asdict(event)  # type: ignore[call-overload]
    row = {
        "id": event_id,
        "type": event.type,
        "version": event.version,
        "business_id": business_id,
        "counterparty_id": payload[event.counterparty] if event.counterparty else None,
        "correlation_id": correlation_id.get(),
        "causation_id": causation_id,
        "actor_id": actor_id,
        "channel": channel,
        "occurred_at": clock.now(),
        "payload": json.dumps(payload),
    }
    following = subscribers_of(event.type)
    run = _inline.get()
    if run is not None or not following:
        _WITHOUT_JOBS.run(session, row)
    else:
        _WITH_JOBS.run(
            session,
            {
                **row,
                "workflows": [subscriber.workflow for subscriber in following],
                "queues": [QUEUES[subscriber.kind] for subscriber in following],
            },
        )
    if run is not None:
        for subscriber in following:
            if subscriber.run_inline is not None:
                subscriber.run_inline(session, payload)
            else:
                run.outward[subscriber.workflow] += 1
    return event_id
