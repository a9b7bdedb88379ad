"""A book for Tally: masters with opening balances and vouchers of a period, as XML that Tally imports.

Source of the form: TallyPrime, "Import Data" requests with the reports All Masters and Vouchers; in it a debit is
negative and `ISDEEMEDPOSITIVE` says Yes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID
from xml.etree import ElementTree as ET

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.ledger.errors import BookPeriodInvalid
from commerce.ledger.fiscal_year import fiscal_year
from commerce.parties import service as parties
from foundation.money import to_rupees

Part = Literal["masters", "vouchers"]
DAYS_MAX: Final = 366
VOUCHERS_MAX: Final = 50_000
OPENING: Final = "opening_balances"

GROUPS: Final = {
    "cash": "Cash-in-Hand",
    "bank": "Bank Accounts",
    "clearing": "Suspense A/c",
    "sales": "Sales Accounts",
    "sales_returns": "Sales Accounts",
    "purchases": "Purchase Accounts",
    "purchase_returns": "Purchase Accounts",
    "stock_adjustments": "Direct Expenses",
    "unbilled_sales": "Sales Accounts",
    "receivable": "Sundry Debtors",
    "khata": "Sundry Debtors",
    "payable": "Sundry Creditors",
    "supplier_dues": "Sundry Creditors",
    "transport": "Direct Expenses",
    "packing": "Direct Expenses",
    OPENING: "Capital Account",
}
_BY_TYPE: Final = {
    "asset": "Current Assets",
    "liability": "Current Liabilities",
    "equity": "Capital Account",
    "income": "Indirect Incomes",
    "expense": "Indirect Expenses",
}
_RESULT: Final = ("income", "expense")
MONEY: Final = frozenset({"cash", "bank", "clearing"})
# What XML 1.0 has no place for; a name with such a character would make the whole file unreadable.
_UNWRITABLE: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Account(NamedTuple):
    """An account of the book with what stood on it when the period began: debit positive."""

    id: UUID
    code: str
    type: str
    party_id: UUID | None
    customer_id: UUID | None
    opening_paisa: int
    of_year_paisa: int
    """The part of it that is of the fiscal year in which the period begins."""

    @property
    def whose(self) -> UUID | None:
        """The business or customer that it is an account of."""
        return self.party_id or self.customer_id


class Line(NamedTuple):
    """A posting of the period: debit positive."""

    transaction_id: UUID
    source: str
    number: str | None
    day: date
    account_id: UUID
    amount_paisa: int


@dataclass(frozen=True)
class Ledger:
    """An account as Tally has it."""

    name: str
    group: str
    opening_paisa: int


@dataclass(frozen=True)
class Voucher:
    """An entry as Tally has it: amounts by ledger, debit positive, together nothing."""

    id: UUID
    kind: str
    number: str
    day: date
    party: str | None
    narration: str
    entries: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Book:
    """What is exported of a book."""

    business: str
    first: date
    last: date
    ledgers: Sequence[Ledger]
    vouchers: Sequence[Voucher]


_ACCOUNTS = text("""
    SELECT account.id, account.code, account.type, account.party_id, account.customer_id,
           CAST(coalesce(sum(line.amount_paisa), 0) AS bigint) AS opening,
           CAST(coalesce(sum(line.amount_paisa) FILTER (WHERE entry.effective_date >= :year_began), 0) AS bigint)
               AS of_year
    FROM app.accounts account
    LEFT JOIN (app.postings line JOIN app.ledger_transactions entry ON entry.id = line.transaction_id
               AND entry.effective_date < :first) ON line.account_id = account.id
    WHERE account.business_id = :business_id AND account.currency = :currency
    GROUP BY account.id ORDER BY coalesce(account.party_id, account.customer_id) NULLS FIRST, account.code, account.id
""")
_LINES = text("""
    SELECT entry.id, entry.source, coalesce(item.document_number, delivery.number) AS number, entry.effective_date,
           line.account_id, line.amount_paisa
    FROM app.ledger_transactions entry
    JOIN app.postings line ON line.transaction_id = entry.id AND line.currency = :currency
    LEFT JOIN app.deliveries delivery ON delivery.id = entry.source_id AND entry.source IN ('delivery', 'return')
    LEFT JOIN LATERAL (SELECT document_number FROM app.receivable_items WHERE transaction_id = entry.id LIMIT 1) item
        ON true
    WHERE entry.business_id = :business_id AND entry.effective_date BETWEEN :first AND :last
    ORDER BY entry.effective_date, entry.recorded_at, entry.id, line.line_no
""")


_ENTRIES = text("""
    SELECT count(*) FROM (
        SELECT FROM app.ledger_transactions
        WHERE business_id = :business_id AND effective_date BETWEEN :first AND :last LIMIT :most
    ) entry
""")


def book(session: Session, *, business_id: UUID, first: date, last: date) -> Book:
    """A business's book from `first` to `last`, both days included.

    What was earned and spent in fiscal years before stands with the opening balances, as books do that close a year.
    Raises BookPeriodInvalid.
    """
    if not first <= last <= first + timedelta(days=DAYS_MAX - 1):
        raise BookPeriodInvalid(
            f"from {first} to {last} is no period of 1 to {DAYS_MAX} days; ask for one year at most"
        )
    business = parties.get_business(session, business_id=business_id)
    asked = {
        "business_id": business_id,
        "currency": business.currency,
        "first": first,
        "last": last,
        "year_began": _year_began(business.country, first),
    }
    # Counted before they are read: what is refused must not fill the memory first.
    if session.execute(_ENTRIES, asked | {"most": VOUCHERS_MAX + 1}).scalar_one() > VOUCHERS_MAX:
        raise BookPeriodInvalid(
            f"the period has more than {VOUCHERS_MAX} vouchers; ask for a shorter one, of so many at most"
        )
    accounts = [Account._make(row) for row in session.execute(_ACCOUNTS, asked)]
    lines = [Line._make(row) for row in session.execute(_LINES, asked)]
    names = parties.names_of(session, [account.party_id for account in accounts if account.party_id])
    known = [account.customer_id for account in accounts if account.customer_id]
    names |= customers.names_of(session, business_id=business.id, customers=known)
    named = _names(accounts, names)
    made = vouchers(lines, {account.id: account for account in accounts}, named)
    return Book(business.name, first, last, ledgers(accounts, named), made)


def _year_began(country: str, day: date) -> date:
    try:
        year = fiscal_year(country, day)
    except OverflowError:  # Bikram Sambat is tabled until the year 2100, our 2044
        raise BookPeriodInvalid(f"no fiscal year is known of {day}; begin the period earlier") from None
    while fiscal_year(country, day - timedelta(days=1)) == year:
        day -= timedelta(days=1)
    return day


def _names(accounts: Iterable[Account], names: Mapping[UUID, str]) -> dict[UUID, str]:
    """A name of its own for every account: Tally knows ledgers by nothing else."""
    named: dict[UUID, str] = {}
    taken: set[str] = set()
    for account in accounts:
        if account.whose is None:
            name = account.code.replace("_", " ").title()
        else:
            name = " ".join(_UNWRITABLE.sub("", names.get(account.whose, str(account.whose))).split())
        # Tally takes names that differ in case alone for one.
        if name.casefold() in taken:
            name = f"{name} ({account.code} {account.id.hex[-8:]})"
        taken.add(name.casefold())
        named[account.id] = name
    return named


def ledgers(accounts: Sequence[Account], named: Mapping[UUID, str]) -> list[Ledger]:
    """The accounts with their openings; results of earlier fiscal years stand with the opening balances. Pure."""
    earlier = sum(one.opening_paisa - one.of_year_paisa for one in accounts if one.type in _RESULT)
    made = []
    for one in accounts:
        opening = one.of_year_paisa if one.type in _RESULT else one.opening_paisa
        if one.code == OPENING:
            opening += earlier
        made.append(Ledger(named[one.id], _group(one), opening))
    return made


def _group(account: Account) -> str:
    if account.code in GROUPS:
        return GROUPS[account.code]
    return "Duties & Taxes" if "tax" in account.code else _BY_TYPE[account.type]


def vouchers(
    lines: Iterable[Line], accounts: Mapping[UUID, Account], named: Mapping[UUID, str]
) -> list[Voucher]:
    """The entries of the period, in order. Pure."""
    entries: dict[UUID, list[Line]] = {}
    for line in lines:
        entries.setdefault(line.transaction_id, []).append(line)
    made = []
    for transaction_id, parts in entries.items():
        head = parts[0]
        amounts = {accounts[line.account_id].code: line.amount_paisa for line in parts}
        party = next(
            (named[line.account_id] for line in parts if accounts[line.account_id].whose is not None), None
        )
        made.append(
            Voucher(
                id=transaction_id,
                kind=_kind(amounts),
                number=head.number or transaction_id.hex[-12:],
                day=head.day,
                party=party,
                narration=f"{head.source} {head.number or ''}".strip(),
                entries=[(named[line.account_id], line.amount_paisa) for line in parts],
            )
        )
    return made


def _kind(amounts: Mapping[str, int]) -> str:
    """The voucher type by what moves, for Tally takes no cash or bank into a journal."""
    for code, kind in (
        ("sales", "Sales"),
        ("unbilled_sales", "Sales"),
        ("sales_returns", "Credit Note"),
        ("purchases", "Purchase"),
        ("purchase_returns", "Debit Note"),
    ):
        if code in amounts:
            return kind
    money = {code: amount for code, amount in amounts.items() if code in MONEY}
    if not money:
        return "Journal"
    if len(money) == len(amounts):
        return "Contra"
    return "Receipt" if sum(money.values()) > 0 else "Payment"


# As XML ---------------------------------------------------------------------------------------


def as_xml(of: Book, part: Part) -> bytes:
    """One of the two files that Tally imports: masters first, then vouchers."""
    envelope = ET.Element("ENVELOPE")
    _text(ET.SubElement(envelope, "HEADER"), "TALLYREQUEST", "Import Data")
    data = ET.SubElement(ET.SubElement(envelope, "BODY"), "IMPORTDATA")
    described = ET.SubElement(data, "REQUESTDESC")
    _text(described, "REPORTNAME", "All Masters" if part == "masters" else "Vouchers")
    _text(ET.SubElement(described, "STATICVARIABLES"), "SVCURRENTCOMPANY", of.business)
    messages = ET.SubElement(data, "REQUESTDATA")
    if part == "masters":
        for ledger in of.ledgers:
            _master(_message(messages), ledger)
    else:
        for voucher in of.vouchers:
            _voucher(_message(messages), voucher)
    written: bytes = ET.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return written


def _message(parent: ET.Element) -> ET.Element:
    return ET.SubElement(parent, "TALLYMESSAGE", {"xmlns:UDF": "TallyUDF"})


def _master(message: ET.Element, ledger: Ledger) -> None:
    made = ET.SubElement(message, "LEDGER", {"NAME": ledger.name, "ACTION": "Create"})
    _text(ET.SubElement(made, "NAME.LIST"), "NAME", ledger.name)
    _text(made, "PARENT", ledger.group)
    _text(made, "ISBILLWISEON", "No")
    _text(made, "OPENINGBALANCE", to_rupees(-ledger.opening_paisa))


def _voucher(message: ET.Element, voucher: Voucher) -> None:
    # The same entry has the same REMOTEID: imported twice, it is altered and not doubled.
    head = {"REMOTEID": str(voucher.id), "VCHTYPE": voucher.kind, "ACTION": "Create"}
    made = ET.SubElement(message, "VOUCHER", head)
    _text(made, "DATE", f"{voucher.day:%Y%m%d}")
    _text(made, "GUID", str(voucher.id))
    _text(made, "VOUCHERTYPENAME", voucher.kind)
    _text(made, "VOUCHERNUMBER", voucher.number)
    if voucher.party is not None:
        _text(made, "PARTYLEDGERNAME", voucher.party)
    _text(made, "NARRATION", voucher.narration)
    for name, amount in voucher.entries:
        entry = ET.SubElement(made, "ALLLEDGERENTRIES.LIST")
        _text(entry, "LEDGERNAME", name)
        _text(entry, "ISDEEMEDPOSITIVE", "Yes" if amount > 0 else "No")
        _text(entry, "AMOUNT", to_rupees(-amount))


def _text(parent: ET.Element, tag: str, said: str) -> None:
    ET.SubElement(parent, tag).text = _UNWRITABLE.sub("", said)
