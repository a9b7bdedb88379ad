"""A trader with a file of sales: what the README shows, from the file to the pages, command by command."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from dashboards.queries import market, retailers
from foundation import embedded_postgres, published
from tests.conftest import forget_connections

pytestmark = [pytest.mark.committing, pytest.mark.slow]

README = Path(__file__).parents[2] / "README.md"


@dataclass(frozen=True)
class Shown:
    """A chapter of the README: its files by name, and its commands in their order."""

    files: dict[str, str]
    commands: list[str]


def shown(chapter: str) -> Shown:
    written = README.read_text().partition(f"## {chapter}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```(\w+)\n(.*?)```", written, re.S)
    files = {f"sales.{kind}": body for kind, body in blocks if kind in ("csv", "toml")}
    console = "".join(body for kind, body in blocks if kind == "console")
    return Shown(files, [line.partition("#")[0].strip() for line in console.splitlines()])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of the chapter, in which nothing of Sauda has ever run."""
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path / ".sauda"))
    monkeypatch.chdir(tmp_path)
    forget_connections()
    yield tmp_path
    forget_connections()
    embedded_postgres.erase(tmp_path / ".sauda")


def sauda(command: str) -> str:
    words = shlex.split(command)
    assert words[0] == "sauda"
    ended = subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, "COLUMNS": "160"},
        input="a long phrase of nobody\n" * 2,  # a password is asked for twice, where one is
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def test_the_chapter_of_the_readme_holds_from_the_file_to_the_pages(home: Path) -> None:
    chapter = shown("With your own history")
    for name, body in chapter.files.items():
        home.joinpath(name).write_text(body)
    *commands, last = chapter.commands
    assert last == "sauda up"
    told = [sauda(command) for command in commands]

    dry_run, imported, run, verified, let_in = told
    assert "you@shop.example is an administrator now" in let_in
    assert "Dry run: nothing was recorded." in dry_run
    assert "4 lines were taken in." in imported
    assert "-rejects.csv" in "".join(imported.split())  # the path may be folded
    assert "Published as of" in run
    assert "fail" not in verified.lower()

    # What the pages show: one imported market, its money, and the retailer's standing.
    current = published.reader().current()
    [shown_market] = market.markets(current.run_id)
    assert (shown_market.origin, shown_market.currency) == ("imported", "NPR")
    assert shown_market.first_day == date(2025, 8, 3)
    asked = market.Asked(current.run_id, shown_market, (shown_market.first_day, shown_market.last_day))
    ordered = 4 * 189_000 + 12 * 24_550 + 25_000
    assert market.figures(asked, ("gmv", "orders", "delivered_value")) == {
        "gmv": ordered,
        "orders": 2,
        "delivered_value": ordered,
    }
    assert current.table("fct_orders")["returned_paisa"].sum() == 2 * 24_550
    assert retailers.retailers(current.run_id, shown_market)

    # A month later the export repeats what is in and has one bill more.
    grown = chapter.files["sales.csv"] + "104,2025-09-02,kirana-9,RICE-25,Jira masino 25 kg,2,1900\n"
    home.joinpath("sales.csv").write_text(grown)
    again = sauda("sauda import trade sales.csv --mapping sales.toml --only-new")
    assert "1 line was taken in." in again
    assert sauda("sauda verify ledger")
