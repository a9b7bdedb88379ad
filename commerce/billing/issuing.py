"""A bill is issued: paper, goods, books and money in the caller's transaction.

Locks as `docs/locking.md` orders them: the khata, the shelves, the number last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.draft import Content
from commerce.billing.errors import (
    BillDateInvalid,
    BillNumberNotNext,
    BillTotalDiffers,
    TillInvalid,
    TillNotFound,
)
from commerce.billing.events import BillIssued
from commerce.billing.facts import Counter, counter, goods
from commerce.billing.reckoning import PricedLine, priced, reckon
from commerce.billing.tenders import Tender, checked, write_tenders
from commerce.customers.errors import CustomerErased
from commerce.invoices.papers import Paper, PaperLine, write_paper
from commerce.invoices.service import SERIES
from commerce.khata import service as khata
from commerce.ledger import service as ledger
from commerce.ledger.errors import AccountNotFound
from commerce.ledger.fiscal_year import fiscal_year
from commerce.stock import selling
from commerce.tax.bill import TaxedBill
from foundation.clock import business_day
from foundation.events import publish
from foundation.ids import uuid7
from foundation.money import format_quantity
from foundation.settings import settings

SOURCE = "bill"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Made:
    """Where and when a bill was made, as the device says; nothing of it: here and now."""

    till: str | None = None
    serial: int | None = None
    """The number in the till's series that is on the paper already; None: it is given here."""
    client_id: UUID | None = None
    on: date | None = None
    payable_paisa: int | None = None
    """What the paper says that is on it already; it is not written otherwise."""


def issue(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID | None,
    content: Content,
    tenders: Sequence[Tender] | None,
    due_on: date | None = None,
    made: Made = Made(),
    actor_id: UUID | None = None,
    channel: str = "api",
    invoice_id: UUID | None = None,
) -> Paper:
    """Write the bill of what was said; the paper. `tenders` None: whoever has no khata paid all of it in cash.

    Raises what `priced` and `reckon` raise, CustomerNotFound, CustomerErased, TillNotFound, BillDateInvalid,
    BillPaymentInvalid, BillUnpaid, BillTotalDiffers, BillNumberNotNext, TillInvalid, DocumentDateBackwards.
    """
    at = counter(session, business_id, customer_id, day=made.on, till=made.till)
    _check_made(at, made, due_on)
    lines = priced(content, goods(session, at, [(line.product_id, line.unit) for line in content.lines]))
    bill = reckon(content, lines, at, paid_in_full=customer_id is None)
    if made.payable_paisa not in (None, bill.payable_paisa):
        raise BillTotalDiffers(made.payable_paisa, bill.payable_paisa, at.currency)
    money = checked(bill.payable_paisa, at, tenders)
    paper_id = invoice_id or uuid7()
    if at.account_id is not None:
        ledger.move_exposure(session, account_id=at.account_id, posted_paisa=bill.payable_paisa)
        if customer_id is not None and queries.is_forgotten(session, customer_id):
            raise CustomerErased(customer_id)
    short = _take_off_shelves(session, at, lines, paper_id)
    entry = _entry(at, bill, money, paper_id)
    year = fiscal_year(at.country, at.day)
    number = ledger.next_document_number(
        session, business_id=business_id, series=made.till or SERIES, fiscal_year=year, document_date=at.day
    )
    if made.serial is not None and made.serial != int(number.rsplit("/", 1)[-1]):
        raise BillNumberNotNext(made.serial, number)
    paper = Paper(
        id=paper_id,
        kind=bill.kind,
        number=number,
        fiscal_year=year,
        vendor_id=business_id,
        customer_id=customer_id,
        document_date=at.day,
        currency=at.currency,
        country=at.country,
        vendor_state=at.state,
        vendor_profile_id=at.profile_id,
        retailer_state=bill.buyer.state or "",
        place_of_supply=None if bill.place is None else bill.place.state,
        gives_input_tax=bill.gives_input_tax,
        discount_paisa=bill.discount_paisa,
        round_off_paisa=bill.round_off_paisa,
        timing=at.timing if bill.place is not None else None,
        till=made.till,
        client_id=made.client_id,
        made_by=actor_id,
        buyer_profile=at.buyer_said,
        buyer_sealed=at.sealed_buyer(),
        lines=_paper_lines(bill, lines, short),
    )
    write_paper(session, paper)
    if at.account_id is None:
        ledger.post(session, [entry])
        write_tenders(
            session,
            money,
            business_id=business_id,
            invoice_id=paper_id,
            currency=at.currency,
            day=at.day,
            actor_id=actor_id,
        )
    else:
        _charge(session, at, paper, bill, entry, money, due_on, actor_id, channel)
    publish(
        session,
        BillIssued(
            invoice_id=str(paper_id),
            customer_id=None if customer_id is None else str(customer_id),
            kind=paper.kind,
            number=number,
            payable_paisa=bill.payable_paisa,
            paid_paisa=sum(tender.amount_paisa for tender in money),
            currency=at.currency,
        ),
        business_id=business_id,
        actor_id=actor_id,
        channel=channel,
    )
    return paper


def _check_made(at: Counter, made: Made, due_on: date | None) -> None:
    if made.till is not None and not at.till_is_open:
        raise TillNotFound(made.till)
    if made.serial is not None and made.till is None:
        raise TillInvalid(
            f"number {made.serial} is of no till's series; name the till, or leave it to the shop's own series"
        )
    first = max(
        business_day(at.joined_at, at.time_zone),
        at.today - timedelta(days=settings().payment_backdating_days_max),
    )
    if not first <= at.day <= at.today:
        raise BillDateInvalid(
            f"a bill dated {at.day} cannot be written now; give a day from {first} to today, {at.today}",
            day=at.day.isoformat(),
        )
    if due_on is not None and at.customer_id is None:
        raise BillDateInvalid(
            "a bill to nobody by name is paid at once; leave `due_on` out, or name who will owe it"
        )
    if due_on is not None and due_on < at.day:
        raise BillDateInvalid(
            f"a bill of {at.day} cannot be due on {due_on}; give that day or a later one",
            day=due_on.isoformat(),
        )


def _take_off_shelves(
    session: Session, at: Counter, lines: Sequence[PricedLine], source_id: UUID
) -> list[Decimal]:
    """What of each line's goods was not there by the books, in base units."""
    wanted: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        wanted[line.good.product_id] += line.base_quantity
    missing = selling.sell(
        session, business_id=at.business_id, quantities=wanted, source_id=source_id, today=at.day
    )
    short = []
    for line in reversed(lines):  # what is short is short of what was said last
        part = min(line.base_quantity, missing.get(line.good.product_id, NOTHING))
        if part:
            missing[line.good.product_id] -= part
        short.append(part)
    return short[::-1]


def _entry(at: Counter, bill: TaxedBill, money: Sequence[Tender], source_id: UUID) -> ledger.Entry:
    """What the bill is in the shop's book. Raises AccountNotFound."""
    accounts = at.accounts
    if "sales" not in accounts:
        raise AccountNotFound(
            f"business {at.business_id} has no {at.currency} book; open one first",
            business_id=str(at.business_id),
        )
    amounts: defaultdict[UUID, int] = defaultdict(int)
    if at.account_id is not None:
        amounts[at.account_id] += bill.payable_paisa
    else:
        for tender in money:
            amounts[accounts[khata.money_account(tender.mode)]] += tender.amount_paisa
    amounts[accounts["sales"]] -= bill.parts.taxable_paisa
    amounts[accounts["output_tax"]] -= bill.parts.tax_paisa
    amounts[accounts["rounding"]] -= bill.round_off_paisa
    return ledger.Entry(
        business_id=at.business_id,
        kind=SOURCE,
        source=SOURCE,
        source_id=source_id,
        effective_date=at.day,
        currency=at.currency,
        amounts=amounts,
    )


def _paper_lines(bill: TaxedBill, lines: Sequence[PricedLine], short: Sequence[Decimal]) -> list[PaperLine]:
    holds = "holds the tax" if bill.trace["prices"] == "hold the tax" else "is without tax"
    written = []
    for billed, line, missing in zip(bill.lines, lines, short, strict=True):
        price = line.unit_price or NOTHING
        told = {
            "price": f"{holds}; " + ("said for this bill" if line.is_priced_by_hand else "the shop's own")
        }
        if line.is_priced_by_hand and line.good.unit_price is not None:
            told["shop_price"] = format_quantity(line.good.unit_price)
        if line.said.worth_paisa is not None:
            told["quantity"] = "what is had for the amount at the price"
        written.append(
            PaperLine(
                product_id=line.good.product_id,
                unit=line.said.unit,
                quantity=line.quantity or NOTHING,
                unit_price=price,
                hsn=billed.taxed.hsn,
                supply=billed.taxed.supply,
                rate=billed.taxed.rate,
                cess_rate=billed.taxed.cess_rate,
                parts=billed.parts,
                trace={**billed.taxed.trace, **told},
                mrp=line.good.mrp,
                discount_paisa=billed.discount_paisa,
                short_quantity=missing,
            )
        )
    return written


def _charge(
    session: Session,
    at: Counter,
    paper: Paper,
    bill: TaxedBill,
    entry: ledger.Entry,
    money: Sequence[Tender],
    due_on: date | None,
    actor_id: UUID | None,
    channel: str,
) -> None:
    """Post the bill with its item in the khata; what is paid with it settles it before what was paid ahead."""
    assert at.account_id is not None
    assert at.customer_id is not None
    item = ledger.Item(
        business_id=at.business_id,
        account_id=at.account_id,
        kind="charge",
        amount_paisa=bill.payable_paisa,
        currency=at.currency,
        document_date=at.day,
        due_date=due_on or at.day,
        source=SOURCE,
        source_id=paper.id,
        transaction_id=entry.id,
        document_number=paper.number,
    )
    is_paid_ahead = ledger.post_charge(session, entry, item)
    for tender in money:
        khata.record_payment(
            session,
            business_id=at.business_id,
            customer_id=at.customer_id,
            amount_paisa=tender.amount_paisa,
            mode=tender.mode,
            entered_on=at.day,
            reference=tender.reference,
            chosen={item.id: tender.amount_paisa},
            confirm_duplicate=True,
            actor_id=actor_id,
            channel=channel,
        )
    paid = sum(tender.amount_paisa for tender in money)
    if is_paid_ahead and paid < bill.payable_paisa:
        ledger.settle_item(session, item, settled_paisa=paid)
