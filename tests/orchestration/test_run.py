"""The data side, whole: what a run leaves, what stops it, and that nothing half-done is ever seen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import text

from commerce.credit import outlook, workflows
from foundation import clock, database, published
from foundation.object_store import object_store
from foundation.published import POINTER
from foundation.warehouse import warehouse_lock
from orchestration.definitions import defs
from sauda.run_command import RunFailed, RunReport
from tests.conftest import forget_connections
from tests.orchestration.conftest import LAST_DAY, NOW, Home

pytestmark = [pytest.mark.committing, pytest.mark.slow]


def current() -> str | None:
    return object_store().read_pointer(POINTER)


def one(query: str, **given: object) -> object:
    with database.read() as session:
        return session.execute(text(query), given).scalar_one()


def test_a_run_publishes_marts_and_predictions_of_one_day_and_one_id(
    home: Home, first_run: RunReport
) -> None:
    assert first_run.as_of == LAST_DAY
    run = published.reader().current()
    assert (run.run_id, run.as_of) == (first_run.run_id, LAST_DAY)
    assert run.table("fct_orders").height == 25
    for prediction in ("credit_score", "vendor_ranking", "demand_forecast", "demand_total", "demand_choice"):
        frame = run.table(prediction)
        assert set(frame["run_id"]) == {first_run.run_id}
        assert set(frame["as_of"]) == {LAST_DAY}
        assert frame["model_version"].null_count() == 0
    assert home.values("SELECT run_id FROM raw.ingestion_batches ORDER BY batch LIMIT 1") == [
        (first_run.run_id,)
    ]


def test_what_shops_sold_is_what_their_papers_say(home: Home, first_run: RunReport) -> None:
    run = published.reader().run(first_run.run_id)
    days = run.query("""
        SELECT business_date, bills, counter_bills, credit_notes, cancellations, customers, sales_paisa, paid_paisa,
               paid_cash_paisa, paid_upi_paisa, paid_card_paisa, khata_given_paisa, khata_collected_paisa,
               outstanding_paisa
        FROM mart_shop_daily ORDER BY business_date
    """).rows()
    assert [(f"{day:%m-%d}", *figures) for day, *figures in days] == [
        ("04-02", 1, 0, 0, 0, 1, 30_00, 0, 0, 0, 0, 30_00, 0, 30_00),
        ("06-20", 4, 3, 0, 0, 1, 286_00, 218_00, 80_00, 50_00, 88_00, 118_00, 50_00, 98_00),
        ("06-21", 0, 0, 1, 1, 0, -50_00, -40_00, -40_00, 0, 0, 0, 10_00, 88_00),
        ("06-30", 1, 0, 0, 0, 1, 88_00, 0, 0, 0, 0, 88_00, 0, 176_00),
    ]
    billed, tax = one("""
        SELECT CAST(sum((CASE kind WHEN 'credit_note' THEN -1 ELSE 1 END) * (total_paisa + round_off_paisa)
                        * (CASE WHEN cancelled.invoice_id IS NULL THEN 1 ELSE 0 END)) AS bigint) || ' ' ||
               CAST(sum((CASE kind WHEN 'credit_note' THEN -1 ELSE 1 END) * tax_paisa
                        * (CASE WHEN cancelled.invoice_id IS NULL THEN 1 ELSE 0 END)) AS bigint)
        FROM app.invoices LEFT JOIN app.bill_cancellations cancelled ON cancelled.invoice_id = invoices.id
        WHERE order_id IS NULL
    """).split()  # type: ignore[attr-defined]
    summed = run.query("""
        SELECT CAST(sum(sales_paisa) AS bigint), CAST(sum(tax_paisa) AS bigint) FROM mart_shop_daily
    """).rows()
    assert summed == [(int(billed), int(tax))]
    assert run.query("SELECT CAST(sum(total_paisa) AS bigint) FROM fct_shop_sales").rows() == [(int(billed),)]
    ages = run.query(f"""
        SELECT customers_owing, balance_paisa, not_due_paisa, overdue_1_30_paisa, overdue_61_90_paisa
        FROM fct_khata_ageing WHERE reporting_date = DATE '{LAST_DAY}'
    """).rows()
    # What came with the bill of June settled that one, the ten of the day after the oldest.
    assert ages == [(2, 176_00, 88_00, 68_00, 20_00)]


def test_the_forecast_covers_the_next_seven_days_of_both_goods(first_run: RunReport) -> None:
    daily = published.reader().run(first_run.run_id).table("demand_forecast")
    assert daily["product_id"].n_unique() == 2
    assert set(daily["business_date"]) == {LAST_DAY + timedelta(days=ahead) for ahead in range(1, 8)}


def test_the_manifest_names_every_check_and_all_passed(first_run: RunReport) -> None:
    checks = published.reader().run(first_run.run_id).manifest["checks"]
    names = {check["name"] for check in checks}
    assert {
        "raw/orders:equals_source",
        "marts/fct_orders:is_not_empty",
        "predictions/vendor_ranking:places_are_in_order",
    } <= names
    assert any("receivables_equal_ledger" in name for name in names)
    assert all(check["passed"] for check in checks)


def test_the_report_has_every_step_with_its_rows(first_run: RunReport) -> None:
    rows = {step.name: step.rows for step in first_run.steps}
    assert next(iter(rows)) == "ingest"
    assert (rows["demand"] or 0) >= 14 + 2
    assert rows["publication"] is not None
    assert rows["raw_equals_source"] is None
    assert all(step.seconds <= first_run.seconds for step in first_run.steps)


def test_what_is_late_and_what_is_in_dispute_is_what_the_record_tells_of_each_day(
    home: Home, first_run: RunReport
) -> None:
    run = published.reader().run(first_run.run_id)
    marts = run.query("""
        SELECT reporting_date, not_due_paisa, overdue_1_30_paisa, overdue_31_60_paisa, overdue_61_90_paisa,
               overdue_over_90_paisa, disputed_paisa, days_past_due_max, balance_paisa - unallocated_credit_paisa
        FROM fct_receivable_ageing ORDER BY reporting_date
    """).rows()
    names = (
        "not_due_paisa", "days_1_30_paisa", "days_31_60_paisa", "days_61_90_paisa", "over_90_days_paisa",
        "disputed_paisa", "days_past_due", "total_paisa",
    )  # fmt: skip
    known_at = clock.end_of_day(LAST_DAY, "Asia/Kathmandu")
    record = []
    for day, *_ in marts:
        with database.read() as session:
            [row] = outlook.ageing_of_all(
                session, vendor_id=home.market.vendor_id, day=day, known_at=known_at
            )
        record.append((day, *(row[name] for name in names)))
    assert record == marts
    assert [row[6] for row in marts[-4:]] == [0, 9_000, 20_000, 15_000]
    [late] = run.query("SELECT overdue_paisa, disputed_paisa FROM mart_retailer_360").rows()
    executive = (
        "SELECT overdue_paisa, disputed_paisa FROM mart_executive_daily ORDER BY business_date DESC LIMIT 1"
    )
    assert [late] == run.query(executive).rows() == [(sum(marts[-1][2:6]), 15_000)]


def test_commerce_adopts_the_scores_inline_where_no_worker_runs(home: Home, first_run: RunReport) -> None:
    # The shop that only bills people has one too: NH, without a number.
    assert first_run.adoption.startswith("2 scores were adopted: 2 first ones")
    assert one("SELECT outcome FROM app.adopted_runs WHERE run_id = :run", run=first_run.run_id) == "adopted"
    score = one("SELECT score FROM app.adopted_scores WHERE retailer_id = :id", id=home.market.retailer_id)
    scores = published.reader().run(first_run.run_id).table("credit_score")
    said = dict(zip(scores["retailer_id"], scores["score"], strict=True))
    assert said.pop(str(home.market.retailer_id)) == score
    assert list(said.values()) == [None]
    # The job that a worker would have found is there too; it finds the answer given.
    assert one("SELECT count(*) FROM dbos.workflow_status WHERE name = 'adopt_publication'") == 1
    with clock.at(NOW):
        assert workflows.answer(first_run.run_id) == {"outcome": "adopted", "is_new": False}


def test_the_models_that_stand_are_kept_for_the_next_day(home: Home, first_run: RunReport) -> None:
    from orchestration.defs.demand.assets import incumbents
    from orchestration.resources import Warehouse

    warehouse = Warehouse(as_of="")
    kept = dict(home.values("SELECT series_group, model FROM predictions.demand_choice"))
    assert kept
    assert incumbents(warehouse, LAST_DAY + timedelta(days=1)) == kept
    assert incumbents(warehouse, LAST_DAY) == {}


def test_a_second_run_is_told_who_holds_the_warehouse(home: Home, first_run: RunReport) -> None:
    before = current()
    with (
        warehouse_lock("run of another engineer", home.warehouse_url),
        pytest.raises(RunFailed, match=r"the warehouse is held by run of another engineer, .* pid "),
    ):
        home.run()
    assert current() == before


def test_a_source_that_does_not_answer_is_told_with_the_way_out(
    home: Home, first_run: RunReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
            patch.setenv(name, "postgresql://shop:hush@127.0.0.1:1/trade")
        forget_connections()
        with pytest.raises(
            RunFailed, match=r"DATABASE_URL does not answer: .*; start that server or"
        ) as refused:
            home.run()
    forget_connections()
    assert "hush" not in str(refused.value)


def test_a_day_that_is_not_over_is_refused(home: Home, first_run: RunReport) -> None:
    with pytest.raises(RunFailed, match="2999-01-01 is not over yet; ask for "):
        home.run(date(2999, 1, 1))


def test_a_failed_check_names_itself_and_the_last_publication_stands(
    home: Home, first_run: RunReport
) -> None:
    before = current()
    home.execute("CREATE TABLE kept AS SELECT * FROM raw.orders")
    home.execute("DELETE FROM raw.orders WHERE id = (SELECT id FROM raw.orders LIMIT 1)")
    try:
        with pytest.raises(
            RunFailed,
            match=r"check raw/orders:equals_source failed: .*source 25, raw 24.*; the last publication stands",
        ):
            home.run()
    finally:
        home.execute("DELETE FROM raw.orders")
        home.execute("INSERT INTO raw.orders SELECT * FROM kept")
        home.execute("DROP TABLE kept")
    assert current() == before


CHARGES = "receivable_items SET amount_paisa = amount_paisa {} 1 WHERE kind = 'charge'"
A_POSTING_OF_THE_SELLER = """postings SET amount_paisa = amount_paisa {} 1 WHERE (transaction_id, line_no) = (
    SELECT transaction_id, line_no FROM app.postings JOIN app.accounts ON accounts.id = postings.account_id
    WHERE accounts.code = 'receivable' ORDER BY transaction_id, line_no LIMIT 1)"""


@pytest.mark.parametrize(
    ("altered", "identities"),
    [
        (CHARGES, {"receivables_equal_ledger"}),
        # It then differs from its own open items, and from the buyer's book.
        (A_POSTING_OF_THE_SELLER, {"receivables_equal_ledger", "receivables_equal_payables"}),
    ],
    ids=["items", "posting"],
)
def test_a_paisa_that_is_altered_stops_the_run_by_the_names_of_the_identities(
    altered: str, identities: set[str], home: Home, first_run: RunReport
) -> None:
    before = current()
    statement = f"UPDATE app.{altered.replace(' WHERE', ', changed_in = pg_current_xact_id() WHERE', 1)}"
    home.forge(statement.format("+"))
    try:
        with pytest.raises(RunFailed, match=r"the last publication stands") as refused:
            home.run()
        said = str(refused.value)
        queries = dict(re.findall(r"test (\w+) found [1-9]\d* rows \(the query: (.*?)\)", said))
        assert all(home.values(Path(queries[name]).read_text()) for name in identities)
    finally:
        home.forge(statement.format("-"))
    known = {"receivables_equal_ledger", "receivables_equal_payables"}
    assert known & set(queries) == identities
    assert current() == before


def test_the_month_that_is_over_leaves_its_papers(home: Home, first_run: RunReport) -> None:
    result = _close("2026-06")
    assert result.success
    folder = home.folder / "objects" / "months" / "2026-06"
    assert sorted(file.name for file in folder.iterdir()) == [
        f"{name}.{kind}"
        for name in ("limit_review", "statements", "vendor_snapshots")
        for kind in ("csv", "parquet")
    ]
    header, line = (folder / "statements.csv").read_text().splitlines()
    paper = dict(zip(header.split(","), line.split(","), strict=True))
    opening, charged, paid, other, closing = (
        int(paper[f"{name}_paisa"]) for name in ("opening", "charged", "paid", "other", "closing")
    )
    assert opening + charged + paid + other == closing
    assert (charged, paid) == (59_000, -42_000)
    assert paper["vendor_id"] == str(home.market.vendor_id)


def test_a_month_that_is_not_over_leaves_none(first_run: RunReport) -> None:
    result = _close("2026-07")
    assert not result.success
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert "knows only until 2026-06-30" in str(failures[0].user_failure_data)


def _close(month: str) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.get() as instance:
        return defs.resolve_job_def("close_month").execute_in_process(
            instance=instance, partition_key=month, raise_on_error=False
        )
