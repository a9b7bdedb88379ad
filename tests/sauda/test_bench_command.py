"""`sauda bench` and `sauda migrate` as an operator meets them."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

import benchmarks
import migrations
from foundation.errors import Invalid, Unavailable
from sauda import bench_command
from sauda.main import application


def test_every_benchmark_of_the_folder_is_in_the_list() -> None:
    folder = Path(benchmarks.__path__[0])
    modules = {f"benchmarks.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}
    assert set(bench_command.BENCHMARKS.values()) == modules
    assert all(callable(import_module(module).measure) for module in modules)


def test_the_figures_come_as_one_object_with_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bench_of_a_test.py").write_text(
        "def measure(rows=9):\n    return {'name': 'quick', 'ratio': 1.5, 'rows': rows}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(bench_command.BENCHMARKS, "quick", "bench_of_a_test")
    answer = CliRunner().invoke(
        application("bench"),
        ["bench", "quick", "--json", str(tmp_path / "found.json"), "--with", "rows=7"],
        catch_exceptions=False,
    )
    figures = json.loads(answer.stdout)
    assert (figures["name"], figures["ratio"], figures["rows"]) == ("quick", 1.5, 7)
    assert figures["machine"]["cpus"] >= 1
    assert json.loads((tmp_path / "found.json").read_text()) == figures


def test_an_unknown_benchmark_and_absent_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="use one of order, "):
        bench_command.bench("speed", None, [])
    with pytest.raises(Invalid, match="write orders=…, "):
        bench_command.bench("lists", None, ["speed=9"])
    (tmp_path / "bench_without_data.py").write_text(
        "def measure():\n    raise FileNotFoundError('sales.parquet')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(bench_command.BENCHMARKS, "dry", "bench_without_data")
    with pytest.raises(Unavailable, match=r"sales\.parquet"):
        bench_command.bench("dry", None, [])


def test_migrating_says_which_version_is_there(own_world: str) -> None:
    answer = CliRunner().invoke(application("migrate"), ["migrate"], catch_exceptions=False)
    assert answer.exit_code == 0
    assert f"the database is at version {migrations.head()}" in answer.stdout
