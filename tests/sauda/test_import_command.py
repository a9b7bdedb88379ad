from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from commerce.parties.errors import BusinessInvalid
from foundation.settings import settings
from ingestion.history.errors import BadMapping, UnknownColumn
from ingestion.history.readers import hash_of
from sauda.import_command import app

HEADER = (
    "document_no,kind,product_code,description,unit,quantity,unit_price,occurred_at,customer_ref,customer_name,"
    "country,original_document_no"
)

TRADER = ("--trader", "Asha Kirana Pasal", "--country", "NP", "--state", "NP-P6", "--zone", "Surkhet")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(
        f"{HEADER}\n1,,{uuid4().hex},Soap,,3,0.335,2024-01-01,7,,,\n2,,A,Soap,,x,1,2024-01-01,7,,,\n"
    )
    return path


@pytest.mark.committing
@pytest.mark.usefixtures("migrated")
def test_an_import_ends_with_its_reconciliation_and_a_second_says_that_nothing_changed(history: Path) -> None:
    told = run("trade", str(history), "--mapping", "canonical", *TRADER)
    for expected in (
        "1.005",
        "1",
        "0.005",
        "1 line was taken in",
        "1 reject has no readable amount",
        "-rejects.csv",
    ):
        assert expected in told
    assert "nothing was changed" in run("trade", str(history), "--mapping", "canonical", *TRADER)


def test_a_dry_run_records_nothing_and_writes_the_rejects(history: Path) -> None:
    told = run("trade", str(history), "--mapping", "canonical", "--dry-run", *TRADER)
    assert "nothing was recorded" in told
    rejects = settings().home / "imports" / f"{hash_of(history)}-rejects.csv"
    assert rejects.name in told.replace("\n", "")
    [header, reject] = rejects.read_text().splitlines()
    assert header.startswith("line_no,reason,amount,")
    assert reject.startswith("3,\"quantity 'x' is no number")


def test_what_a_reject_holds_is_no_formula_to_the_spreadsheet_that_it_is_mended_in(history: Path) -> None:
    evil = "=HYPERLINK(1)"
    history.write_text(f"{HEADER}\n1,,{evil},Soap,+cmd,-3,0.335,2024-01-01,x,,@me,\n")
    run("trade", str(history), "--mapping", "canonical", "--dry-run", *TRADER)
    rejects = settings().home / "imports" / f"{hash_of(history)}-rejects.csv"
    [row] = csv.DictReader(rejects.read_text().splitlines())
    assert {f"'{evil}", "'+cmd", "'@me", "-3"} <= set(row.values())


def test_a_file_of_other_columns_is_refused_with_the_nearest(history: Path) -> None:
    history.write_text(history.read_text().replace("unit_price", "unit prise"))
    with pytest.raises(UnknownColumn, match="did you mean 'unit prise'"):
        run("trade", str(history), "--mapping", "canonical", *TRADER)


def test_who_the_trader_is_must_be_said(history: Path) -> None:
    with pytest.raises(BadMapping, match="does not say whose history it is; add --trader NAME --country NP"):
        run("trade", str(history), "--mapping", "canonical")


def test_a_part_of_the_trader_that_is_missing_is_named_with_its_option(history: Path) -> None:
    abroad = ("--trader", "Corner Shop", "--country", "GB")
    with pytest.raises(BadMapping) as refused:
        run("trade", str(history), "--mapping", "canonical", *abroad)
    assert "key 'trader.currency' is missing (or --currency)" in refused.value.message
    assert "key 'trader.time_zone' is missing (or --time-zone)" in refused.value.message
    with pytest.raises(BadMapping, match="a trader of NP needs a state; write it like NP-P6"):
        run("trade", str(history), "--mapping", "canonical", *TRADER[:4])


def test_a_dry_run_judges_the_place_of_the_trader_too(history: Path) -> None:
    elsewhere = ["MH" if word == "NP-P6" else word for word in TRADER]
    with pytest.raises(BusinessInvalid, match="state 'MH' is not possible; give one of NP-P1"):
        run("trade", str(history), "--mapping", "canonical", "--dry-run", *elsewhere)


def test_nothing_is_left_of_the_progress_above_a_refusal(history: Path) -> None:
    history.write_text(history.read_text().replace("unit_price", "unit prise"))
    told = CliRunner().invoke(app, ["trade", str(history), "--mapping", "canonical", *TRADER])
    assert isinstance(told.exception, UnknownColumn)
    assert "Importing" not in told.output
