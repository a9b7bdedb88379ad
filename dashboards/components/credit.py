"""A retailer's trade credit in pictures and tables, and the papers to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboards.api import LogIn
from dashboards.components import charts, empty
from dashboards.components.amounts import NO_VALUE, amount, day, share
from dashboards.components.figures import tile
from dashboards.queries.names import business_names
from dashboards.queries.retailers import Dossier
from dashboards.reports import trade_credit, workbook

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def choose(retailers: list[dict[str, Any]], who: LogIn) -> str:
    """The retailer to show; typing part of a name finds it."""
    names = business_names(who, [one["retailer_id"] for one in retailers])
    chosen = st.selectbox(
        "Retailer",
        retailers,
        format_func=lambda one: f"{names[one['retailer_id']]} · {one['zone']} · grade {one['grade']}",
        key="retailer",
        width=460,
    )
    return str(chosen["retailer_id"])


def downloads(dossier: Dossier, names: Mapping[str, str]) -> None:
    """The report as PDF, the facts as workbook, the payments as CSV; each is made when it is asked for."""
    stem = f"trade-credit-{dossier.retailer_id[-8:]}-{dossier.as_of}"
    with st.container(horizontal=True):
        st.download_button(
            "Report for a bank (PDF)",
            lambda: trade_credit.as_pdf(dossier, names),
            f"{stem}.pdf",
            "application/pdf",
            type="primary",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
        )
        st.download_button(
            "Workbook (XLSX)",
            lambda: workbook.as_xlsx(dossier, names),
            f"{stem}.xlsx",
            XLSX_TYPE,
            icon=":material/table_view:",
            on_click="ignore",
        )
        st.download_button(
            "Payments (CSV)",
            lambda: workbook.payments_csv(dossier, names),
            f"{stem}-payments.csv",
            "text/csv",
            icon=":material/csv:",
            on_click="ignore",
        )
    st.caption(f"{trade_credit.SUBTITLE}. {trade_credit.ORIGINS[dossier.market.origin]}")


def standing(dossier: Dossier) -> None:
    """Score, limits and debts as tiles."""
    facts, currency = dossier.standing, dossier.market.currency
    shown = {
        "Score": NO_VALUE if facts["score"] is None else str(facts["score"]),
        "Grade": facts["grade"],
        "Owed": amount(facts["receivable_paisa"], currency),
        "Credit limits": amount(facts["limit_paisa"], currency),
        "Use of limits": share(facts["utilisation"]),
        "Past due": amount(facts["overdue_paisa"], currency),
        "Days past due": str(facts["days_past_due_max"]),
        "Ordered in 90 days": amount(facts["total_90d_paisa"], currency),
    }
    notes = {"Grade": "not enough history" if facts["grade"] == "NH" else "of A to E"}
    if facts["disputed_paisa"]:
        notes["Past due"] = f"beside {amount(facts['disputed_paisa'], currency)} in dispute"
    items = list(shown.items())
    for row in (items[:4], items[4:]):
        for column, (label, value) in zip(st.columns(4), row, strict=True):
            with column:
                tile(label, value, dossier.as_of, note=notes.get(label, ""))


def score(dossier: Dossier) -> None:
    """What the score is made of, and why it is what it is."""
    if dossier.components.is_empty():
        empty.nothing_here("There is no score: the history is too short to be fair.")
    else:
        charts.components(dossier.components)
    st.markdown("\n".join(f"- {reason}" for reason in dossier.reasons))
    if dossier.standing["model_version"]:
        st.caption(f"Model {dossier.standing['model_version']}; 300 to 900, more is better.")


def past_due(dossier: Dossier) -> None:
    """How late the oldest debt was at each month's end."""
    if dossier.months.is_empty():
        empty.nothing_here("No month of history.")
        return
    if any(dossier.months["days_past_due"]):
        charts.past_due(dossier.months)
    else:
        first, last = dossier.months["day"][0], dossier.months["day"][-1]
        empty.nothing_here(f"Nothing was past due at any month's end from {day(first)} to {day(last)}.")


def ageing(dossier: Dossier, names: Mapping[str, str]) -> None:
    """Limits and debts by seller and age."""
    columns = {
        "limit_paisa": "Limit", "balance_paisa": "Owed", "not_due_paisa": "Not due", "overdue_1_30_paisa": "1–30 days",
        "overdue_31_60_paisa": "31–60 days", "overdue_61_90_paisa": "61–90 days",
        "overdue_over_90_paisa": "over 90 days", "disputed_paisa": "In dispute",
    }  # fmt: skip
    others = {"days_past_due": "Days past due"}
    nothing = "Nobody sold to it within a year, set it a limit, or waits for its money."
    _table(dossier.sellers, names, dossier.market.currency, columns, others, nothing)


def payments(dossier: Dossier, names: Mapping[str, str]) -> None:
    """What was bought and paid by month, and every payment."""
    currency = dossier.market.currency
    left, right = st.columns(2, gap="medium")
    with left:
        charts.bought_and_paid(dossier.months, currency)
    with right:
        others = {"paid_date": "Day", "mode": "By", "note": "Note"}
        nothing = "No payment on account is known: whatever was sold for cash was paid on the spot."
        _table(dossier.payments, names, currency, {"amount_paisa": "Amount"}, others, nothing, charts.HEIGHT)


def debts(dossier: Dossier, names: Mapping[str, str]) -> None:
    """Every open debt, the oldest due day first."""
    amounts = {"amount_paisa": "Amount", "open_paisa": "Still open", "disputed_paisa": "In dispute"}
    others = {"document_date": "Document", "due_date": "Due", "days_past_due": "Days past due"}
    _table(dossier.debts, names, dossier.market.currency, amounts, others, "No debt is open.")


def _table(
    frame: pl.DataFrame,
    names: Mapping[str, str],
    currency: str,
    amounts: Mapping[str, str],
    others: Mapping[str, str],
    nothing: str,
    height: int | None = None,
) -> None:
    if frame.is_empty():
        empty.nothing_here(nothing)
        return
    shown = {"Seller": [names[one] for one in frame["vendor_id"]]}
    shown |= {label: [amount(one, currency) for one in frame[name]] for name, label in amounts.items()}
    shown |= {label: frame[name].to_list() for name, label in others.items()}
    looks: dict[str, Any] = {
        label: st.column_config.TextColumn(alignment="right") for label in amounts.values()
    }
    looks |= {
        label: st.column_config.DateColumn(format="D MMM YYYY")
        for name, label in others.items()
        if frame.schema[name] == pl.Date
    }
    st.dataframe(
        pl.DataFrame(shown, strict=False), hide_index=True, height=height or "auto", column_config=looks
    )
