"""Statements of banks as they come, and whose payment a line may be."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from commerce.credit.bank_files import guess, understand
from commerce.credit.bank_matching import Customer, Recorded, already, propose
from commerce.credit.errors import BankFileInvalid
from foundation import sheets

HDFC = """HDFC BANK Ltd.,,,,,,
Account No :,'502000123,,,,,
,,,,,,
Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance
********,**********,,,,,
01/04/26,UPI-GITA-gita@okhdfc-421903998877-Payment,0000421903998877,01/04/26,,"1,23,456.50","2,00,000.00"
02/04/26,NEFT CR-SBIN0001234-RAM STORES-SBINN52026040212,,02/04/26,,5000.00,"2,05,000.00"
13/04/26,CHQ PAID,000123,03/04/26,700.00,,"2,04,300.00"
STATEMENT SUMMARY,,,,,,
"""
NABIL = """S.N.;Miti;Transaction Date;Description;Amount;Dr/Cr;Balance
1;2083-01-05;2026-04-18;FONEPAY Gita Kirana;500.00;CR;500.00
2;2083-01-06;2026-04-19;ATM;200.00;DR;300.00
"""
ICICI = (
    "S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,Withdrawal Amount (INR ),"
    "Deposit Amount (INR ),Balance (INR )\n"
    "1,01/04/2026,01/04/2026,-,UPI/421903998877/rent/ram@ybl,0.0,500.0,1500.0\n"
)
SBI = (
    "Txn Date\tValue Date\tDescription\tRef No./Cheque No.\tDebit\tCredit\tBalance\n"
    "1 Apr 2026\t1 Apr 2026\tBY TRANSFER-UPI/CR/421903998877/GITA\tTRANSFER FROM RAM 98451\t\t 1,000.00\t 5,000.00\n"
)
SIGNED = "Date,Details,Amount\n04/13/2026,In,Rs. 10.00\n04/14/2026,Out,(4.50)\n05/01/2026,Out,3.00 Dr\n"
SAMBAT = "मिति,Date,Particulars,Debit,Credit\nx,2083-01-05,Sale,,500\n"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (
            HDFC,
            [
                (date(2026, 4, 1), 12345650, "421903998877"),
                (date(2026, 4, 2), 500000, "SBINN52026040212"),
                (date(2026, 4, 13), -70000, "000123"),
            ],
        ),
        (NABIL, [(date(2026, 4, 18), 50000, None), (date(2026, 4, 19), -20000, None)]),
        (ICICI, [(date(2026, 4, 1), 50000, "421903998877")]),
        (SBI, [(date(2026, 4, 1), 100000, "421903998877")]),
        (
            SIGNED,
            [
                (date(2026, 4, 13), 1000, None),
                (date(2026, 4, 14), -450, None),
                (date(2026, 5, 1), -300, None),
            ],
        ),
        (SAMBAT, [(date(2026, 4, 18), 50000, None)]),
    ],
    ids=["hdfc", "nabil", "icici", "sbi", "signed", "sambat"],
)
def test_the_layout_of_a_bank_is_guessed(file: str, told: list[tuple[date, int, str | None]]) -> None:
    grid = sheets.grid_of(file.encode(), lines_max=100)
    reading = understand(grid, guess(grid))
    assert reading.faults == []
    assert [(line.booked_on, line.amount_paisa, line.reference) for line in reading.lines] == told


def test_a_line_is_known_again_and_two_alike_are_two() -> None:
    head = "Date,Narration,Deposit\n"
    one, two = "01/04/26,UPI,5\n", "02/04/26,UPI,7\n"

    def identities(text: str) -> list[bytes]:
        grid = sheets.grid_of((head + text).encode(), lines_max=10)
        return [line.identity for line in understand(grid, guess(grid)).lines]

    first, again = identities(one + one + two), identities(two + one + one)
    assert len(set(first)) == 3
    assert set(first) == set(again)


def test_what_cannot_be_read_says_where() -> None:
    with pytest.raises(BankFileInvalid):
        guess([["name", "address"], ["Gita", "Surkhet"]])
    grid = sheets.grid_of(b"Date,Narration,Deposit\n32/04/26,UPI,5\n01/04/26,UPI,5.005\n", lines_max=10)
    assert [fault.line_no for fault in understand(grid, guess(grid)).faults] == [2, 3]


@pytest.mark.parametrize("day", ["01/01/0001", "01/04/126", "31 Dec 9999", "1 Jan 1001"])
def test_a_day_of_a_year_that_no_bank_has_is_a_fault(day: str) -> None:
    grid = sheets.grid_of(f"Date,Narration,Deposit\n{day},UPI,5\n".encode(), lines_max=10)
    reading = understand(grid, guess(grid))
    assert (reading.lines, [fault.line_no for fault in reading.faults]) == ([], [2])


GITA, RAM, SITA = (UUID(int=n) for n in (1, 2, 3))
CUSTOMERS = [
    Customer(GITA, "गीता किराना", debts=[500_00, 700_00], documents=["DN/83-84/000017"]),
    Customer(
        RAM,
        "Ram Stores",
        debts=[300_00],
        documents=["ORD261120004"],
        claims=[(300_00, "UPI 421903998877", SITA)],
    ),
    Customer(SITA, "Sita General Store", debts=[500_00]),
]


@pytest.mark.parametrize(
    ("narration", "amount", "first", "reason"),
    [
        ("FONEPAY GEETA KIRANA", 1, GITA, "the name sounds alike"),
        ("UPI/000421903998877/PAY", 300_00, RAM, "the reference is of a payment that it claims"),
        ("NEFT ORD 261120004", 5, RAM, "names ORD261120004"),
        ("NEFT inv DN-83-84-000017", 5, GITA, "names DN/83-84/000017"),
        ("CASH", 1_200_00, GITA, "the amount is an open debt, or all of them"),
    ],
)
def test_what_speaks_for_a_retailer(narration: str, amount: int, first: UUID, reason: str) -> None:
    best = propose(narration, None, amount, CUSTOMERS)[0]
    assert best.retailer_id == first
    assert reason in best.reasons


def test_nothing_speaks_for_anybody_where_nothing_is_known() -> None:
    assert propose("KIRANA STORE PAYMENT", None, 12_34, CUSTOMERS) == []
    both = propose("X", None, 500_00, CUSTOMERS)
    assert {match.retailer_id for match in both} == {GITA, SITA}
    assert both[0].score == both[1].score


def test_a_payment_that_is_there_already_is_found_by_amount_and_day() -> None:
    there = [
        Recorded(GITA, RAM, 300_00, date(2026, 4, 3), None),
        Recorded(RAM, RAM, 300_00, date(2026, 4, 5), "UPI 421903998877"),
        Recorded(SITA, RAM, 300_00, date(2026, 4, 20), "421903998877"),
    ]
    found = already("421903998877", 300_00, date(2026, 4, 2), there, within_days=7)
    assert [one.payment_id for one in found] == [RAM, GITA]
