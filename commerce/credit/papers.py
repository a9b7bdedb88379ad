"""A statement on paper and for spreadsheets: the same lines as PDF, CSV and XLSX."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from xlsxwriter import Workbook

from commerce.credit.ageing import BUCKETS
from commerce.credit.statements import Statement
from foundation import pdf
from foundation.money import MINOR_UNITS_PER_MAJOR, format_amount, to_rupees
from foundation.sheets import inert

TEMPLATE = Path(__file__).parent / "statement.typ"
KINDS: Final = {
    "charge": "Goods",
    "opening": "Opening balance",
    "bounce": "Payment undone",
    "interest": "Late interest",
    "cancel_fee": "Fee for cancelling late",
    "reinstatement": "Written off, owed again",
    "discount_reversal": "Discount taken back",
    "payment": "Payment",
    "credit_note": "Credit note",
    "write_off": "Written off",
    "fee_waiver": "Fee given up",
    "cancel_credit": "Credit for an order cancelled late",
    "cash_discount": "Discount for paying in time",
}
BUCKET_TITLES: Final = {
    "not_due": "Not due",
    "1_30": "1-30 days late",
    "31_60": "31-60 days late",
    "61_90": "61-90 days late",
    "over_90": "Over 90 days late",
    "disputed": "In dispute",
}
COLUMNS: Final = ("date", "due", "what", "document", "reference", "debit", "credit", "balance")


def as_pdf(of: Statement) -> bytes:
    """The statement on A4; the same rows give the same file."""
    return pdf.render(
        TEMPLATE,
        {
            "vendor": of.vendor,
            "retailer": of.retailer,
            "first": of.first.isoformat(),
            "last": of.last.isoformat(),
            "known": f"{of.known_at:%Y-%m-%d %H:%M} UTC",
            "opening": format_amount(of.opening_paisa, of.currency),
            "closing": format_amount(of.closing_paisa, of.currency),
            "advance": format_amount(of.advance_paisa, of.currency),
            "lines": [
                [
                    entry.document_date.isoformat(),
                    KINDS[entry.kind],
                    entry.document_number or entry.reference or "",
                    format_amount(entry.amount_paisa, of.currency) if entry.amount_paisa > 0 else "",
                    format_amount(-entry.amount_paisa, of.currency) if entry.amount_paisa < 0 else "",
                    format_amount(entry.balance_paisa, of.currency),
                ]
                for entry in of.entries
            ],
            "ageing": [
                [BUCKET_TITLES[name], format_amount(of.ageing[name], of.currency)] for name in BUCKETS
            ],
        },
        made_at=of.known_at,
    )


def as_csv(of: Statement) -> bytes:
    """Lines with plain amounts in major units; opening and closing are the first and last line."""
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\n")
    lines.writerow([*COLUMNS, "currency"])
    for row in _rows(of):
        lines.writerow(
            [*(to_rupees(cell) if isinstance(cell, int) else inert(cell) for cell in row), of.currency]
        )
    # Without this mark Excel does not read a CSV as UTF-8.
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def as_xlsx(of: Statement) -> bytes:
    """A sheet of lines and one of the ageing; amounts are numbers, texts are never formulas."""
    target = io.BytesIO()
    with Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        # Else the file bears the moment at which it was made, and the same rows give another file.
        book.set_properties({"created": of.known_at.replace(tzinfo=None)})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("Statement")
        for row_no, row in enumerate([COLUMNS, *_rows(of)]):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(row_no, column, cell / MINOR_UNITS_PER_MAJOR, money)
                else:
                    sheet.write_string(row_no, column, cell)
        ageing = book.add_worksheet("Ageing")
        for row_no, name in enumerate(BUCKETS):
            ageing.write_string(row_no, 0, BUCKET_TITLES[name])
            ageing.write_number(row_no, 1, of.ageing[name] / MINOR_UNITS_PER_MAJOR, money)
    return target.getvalue()


def _rows(of: Statement) -> list[tuple[str | int, ...]]:
    return [
        (of.first.isoformat(), "", "Opening", "", "", "", "", of.opening_paisa),
        *(
            (
                entry.document_date.isoformat(),
                entry.due_date.isoformat(),
                KINDS[entry.kind],
                entry.document_number or "",
                entry.reference or "",
                entry.amount_paisa if entry.amount_paisa > 0 else "",
                -entry.amount_paisa if entry.amount_paisa < 0 else "",
                entry.balance_paisa,
            )
            for entry in of.entries
        ),
        (of.last.isoformat(), "", "Closing", "", "", "", "", of.closing_paisa),
    ]
