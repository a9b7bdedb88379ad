"""Money that came by the bank: files taken in once, their lines matched by people, recorded as payments like others.

A match never records anything by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, insert, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from commerce.credit import desk_queries
from commerce.credit.agreements import find_agreement
from commerce.credit.bank_files import BankLine as Line
from commerce.credit.bank_files import Layout, Reading
from commerce.credit.bank_matching import Customer, Match, Recorded, already, propose
from commerce.credit.claims import answer_by_payment, lock_waiting
from commerce.credit.errors import (
    BankFileInvalid,
    BankFileKnown,
    BankLineDecided,
    BankLineInvalid,
    BankLineNotFound,
)
from commerce.credit.models import BankLine, BankLinePayment
from commerce.credit.payments import record_payment
from commerce.ledger import service as ledger
from foundation import clock, personal
from foundation.database import set_scope
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7, uuid7s
from foundation.keyset import Order, page
from foundation.money import to_rupees

NEAR_DAYS: Final = 7
"""A payment that is recorded already is looked for so many days before and after the bank's day."""


@dataclass(frozen=True)
class Part:
    """So much of a line is a payment of this retailer, settling what is chosen and then the oldest."""

    retailer_id: UUID
    amount_paisa: int
    chosen: Mapping[UUID, int] = field(default_factory=dict)
    claim_id: UUID | None = None
    """The retailer said before that it paid this: its claim is answered with it."""


def take_in(
    session: Session,
    *,
    business_id: UUID,
    content_hash: bytes,
    layout: Layout,
    reading: Reading,
    actor_id: UUID | None,
) -> UUID:
    """Keep a file's lines, whole or not at all; lines that an earlier file brought are counted and passed over.

    Returns the statement's id. Raises BankFileInvalid, BankFileKnown.
    """
    if reading.faults or not reading.lines:
        why = "; ".join(f"line {one.line_no}: {one.reason}" for one in reading.faults[:3]) or "it has no line"
        raise BankFileInvalid(
            f"the file cannot be taken in: {why}; ask for a preview and correct the layout",
            faults=len(reading.faults),
        )
    statement_id, days = uuid7(), [line.booked_on for line in reading.lines]
    known = _known(session, business_id, [line.identity for line in reading.lines])
    fresh = [line for line in reading.lines if line.identity not in known]
    made = session.execute(
        text("""
            INSERT INTO app.bank_statements
                (id, business_id, file_hash, layout, first_day, last_day, lines, known_lines, imported_by, imported_at)
            VALUES (:id, :business_id, :file_hash, CAST(:layout AS jsonb), :first_day, :last_day, :lines, :known_lines,
                    :imported_by, :now)
            ON CONFLICT (business_id, file_hash) DO NOTHING RETURNING id
        """),
        {
            "id": statement_id,
            "business_id": business_id,
            "file_hash": content_hash,
            "layout": layout.as_json(),
            "first_day": min(days),
            "last_day": max(days),
            "lines": len(reading.lines),
            "known_lines": len(reading.lines) - len(fresh),
            "imported_by": actor_id,
            "now": clock.now(),
        },
    ).scalar_one_or_none()
    if made is None:
        earlier: UUID = session.execute(
            text(
                "SELECT id FROM app.bank_statements WHERE business_id = :business_id AND file_hash = :file_hash"
            ),
            {"business_id": business_id, "file_hash": content_hash},
        ).scalar_one()
        raise BankFileKnown(
            f"this very file came in before, as statement {earlier}; `GET /api/v1/credit/bank-lines` has its lines",
            statement_id=str(earlier),
        )
    _keep(session, business_id, statement_id, fresh)
    return statement_id


def _known(session: Session, business_id: UUID, identities: Sequence[bytes]) -> set[bytes]:
    rows = session.execute(
        text(
            "SELECT identity FROM app.bank_lines WHERE business_id = :business_id AND identity = ANY (:identities)"
        ),
        {"business_id": business_id, "identities": list(identities)},
    )
    return {bytes(row.identity) for row in rows}


def _keep(session: Session, business_id: UUID, statement_id: UUID, lines: Sequence[Line]) -> None:
    subject = personal.new_subject(session, made_at=clock.now(), subject_id=statement_id)
    numbered = sorted(zip(uuid7s(len(lines)), lines, strict=True), key=lambda pair: pair[1].identity)
    rows = [
        {
            "id": line_id,
            "business_id": business_id,
            "statement_id": statement_id,
            "line_no": line.line_no,
            "identity": line.identity,
            "booked_on": line.booked_on,
            "amount_paisa": line.amount_paisa,
            "balance_paisa": line.balance_paisa,
            "narration_sealed": subject.seal("narration", line.narration),
            "reference": line.reference,
            "state": "open" if line.amount_paisa > 0 else "out",
        }
        for line_id, line in numbered
    ]
    if rows:
        # Two files that overlap may come in at once: the line is kept by whichever was first. In one order, whichever
        # way round their banks list them: else each would wait for a line of the other.
        session.execute(postgresql.insert(BankLine.__table__).on_conflict_do_nothing(), rows)  # type: ignore[arg-type]


def accept_line(
    session: Session,
    *,
    business_id: UUID,
    line_id: UUID,
    parts: Sequence[Part],
    confirm_duplicate: bool = False,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> None:
    """Record a line as the payment of one retailer, or as parts of several: whole, by the verb that records others.

    A line whose payments were all undone can be recorded anew. Raises BankLineNotFound, BankLineDecided,
    BankLineInvalid, and as `record_payment`.
    """
    if request is not None and claim(session, request, line_id) is not None:
        return
    line = _undecided(session, business_id, line_id)
    retailers = [part.retailer_id for part in parts]
    if not parts or len(set(retailers)) < len(retailers):
        raise BankLineInvalid("a line is a payment of one retailer, or of several, each named once")
    if sum(part.amount_paisa for part in parts) != line.amount_paisa:
        raise BankLineInvalid(
            f"the parts are {to_rupees(sum(part.amount_paisa for part in parts))}, the line is "
            f"{to_rupees(line.amount_paisa)}; give the whole of it",
            amount_paisa=line.amount_paisa,
        )
    # By their ids, as all that lock several rows of a table.
    claimed = sorted(
        (part for part in parts if part.claim_id is not None), key=lambda part: str(part.claim_id)
    )
    claims = {part.claim_id: _claimed(session, business_id, part) for part in claimed}
    accounts = {
        part.retailer_id: find_agreement(
            session, vendor_id=business_id, retailer_id=part.retailer_id
        ).receivable_account_id
        for part in parts
    }
    # The books of all of them are written together, and all accounts are locked first, by their ids.
    set_scope(session, (business_id, *retailers))
    for account_id in sorted(accounts.values()):
        ledger.lock_exposure(session, account_id=account_id)
    for part in parts:
        payment_id = record_payment(
            session,
            vendor_id=business_id,
            retailer_id=part.retailer_id,
            amount_paisa=part.amount_paisa,
            mode="upi" if line.is_upi else "bank",
            paid_on=line.booked_on,
            reference=line.reference,
            chosen=part.chosen,
            confirm_duplicate=confirm_duplicate,
            confirm_amount=True,
            actor_id=actor_id,
            channel="bank",
        )
        if part.claim_id is not None:
            answer_by_payment(
                session,
                vendor_id=business_id,
                claim_id=part.claim_id,
                found=claims[part.claim_id],
                payment_id=payment_id,
                actor_id=actor_id,
            )
        _link(session, business_id, line_id, payment_id)
    _decide(session, line_id, "recorded", actor_id, None)


def _claimed(session: Session, business_id: UUID, part: Part) -> desk_queries.Claim:
    assert part.claim_id is not None
    found = lock_waiting(session, vendor_id=business_id, claim_id=part.claim_id)
    if (found.retailer_id, found.amount_paisa) != (part.retailer_id, part.amount_paisa):
        raise BankLineInvalid(
            f"claim {part.claim_id} is of another retailer or amount; leave it out, or give that part its amount",
            claim_id=str(part.claim_id),
        )
    return found


def _link(session: Session, business_id: UUID, line_id: UUID, payment_id: UUID) -> None:
    row = {"payment_id": payment_id, "line_id": line_id, "business_id": business_id}
    session.execute(insert(BankLinePayment).values(**row))


def link_line(
    session: Session, *, business_id: UUID, line_id: UUID, payment_id: UUID, actor_id: UUID | None = None
) -> None:
    """Say that a line is a payment that was recorded before it came; nothing is posted.

    Raises BankLineNotFound, BankLineDecided, BankLineInvalid.
    """
    line = _undecided(session, business_id, line_id)
    free = {one.payment_id: one for one in recorded(session, business_id, line.booked_on, line.booked_on)}
    if payment_id not in free or free[payment_id].amount_paisa != line.amount_paisa:
        raise BankLineInvalid(
            f"{payment_id} is no standing payment of {to_rupees(line.amount_paisa)} within {NEAR_DAYS} days of "
            f"{line.booked_on} that belongs to no other line",
            payment_id=str(payment_id),
        )
    _link(session, business_id, line_id, payment_id)
    _decide(session, line_id, "recorded", actor_id, None)


def ignore_line(
    session: Session, *, business_id: UUID, line_id: UUID, reason: str, actor_id: UUID | None = None
) -> None:
    """Say that a line is no payment of a retailer. It can be recorded later. Raises as `link_line`."""
    _undecided(session, business_id, line_id)
    _decide(session, line_id, "ignored", actor_id, reason)


@dataclass(frozen=True)
class _Undecided:
    amount_paisa: int
    booked_on: date
    reference: str | None
    is_upi: bool


def _undecided(session: Session, business_id: UUID, line_id: UUID) -> _Undecided:
    """Lock a line that may be decided on."""
    row = session.execute(
        text("""
            SELECT statement_id, amount_paisa, booked_on, reference, narration_sealed, state FROM app.bank_lines
            WHERE id = :line_id AND business_id = :business_id FOR NO KEY UPDATE
        """),
        {"line_id": line_id, "business_id": business_id},
    ).one_or_none()
    if row is None:
        raise BankLineNotFound(
            f"no statement of business {business_id} has a line {line_id}; `GET /api/v1/credit/bank-lines` has the ids",
            line_id=str(line_id),
        )
    if row.state == "out":
        raise BankLineInvalid("this is money that went out; only what came is somebody's payment")
    if row.state == "recorded" and _stands(session, line_id):
        raise BankLineDecided(
            f"line {line_id} is recorded as a payment; undo that first if it is another's",
            line_id=str(line_id),
        )
    subject = personal.subject(session, row.statement_id)
    said = "" if subject is None else subject.open("narration", row.narration_sealed)
    return _Undecided(row.amount_paisa, row.booked_on, row.reference, "upi" in said.lower())


def _stands(session: Session, line_id: UUID) -> bool:
    """Whether a payment of a line was not undone."""
    found = session.execute(
        text("""
            SELECT EXISTS (SELECT FROM app.bank_line_payments linked WHERE linked.line_id = :line_id AND NOT EXISTS (
                SELECT FROM app.payments undone WHERE undone.reverses_id = linked.payment_id))
        """),
        {"line_id": line_id},
    )
    return bool(found.scalar_one())


def _decide(session: Session, line_id: UUID, state: str, actor_id: UUID | None, note: str | None) -> None:
    session.execute(
        update(BankLine)
        .where(BankLine.id == line_id)
        .values(state=state, decided_by=actor_id, decided_at=clock.now(), note=note)
    )


# Looked at ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A line as the review shows it, with whose it may be."""

    id: UUID
    statement_id: UUID
    booked_on: date
    amount_paisa: int
    narration: str
    reference: str | None
    state: str
    note: str | None
    payments: Sequence[UUID]
    proposals: Sequence[Match]
    recorded: Sequence[Recorded]


_LINES = """
    SELECT line.*, ARRAY(SELECT linked.payment_id FROM app.bank_line_payments linked WHERE linked.line_id = line.id
                         AND NOT EXISTS (SELECT FROM app.payments undone WHERE undone.reverses_id = linked.payment_id)
                         ORDER BY linked.payment_id) AS payments
    FROM app.bank_lines line
    WHERE line.business_id = :business_id
"""
_LINE_FILTERS = {
    "line_id": "line.id = :line_id",
    "state": "line.state = :state",
    "statement_id": "line.statement_id = :statement_id",
    "first": "line.booked_on >= :first",
    "last": "line.booked_on <= :last",
}
_BOOKED = (("booked_on", "date"), ("id", "uuid"))
LINES_BY = {"newest": Order(_BOOKED, is_descending=True), "oldest": Order(_BOOKED)}


@dataclass(frozen=True)
class LineFilter:
    """Which lines of a list; None does not filter. Days are the bank's, both included."""

    line_id: UUID | None = None
    state: str | None = None
    statement_id: UUID | None = None
    first: date | None = None
    last: date | None = None


def lines_of(
    session: Session,
    business_id: UUID,
    *,
    chosen: LineFilter = LineFilter(),
    by: Order = LINES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> list[Shown]:
    """Lines of a business's banks, the newest day first; open ones with whose they may be."""
    values = {**vars(chosen), "business_id": business_id}
    rows = page(session, _LINES, values, filters=_LINE_FILTERS, by=by, after=after, limit=limit)
    waiting = [row["booked_on"] for row in rows if row["state"] in ("open", "ignored")]
    customers = customers_of(session, business_id) if waiting else []
    free = recorded(session, business_id, min(waiting), max(waiting)) if waiting else []
    subjects = personal.subjects(session, {row["statement_id"] for row in rows})
    return [_shown(row, subjects.get(row["statement_id"]), customers, free) for row in rows]


def _shown(
    row: RowMapping,
    subject: personal.Subject | None,
    customers: Sequence[Customer],
    free: Sequence[Recorded],
) -> Shown:
    said = personal.FORGOTTEN if subject is None else subject.open("narration", row["narration_sealed"])
    is_waiting = row["state"] in ("open", "ignored")
    amount, reference = row["amount_paisa"], row["reference"]
    return Shown(
        id=row["id"],
        statement_id=row["statement_id"],
        booked_on=row["booked_on"],
        amount_paisa=amount,
        narration=said,
        reference=reference,
        state=row["state"],
        note=row["note"],
        payments=row["payments"],
        proposals=propose(said, reference, amount, customers) if is_waiting else (),
        recorded=already(reference, amount, row["booked_on"], free, within_days=NEAR_DAYS)
        if is_waiting
        else (),
    )


_CUSTOMERS = text("""
    SELECT agreement.retailer_id, retailer.name,
           ARRAY(SELECT item.amount_paisa - coalesce(settled.amount, 0) FROM app.receivable_items item
                 LEFT JOIN LATERAL (SELECT sum(amount_paisa) AS amount FROM app.allocations
                                    WHERE debit_item_id = item.id) settled ON true
                 WHERE item.account_id = agreement.receivable_account_id AND item.amount_paisa > 0
                   AND item.amount_paisa > coalesce(settled.amount, 0)
                 ORDER BY item.due_date, item.document_date, item.recorded_at, item.id) AS debts,
           ARRAY(SELECT unnest(ARRAY[item.document_number, orders.number]) FROM app.receivable_items item
                 LEFT JOIN app.orders ON orders.id = item.order_id
                 LEFT JOIN LATERAL (SELECT sum(amount_paisa) AS amount FROM app.allocations
                                    WHERE debit_item_id = item.id) settled ON true
                 WHERE item.account_id = agreement.receivable_account_id AND item.amount_paisa > 0
                   AND item.amount_paisa > coalesce(settled.amount, 0))
           || ARRAY(SELECT CAST(number AS varchar) FROM app.orders WHERE vendor_id = :business_id
                    AND retailer_id = agreement.retailer_id AND order_state IN ('placed', 'accepted'))
           || ARRAY(SELECT number FROM app.cheques WHERE agreement_id = agreement.id
                    AND state IN ('received', 'deposited'))
               AS documents,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(amount_paisa, reference, id)), '[]') FROM app.payment_claims
            WHERE agreement_id = agreement.id AND state = 'waiting') AS claims
    FROM app.credit_agreements agreement JOIN app.businesses retailer ON retailer.id = agreement.retailer_id
    WHERE agreement.vendor_id = :business_id ORDER BY agreement.retailer_id
""")


def customers_of(session: Session, business_id: UUID) -> list[Customer]:
    """Everybody who may have paid a vendor, and by what one would know it."""
    rows = session.execute(_CUSTOMERS, {"business_id": business_id})
    return [
        Customer(
            retailer_id=row.retailer_id,
            name=row.name,
            debts=[int(debt) for debt in row.debts],
            documents=[number for number in row.documents if number],
            claims=[(amount, reference, UUID(claim_id)) for amount, reference, claim_id in row.claims],
        )
        for row in rows
    ]


def recorded(session: Session, business_id: UUID, first: date, last: date) -> list[Recorded]:
    """Standing payments not in cash around these days that belong to no line yet."""
    rows = session.execute(
        text("""
            SELECT payment.id, payment.retailer_id, payment.amount_paisa, payment.paid_on, payment.reference
            FROM app.payments payment
            WHERE payment.vendor_id = :business_id AND payment.paid_on BETWEEN :first AND :last
              AND payment.mode <> 'cash' AND payment.reverses_id IS NULL AND NOT payment.is_assumed
              AND NOT EXISTS (SELECT FROM app.payments undone WHERE undone.reverses_id = payment.id)
              AND NOT EXISTS (SELECT FROM app.bank_line_payments linked WHERE linked.payment_id = payment.id)
            ORDER BY payment.id
        """),
        {
            "business_id": business_id,
            "first": first - timedelta(days=NEAR_DAYS),
            "last": last + timedelta(days=NEAR_DAYS),
        },
    )
    return [Recorded._make(row) for row in rows]


_STATEMENTS = """
    SELECT statement.id, statement.first_day, statement.last_day, statement.lines, statement.known_lines,
           statement.imported_at, (SELECT count(*) FROM app.bank_lines line
               WHERE line.statement_id = statement.id AND line.state = 'open') AS open_lines
    FROM app.bank_statements statement
    WHERE statement.business_id = :business_id
"""
_STATEMENT_FILTERS = {
    "statement_id": "statement.id = :statement_id",
    "first": "statement.last_day >= :first",
    "last": "statement.first_day <= :last",
}
_IMPORTED = (("imported_at", "timestamptz"), ("id", "uuid"))
STATEMENTS_BY = {"newest": Order(_IMPORTED, is_descending=True), "oldest": Order(_IMPORTED)}


def statements_of(
    session: Session,
    business_id: UUID,
    *,
    statement_id: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
    by: Order = STATEMENTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """The files that came in, newest first, and how many of their lines wait; with days of `first` to `last` only."""
    values = {"business_id": business_id, "statement_id": statement_id, "first": first, "last": last}
    return page(session, _STATEMENTS, values, filters=_STATEMENT_FILTERS, by=by, after=after, limit=limit)
