"""A book for Tally, read back and held against the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.khata import service as khata
from commerce.ledger import tally
from commerce.ledger.errors import BookPeriodInvalid
from commerce.ledger.tally import Account, Line
from foundation import clock
from foundation.database import read, write
from foundation.money import to_paisa
from tests.commerce.factories import Market, business, market

Balances = Counter[str]


def paisa(written: str) -> int:
    """Debit positive, as the ledger has it: Tally writes debits as negative."""
    return -to_paisa(written.removeprefix("-")) * (-1 if written.startswith("-") else 1)


def parsed(book: tally.Book) -> tuple[Balances, list[ET.Element], Balances]:
    """Openings by ledger, the vouchers, and what both come to by ledger."""
    masters = ET.fromstring(tally.as_xml(book, "masters"))
    opening: Balances = Counter()
    for ledger in masters.iter("LEDGER"):
        opening[ledger.attrib["NAME"]] += paisa(ledger.findtext("OPENINGBALANCE") or "")
    vouchers = list(ET.fromstring(tally.as_xml(book, "vouchers")).iter("VOUCHER"))
    closing = Counter(opening)
    for voucher in vouchers:
        entries = voucher.findall("ALLLEDGERENTRIES.LIST")
        amounts = [paisa(entry.findtext("AMOUNT") or "") for entry in entries]
        assert sum(amounts) == 0
        assert [entry.findtext("ISDEEMEDPOSITIVE") == "Yes" for entry in entries] == [
            one > 0 for one in amounts
        ]
        for entry, amount in zip(entries, amounts, strict=True):
            name = entry.findtext("LEDGERNAME") or ""
            assert name in opening  # every ledger of a voucher is among the masters
            closing[name] += amount
    assert sum(opening.values()) == 0
    return opening, vouchers, closing


def exported(business_id: UUID, first: date, last: date) -> tally.Book:
    with read() as session:
        return tally.book(session, business_id=business_id, first=first, last=last)


def posted(business_id: UUID) -> list[int]:
    """What stands on each account that was posted to, in order of size."""
    with read() as session:
        rows = session.execute(
            text("""
                SELECT CAST(sum(amount_paisa) AS bigint) AS balance FROM app.postings WHERE business_id = :id
                GROUP BY account_id HAVING sum(amount_paisa) <> 0 ORDER BY 1
            """),
            {"id": business_id},
        )
        return list(rows.scalars())


def traded() -> Market:
    trade = market()
    order = trade.accepted(5, 5)
    trade.deliver(order)
    trade.bounce(trade.pay(3_000))
    trade.pay(2_000, mode="cash")
    trade.take_back(order, {1: 2})
    return trade


def test_what_tally_reads_is_what_the_ledger_has(own_world: str) -> None:
    trade = traded()
    today = clock.business_day(clock.now(), "Asia/Kathmandu")
    kinds = {
        trade.vendor_id: {"Sales": 1, "Receipt": 2, "Payment": 1, "Credit Note": 1},
        trade.retailer_id: {"Purchase": 1, "Payment": 2, "Receipt": 1, "Debit Note": 1},
    }
    for business_id, expected in kinds.items():
        opening, vouchers, closing = parsed(exported(business_id, today, today))
        assert not any(opening.values())
        assert Counter(voucher.attrib["VCHTYPE"] for voucher in vouchers) == expected
        assert sorted(filter(None, closing.values())) == posted(business_id)
        # The day after, all of it is opening and nothing happens.
        tomorrow = today + timedelta(days=1)
        opening, vouchers, _ = parsed(exported(business_id, tomorrow, tomorrow))
        assert (vouchers, sorted(filter(None, opening.values()))) == ([], posted(business_id))
        # A year later earnings are capital: what is left are balances, and they still agree.
        later = exported(business_id, today + timedelta(days=400), today + timedelta(days=401))
        opening, _, _ = parsed(later)
        assert not [name for name in ("Sales", "Purchases", "Sales Returns") if opening[name]]


def test_a_khata_is_a_ledger_in_its_customers_name(migrated: object) -> None:
    shop_id = write(business)

    def buy(session: Session) -> None:
        for name in ("Ramesh", "Sita"):
            customer_id = customers.add_customer(session, business_id=shop_id, details=Details(name))
            khata.add_debit(session, business_id=shop_id, customer_id=customer_id, amount_paisa=5_00)

    write(buy)
    today = clock.now().date()
    book = exported(shop_id, today - timedelta(days=1), today + timedelta(days=1))
    groups = {ledger.name: ledger.group for ledger in book.ledgers}
    assert (groups["Ramesh"], groups["Sita"]) == ("Sundry Debtors", "Sundry Debtors")
    assert sorted(voucher.party or "" for voucher in book.vouchers) == ["Ramesh", "Sita"]
    assert {voucher.kind for voucher in book.vouchers} == {"Sales"}
    parsed(book)


def test_names_are_told_apart_and_written_safely() -> None:
    made = [
        Account(UUID(int=1), "cash", "asset", None, None, 0, 0),
        Account(UUID(int=2), "receivable", "asset", UUID(int=9), None, 500, 500),
        Account(UUID(int=3), "receivable", "asset", UUID(int=8), None, -500, -500),
    ]
    named = tally._names(made, {UUID(int=9): "CASH", UUID(int=8): "<b>Gita & Söns\x00</b> \U0001f4a5"})
    assert len({name.casefold() for name in named.values()}) == 3
    lines = [
        Line(UUID(int=7), "payment", None, date(2026, 4, 1), UUID(int=1), 500),
        Line(UUID(int=7), "payment", None, date(2026, 4, 1), UUID(int=3), -500),
    ]
    book = tally.Book(
        "A & B",
        date(2026, 4, 1),
        date(2026, 4, 1),
        tally.ledgers(made, named),
        tally.vouchers(lines, {one.id: one for one in made}, named),
    )
    _, [voucher], closing = parsed(book)
    assert (voucher.findtext("PARTYLEDGERNAME"), voucher.findtext("DATE")) == (named[UUID(int=3)], "20260401")
    assert closing["Cash"] == 500


def test_a_period_is_a_year_at_most(migrated: object) -> None:
    with pytest.raises(BookPeriodInvalid):
        exported(UUID(int=1), date(2026, 1, 1), date(2027, 1, 2))


def test_a_book_of_no_fiscal_year_or_of_too_many_vouchers_is_refused(
    migrated: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = market()
    for _ in range(2):
        trade.deliver(trade.accepted(1))
    today = clock.business_day(clock.now(), "Asia/Kathmandu")
    with pytest.raises(BookPeriodInvalid, match="no fiscal year is known of 2099-12-31"):
        exported(trade.vendor_id, date(2099, 12, 31), date(2099, 12, 31))
    assert len(exported(trade.vendor_id, today, today).vouchers) == 2
    monkeypatch.setattr(tally, "VOUCHERS_MAX", 1)
    with pytest.raises(BookPeriodInvalid, match="more than 1 vouchers"):
        exported(trade.vendor_id, today, today)
