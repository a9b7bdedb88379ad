"""The same facts for a spreadsheet: numbers as numbers, days as days, and what they are of on the first sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards.queries.retailers import Dossier
from dashboards.reports.trade_credit import ORIGINS, SUBTITLE
from foundation.money import MINOR_UNITS_PER_MAJOR, to_rupees
from foundation.sheets import inert

LAKH_FORMAT = r"[>=10000000]##\,##\,##\,##0.00;[>=100000]##\,##\,##0.00;##,##0.00"
WORLD_FORMAT = "#,##0.00"
STANDING = (
    "grade", "score", "model_version", "limit_paisa", "receivable_paisa", "utilisation", "not_due_paisa",
    "overdue_paisa", "disputed_paisa", "days_past_due_max", "total_90d_paisa", "cash_90d_paisa", "credit_90d_paisa",
    "paid_90d_paisa", "last_paid_date", "vendors", "orders", "first_order_date", "last_order_date", "matured_items",
    "late_items", "worst_days_late", "bounces_365d", "write_offs", "refusals_90d", "joined_date", "country", "state",
    "zone", "tax_profile",
)  # fmt: skip
SHARES = ("utilisation", "share_bought")
PAYMENT_COLUMNS = (
    "retailer_id", "paid_date", "vendor_id", "vendor", "amount", "currency", "mode", "is_bounce", "is_assumed",
    "as_of", "run_id",
)  # fmt: skip


def as_xlsx(dossier: Dossier, names: Mapping[str, str]) -> bytes:
    """Sheets of standing, score, sellers, months, payments and open debts. Amounts in major units."""
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        looks = _looks(book, dossier.market.currency)
        about = [
            ("report", SUBTITLE),
            ("retailer", names[dossier.retailer_id]),
            ("retailer id", dossier.retailer_id),
            ("as of", dossier.as_of),
            ("run", dossier.run_id),
            ("currency", dossier.market.currency),
            ("origin", ORIGINS[dossier.market.origin]),
        ]
        facts = [(name, dossier.standing[name]) for name in STANDING]
        _sheet(book, "Standing", ("fact", "value"), [*about, *facts], looks)
        for title, frame in (
            ("Score", dossier.components),
            ("Sellers", _named(dossier.sellers, names)),
            ("Months", dossier.months),
            ("Payments", _named(dossier.payments, names)),
            ("Open debts", _named(dossier.debts, names)),
        ):
            _sheet(book, title, frame.columns, frame.iter_rows(), looks)
    return target.getvalue()


def payments_csv(dossier: Dossier, names: Mapping[str, str]) -> bytes:
    """The payment history, amounts as decimals in major units; each line says its run and as-of day."""
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\n")
    lines.writerow(PAYMENT_COLUMNS)
    for row in dossier.payments.iter_rows(named=True):
        lines.writerow(
            [
                dossier.retailer_id,
                row["paid_date"],
                row["vendor_id"],
                inert(names[row["vendor_id"]]),
                to_rupees(row["amount_paisa"]),
                dossier.market.currency,
                row["mode"],
                str(row["is_bounce"]).lower(),
                str(row["is_assumed"]).lower(),
                dossier.as_of,
                dossier.run_id,
            ]
        )
    # Without this mark Excel does not read a CSV as UTF-8.
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _looks(book: Workbook, currency: str) -> dict[str, Format]:
    amounts = LAKH_FORMAT if currency in ("INR", "NPR") else WORLD_FORMAT
    return {
        "head": book.add_format({"bold": True, "bg_color": "#e6efe3", "bottom": 1}),
        "amount": book.add_format({"num_format": amounts, "align": "right"}),
        "share": book.add_format({"num_format": "0.0%", "align": "right"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "right"}),
        "plain": book.add_format({"align": "right"}),
    }


def _sheet(
    book: Workbook,
    title: str,
    columns: Iterable[str],
    rows: Iterable[tuple[Any, ...]],
    looks: Mapping[str, Format],
) -> None:
    """A sheet with a frozen heading. In the sheet of facts a value's name stands before it, else above it."""
    sheet = book.add_worksheet(title)
    named = list(columns)
    for column, name in enumerate(named):
        sheet.write_string(0, column, _label(name), looks["head"])
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            is_fact_name = title == "Standing" and column == 0
            name = row[0] if title == "Standing" else named[column]
            _write(sheet, number, column, name, _label(value) if is_fact_name else value, looks)
    sheet.freeze_panes(1, 0)
    sheet.autofit()


def _write(
    sheet: Worksheet, row: int, column: int, name: str, value: Any, looks: Mapping[str, Format]
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, looks["day"])
    elif name.endswith("_paisa"):
        sheet.write_number(row, column, value / MINOR_UNITS_PER_MAJOR, looks["amount"])
    else:
        sheet.write_number(row, column, value, looks["share" if name in SHARES else "plain"])


def _label(name: str) -> str:
    return name.removesuffix("_paisa").replace("_", " ")


def _named(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    called = [names[one] for one in frame["vendor_id"]]
    return frame.with_columns(pl.Series("vendor", called, dtype=pl.String)).select(
        "vendor", pl.exclude("vendor", "vendor_id")
    )
