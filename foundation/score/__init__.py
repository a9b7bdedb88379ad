"""The transparent score: one SQL text for the nightly batch and for a question on demand, and its words.

`docs/score.md` has the formula. The text is `transparent_score.sql` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from jinja2.environment import TemplateModule

SQL_FILE = Path(__file__).with_name("transparent_score.sql")
TABLES = (
    "allocations",
    "bill_cancellations",
    "bill_tenders",
    "businesses",
    "credit_agreements",
    "credit_limits",
    "deliveries",
    "disputed_items",
    "disputes",
    "invoices",
    "khata_entries",
    "payments",
    "receivable_items",
)
SCORE_MIN, SCORE_MAX = 300, 900
NO_HISTORY = "NH"
"""The grade of a thin file: no number is given."""


@dataclass(frozen=True)
class Part:
    """A part of the score: its name, the same for people, the column of its points, its weight in per cent."""

    name: str
    title: str
    column: str
    weight_percent: int


PARTS = (
    Part("payment_history", "Payment history", "payment_points", 40),
    Part("outstanding_debt", "Outstanding debt", "debt_points", 30),
    Part("order_volume", "Order volume", "volume_points", 20),
    Part("account_age", "Account age", "age_points", 10),
)
"""What the score is made of, as the SQL text weighs it."""
PARTS_OF_A_SHOP = (
    Part("payment_history", "Payment history", "payment_points", 36),
    Part("outstanding_debt", "Outstanding debt", "debt_points", 27),
    Part("order_volume", "Order volume", "volume_points", 18),
    Part("account_age", "Account age", "age_points", 9),
    Part("own_sales", "Own sales", "own_points", 10),
)
"""The same where the retailer's own bills tell enough of it (docs/score.md)."""


def parts_of(row: Mapping[str, Any]) -> tuple[Part, ...]:
    """What a row of the score is made of. `row` has the columns that `render` names."""
    return PARTS if row["own_points"] is None else PARTS_OF_A_SHOP


@lru_cache
def _module() -> TemplateModule:
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    return environment.from_string(SQL_FILE.read_text()).module


def version() -> str:
    """The name under which decisions and predictions quote this formula."""
    return str(_module().transparent_score_version())  # type: ignore[attr-defined]


@lru_cache
def render(
    schema: str = "app",
    *,
    as_of: str = "CAST(:as_of AS date)",
    retailer_id: str | None = "CAST(:retailer_id AS uuid)",
) -> str:
    """The score as a SELECT for Postgres over the tables of `schema`: one row per retailer.

    `as_of` and `retailer_id` are SQL expressions, by default SQLAlchemy's named parameters; with
    `retailer_id=None` every retailer is scored. Columns: retailer_id, as_of_date, score_version, score
    (None for a thin file), grade, payment_points, debt_points, volume_points, age_points (0 to 10,000), own_points
    (the same; None where own sales do not count), matured_items, late_items, worst_days_late, bounced_payments,
    debt_ratio (ten-thousandths), order_days, account_days, own_bill_days, own_sales_ratio, own_money_ratio
    (ten-thousandths; None with own_points), reason_codes (separated by spaces). The reader must see the retailer's
    rows of every seller.
    """
    tables = {name: f"{schema}.{name}" for name in TABLES}
    return str(_module().transparent_score(tables, as_of, retailer_id))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Reason:
    """Why a score is what it is: a stable code and a sentence with the figure behind it."""

    code: str
    text: str


_TEXTS = {
    "few-matured-items": "Only {matured_items} credit purchases have come due so far; 3 are needed for a score.",
    "new-account": "The oldest credit agreement is {account_days} days old; 60 are needed for a score.",
    "seriously-late": "A credit purchase stayed unpaid for more than 60 days past its due day, or was written off.",
    "bounced-payments": "{bounced_payments} payments bounced within the last year.",
    "late-payments": "{late_items} of {matured_items} credit purchases were paid late, or are late now.",
    "always-on-time": "All {matured_items} credit purchases that came due were paid on time.",
    "limit-used-up": "The credit limit is used up.",
    "high-debt-ratio": "{debt_percent} % of the credit limit is owed; up to 30 % costs no points.",
    "no-recent-orders": "Nothing was delivered within the last 90 days.",
    "few-recent-orders": "Goods were delivered on {order_days} of the last 90 days; 26 give full points.",
    "young-account": "The oldest credit agreement is {account_days} days old; 730 give full points.",
    "own-sales-fell": (
        "A day of the shop's own sales within the last 45 days came to {own_sales_percent} % of one of the 45 days "
        "before; from 80 % on it costs no points."
    ),
    "own-sales-unpaid": (
        "{own_money_percent} % of what the shop sold within the last 90 days came in as money; from 90 % on it costs "
        "no points."
    ),
    "own-sales-steady": "The shop's own sales hold steady, and what it sells is paid.",
}
REASON_CODES = tuple(_TEXTS)
_TEXTS_OF_NONE = {
    "few-matured-items": (
        "matured_items",
        "No credit purchase has come due so far; 3 are needed for a score.",
    ),
    "new-account": ("account_days", "No credit agreement is a day old yet; 60 days are needed for a score."),
}
"""What is said instead where the figure of the reason is zero."""


def explain(row: Mapping[str, Any]) -> list[Reason]:
    """The reasons of a row of the score, in order, in words. `row` has the columns that `render` names."""
    facts = {
        **row,
        "debt_percent": int(row["debt_ratio"]) // 100,
        "own_sales_percent": int(row.get("own_sales_ratio") or 0) // 100,
        "own_money_percent": int(row.get("own_money_ratio") or 0) // 100,
    }
    return [Reason(code, _text(code, facts)) for code in str(row["reason_codes"]).split()]


def _text(code: str, facts: Mapping[str, Any]) -> str:
    figure, instead = _TEXTS_OF_NONE.get(code, (None, ""))
    return instead if figure is not None and not facts[figure] else _TEXTS[code].format(**facts)
