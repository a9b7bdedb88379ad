"""The trade-credit report of a retailer, for a lender's file: the same run and retailer give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from dashboards.components.amounts import NO_VALUE, amount, day, share
from dashboards.queries.retailers import Dossier
from foundation import pdf

TEMPLATE = Path(__file__).with_name("trade_credit.typ")
SUBTITLE = "Trade-credit report, not a credit bureau report"
PAYMENTS_PRINTED = 24

EVIDENCE = (
    ("Name, place, tax profile", "self-declared", "As the business registered; no paper was checked."),
    (
        "Orders, deliveries, returns, debts",
        "seller-recorded",
        "Written by the seller; in the buyer's own book too where it keeps one here, to the paisa.",
    ),
    (
        "Payments, bounces",
        "seller-recorded",
        "Written by the seller who was paid; not compared with a bank statement.",
    ),
    ("Credit limits, refusals", "seller-decided", "Each with the time at which it was decided."),
    (
        "Disputes",
        "said by one side",
        "What is in dispute is owed and not past due; who is right is not decided yet.",
    ),
    ("Turnover to the tax office", "not known", "No tax filing is read."),
    ("Loans of banks and others", "not known", "Nothing but trade on this platform is seen."),
)
ORIGINS = {
    "real": "Trade of a real business on this platform.",
    "imported": "History imported from files of a seller: as declared there. Entries that the import assumed are "
    "marked and do not count in the score.",
    "simulated": "A simulated market: this business does not exist. Not for lending.",
}


def content(dossier: Dossier, names: Mapping[str, str]) -> dict[str, Any]:
    """What the report says, as plain text ready to print. `names`: of the retailer and of its sellers, by id."""
    standing = dossier.standing
    said: dict[str, Any] = {
        "title": "Trade-credit report",
        "subtitle": SUBTITLE,
        "name": names[dossier.retailer_id],
        "as_of": day(dossier.as_of),
        "currency": dossier.market.currency,
        "origin": standing["origin"],
        "origin_note": ORIGINS[standing["origin"]],
        "identity": _identity(dossier),
        "score": {
            "value": NO_VALUE if standing["score"] is None else str(standing["score"]),
            "grade": standing["grade"],
            "grade_note": "not enough history" if standing["grade"] == "NH" else "of A to E",
            "model": standing["model_version"] or NO_VALUE,
            "components": [
                [row["component"], f"{row['weight_percent']} %", f"{row['earned_percent']:.0f} %"]
                for row in dossier.components.iter_rows(named=True)
            ],
            "reasons": list(dossier.reasons),
        },
        "exposure": _exposure(dossier),
        "conduct": _conduct(standing),
        "sellers": [
            _seller(row, names, dossier.market.currency) for row in dossier.sellers.iter_rows(named=True)
        ],
        "past_due": [
            [row["day"].strftime("%b %Y"), f"{min(row['days_past_due'], 999):03d}"]
            for row in dossier.months.iter_rows(named=True)
        ],
        "months": [
            [
                row["day"].strftime("%b %Y"),
                str(row["orders"]),
                *_bare(
                    row,
                    dossier.market.currency,
                    "cash_paisa",
                    "credit_paisa",
                    "paid_paisa",
                    "balance_paisa",
                    "overdue_paisa",
                ),
            ]
            for row in dossier.months.tail(12).iter_rows(named=True)
        ],
        "payments": [
            [
                day(row["paid_date"]),
                names[row["vendor_id"]],
                _mode(row),
                *_bare(row, dossier.market.currency, "amount_paisa"),
            ]
            for row in dossier.payments.head(PAYMENTS_PRINTED).iter_rows(named=True)
        ],
        "payments_note": f"The last {PAYMENTS_PRINTED} of {dossier.payments.height}."
        if dossier.payments.height > PAYMENTS_PRINTED
        else "",
        "evidence": [list(line) for line in EVIDENCE],
        "run_id": dossier.run_id,
        "ledger": f"{dossier.ledger_head['hash'][:32]} over {dossier.ledger_head['books']} books",
    }
    return said | {"fingerprint": fingerprint(said)}


def fingerprint(said: Mapping[str, Any]) -> str:
    """What tells a report from one that was altered: a hash of every word of it but this one."""
    words = {name: value for name, value in said.items() if name != "fingerprint"}
    plain = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def as_pdf(dossier: Dossier, names: Mapping[str, str]) -> bytes:
    """The report as PDF."""
    made_at = datetime.combine(dossier.as_of, time(), UTC)
    return pdf.render(TEMPLATE, content(dossier, names), made_at=made_at)


def _identity(dossier: Dossier) -> list[list[str]]:
    standing = dossier.standing
    return [
        ["Id here", dossier.retailer_id],
        ["Place", f"{standing['zone']}, {standing['state']}, {standing['country']}"],
        ["Tax profile", standing["tax_profile"] or "not known"],
        ["Keeps its own books here", "yes" if standing["keeps_books"] else "no"],
        ["Joined", day(standing["joined_date"])],
        [
            "First order, last order",
            f"{day(standing['first_order_date'])}, {day(standing['last_order_date'])}",
        ],
        ["Sellers it ever ordered from", str(standing["vendors"])],
    ]


def _exposure(dossier: Dossier) -> list[list[str]]:
    standing, currency = dossier.standing, dossier.market.currency
    amounts = (
        ("Credit limits of all sellers", "limit_paisa"),
        ("Owed, net of unallocated credit", "receivable_paisa"),
        ("Not due", "not_due_paisa"),
        ("Past due", "overdue_paisa"),
        ("In dispute with a seller", "disputed_paisa"),
        # Cash changes hands with the goods and is no payment of a debt: beside credit it would look unpaid.
        ("Ordered for cash within 90 days, paid on the spot", "cash_90d_paisa"),
        ("Ordered on credit within 90 days", "credit_90d_paisa"),
        ("Paid on account within 90 days", "paid_90d_paisa"),
    )
    return [
        *([label, amount(standing[column], currency)] for label, column in amounts),
        ["Use of limits", share(standing["utilisation"])],
        ["Days past due of the oldest debt", str(standing["days_past_due_max"])],
    ]


def _conduct(standing: Mapping[str, Any]) -> list[list[str]]:
    counts = (
        ("Credit purchases that came due in 365 days, or are unpaid still", "matured_items"),
        ("Of those paid late, or late now", "late_items"),
        ("Most days late", "worst_days_late"),
        ("Payments that bounced, 365 days", "bounces_365d"),
        ("Debts written off", "write_offs"),
        ("Orders refused, 90 days", "refusals_90d"),
    )
    return [
        [label, NO_VALUE if standing[column] is None else str(standing[column])] for label, column in counts
    ]


def _seller(row: Mapping[str, Any], names: Mapping[str, str], currency: str) -> list[str]:
    columns = (
        "limit_paisa", "balance_paisa", "not_due_paisa", "overdue_1_30_paisa", "overdue_31_60_paisa",
        "overdue_61_90_paisa", "overdue_over_90_paisa", "disputed_paisa",
    )  # fmt: skip
    return [
        names[row["vendor_id"]],
        *_bare(row, currency, *columns),
        str(row["days_past_due"]),
        share(row["share_bought"]),
    ]


def _bare(row: Mapping[str, Any], currency: str, *columns: str) -> Iterable[str]:
    """Amounts without their currency, which the heading of the table names."""
    return (amount(row[column], currency).replace(f"{currency} ", "") for column in columns)


def _mode(row: Mapping[str, Any]) -> str:
    marks = [mark for mark, holds in (("bounced", row["is_bounce"]), ("assumed", row["is_assumed"])) if holds]
    return ", ".join([row["mode"], *marks])
