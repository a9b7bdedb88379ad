"""`sauda worker`: runs what events enqueued, seals the books, does what is due, clears what is old."""

from __future__ import annotations

import os
import pkgutil
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from types import FrameType

from prometheus_client import Counter
from sqlalchemy.orm import Session

import commerce
import commerce.tables  # a row of one slice may name one of another
import migrations
from commerce.audit.service import AUDIT
from commerce.disputes import service as disputes
from commerce.disputes.errors import DisputeMoveNotAllowed
from commerce.ledger.seals import LEDGER
from commerce.messaging import sending
from commerce.ordering import service as ordering
from commerce.ordering.errors import MoveNotAllowed
from commerce.pricing import alerts as price_alerts
from commerce.reminders import planning as reminder_planning
from commerce.reminders import sending as reminders
from commerce.reminders.vocabulary import TOGETHER as REMINDERS_TOGETHER
from commerce.risk import service as risk
from commerce.stock import expiry
from commerce.tax import tables as tax_tables
from commerce.webhooks import service as webhooks
from foundation import clock, database
from foundation.errors import DomainError
from foundation.logs import logger
from foundation.object_store import object_store
from foundation.settings import settings
from foundation.worker import Schedule, launch
from sauda import retention
from sauda.worker_health import answering

log = logger(__name__)

due_failures = Counter("sauda_due_failures", "Work that was due and failed, by verb", ["verb"])

WEBHOOKS_EVERY = timedelta(seconds=1)
MESSAGES_EVERY = timedelta(seconds=1)
REMINDERS_EVERY = timedelta(seconds=5)
DUE_EVERY = timedelta(minutes=1)
RISK_EVERY = timedelta(minutes=10)
CLEAR_EVERY = timedelta(days=1)
ANCHOR_EVERY = timedelta(days=1)
PRICE_ALERTS_EVERY = timedelta(hours=1)

CHAINS = (LEDGER, AUDIT)

LOST_ITS_NAME = 75
"""Exit code of a worker that lost its name: a new one may take it, at once."""


def worker() -> None:
    """Run one worker until it is told to stop; start several for more."""
    migrations.refuse_older()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Who asks twice does not want to wait for what still runs; the next worker goes on with it.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    import_workflows()
    running = launch(settings(), schedules(), stopping)
    with answering(settings().worker_port, running.ails, CHAINS):
        running.wait()
    if running.lost_its_name:
        # Another worker may bear the name already: not one step more, not even to finish tidily.
        os._exit(LOST_ITS_NAME)
    running.stop()


def import_workflows() -> None:
    """Import the subscription table and every slice's workflows, which register themselves."""
    for found in pkgutil.walk_packages(commerce.__path__, prefix="commerce."):
        if found.name.rpartition(".")[2] in ("subscriptions", "workflows"):
            import_module(found.name)


def schedules() -> list[Schedule]:
    """What a worker does by the clock. Each verb takes the locks it needs, so all may run anywhere."""
    return [
        Schedule("seal", timedelta(seconds=settings().seal_interval_seconds), seal, alone=False),
        Schedule("webhooks", WEBHOOKS_EVERY, hand_out_webhooks),
        Schedule("messages", MESSAGES_EVERY, send_messages, alone=False),
        Schedule("reminders", REMINDERS_EVERY, remind, alone=False),
        Schedule("tax-rates", timedelta(seconds=tax_tables.FRESH_SECONDS), tax_tables.refresh, alone=False),
        Schedule("due", DUE_EVERY, do_what_is_due),
        Schedule("price-alerts", PRICE_ALERTS_EVERY, raise_price_alerts),
        Schedule("risk", RISK_EVERY, ask_the_rules),
        Schedule("anchor", ANCHOR_EVERY, anchor),
        Schedule("clear", CLEAR_EVERY, retention.clear),
    ]


def seal() -> None:
    """Seal everything that waits to be sealed: entries of the books and of the audit log."""
    for chain in CHAINS:
        chain.seal_all()


def anchor() -> None:
    """Write the head of every chain of seals outside the database."""
    for chain in CHAINS:
        chain.anchor(object_store())


def hand_out_webhooks() -> None:
    """Set up the delivery of what happened since the last turn."""
    database.write(webhooks.hand_out)


def send_messages() -> None:
    """Send what shops said and what is due, until nothing more is."""
    while sending.send_due():
        continue


def remind() -> None:
    """Say what is due to be said, some hundred reminders per transaction; other workers take others meanwhile."""
    while database.write(lambda session: reminder_planning.plan_due(session, clock.now())):
        continue
    for verb in (reminders.reminders_due, reminders.answers_due):
        while database.write(partial(verb, now=clock.now())) == REMINDERS_TOGETHER:
            continue


def raise_price_alerts() -> None:
    """Raise the alerts on prices that businesses asked for, one business per transaction."""
    with database.read() as session:
        due = price_alerts.alerts_due(session)
    for business_id in due:
        raise_due = partial(price_alerts.raise_alerts_due, business_id=business_id)
        _attempt(raise_due, "price-alerts", "price_alerts.not_raised", business_id=str(business_id))


def ask_the_rules() -> None:
    """Ask every live rule about the closed days that it was not asked about, once, and do what it wants of its hits.

    A rule and a day per transaction, then a pair per transaction. Alerts whose day has come wake up before.
    """
    database.write(risk.wake_due)
    database.write(risk.skip_missed)
    with database.read() as session:
        waiting = risk.days_due(session)
    for rule_id, day in waiting:
        evaluate = partial(risk.evaluate, rule_id=rule_id, day=day)
        _attempt(evaluate, "risk", "risk.rule_not_asked", rule=str(rule_id), day=str(day))
    with database.read() as session:
        wanted = risk.actions_due(session)
    for action_id in wanted:
        act = partial(risk.act, action_id=action_id)
        _attempt(act, "risk_action", "risk.action_not_done", action=str(action_id))


def do_what_is_due() -> None:
    """Do what is due, one good or order per transaction: goods whose last day is over may be sold no longer, placed
    orders that nobody took expire, what is left over of others is released, owners are told of those that wait for
    approval, disputes that nobody answered go to the platform, back-orders are filled.

    What cannot be done is told and counted; the rest go on, and the next turn tries it again.
    """
    with database.read() as session:
        spoiled = expiry.goods_to_expire(session)
    # Before it is asked what back-orders can be filled.
    for good in spoiled:
        spoil = partial(expiry.expire, business_id=good.business_id, product_id=good.product_id)
        about = {"business": str(good.business_id), "product": str(good.product_id)}
        _attempt(spoil, "expire_goods", "stock.not_expired", **about)
    with database.read() as session:
        due = ordering.due_to_expire(session)
        waiting = ordering.back_orders_to_fill(session)
        unanswered = ordering.approvals_to_escalate(session)
        silent = disputes.disputes_due(session)
        left_over = ordering.left_over_due(session)
    moved = (MoveNotAllowed, "order.moved_meanwhile")
    for order in due:
        expire = partial(ordering.expire, order_id=order.id)
        _attempt(expire, "expire", "order.not_expired", moved, order=order.number)
    for order in left_over:
        release = partial(ordering.release, order_id=order.id)
        _attempt(release, "release", "order.not_released", moved, order=order.number)
    for held in unanswered:
        escalate = partial(ordering.escalate, order_id=held.order_id)
        _attempt(escalate, "escalate", "order.not_escalated", order=held.number)
    answered = (DisputeMoveNotAllowed, "dispute.answered_late")
    for dispute_id in silent:
        give_up = partial(disputes.escalate_due, dispute_id=dispute_id)
        _attempt(give_up, "escalate_dispute", "dispute.not_escalated", answered, dispute=str(dispute_id))
    waits = (DomainError, "back_order.waits_on")
    for back_order in waiting:
        fill = partial(ordering.fill_back_order, back_order_id=back_order.id)
        _attempt(fill, "fill", "back_order.not_filled", waits, order=back_order.number)


def _attempt(
    work: Callable[[Session], object],
    verb: str,
    failed: str,
    refused: tuple[type[DomainError], str] | None = None,
    **about: str,
) -> None:
    """Do one of what is due in a transaction of its own: what fails is told and counted, and the rest go on.

    `refused` names the refusal that is no failure, for somebody was first or the time has not come, and how it is told.
    """
    try:
        database.write(work)
    except Exception as error:
        if refused is not None and isinstance(error, refused[0]):
            log.info(refused[1], **about, verb=verb, code=error.code)
            return
        due_failures.labels(verb).inc()
        log.exception(failed, **about)
