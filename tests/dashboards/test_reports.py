"""The papers: what they say, that they cannot be altered unseen, and that a spreadsheet can reckon with them."""

from __future__ import annotations

import csv
import dataclasses
import io
from typing import Any

import polars as pl
import pytest
from pypdf import PdfReader

from dashboards.queries import market, retailers
from dashboards.queries.retailers import Dossier
from dashboards.reports import trade_credit, workbook
from foundation.published import reader
from tests.dashboards.conftest import AS_OF, Published

pytestmark = pytest.mark.committing


@pytest.fixture
def dossier(published: Published) -> Dossier:
    run = reader().run(published.run_id)
    return retailers.dossier(run, market.markets(run.run_id)[0], str(published.retailer.own))


@pytest.fixture
def names(dossier: Dossier) -> dict[str, str]:
    return {dossier.retailer_id: "हिमाल Himal Kirana"} | dict.fromkeys(dossier.vendor_ids, "=Karnali Traders")


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_pdf_says_what_it_is_what_it_knows_and_how_to_check_it(
    dossier: Dossier, names: dict[str, str]
) -> None:
    said = text_of(trade_credit.as_pdf(dossier, names))
    for words in (
        "Trade-credit report, not a credit bureau report",
        "Himal Kirana",
        "as of 9 Dec 2011",
        "713",
        "transparent-1.2.0",
        "2 of 9 credit purchases were paid late",
        "NPR 20,00,000.00",
        "NPR 12,499.50",
        "021",
        "In dispute with a seller NPR 1,000.00",
        "9,000.00 2,499.50 0.00 0.00 0.00 1,000.00 21",
        "Karnali Traders",
        "What is proven, and what is not",
        "self-declared",
        dossier.run_id,
        trade_credit.content(dossier, names)["fingerprint"],
    ):
        assert words in said, words


def test_what_was_bought_for_cash_stands_apart_from_credit_and_does_not_look_unpaid(
    dossier: Dossier, names: dict[str, str]
) -> None:
    said = trade_credit.content(dossier, names)
    lately = {label: value for label, value in said["exposure"] if "within 90 days" in label}
    assert lately == {
        "Ordered for cash within 90 days, paid on the spot": "NPR 10,000.00",
        "Ordered on credit within 90 days": "NPR 10,000.00",
        "Paid on account within 90 days": "NPR 7,500.50",
    }
    # Month, orders, for cash, on credit, paid on account, owed, past due.
    assert [month[:5] for month in said["months"]] == [
        ["Oct 2011", "1", "0.00", "10,000.00", "0.00"],
        ["Nov 2011", "0", "0.00", "0.00", "7,500.50"],
        ["Dec 2011", "1", "10,000.00", "0.00", "0.00"],
    ]
    assert "Paid on account" in text_of(trade_credit.as_pdf(dossier, names))


def test_the_same_run_and_retailer_give_the_same_bytes(dossier: Dossier, names: dict[str, str]) -> None:
    assert trade_credit.as_pdf(dossier, names) == trade_credit.as_pdf(dossier, names)


@pytest.mark.parametrize(
    ("part", "changed"),
    [("name", "Somebody else"), ("as_of", "10 Dec 2011"), ("months", []), ("run_id", "run-of-another")],
)
def test_an_altered_report_has_another_fingerprint(
    part: str, changed: Any, dossier: Dossier, names: dict[str, str]
) -> None:
    said = trade_credit.content(dossier, names)
    assert trade_credit.fingerprint(said) == said["fingerprint"]
    assert trade_credit.fingerprint(said | {part: changed}) != said["fingerprint"]


def test_a_simulated_retailer_is_printed_as_one(dossier: Dossier, names: dict[str, str]) -> None:
    simulated = dataclasses.replace(dossier, standing={**dossier.standing, "origin": "simulated"})
    assert "does not exist. Not for lending" in text_of(trade_credit.as_pdf(simulated, names))


def test_a_retailer_without_history_gets_a_paper_without_a_number(published: Published) -> None:
    run = reader().run(published.run_id)
    thin = retailers.dossier(run, market.markets(run.run_id)[0], str(published.newcomer.own))
    said = trade_credit.content(thin, {thin.retailer_id: "Naya Pasal"})
    assert (said["score"]["value"], said["score"]["grade_note"]) == ("–", "not enough history")
    assert "No payment on account is recorded" in text_of(
        trade_credit.as_pdf(thin, {thin.retailer_id: "Naya Pasal"})
    )


def test_the_workbook_holds_numbers_and_days_as_such(dossier: Dossier, names: dict[str, str]) -> None:
    sheets = pl.read_excel(workbook.as_xlsx(dossier, names), sheet_id=0)
    assert list(sheets) == ["Standing", "Score", "Sellers", "Months", "Payments", "Open debts"]
    [payment] = sheets["Payments"].to_dicts()
    assert (payment["amount"], payment["paid date"]) == (7500.50, dossier.payments["paid_date"][0])
    assert payment["vendor"] == "=Karnali Traders"
    facts = dict(sheets["Standing"].iter_rows())
    assert (facts["run"], facts["limit"]) == (dossier.run_id, "2000000")
    assert sheets["Months"]["days past due"].to_list() == [0, 12, 21]


def test_the_csv_says_run_and_day_on_each_line_and_runs_no_formula(
    dossier: Dossier, names: dict[str, str]
) -> None:
    [line] = csv.DictReader(io.StringIO(workbook.payments_csv(dossier, names).decode("utf-8-sig")))
    assert (line["amount"], line["currency"], line["mode"]) == ("7500.50", "NPR", "upi")
    assert (line["run_id"], line["as_of"]) == (dossier.run_id, AS_OF.isoformat())
    assert line["vendor"] == "'=Karnali Traders"
