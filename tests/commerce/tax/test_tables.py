"""New tables of rates: judged, compared, kept as versions, taken up by processes; and the goods that are seeded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from commerce.catalogue import service as catalogue
from commerce.tax import seeding, tables
from commerce.tax import service as tax
from commerce.tax.bill import BillLine, tax_bill
from commerce.tax.calculation import Good, Party
from commerce.tax.errors import TaxTableInvalid
from commerce.tax.rates import Table, put_in_force, rate_on, rate_table, shipped_table
from commerce.tax.tables import changes_of, checked, shipped_content
from commerce.tax.timing import SupplyDays
from commerce.tax.vocabulary import goods
from foundation import database
from foundation.errors import Unavailable
from sauda.main import application
from tests.conftest import forget_connections

NEXT_YEAR = date(2027, 1, 1)
BISCUITS = "IN\tbiscuits\t\ttaxable\t5\t0\t2025-09-22\t\tS9+A\thigh\t"
CHANGED = (
    "IN\tbiscuits\t\ttaxable\t5\t0\t2025-09-22\t2026-12-31\tS9+A\thigh\t\n"
    "IN\tbiscuits\t\ttaxable\t8\t0\t2027-01-01\t\tNotification 1/2026-CTR\thigh\t"
)


def replaced(before: str, after: str) -> str:
    content = shipped_content()
    assert before in content
    return content.replace(before, after)


@pytest.fixture
def reckoning() -> Iterator[None]:
    """The process reckons afterwards with the table of before."""
    before = rate_table()
    yield
    put_in_force(before)


def problems(content: str) -> list[str]:
    with pytest.raises(TaxTableInvalid) as refused:
        checked(content, version=1, before=shipped_table().rows)
    assert refused.value.facts["problems"]
    return list(refused.value.facts["problems"])


def test_the_table_that_is_shipped_is_in_order_and_changes_nothing() -> None:
    table = checked(shipped_content(), version=7, before=shipped_table().rows)
    assert list(changes_of(shipped_table().rows, table.rows)) == []
    assert table.version == 7


def line_of(content: str, start: str) -> int:
    return next(number for number, line in enumerate(content.splitlines(), start=1) if line.startswith(start))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (BISCUITS, CHANGED.replace("2027-01-01", "2027-01-02"), "no rate on 2027-01-01"),
        (BISCUITS, CHANGED.replace("2027-01-01", "2026-12-31"), "more than one rate on 2026-12-31"),
        (BISCUITS, f"{BISCUITS}\n{BISCUITS}", "more than one rate on 2025-09-22"),
        (BISCUITS, BISCUITS.replace("IN", "UK"), "country 'UK' is none of IN, NP"),
        (BISCUITS, BISCUITS.replace("\t5\t", "\t5%\t"), "rate '5%' is no number"),
        (BISCUITS, BISCUITS.replace("\t5\t", "\t-5\t"), "rate '-5' is no number"),
        (BISCUITS, BISCUITS.replace("\t5\t", "\tNaN\t"), "rate 'NaN' is no number"),
        (BISCUITS, BISCUITS.replace("\t5\t", "\t5000\t"), "rate '5000' is no number"),
        (BISCUITS, BISCUITS.replace("\t5\t", "\t0\t"), "at 0 it is nil or exempt"),
        (BISCUITS, BISCUITS.replace("taxable", "nil"), "has no rate and no cess"),
        (BISCUITS, BISCUITS.replace("taxable", "unknown"), "say why the rate is not known"),
        (BISCUITS, BISCUITS.replace("taxable", "taxed"), "supply 'taxed' is none of"),
        (BISCUITS, BISCUITS.replace("2025-09-22", "22-09-2025"), "valid_from '22-09-2025' is no day"),
        (
            BISCUITS,
            BISCUITS.replace("\t2025-09-22\t\t", "\t2025-09-22\t2025-09-21\t"),
            "it ends on 2025-09-21",
        ),
        (BISCUITS, BISCUITS.replace("\t2025-09-22\t\t", "\t2025-09-22\t9999-12-31\t"), "is no day"),
        (BISCUITS, BISCUITS.replace("S9+A", ""), "source is empty"),
        (BISCUITS, BISCUITS.replace("high", "sure"), "certainty 'sure' is none of"),
        (BISCUITS, f"{BISCUITS}\t\t\tmrp", "valued_on 'mrp' is none of retail-sale-price"),
        (BISCUITS, BISCUITS.replace("biscuits", "Biscuits"), "small letters"),
        (BISCUITS, BISCUITS.replace("biscuits\t\t", "biscuits\topen\t"), "condition 'open' is none of"),
        ("IN\trice\tloose\tnil\t0\t0\t2025-09-22\t\tS9+S10\thigh\t\n", "", "no rate for loose on 2025-09-22"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(before: str, after: str, words: str) -> None:
    content = replaced(before, after)
    found = problems(content)
    assert any(words in problem for problem in found)
    assert all(problem.startswith(("line ", "lines ", "class ")) for problem in found)


def test_a_line_number_is_that_of_the_file() -> None:
    content = replaced(BISCUITS, BISCUITS.replace("\t5\t", "\tfive\t"))
    line = line_of(content, "IN\tbiscuits\t\ttaxable\tfive")
    assert problems(content) == [f"line {line}: rate 'five' is no number from 0 to 1000"]


def test_a_class_does_not_vanish_and_the_columns_are_the_same() -> None:
    assert problems(shipped_content().replace("\tsalt\t", "\tsea-salt\t")) == [
        "class salt of IN is missing; products are of it: give its last row a last day instead",
        "class salt of NP is missing; products are of it: give its last row a last day instead",
    ]
    assert "the columns are" in problems("country\trate\nIN\t5\n")[0]
    assert "it has 4 columns of 14" in problems(f"{shipped_content()}IN\tbiscuits\t\ttaxable\n")[0]
    assert "the columns are" in problems("")[0]
    assert "zero byte" in problems(f"{shipped_content()}\0")[0]


def test_what_changes_is_said_by_class_and_days() -> None:
    table = checked(replaced(BISCUITS, CHANGED), version=1, before=shipped_table().rows)
    told = [str(change) for change in changes_of(shipped_table().rows, table.rows)]
    assert told == ["IN biscuits: 8 % from 2027-01-01 on, was 5 %"]
    back = [str(change) for change in changes_of(table.rows, shipped_table().rows)]
    assert back == ["IN biscuits: 5 % from 2027-01-01 on, was 8 %"]
    ended = checked(
        replaced(BISCUITS, BISCUITS.replace("\t2025-09-22\t\t", "\t2025-09-22\t2026-12-31\t")),
        version=1,
        before=shipped_table().rows,
    )
    [change] = changes_of(shipped_table().rows, ended.rows)
    assert str(change) == "IN biscuits: no rate from 2027-01-01 on, was 5 %"
    split = replaced(
        "IN\tsalt\t\tnil\t0\t0\t2025-09-22\t",
        "IN\tsalt\tloose\tnil\t0\t0\t2025-09-22\t\tX\thigh\t\n"
        "IN\tsalt\tpre-packaged\ttaxable\t5\t0\t2026-12-01\t\tX\thigh\t\n"
        "IN\tsalt\tpre-packaged\tnil\t0\t0\t2025-09-22\t2026-11-30",
    )
    table = checked(split, version=1, before=shipped_table().rows)
    told = [str(change) for change in changes_of(shipped_table().rows, table.rows)]
    assert told == ["IN salt (pre-packaged): 5 % from 2026-12-01 on, was nil"]


def percent(on: date) -> Decimal:
    bill = tax_bill(
        seller=Party("IN", "07", "regular"),
        buyer=Party("IN", None, "consumer"),
        lines=[BillLine(Good("Biscuits", None, "biscuits", None), Decimal(1), amount_paisa=10_00)],
        days=SupplyDays(on, on),
    )
    [line] = bill.lines
    assert line.taxed.trace["row"]["table"] == rate_table().version
    return line.taxed.rate


@pytest.mark.committing
@pytest.mark.usefixtures("own_world", "reckoning")
def test_a_new_table_is_a_version_that_processes_take_up_and_nothing_changes_it() -> None:
    content = replaced(BISCUITS, CHANGED)
    put_in_force(shipped_table())

    def load(text_: str, *, is_dry_run: bool = False) -> tables.Update:
        return database.write(
            lambda session: tables.update(session, content=text_, name="new.tsv", is_dry_run=is_dry_run)
        )

    assert load(content, is_dry_run=True).version is None
    tables.refresh()
    assert rate_table().version == 0
    assert load(content).version == 1
    assert percent(NEXT_YEAR) == 5  # this process was not told yet
    tables.refresh()
    assert (percent(NEXT_YEAR), percent(NEXT_YEAR - timedelta(days=1))) == (8, 5)
    assert load(content).version is None  # the same again
    assert load(shipped_content()).version == 2
    tables.refresh()
    assert (rate_table().version, percent(NEXT_YEAR)) == (2, 5)
    with pytest.raises(TaxTableInvalid):
        load("nothing")
    for statement in ("DELETE FROM app.tax_rate_tables", "UPDATE app.tax_rate_tables SET name = 'x'"):
        with pytest.raises(Exception, match=r"denied|append-only|never"):
            database.write(lambda session, statement=statement: session.execute(text(statement)))  # type: ignore[misc]


@pytest.mark.committing
@pytest.mark.usefixtures("own_world", "reckoning")
def test_a_process_keeps_itself_fresh_and_stops_when_told() -> None:
    put_in_force(Table(99, {}))
    stopping = threading.Event()
    thread = tables.keep_fresh(stopping)
    try:
        until(lambda: rate_table().version == 0)
    finally:
        stopping.set()
        thread.join(timeout=30)
    assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail("it did not come to that within half a minute")


@pytest.mark.committing
@pytest.mark.usefixtures("reckoning")
def test_a_process_goes_on_with_its_table_while_the_database_is_away(
    own_world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Table(99, {})
    put_in_force(kept)
    there = os.environ["DATABASE_URL"]
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:9/none")
    forget_connections()
    with pytest.raises(Unavailable):
        tables.refresh()
    stopping = threading.Event()
    thread = tables.keep_fresh(stopping)
    try:
        assert rate_table() is kept
        monkeypatch.setenv("DATABASE_URL", there)
        forget_connections()
        until(lambda: rate_table().version == 0)
    finally:
        stopping.set()
        thread.join(timeout=30)


@pytest.mark.committing
@pytest.mark.usefixtures("own_world", "reckoning")
def test_the_command_loads_a_table_and_says_what_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "rates-2027.tsv"
    file.write_text(replaced(BISCUITS, CHANGED), encoding="utf-8")

    def sauda(*words: str) -> str:
        ended = CliRunner().invoke(application("tax"), ["tax", "update", *words])
        if ended.exception is not None:
            raise ended.exception
        return ended.output

    told = sauda(str(file), "--dry-run")
    assert "IN biscuits: 8 % from 2027-01-01 on, was 5 %" in told
    assert "dry run" in told
    assert "days that have begun" not in told
    past = tmp_path / "past.tsv"
    past.write_text(replaced(BISCUITS, BISCUITS.replace("\t5\t", "\t8\t")), encoding="utf-8")
    assert "8 % from 2025-09-22 on, was 5 % (days that have begun" in sauda(str(past), "--dry-run")
    assert "version 1 is in force" in sauda(str(file))
    assert "nothing is due otherwise" in sauda(str(file))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())  # as spreadsheets write it
    assert "nothing is due otherwise" in sauda(str(file))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Exception, match="UTF-8"):
        sauda(str(file))
    with pytest.raises(Exception, match="cannot be read"):
        sauda(str(tmp_path / "absent.tsv"))


@pytest.mark.committing
@pytest.mark.usefixtures("own_world", "reckoning")
def test_the_goods_are_seeded_once_and_brought_up_to_date() -> None:
    ended = CliRunner().invoke(application("seed"), ["seed"])
    assert ended.exception is None
    assert f"{len(goods())} goods: {len(goods())} added" in ended.output
    again = database.write(seeding.seed)
    assert (again.added, again.changed, again.classes, again.kept) == (0, 0, 0, ())
    assert again.total >= 130
    with database.read() as session:
        rows = {
            row.sku: row
            for row in session.execute(
                text("""
                    SELECT product.sku, product.id, product.name, product.hsn, product.base_unit, product.category,
                           (SELECT array_agg(language || ':' || name ORDER BY language, name) FROM app.product_names
                            WHERE product_id = product.id) AS names
                    FROM app.products product WHERE owner_id IS NULL
                """)
            )
        }
    assert set(rows) == {seeding.sku_of(good) for good in goods().values()}
    rice = rows["KIRANA-RICE"]
    assert (rice.name, rice.hsn, rice.base_unit, rice.category) == ("Rice", "1006", "kg", "staples")
    assert set(rice.names) == {"hi:chawal", "hi:चावल", "ne:चामल"}
    assert all(row.hsn for row in rows.values())

    # A name that a person added stays, a name that was changed comes back, a class said otherwise stays.
    def change(session: Session) -> None:
        catalogue.change_product(
            session,
            product_id=rice.id,
            owner_id=None,
            changes={"name": "Chawal", "names": {"hi": ["चावल", "चाउर"]}},
        )
        tax.state_class(
            session,
            business_id=None,
            country="IN",
            product_id=rows["KIRANA-SALT"].id,
            tax_class="gst-5",
            condition=None,
            valid_from=date(2026, 1, 1),
        )

    database.write(change)
    third = database.write(seeding.seed)
    assert (third.added, third.changed, third.classes, third.kept) == (0, 1, 0, ("salt",))
    with database.read() as session:
        names = session.execute(
            text("SELECT name FROM app.product_names WHERE product_id = :id"), {"id": rice.id}
        ).scalars()
        assert set(names) == {"चावल", "चाउर", "chawal", "चामल"}
        told = tax.class_of(
            session, business_id=None, country="IN", product_id=rice.id, day=date(2026, 3, 10)
        )
    assert (told["tax_class"], told["condition"], told["row"].supply) == ("rice", "loose", "nil")


def test_every_seeded_good_has_a_rate_in_india() -> None:
    for good in goods().values():
        conditions = {row.condition for row in shipped_table().rows["IN", good.code]}
        condition = "loose" if "loose" in conditions else None
        on = date(2026, 11, 30)
        assert rate_on(country="IN", tax_class=good.code, condition=condition, day=on).supply != "unknown"
        assert ("NP", good.code) in shipped_table().rows
