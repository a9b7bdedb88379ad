"""Publishing: seen whole or not at all, never changed, read in place or from a copy of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import LocalStore

from foundation import published
from foundation.object_store import ObjectStore, object_store
from foundation.published import (
    POINTER,
    NothingPublished,
    PublicationBroken,
    Reader,
    RunNotPublished,
    TableNotPublished,
    key,
)
from foundation.settings import settings
from tests.transforms.conftest import publish_run
from transforms import publish
from transforms.project import PROJECT_DIR
from transforms.publish import Check, CheckFailed, NothingToPublish


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    folder = tmp_path / "objects"
    folder.mkdir()
    return ObjectStore(str(folder), LocalStore(folder, mkdir=True))


def test_before_the_first_run_a_reader_is_told_the_way(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="sauda run"):
        Reader(store, tmp_path).current()


def test_a_publication_holds_the_marts_exactly(warehouse: Any, store: ObjectStore, tmp_path: Path) -> None:
    manifest = publish_run(warehouse, store, "run-1")
    run = Reader(store, tmp_path).current()
    assert (run.run_id, run.as_of) == ("run-1", date(2026, 6, 30))
    assert manifest["tables"].keys() >= {"fct_orders", "mart_executive_daily", "credit_score"}
    for name, facts in manifest["tables"].items():
        assert (
            facts["rows"]
            == run.table(name).height
            == warehouse.value(f"SELECT count(*) FROM {facts['schema']}.{name}")
        )
    lines = run.table("fct_order_lines")
    assert lines.schema["total_paisa"] == pl.Int64
    assert lines.schema["unit_price"] == pl.Decimal(18, 6)
    assert Decimal("33.335000") in lines["unit_price"].to_list()
    assert lines["total_paisa"].sum() == warehouse.value(
        "SELECT sum(total_paisa)::bigint FROM marts.fct_order_lines"
    )
    assert pl.read_parquet(store.get(key("run-1", "fct_order_lines.parquet"))).equals(lines)


def test_the_manifest_says_what_stands_behind_the_figures(warehouse: Any, store: ObjectStore) -> None:
    manifest = publish_run(warehouse, store, "run-1")
    assert manifest["model_versions"] == {"credit_score": ["transparent-1.5.0"]}
    assert manifest["ledger_head"]["books"] == 0
    assert any("receivables_equal_ledger" in check["name"] for check in manifest["checks"])
    assert all(check["passed"] for check in manifest["checks"])


def test_a_failed_check_leaves_the_last_publication_standing(
    warehouse: Any, store: ObjectStore, tmp_path: Path
) -> None:
    publish_run(warehouse, store, "run-1")
    with pytest.raises(CheckFailed, match="receivables_equal_ledger did not pass"):
        publish_run(
            warehouse, store, "run-2", [Check("receivables_equal_ledger", passed=False, detail="1 row")]
        )
    assert Reader(store, tmp_path).current().run_id == "run-1"
    assert not store.list("published/run-2")


def test_marts_of_another_day_are_not_published(warehouse: Any, store: ObjectStore) -> None:
    with pytest.raises(NothingToPublish, match="of 2026-06-30, not of 2026-06-29"):
        publish.publish(
            warehouse_url=warehouse.url,
            store=store,
            as_of=date(2026, 6, 29),
            run_id="run-1",
            checks=[],
            metrics=[],
        )
    assert store.read_pointer(POINTER) is None


def test_a_warehouse_without_marts_publishes_nothing(
    make_warehouse: Any, store: ObjectStore, story: Any
) -> None:
    with pytest.raises(NothingToPublish, match="let dbt build them first"):
        publish.publish(
            warehouse_url=make_warehouse(story).url,
            store=store,
            as_of=date(2026, 6, 30),
            run_id="run-1",
            checks=[],
            metrics=[],
        )


def test_the_pointer_moves_on_and_older_runs_stay_as_they_were(
    warehouse: Any, store: ObjectStore, tmp_path: Path
) -> None:
    reader = Reader(store, tmp_path)
    publish_run(warehouse, store, "run-1")
    first = reader.current()
    content = store.get(key("run-1", published.DATABASE))
    publish_run(warehouse, store, "run-2")
    assert reader.current().run_id == "run-2"
    assert first.metric("orders").rows == reader.current().metric("orders").rows
    publish_run(warehouse, store, "run-1")
    assert reader.current() is first
    assert store.get(key("run-1", published.DATABASE)) == content


def test_a_reader_keeps_the_last_three_runs_open(warehouse: Any, store: ObjectStore, tmp_path: Path) -> None:
    reader = Reader(store, tmp_path)
    seen = []
    for number in range(4):
        publish_run(warehouse, store, f"run-{number}")
        seen.append(reader.current())
    assert [reader.run(f"run-{number}") is seen[number] for number in (3, 2, 1)] == [True] * 3
    assert reader.run("run-0") is not seen[0]
    assert seen[0].table("dim_product").height == 2


_DIES = """
import os, sys
from datetime import date
from obstore.store import LocalStore
from foundation.object_store import ObjectStore
from transforms import publish

folder, url, dies_at = sys.argv[1], sys.argv[2], int(sys.argv[3])

class Mortal(ObjectStore):
    writes = 0

    def put(self, *arguments, **named):
        if Mortal.writes == dies_at:
            os.kill(os.getpid(), 9)
        Mortal.writes += 1
        super().put(*arguments, **named)

store = Mortal(folder, LocalStore(folder))
publish.publish(warehouse_url=url, store=store, as_of=date(2026, 6, 30), run_id="run-2", checks=[], metrics=[])
"""


@pytest.mark.parametrize("dies_at", [0, 5, -2, -1])
def test_a_publisher_killed_anywhere_leaves_the_last_publication(
    warehouse: Any, store: ObjectStore, tmp_path: Path, dies_at: int
) -> None:
    manifest = publish_run(warehouse, store, "run-1")
    # Tables, database, metrics, manifest, pointer: that many writes; the last but one is the manifest's.
    writes = len(manifest["tables"]) + 4
    command = [sys.executable, "-c", _DIES, store.location, warehouse.url, str(dies_at % writes)]
    died = subprocess.run(command, cwd=PROJECT_DIR, check=False, capture_output=True, timeout=120)
    assert died.returncode == -9, died.stderr.decode()
    assert Reader(store, tmp_path / "before").current().run_id == "run-1"
    publish_run(warehouse, store, "run-2")
    assert Reader(store, tmp_path / "after").current().table("dim_product").height == 2


def test_what_is_not_there_is_named(publication: Any, store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(RunNotPublished, match="'run-9' is not published"):
        Reader(store, tmp_path).run("run-9")
    with pytest.raises(TableNotPublished, match="holds no 'fct_nothing'"):
        publication.table("fct_nothing")
    with pytest.raises(TableNotPublished, match="no metric 'profit'"):
        publication.metric("profit")
    for question in ("SELECT disputed FROM dim_product", "SELECT * FROM fct_nothing"):
        with pytest.raises(TableNotPublished, match="let `sauda run` publish anew"):
            publication.query(question)


def test_a_database_that_is_not_the_manifests_is_refused(
    warehouse: Any, store: ObjectStore, tmp_path: Path
) -> None:
    publish_run(warehouse, store, "run-1")
    store.put(key("run-1", published.DATABASE), b"short")
    with pytest.raises(PublicationBroken, match="publish a run anew"):
        Reader(store, tmp_path).current()


def test_nothing_is_written_through_a_publication(publication: Any) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        publication.query("CREATE TABLE extra AS SELECT 1")
    with pytest.raises(duckdb.Error, match="disabled"):
        publication.query("SELECT * FROM read_text('/etc/hostname')")


def test_an_etag_is_of_run_scope_and_question(publication: Any) -> None:
    assert publication.etag("all", "gmv") == publication.etag("all", "gmv")
    assert (
        len(
            {
                publication.etag("all", "gmv"),
                publication.etag("vendor-1", "gmv"),
                publication.etag("all", "orders"),
            }
        )
        == 3
    )


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("S3_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OBJECT_STORE_URL", "s3://publications/sauda")
    httpx.put(f"http://127.0.0.1:{port}/publications").raise_for_status()
    settings.cache_clear()
    yield object_store()
    settings.cache_clear()
    server.stop()


def test_from_a_bucket_a_reader_takes_its_own_copy(
    warehouse: Any, bucket: ObjectStore, tmp_path: Path
) -> None:
    reader = Reader(bucket, tmp_path / "cache")
    for number in range(4):
        publish_run(warehouse, bucket, f"run-{number}")
        assert reader.current().metric("orders").rows
    copies = sorted(folder.name for folder in (tmp_path / "cache").iterdir())
    assert copies == ["run-1", "run-2", "run-3"]
    assert json.loads(bucket.get(key("run-0", published.MANIFEST)))["run_id"] == "run-0"
    assert bucket.read_pointer(POINTER) == "run-3"


def test_the_checks_of_a_build_are_read_from_its_results(warehouse: Any) -> None:
    checks = publish.checks_of(warehouse.target / "build" / "run_results.json")
    assert any("receivables_equal_payables" in check.name and check.passed for check in checks)
