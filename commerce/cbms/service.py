"""Verbs of reports to Nepal's tax office: queue a document, count a try before it goes out, write down the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.cbms import queries
from commerce.cbms.errors import CbmsReported, CbmsReportNotFound, CbmsSettingInvalid
from commerce.cbms.models import REPORTED
from commerce.cbms.queries import Cancellation, Paper
from commerce.customers import service as customers
from commerce.parties import service as parties
from commerce.tax.cbms import (
    BILL_PATH,
    RETURN_PATH,
    CbmsAccount,
    Sale,
    answer_of,
    bill_payload,
    must_report,
    return_payload,
)
from foundation import clock, jobs, keys
from foundation.clock import business_day

REPORT: Final = "report-to-cbms"
TRIES_MAX: Final = 60
"""Of one round: two days with the longest pause; then a person is asked."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)
NOBODY: Final = "Cash"
"""The buyer of a sale to nobody by name, as the office's own examples write it."""


@dataclass(frozen=True)
class Sending:
    """What goes out now; the body holds the credentials and is written into no log and no job."""

    path: str
    body: dict[str, Any] = field(repr=False)
    is_repeat: bool


def change_settings(
    session: Session,
    *,
    business_id: UUID,
    username: str,
    password: str | None,
    turnover_rupees: int,
    is_active: bool,
    actor_id: UUID | None = None,
) -> None:
    """Report with these credentials from now on; a password that is left out stays. Raises CbmsSettingInvalid."""
    shop = parties.get_business(session, business_id=business_id)
    today = business_day(clock.now(), shop.time_zone)
    profile = parties.tax_profile_on(session, business_id=business_id, day=today)
    if shop.country != "NP" or profile is None or profile.profile != "vat":
        raise CbmsSettingInvalid(
            "only who is registered for VAT in Nepal reports to the CBMS; see the tax profile"
        )
    held = queries.settings_of(session, business_id)
    if password is None and held is None:
        raise CbmsSettingInvalid("there is no password yet; give the one that the tax office sent")
    sealed = held["password_sealed"] if held is not None else b""
    session.execute(
        text("""
            INSERT INTO app.cbms_settings
                (business_id, username, password_sealed, turnover_rupees, is_active, changed_by, changed_at)
            VALUES (:business_id, :username, :password, :turnover, :is_active, :actor_id, :now)
            ON CONFLICT (business_id) DO UPDATE
            SET username = excluded.username, password_sealed = excluded.password_sealed,
                turnover_rupees = excluded.turnover_rupees, is_active = excluded.is_active,
                changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """),
        {
            "business_id": business_id,
            "username": username,
            "password": sealed if password is None else _sealed(password, business_id),
            "turnover": turnover_rupees,
            "is_active": is_active,
            "actor_id": actor_id,
            "now": clock.now(),
        },
    )


def queue(session: Session, paper: Paper) -> bool:
    """Let a document be reported if its seller has to, once for ever; whether it waits for a try now."""
    held = queries.settings_of(session, paper.business_id)
    if held is None or not held["is_active"] or not must_report(_sale(paper), held["turnover_rupees"]):
        return False
    session.execute(
        text("""
            INSERT INTO app.cbms_reports (invoice_id, business_id, state, queued_at)
            VALUES (:invoice_id, :business_id, 'pending', :now) ON CONFLICT DO NOTHING
        """),
        {"invoice_id": paper.id, "business_id": paper.business_id, "now": clock.now()},
    )
    return True


def queue_return(session: Session, *, invoice_id: UUID) -> bool:
    """Let the office know that a bill which it has was cancelled, once for ever; whether that waits for a try now.

    The office knows no cancellation, only returns. A bill that it has not yet is told first, and then this is asked
    again.
    """
    standing = queries.lock_report(session, invoice_id)
    if standing is None or standing.state not in REPORTED or standing.is_return:
        return False
    if queries.cancellation(session, invoice_id) is None:
        return False
    turn = standing.turn + 1
    session.execute(
        text("""
            UPDATE app.cbms_reports
            SET state = 'pending', is_return = true, turn = :turn, tries = 0, code = NULL, ended_at = NULL,
                meaning = 'the bill was cancelled: its return is reported'
            WHERE invoice_id = :invoice_id
        """),
        {"turn": turn, "invoice_id": invoice_id},
    )
    enqueue(session, invoice_id=invoice_id, turn=turn, tries=0)
    return True


def begin_try(session: Session, *, invoice_id: UUID, turn: int) -> Sending | None:
    """Count a try and say what it sends; None where nothing is to be sent any more, or not in this round.

    Counted and committed before anything goes out: a try that is broken off counts as one that may have arrived.
    Raises BikramYearUnpublished, BillInvalid.
    """
    standing = queries.lock_report(session, invoice_id)
    if standing is None or standing.state != "pending" or standing.turn != turn:
        return None
    paper = queries.paper(session, invoice_id)
    held = queries.settings_of(session, standing.business_id)
    if paper is None or held is None:
        return None
    now = clock.now()
    session.execute(
        text("UPDATE app.cbms_reports SET tries = tries + 1, tried_at = :now WHERE invoice_id = :invoice_id"),
        {"now": now, "invoice_id": invoice_id},
    )
    return _sending(
        session,
        paper,
        held["username"],
        _opened(held, paper.business_id),
        now,
        is_repeat=standing.tries > 0,
        cancelled=queries.cancellation(session, invoice_id) if standing.is_return else None,
    )


def record_answer(
    session: Session, *, invoice_id: UUID, turn: int, code: int | None, told: str, is_repeat: bool
) -> timedelta | None:
    """Write down what the office answered (no code: what went wrong); after which pause to try again, if at all."""
    standing = queries.lock_report(session, invoice_id)
    if standing is None or standing.state != "pending" or standing.turn != turn:
        return None
    outcome, meaning = "again", told
    if code is not None:
        answer = answer_of(code, is_repeat=is_repeat)
        outcome, meaning = answer.outcome, answer.meaning
    state = {
        "done": "already_there" if code == 101 else "accepted",
        "refused": "refused",
        "look": "refused",
        "settings": "failed",
    }.get(outcome)
    if state is None and standing.tries >= TRIES_MAX:
        state = "failed"
    session.execute(
        text("""
            UPDATE app.cbms_reports SET state = :state, code = :code, meaning = :meaning, ended_at = :ended_at
            WHERE invoice_id = :invoice_id
        """),
        {
            "state": state or "pending",
            "code": code,
            "meaning": meaning[:200],
            "ended_at": None if state is None else clock.now(),
            "invoice_id": invoice_id,
        },
    )
    if state is not None:
        return None
    pause: timedelta = FIRST_PAUSE * 2 ** min(standing.tries, 10)
    return min(pause, LONGEST_PAUSE)


def fail(session: Session, *, invoice_id: UUID, turn: int, told: str) -> None:
    """End a round that cannot send: the document has no form that the office takes."""
    session.execute(
        text("""
            UPDATE app.cbms_reports SET state = 'failed', meaning = :told, ended_at = :now
            WHERE invoice_id = :invoice_id AND turn = :turn AND state = 'pending'
        """),
        {"told": told[:200], "now": clock.now(), "invoice_id": invoice_id, "turn": turn},
    )


def resend(session: Session, *, business_id: UUID, invoice_id: UUID) -> None:
    """Begin another round of tries now. Raises CbmsReportNotFound, CbmsReported."""
    standing = queries.lock_report(session, invoice_id)
    if standing is None or standing.business_id != business_id:
        raise CbmsReportNotFound(invoice_id)
    if standing.state in REPORTED:
        raise CbmsReported(
            f"the tax office has document {invoice_id}; it is not sent again", invoice_id=str(invoice_id)
        )
    turn = standing.turn + 1
    session.execute(
        text("""
            UPDATE app.cbms_reports SET state = 'pending', turn = :turn, ended_at = NULL WHERE invoice_id = :invoice_id
        """),
        {"turn": turn, "invoice_id": invoice_id},
    )
    enqueue(session, invoice_id=invoice_id, turn=turn, tries=standing.tries)


def enqueue(
    session: Session, *, invoice_id: UUID, turn: int, tries: int, delay: timedelta | None = None
) -> None:
    """Let a worker try once more, after a pause."""
    later = {f"{REPORT}:{invoice_id}:{turn}:{tries}": (str(invoice_id), turn)}
    jobs.enqueue_all(session, REPORT, later, queue="outward", delay=delay)


def _sending(
    session: Session,
    paper: Paper,
    username: str,
    password: str,
    now: datetime,
    *,
    is_repeat: bool,
    cancelled: Cancellation | None,
) -> Sending:
    name, pan = paper.retailer or NOBODY, paper.retailer_pan
    if paper.customer_id is not None:
        known = customers.get_customer(session, business_id=paper.business_id, customer_id=paper.customer_id)
        name, pan = known.name, known.details.registration_number
    account = CbmsAccount(username, password, paper.seller_pan or "")
    today = business_day(now, paper.time_zone)
    day = paper.document_date if cancelled is None else cancelled.day
    common: dict[str, Any] = {
        "account": account,
        "number": paper.number,
        "buyer_name": name,
        "buyer_pan": pan,
        "sent_at": now.astimezone(ZoneInfo(paper.time_zone)),
        "is_realtime": not is_repeat and day == today,
    }
    if cancelled is not None:
        # No paper was written of it: the bill's own number, which stays taken, stands for the note's.
        undone = replace(_sale(paper), kind="credit_note")
        body = return_payload(
            undone, day=day, original_number=paper.number, reason=cancelled.reason, **common
        )
        return Sending(RETURN_PATH, body, is_repeat)
    if paper.kind != "credit_note":
        return Sending(BILL_PATH, bill_payload(_sale(paper), **common), is_repeat)
    body = return_payload(
        _sale(paper),
        day=day,
        original_number=paper.original_number or "",
        reason=paper.reason or "goods came back",
        **common,
    )
    return Sending(RETURN_PATH, body, is_repeat)


def _sale(paper: Paper) -> Sale:
    return Sale(
        kind=paper.kind,
        country=paper.country,
        profile=paper.profile,
        day=paper.document_date,
        total_paisa=paper.total_paisa,
        vatable_paisa=paper.vatable_paisa,
        untaxed_paisa=paper.untaxed_paisa,
        vat_paisa=paper.vat_paisa,
    )


def _sealed(password: str, business_id: UUID) -> bytes:
    return keys.seal(keys.derived("cbms"), password.encode(), f"cbms-password:{business_id}")


def _opened(held: Any, business_id: UUID) -> str:
    return keys.open_sealed(
        keys.derived("cbms"), held["password_sealed"], f"cbms-password:{business_id}"
    ).decode()
