"""What happens when the time of a reminder has come.

Claim, message and new state are one transaction: whoever dies within it has done nothing, and who comes second finds
the row taken or its message there under the key of its turn. What is owed is asked for at that moment, within the
hours that the customer wants to hear in, so that nobody is asked in the morning for what they paid in the evening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commerce.identity import members
from commerce.messaging import hours, saying
from commerce.parties.models import Business
from commerce.reminders import queries
from commerce.reminders.models import Reminder
from commerce.reminders.queries import Whom
from commerce.reminders.service import SEALED_AS, end, text_of
from commerce.reminders.times import following
from commerce.reminders.vocabulary import KEPT_BACK_MAX, PAUSES, TOGETHER, WITH_TEXT
from commerce.reminders.words import Nothing, Words, to_customer, to_owners
from foundation import clock, personal
from foundation.database import RETRIED_STATES, sqlstate
from foundation.ids import uuid7
from foundation.logs import logger
from foundation.personal import SubjectKey

log = logger(__name__)

failures = Counter("sauda_reminder_failures", "Tries of reminders that failed, by kind", ["kind"])

ENOUGH = "enough-for-the-day"
FIXABLE = ("no-address", "no-common-hours")
"""Why somebody was not reached that the shop can mend, and send the reminder again."""


@dataclass(frozen=True)
class _Facts:
    """What the reminders of one turn are judged by."""

    now: datetime
    whom: dict[UUID, Whom]
    shops: dict[UUID, Business]
    keys: Sequence[SubjectKey]
    """Of all subjects. As long as these and the shops are held here, the session asks for none of them again."""


@dataclass(frozen=True)
class _Outcome:
    """What a turn made of a reminder."""

    state: str
    reason: str | None = None
    message_id: UUID | None = None
    due_at: datetime | None = None


def reminders_due(session: Session, now: datetime, *, limit: int = TOGETHER) -> int:
    """Say what is due, the longest due first, `limit` at most; how many reminders were looked at.

    What another worker holds is left to it. One that fails is tried again after a pause, three times in all, and
    keeps no other back.
    """
    due = queries.lock_due(session, now, limit)
    if not due:
        return 0
    facts = _facts(session, due, now)
    outcomes = []
    # By customer: what two workers say to the same ones counts in the same rows, taken in the same order by both.
    for row in sorted(due, key=lambda row: str(row.customer_id)):
        try:
            with session.begin_nested():
                outcome = _turn(session, row, facts)
        except DBAPIError as error:
            # These end the whole transaction, which `write` then runs again.
            if sqlstate(error) in RETRIED_STATES or error.connection_invalidated:
                raise
            outcome = _note_failure(row, error)
        except Exception as error:
            outcome = _note_failure(row, error)
        outcomes.append((row, outcome))
    # At the end, so that the rows are written together and not one before each savepoint.
    for row, outcome in outcomes:
        _apply(session, row, outcome, facts)
    session.flush()
    return len(due)


def answers_due(session: Session, now: datetime, *, limit: int = TOGETHER) -> int:
    """Let reminders whose message went out, or came to nothing, have the state that follows; how many."""
    answered = queries.lock_answered(session, limit)
    for row, state, reason in answered:
        if state == "failed":
            _try_again(session, row, reason or state, now)
        elif state in ("refused", "expired", "suppressed"):
            end(session, row, "failed", reason or state, now)
        else:
            end(session, row, "sent", None, now)
    session.flush()
    return len(answered)


def _facts(session: Session, due: Sequence[Reminder], now: datetime) -> _Facts:
    shops = queries.shops(session, {row.business_id for row in due})
    asked = {
        row.id: (row.customer_id, _asked_day(row, shops[row.business_id], now))
        for row in due
        if row.customer_id is not None
    }
    keys = queries.keys(session, {row.customer_id or row.id for row in due})
    return _Facts(now, queries.whom(session, asked) if asked else {}, shops, keys)


def _asked_day(row: Reminder, shop: Business, now: datetime) -> date | None:
    today = clock.business_day(now, shop.time_zone)
    if row.kind == "overdue":
        return today - timedelta(days=1)
    return row.planned_for if row.kind == "payment_due" else None


def _turn(session: Session, row: Reminder, facts: _Facts) -> _Outcome:
    shop = facts.shops[row.business_id]
    if row.customer_id is None:
        return _tell_owners(session, row, shop, facts.now)
    whom = facts.whom.get(row.id)
    if whom is None:
        return _Outcome("skipped", "customer-erased")
    start = hours.not_before(
        facts.now,
        purpose="reminder",
        country=whom.country,
        time_zone=shop.time_zone,
        heard_from=whom.heard_from,
        heard_until=whom.heard_until,
    )
    if start is not None and start > facts.now:
        return _Outcome("scheduled", "outside-hours", due_at=start)
    words = to_customer(session, row, whom, clock.business_day(facts.now, shop.time_zone))
    if isinstance(words, Nothing):
        return _Outcome("skipped", words.reason)
    return _say(session, row, row.customer_id, words, facts)


def _say(session: Session, row: Reminder, customer_id: UUID, words: Words, facts: _Facts) -> _Outcome:
    said = saying.say(
        session,
        business_id=row.business_id,
        customer_id=customer_id,
        purpose=words.purpose,
        template=words.template,
        values=words.values,
        key=f"reminder:{row.id}:{row.turn}",
        about=row.id,
    )
    if said.state != "suppressed":
        return _Outcome("sending", message_id=said.message_id)
    if said.reason == ENOUGH and facts.now < row.remind_at + KEPT_BACK_MAX:
        whom, zone = facts.whom[row.id], ZoneInfo(facts.shops[row.business_id].time_zone)
        tomorrow = facts.now.astimezone(zone).date() + timedelta(days=1)
        return _Outcome(
            "scheduled",
            ENOUGH,
            due_at=datetime.combine(tomorrow, whom.heard_from, zone).astimezone(facts.now.tzinfo),
        )
    return _Outcome("failed" if said.reason in FIXABLE else "skipped", said.reason, said.message_id)


def _tell_owners(session: Session, row: Reminder, shop: Business, now: datetime) -> _Outcome:
    mail = to_owners(session, row, shop, clock.business_day(now, shop.time_zone))
    if isinstance(mail, Nothing):
        return _Outcome("skipped", mail.reason)
    told = members.tell_owners(
        session, business_id=row.business_id, purpose="reminder", title=mail.title, body=mail.body
    )
    return _Outcome("sent") if told else _Outcome("failed", "no-owner")


def _note_failure(row: Reminder, error: Exception) -> _Outcome:
    failures.labels(row.kind).inc()
    # By its kind alone: the words of an error may repeat what the reminder says.
    log.error("reminder.try_failed", reminder=str(row.id), kind=row.kind, reason=type(error).__name__)
    return _Outcome("tried", "could-not-be-said")


def _apply(session: Session, row: Reminder, outcome: _Outcome, facts: _Facts) -> None:
    if outcome.state == "tried":
        _try_again(session, row, outcome.reason or "", facts.now)
    elif outcome.state == "scheduled":
        if outcome.reason == ENOUGH:
            # The message that was kept back has taken the key of this turn.
            row.turn += 1
        row.due_at, row.reason, row.version = outcome.due_at, outcome.reason, row.version + 1
        return
    elif outcome.state == "sending":
        row.state, row.due_at, row.reason = "sending", None, None
        row.message_id, row.version = outcome.message_id, row.version + 1
    else:
        row.message_id = outcome.message_id or row.message_id
        end(session, row, outcome.state, outcome.reason, facts.now)
    if row.repeats is not None and not row.is_followed:
        _write_next(session, row, facts)


def _try_again(session: Session, row: Reminder, reason: str, now: datetime) -> None:
    row.tries += 1
    if row.tries > len(PAUSES):
        end(session, row, "failed", reason, now)
        return
    # A new turn, and with it a new key: what the last one said came to nothing.
    row.state, row.due_at, row.reason = "scheduled", now + PAUSES[row.tries - 1], reason
    row.turn, row.version = row.turn + 1, row.version + 1


def _write_next(session: Session, row: Reminder, facts: _Facts) -> None:
    """Write the next time of a reminder that repeats, unless its last day has passed."""
    row.is_followed = True
    zone = facts.shops[row.business_id].time_zone
    assert row.repeats is not None
    assert row.repeats_day is not None
    at = following(row.remind_at, row.repeats, row.repeats_day, zone, after=facts.now)
    if row.repeats_until is not None and clock.business_day(at, zone) > row.repeats_until:
        return
    next_id, sealed = uuid7(), row.text_sealed
    if row.customer_id is None and row.kind in WITH_TEXT:
        subject = personal.new_subject(session, made_at=facts.now, subject_id=next_id)
        sealed = subject.seal(SEALED_AS, text_of(session, row))
    same = ("business_id", "customer_id", "kind", "invoice_id", "product_id", "repeats", "repeats_until")
    session.add(
        Reminder(
            id=next_id,
            **{name: getattr(row, name) for name in (*same, "repeats_day", "created_by")},
            text_sealed=sealed,
            remind_at=at,
            follows_id=row.id,
            is_followed=False,
            state="scheduled",
            due_at=at,
            turn=1,
            tries=0,
            created_at=facts.now,
            version=1,
        )
    )
