"""What customers owed before the vendor came here: open invoices and balances, from a sheet, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import OpeningsFaulty
from commerce.ledger import service as ledger
from foundation import clock, sheets
from foundation.clock import FIRST_DAY, LAST_DAY, business_day
from foundation.database import set_scope
from foundation.money import to_paisa

COLUMNS: Final = ("retailer", "number", "amount", "document_date", "due_date")
LINES_MAX: Final = 2_000
AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,2})?")
_NAMESPACE: Final = UUID("6f1c1f0e-5d1e-4c55-9a52-0f7a3f6a7f11")


@dataclass(frozen=True)
class Line:
    """An open invoice, or a balance under a number of its own."""

    retailer_id: UUID
    number: str
    amount_paisa: int
    document_date: date
    due_date: date


@dataclass(frozen=True)
class Fault:
    """Why a line of the sheet cannot be taken in. Line 2 is the first below the heading."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """What a sheet says, as far as it can be understood."""

    lines: Sequence[Line]
    faults: Sequence[Fault]

    @property
    def total_paisa(self) -> int:
        return sum(line.amount_paisa for line in self.lines)


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The cells of a CSV or XLSX file as texts, by heading. Raises SheetInvalid."""
    return sheets.rows_of(content, columns=COLUMNS, lines_max=LINES_MAX)


def understand(
    rows: Sequence[Mapping[str, str]],
    customers: Mapping[str, UUID],
    known: set[UUID],
    vendor_id: UUID,
    today: date,
) -> Reading:
    """Lines and faults of a sheet. Pure.

    `customers` gives a customer's id by its id as text and by its name in lower case, where that names one only;
    `known` are the sources that were taken in before.
    """
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: set[UUID] = set()
    for line_no, row in enumerate(rows, 2):
        try:
            line = _line(row, customers, today)
            source = source_of(vendor_id, line)
            if source in seen | known:
                raise ValueError(f"{line.number} of this retailer is there already; give it once")
            seen.add(source)
            lines.append(line)
        except ValueError as error:
            faults.append(Fault(line_no, str(error)))
    return Reading(lines, faults)


def _line(row: Mapping[str, str], customers: Mapping[str, UUID], today: date) -> Line:
    retailer_id = customers.get(row["retailer"].lower())
    if retailer_id is None:
        raise ValueError(f"{row['retailer']!r} is the id or the only name of no customer with an agreement")
    if not 1 <= len(row["number"]) <= 30:
        raise ValueError(f"{row['number']!r} is no number of 1 to 30 characters")
    amount = row["amount"].replace(",", "")
    amount_paisa = to_paisa(amount) if AMOUNT.fullmatch(amount) else 0
    if not amount_paisa:
        raise ValueError(
            f"{row['amount']!r} is no amount above zero like 1234.50; record an advance as a payment"
        )
    document_date = _day(row["document_date"])
    due_date = _day(row["due_date"]) if row["due_date"] else document_date
    if document_date > today or due_date < document_date:
        raise ValueError(
            f"{document_date} and {due_date}: the document is of the past, and due on its day or later"
        )
    return Line(retailer_id, row["number"], amount_paisa, document_date, due_date)


def _day(cell: str) -> date:
    try:
        # A spreadsheet's day comes with its midnight.
        day = date.fromisoformat(cell.removesuffix(" 00:00:00").removesuffix("T00:00:00"))
    except ValueError:
        raise ValueError(f"{cell!r} is no day; write it like 2026-03-31") from None
    # An item of another day could be neither listed nor counted late.
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{cell!r} is no day from {FIRST_DAY} to {LAST_DAY}; look at its year")
    return day


def source_of(vendor_id: UUID, line: Line) -> UUID:
    """The ledger's id of a line: the same document has it however often it is sent."""
    return uuid5(_NAMESPACE, f"{vendor_id}:{line.retailer_id}:{line.number}")


_CUSTOMERS = text("""
    SELECT CAST(retailer.id AS text) AS id_text, lower(retailer.name) AS name, retailer.id
    FROM app.credit_agreements agreement JOIN app.businesses retailer ON retailer.id = agreement.retailer_id
    WHERE agreement.vendor_id = :vendor_id
""")
_KNOWN = text("""
    SELECT source_id FROM app.ledger_transactions WHERE business_id = :vendor_id AND source = 'opening'
""")


def take_in(
    session: Session, *, vendor_id: UUID, rows: Sequence[Mapping[str, str]], time_zone: str, is_preview: bool
) -> Reading:
    """Post a sheet's lines as opening items in both books, if all of them can be; a preview posts nothing.

    Raises OpeningsFaulty where lines cannot be, unless it is a preview: that tells them.
    """
    found = session.execute(_CUSTOMERS, {"vendor_id": vendor_id}).all()
    names = [row.name for row in found]
    customers = {row.name: row.id for row in found if names.count(row.name) == 1}
    customers |= {row.id_text: row.id for row in found}
    known: set[UUID] = set(session.execute(_KNOWN, {"vendor_id": vendor_id}).scalars())
    reading = understand(rows, customers, known, vendor_id, business_day(clock.now(), time_zone))
    if is_preview:
        return reading
    if reading.faults:
        raise OpeningsFaulty(
            f"{len(reading.faults)} of {len(rows)} lines cannot be taken in, so none was; correct them as `faults` "
            "says and send the sheet again",
            is_written=False,
            lines=len(reading.lines),
            total_paisa=reading.total_paisa,
            faults=[{"line_no": fault.line_no, "reason": fault.reason} for fault in reading.faults],
        )
    agreements = {
        retailer_id: find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
        for retailer_id in {line.retailer_id for line in reading.lines}
    }
    # The books of all of them are written together.
    set_scope(session, (vendor_id, *agreements))
    # All accounts first and by their ids: two sheets that name the same customers take turns.
    for agreement in sorted(agreements.values(), key=lambda one: one.receivable_account_id):
        ledger.lock_exposure(session, account_id=agreement.receivable_account_id)
    for line in reading.lines:
        _post(session, agreements[line.retailer_id], line)
    return reading


def _post(session: Session, agreement: queries.Agreement, line: Line) -> None:
    account_id, source_id = agreement.receivable_account_id, source_of(agreement.vendor_id, line)
    ledger.move_exposure(session, account_id=account_id, posted_paisa=line.amount_paisa)
    transaction_id = ledger.post_mirrored(
        session,
        source="opening",
        source_id=source_id,
        effective_date=line.document_date,
        currency=agreement.currency,
        amount_paisa=line.amount_paisa,
        seller=ledger.Leg(agreement.vendor_id, debit=account_id, credit="opening_balances"),
        buyer=ledger.Leg(agreement.retailer_id, debit="opening_balances", credit=agreement.payable_account_id)
        if agreement.payable_account_id is not None
        else None,
    )
    ledger.enter_item(
        session,
        ledger.Item(
            business_id=agreement.vendor_id,
            account_id=account_id,
            kind="opening",
            amount_paisa=line.amount_paisa,
            currency=agreement.currency,
            document_date=line.document_date,
            due_date=line.due_date,
            source="opening",
            source_id=source_id,
            transaction_id=transaction_id,
            document_number=line.number,
        ),
    )
