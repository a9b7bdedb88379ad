"""Goods of a bill come back: its credit note, at its rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.errors import BillPaymentInvalid, BillReturnInvalid
from commerce.billing.events import BillReturned
from commerce.billing.facts import Counter
from commerce.billing.queries import BillRow, SoldRow
from commerce.billing.tenders import Tender
from commerce.billing.undoing import by_product, credit_khata, give_money_back, standing
from commerce.catalogue.units import stock_problem
from commerce.invoices.papers import Paper, PaperLine, write_paper
from commerce.khata import service as khata
from commerce.khata.vocabulary import MODES
from commerce.ledger import service as ledger
from commerce.ledger.fiscal_year import fiscal_year
from commerce.stock import selling
from commerce.tax.calculation import Parts
from commerce.tax.errors import BillInvalid
from commerce.tax.giving_back import credit_note_until, given_back
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_quantity

RETURNED = "bill_return"
CREDIT_NOTES = "CB"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class ComesBack:
    """So much of a line of a bill that comes back."""

    line_no: int
    quantity: Decimal


def give_back(
    session: Session,
    *,
    business_id: UUID,
    invoice_id: UUID,
    goods: Sequence[ComesBack],
    reason: str,
    mode: str | None = None,
    is_sound: bool = True,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Write the credit note of goods that come back of a bill, at its rates; the note's id.

    A customer's khata is credited, the bill first; nobody by name, or who was forgotten, gets money by `mode`. Goods
    that are not `is_sound` do not go back onto the shelf. Raises BillNotFound, BillCancelled, BillReturnInvalid,
    BillPaymentInvalid.
    """
    note_id = uuid7()
    if request is not None and (earlier := claim(session, request, note_id)) is not None:
        return earlier
    bill, at = standing(session, business_id, invoice_id)
    _check_mode(bill, mode)
    sold = queries.sold(session, invoice_id)
    lines = _note_lines(bill, at, sold, goods)
    value, tax = (
        sum(line.parts.taxable_paisa for line in lines),
        sum(line.parts.tax_paisa for line in lines),
    )
    round_off = _share_of_rounding(bill, value + tax)
    total = value + tax + round_off
    if total <= 0:
        raise BillReturnInvalid(
            f"what comes back of bill {bill.number} comes to nothing; no note is needed: count the goods in"
        )
    account_id = None if bill.is_forgotten else bill.account_id
    if account_id is not None:
        ledger.move_exposure(session, account_id=account_id, posted_paisa=-total)
    if is_sound:
        selling.take_back(
            session,
            business_id=business_id,
            quantities=by_product({one.line_no: one.quantity for one in goods}, sold),
            sources=[invoice_id, *bill.note_ids],
            source_id=note_id,
        )
    other = account_id or at.accounts[khata.money_account(mode or "cash")]
    entry = ledger.Entry(
        business_id=business_id,
        kind=RETURNED,
        source=RETURNED,
        source_id=note_id,
        effective_date=at.today,
        currency=bill.currency,
        amounts={
            other: -total,
            at.accounts["sales_returns"]: value,
            at.accounts["output_tax"]: tax,
            at.accounts["rounding"]: round_off,
        },
    )
    ledger.post(session, [entry])
    year = fiscal_year(at.country, at.today)
    number = ledger.next_document_number(
        session, business_id=business_id, series=CREDIT_NOTES, fiscal_year=year, document_date=at.today
    )
    write_paper(session, _note(note_id, number, year, bill, at, lines, round_off, reason, actor_id))
    if account_id is None:
        give_money_back(session, at, note_id, [Tender(mode or "cash", -total)], actor_id)
    else:
        credit_khata(session, at, bill, note_id, RETURNED, total, entry.id, number)
    publish(
        session,
        BillReturned(
            invoice_id=str(note_id),
            original_id=str(invoice_id),
            customer_id=None if bill.customer_id is None else str(bill.customer_id),
            number=number,
            payable_paisa=total,
            currency=bill.currency,
        ),
        business_id=business_id,
        actor_id=actor_id,
        channel=channel,
    )
    return note_id


def _note_lines(
    bill: BillRow, at: Counter, sold: Sequence[SoldRow], goods: Sequence[ComesBack]
) -> list[PaperLine]:
    """The lines of the note. Raises BillReturnInvalid."""
    wanted = {one.line_no: one.quantity for one in goods}
    known = {row.line_no for row in sold}
    if not wanted or len(wanted) < len(goods) or not set(wanted) <= known:
        raise BillReturnInvalid(
            f"bill {bill.number} has the lines {', '.join(map(str, sorted(known)))}; name some of them, each once"
        )
    last_day = credit_note_until(at.country, bill.document_date)
    keeps_tax = last_day is not None and at.today > last_day
    return [
        _note_line(bill, row, wanted[row.line_no], keeps_tax=keeps_tax)
        for row in sold
        if row.line_no in wanted
    ]


def _share_of_rounding(bill: BillRow, now_paisa: int) -> int:
    """What of the bill's rounding goes with so much of its lines: all notes together have all of it."""

    def up_to(paisa: int) -> int:
        return round(Fraction(bill.round_off_paisa * paisa, bill.total_paisa or 1))

    return up_to(bill.returned_paisa + now_paisa) - up_to(bill.returned_paisa)


def _note_line(bill: BillRow, row: SoldRow, now: Decimal, *, keeps_tax: bool) -> PaperLine:
    problem = stock_problem(now, row.unit, row.base_quantity, row.base_unit)
    if problem is not None:
        raise BillReturnInvalid(f"line {row.line_no} of bill {bill.number}: {problem}", line_no=row.line_no)
    try:
        parts = given_back(row.parts, quantity=row.quantity, already=row.returned, now=now)
    except BillInvalid:
        raise BillReturnInvalid(
            f"{format_quantity(now)} {row.unit} of line {row.line_no} of bill {bill.number} cannot come back; "
            f"{format_quantity(row.quantity - row.returned)} of {format_quantity(row.quantity)} are left",
            line_no=row.line_no,
        ) from None
    trace: dict[str, Any] = {
        **row.trace,
        "given_back_of": bill.number,
        "rule": "the rate of the bill (CGST Act s. 34)",
    }
    supply = row.supply
    if keeps_tax and parts.tax_paisa:
        parts, supply = Parts(parts.total_paisa), "untaxed"
        trace["rule"] = "too late to take tax back (CGST Act s. 34(2)); the price alone is given back"
    return PaperLine(
        product_id=row.product_id,
        unit=row.unit,
        quantity=now,
        unit_price=row.unit_price,
        hsn=row.hsn,
        supply=supply,
        rate=row.rate if supply == row.supply else NOTHING,
        cess_rate=row.cess_rate if supply == row.supply else NOTHING,
        parts=parts,
        trace=trace,
        mrp=row.mrp,
        original_id=bill.id,
        original_line_no=row.line_no,
    )


def _note(
    note_id: UUID,
    number: str,
    year: str,
    bill: BillRow,
    at: Counter,
    lines: Sequence[PaperLine],
    round_off_paisa: int,
    reason: str,
    actor_id: UUID | None,
) -> Paper:
    return Paper(
        id=note_id,
        kind="credit_note",
        number=number,
        fiscal_year=year,
        vendor_id=at.business_id,
        customer_id=bill.customer_id,
        document_date=at.today,
        currency=bill.currency,
        country=at.country,
        vendor_state=at.state,
        vendor_profile_id=at.profile_id,
        retailer_state=bill.retailer_state,
        place_of_supply=bill.place_of_supply,
        gives_input_tax=bill.gives_input_tax,
        round_off_paisa=round_off_paisa,
        original_id=bill.id,
        reason=reason,
        made_by=actor_id,
        lines=lines,
    )


def _check_mode(bill: BillRow, mode: str | None) -> None:
    """Whether the money can go back so. Raises BillPaymentInvalid."""
    has_khata = bill.account_id is not None and not bill.is_forgotten
    if has_khata and mode is not None:
        way = "leave `mode` out: the customer's khata is credited"
    elif not has_khata and mode not in MODES:
        way = f"say by `mode` how the money goes back: {', '.join(MODES)}"
    else:
        return
    raise BillPaymentInvalid(f"mode {mode!r} cannot be for bill {bill.number}; {way}")
