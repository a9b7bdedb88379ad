"""The pages as people see them, drawn by Streamlit in this process and fed by the real API."""

from __future__ import annotations

import ast
import json
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyotp
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboards
from dashboards import api as dashboards_api
from dashboards import session
from dashboards.api import LogIn
from dashboards.queries import market, shops
from foundation.embedded_postgres import Server
from foundation.settings import settings
from tests.dashboards.conftest import AS_OF, EVIL, LogInAs, Published
from tests.serving.conftest import PASSWORD, Register
from tests.serving.published_market import publish_market

pytestmark = pytest.mark.committing

ROOM = Path(dashboards.__path__[0])
PAGES = {"The market": "executive", "Trade credit": "credit", "Shops": "shops"}


def page(name: str, who: LogIn | None, run_id: str | None = None) -> AppTest:
    """A page as this person sees it, of this run."""
    shown = AppTest.from_file(str(ROOM / "pages" / f"{name}.py"), default_timeout=60)
    if who is not None:
        shown.session_state["log_in"] = who
        shown.session_state["log_in_ends_at"] = time.monotonic() + who.expires_in_seconds
    if run_id is not None:
        shown.query_params["run"] = run_id
    return shown.run()


def words(shown: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = ("title", "subheader", "caption", "markdown", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(shown, kind))


def figures(shown: AppTest) -> dict[str, str]:
    """The tiles."""
    return {tile.label: tile.value for tile in shown.metric}


@pytest.fixture
def home_without_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path / "empty"))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_the_app_asks_a_stranger_to_log_in_and_shows_no_figure(api_in_settings: str) -> None:
    shown = AppTest.from_file(str(ROOM / "app.py"), default_timeout=60).run()
    assert not shown.exception
    assert [field.label for field in shown.text_input] == [
        "E-mail",
        "Password",
        "Authenticator code, if you have one",
    ]
    assert not shown.metric


def test_a_run_of_another_version_is_said_to_be_one(published: Published, log_in_as: LogInAs) -> None:
    runs = settings().home / "objects" / "published"
    older = runs / f"{published.run_id}-older"
    shutil.copytree(runs / published.run_id, older)
    try:
        with duckdb.connect(str(older / "marts.duckdb")) as connection:
            connection.execute("ALTER TABLE mart_executive_daily RENAME TO mart_executive_of_old")
        manifest = json.loads((older / "manifest.json").read_text())
        manifest["database_bytes"] = (older / "marts.duckdb").stat().st_size
        (older / "manifest.json").write_text(json.dumps(manifest))
        who = log_in_as("analyst")
        shown = AppTest.from_file(str(ROOM / "app.py"), default_timeout=60)
        shown.session_state["log_in"] = who
        shown.session_state["log_in_ends_at"] = time.monotonic() + who.expires_in_seconds
        shown.query_params["run"] = older.name
        shown.run()
        assert not shown.exception
        assert "needs a new run" in words(shown)
    finally:
        shutil.rmtree(older)


@pytest.mark.parametrize("name", PAGES.values())
def test_no_page_shows_a_figure_to_a_stranger(name: str, published: Published) -> None:
    shown = page(name, None, published.run_id)
    assert not shown.exception
    assert not shown.metric
    assert shown.text_input


def test_a_wrong_password_is_refused_in_the_words_of_the_api(
    api_in_settings: str, person: Register, published: Published
) -> None:
    shown = page("executive", None, published.run_id)
    shown.text_input[0].input(person("analyst").email)
    shown.text_input[1].input("not the password")
    shown.button[0].click().run()
    [said] = shown.error
    assert "password" in said.value
    assert not shown.metric


def test_logging_in_opens_the_page(api_in_settings: str, person: Register, published: Published) -> None:
    shown = page("executive", None, published.run_id)
    shown.text_input[0].input(person("analyst").email)
    shown.text_input[1].input(PASSWORD)
    shown.button[0].click().run()
    assert not shown.exception
    assert figures(shown)["Gross merchandise value"] == "NPR 20,000.00"


@pytest.mark.parametrize("role", ["vendor", "retailer"])
def test_vendors_and_retailers_are_told_whom_the_pages_are_for(
    role: str, log_in_as: LogInAs, published: Published
) -> None:
    shown = page("executive", log_in_as(role), published.run_id)
    assert not shown.metric
    assert f"logged in as a {role}" in words(shown)
    assert "loan officer" in words(shown)


@pytest.mark.parametrize("role", ["admin", "analyst", "loan_officer"])
def test_the_market_shows_its_own_year_and_the_busiest_market_first(
    role: str, log_in_as: LogInAs, published: Published
) -> None:
    shown = page("executive", log_in_as(role), published.run_id)
    assert not shown.exception
    assert [day.isoformat() for day in shown.date_input[0].value] == ["2011-10-03", "2011-12-09"]
    told = figures(shown)
    assert told["Gross merchandise value"] == "NPR 20,000.00"
    assert told["Receivables"] == "NPR 12,499.50"
    # 2,499.50 late over all that is owed, 1,000.00 of it in dispute.
    assert told["Overdue share"] == "20.0%"
    assert (told["Orders"], told["Fill rate"]) == ("2", "100.0%")
    assert list(shown.dataframe[0].value["Vendor"]) == ["Karnali Traders"]
    assert f"Salt 1 kg {EVIL} · Karnali Traders" in shown.selectbox[1].options


def test_what_is_in_dispute_stands_beside_the_ages_and_all_are_what_is_owed(published: Published) -> None:
    busiest = market.markets(published.run_id)[0]
    asked = market.Asked(published.run_id, busiest, (busiest.first_day, busiest.last_day))
    assert market.buckets(asked) == {
        "Not due": 900_000,
        "Overdue 1 to 30 days": 249_950,
        "Overdue 31 to 60 days": 0,
        "Overdue 61 to 90 days": 0,
        "Overdue more than 90 days": 0,
        "In dispute": 100_000,
    }
    assert market.figures(asked, ["receivables"]) == {"receivables": 1_249_950}


def test_shops_are_shown_by_what_they_sell_and_are_owed(log_in_as: LogInAs, published: Published) -> None:
    shown = page("shops", log_in_as("analyst"), published.run_id)
    assert not shown.exception
    assert [day.isoformat() for day in shown.date_input[0].value] == ["2011-10-05", "2011-12-09"]
    told = figures(shown)
    # 5,000.00 and 1,000.00 of one shop, less 200.00 that came back; 300.00 of the other.
    assert (told["Sales"], told["Tax"]) == ("NPR 6,100.00", "NPR 610.00")
    assert (told["Bills"], told["Shops"]) == ("7", "2")
    assert (told["Khata given"], told["Khata collected"]) == ("NPR 2,000.00", "NPR 500.00")
    # 1,500.00 of one shop, 70.00 of the other, whose last day lies before.
    assert told["Khata outstanding"] == "NPR 1,570.00"
    best, by_day = (table.value for table in shown.dataframe)
    assert list(best["Shop"]) == ["Himal Kirana", EVIL]
    assert list(best["Outstanding"]) == ["NPR 1,500.00", "NPR 70.00"]
    assert [day.isoformat()[:10] for day in by_day["Day"]] == ["2011-12-09", "2011-11-02", "2011-10-05"]
    assert list(by_day["Outstanding"]) == ["NPR 1,570.00", "NPR 2,070.00", "NPR 2,000.00"]


def test_a_level_of_shops_is_that_of_the_periods_end(published: Published) -> None:
    [real] = shops.markets(published.run_id)
    october = market.Asked(published.run_id, real, (date(2011, 10, 1), date(2011, 10, 31)))
    assert shops.totals(october)["outstanding_paisa"] == 200_000
    quiet = market.Asked(published.run_id, real, (date(2011, 10, 10), date(2011, 10, 31)))
    assert (shops.totals(quiet)["bills"], shops.totals(quiet)["outstanding_paisa"]) == (0, 200_000)
    assert shops.top_shops(quiet) == []
    assert shops.days(quiet).is_empty()


def test_a_trend_of_shops_adds_up_and_stays_in_the_period(published: Published) -> None:
    [real] = shops.markets(published.run_id)
    asked = market.Asked(published.run_id, real, (real.first_day, real.last_day))
    assert asked.grain == "week"
    drawn = shops.trend(asked, "sales_paisa")
    assert drawn["value"].sum() == 610_000
    assert drawn["day"].min() == real.first_day
    assert drawn["end"].max() == date(2011, 12, 10)
    assert shops.trend(asked, "bills")["value"].sum() == 7


def test_a_period_in_which_no_shop_billed_says_so(log_in_as: LogInAs, published: Published) -> None:
    shown = page("shops", log_in_as("analyst"), published.run_id)
    shown.date_input[0].set_value((date(2011, 10, 10), date(2011, 10, 31))).run()
    assert not shown.exception
    assert "No shop billed in this period" in words(shown)
    assert "no khata moved, in this period" in words(shown)


def test_a_run_without_bills_of_shops_says_what_brings_them(log_in_as: LogInAs, server: Server) -> None:
    run_id = publish_market(server, {}, as_of=AS_OF)
    shown = page("shops", log_in_as("admin"), run_id)
    assert not shown.exception
    assert "knows of no bills of shops" in words(shown)
    assert not shown.metric


def test_every_figure_says_as_of_when(log_in_as: LogInAs, published: Published) -> None:
    who = log_in_as("admin")
    for name in PAGES.values():
        shown = page(name, who, published.run_id)
        headings_and_tiles = len(shown.subheader) + len(shown.metric)
        assert words(shown).count("as of 9 Dec 2011") >= headings_and_tiles + 1


def test_markets_are_chosen_and_never_added(log_in_as: LogInAs, published: Published) -> None:
    shown = page("executive", log_in_as("analyst"), published.run_id)
    assert shown.selectbox[0].options == ["real · NPR", "imported · GBP"]
    shown.selectbox[0].select_index(1).run()
    assert not shown.exception
    # The last year that this market knows, not the run's: one of its two orders, and the return of its last day.
    assert [day.isoformat() for day in shown.date_input[0].value] == ["2010-06-16", "2011-06-15"]
    assert figures(shown)["Gross merchandise value"] == "GBP 123.45"
    assert figures(shown)["Net sales"] == "GBP 103.45"
    # A file of sales holds no promise and no refusal.
    assert (figures(shown)["Fill rate"], figures(shown)["On-time rate"]) == ("–", "–")
    assert shown.dataframe[0].value.iloc[0][["Filled", "On time"]].to_list() == ["not known", "not known"]
    assert "rates are not known" in words(shown)
    assert "Nothing is owed" in words(shown)


def test_a_retailer_is_shown_with_score_reasons_and_debts(log_in_as: LogInAs, published: Published) -> None:
    shown = page("credit", log_in_as("loan_officer"), published.run_id)
    assert not shown.exception
    told = figures(shown)
    assert (told["Score"], told["Grade"], told["Days past due"]) == ("713", "B", "21")
    assert (told["Owed"], told["Credit limits"]) == ("NPR 12,499.50", "NPR 20,00,000.00")
    assert "2 of 9 credit purchases were paid late" in words(shown)
    [sellers, payments, debts] = [table.value for table in shown.dataframe]
    assert list(sellers["1–30 days"]) == ["NPR 2,499.50"]
    assert list(sellers["In dispute"]) == ["NPR 1,000.00"]
    assert "beside NPR 1,000.00 in dispute · as of 9 Dec 2011" in words(shown)
    assert list(payments["Amount"]) == ["NPR 7,500.50"]
    assert list(debts["Still open"]) == ["NPR 2,499.50", "NPR 1,000.00"]
    assert list(debts["In dispute"]) == ["NPR 0.00", "NPR 1,000.00"]
    # Its due day is past, but of the second nothing is open that is not in dispute.
    assert list(debts["Days past due"]) == [21, 0]
    assert [button.label for button in shown.get("download_button")] == [
        "Report for a bank (PDF)",
        "Workbook (XLSX)",
        "Payments (CSV)",
    ]


def test_a_retailer_without_history_gets_no_number(log_in_as: LogInAs, published: Published) -> None:
    shown = page("credit", log_in_as("loan_officer"), published.run_id)
    shown.selectbox(key="retailer").select_index(1).run()
    assert not shown.exception
    assert EVIL in shown.selectbox(key="retailer").options[1]
    assert (figures(shown)["Score"], figures(shown)["Grade"]) == ("–", "NH")
    assert "too short to be fair" in words(shown)
    assert "not enough history · as of 9 Dec 2011" in words(shown)


@pytest.mark.usefixtures("home_without_runs")
@pytest.mark.parametrize(("title", "name"), PAGES.items())
def test_before_the_first_run_a_page_says_what_to_run(title: str, name: str) -> None:
    shown = page(name, LogIn("a@b.example", "A", "admin", "access", "refresh", 3600))
    assert not shown.exception
    assert [one.value for one in shown.title] == [title]
    assert "sauda run" in words(shown)
    assert not shown.metric


@pytest.mark.parametrize("asked", ["run-that-never-was", "../../etc"])
def test_a_run_that_is_not_there_is_named(asked: str, log_in_as: LogInAs) -> None:
    shown = page("executive", log_in_as("admin"), asked)
    assert not shown.exception
    [said] = shown.error
    assert asked in said.value


def test_without_the_api_figures_stay_and_names_are_missing(
    published: Published, monkeypatch: pytest.MonkeyPatch, api_in_settings: str
) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    who = LogIn("a@b.example", "A", "admin", "access", "refresh", 3600)
    shown = page("executive", who, published.run_id)
    assert not shown.exception
    assert figures(shown)["Gross merchandise value"] == "NPR 20,000.00"
    assert "Names are missing" in words(shown)
    assert list(shown.dataframe[0].value["Vendor"]) == [f"…{str(published.vendor.own)[-8:]}"]


def test_an_admin_sees_nothing_before_a_second_factor_is_set_up(
    person: Register, api_in_settings: str, published: Published
) -> None:
    who = dashboards_api.log_in(person("admin").email, PASSWORD)
    shown = page("executive", who, published.run_id)
    assert not shown.metric
    secret = shown.session_state["second_factor_secret"]
    assert secret in [block.value for block in shown.code]
    shown.text_input[0].set_value("000000")
    shown.button[0].click().run()
    assert "does not hold" in words(shown)
    shown.text_input[0].set_value(pyotp.TOTP(secret).now())
    shown.button[0].click().run()
    assert not shown.exception
    assert shown.metric
    assert len(shown.code[0].value.splitlines()) == 10
    shown.run()
    assert not shown.code


def test_a_log_in_is_renewed_before_it_runs_out(log_in_as: LogInAs, published: Published) -> None:
    who = log_in_as("admin")
    shown = page("executive", who, published.run_id)
    shown.session_state["log_in_ends_at"] = time.monotonic() + session.RENEW_BEFORE_SECONDS - 1
    shown.run()
    assert shown.metric
    assert shown.session_state["log_in"].refresh_token != who.refresh_token


def test_a_log_in_that_was_ended_elsewhere_ends_here_when_it_is_renewed(
    log_in_as: LogInAs, published: Published
) -> None:
    who = log_in_as("admin")
    shown = page("executive", who, published.run_id)
    dashboards_api.log_out(who.refresh_token)
    shown.session_state["log_in_ends_at"] = time.monotonic()
    shown.run()
    assert not shown.metric
    assert "run out" in words(shown)


def test_names_are_asked_for_once(log_in_as: LogInAs, published: Published) -> None:
    who = log_in_as("admin")
    page("executive", who, published.run_id)
    # The same answer though the token is no good any more: it was remembered.
    stale = LogIn(who.email, who.full_name, who.role, "stale", who.refresh_token, 3600)
    shown = page("executive", stale, published.run_id)
    assert list(shown.dataframe[0].value["Vendor"]) == ["Karnali Traders"]
    st.cache_data.clear()
    assert "Names are missing" in words(page("executive", stale, published.run_id))


@pytest.mark.parametrize("file", sorted((ROOM / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_a_page_is_short_and_reckons_nothing(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 60
    assert not [node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.BinOp)]
