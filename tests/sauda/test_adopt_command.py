"""`sauda adopt`, and the adoption that a live worker does: over a real publication."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from commerce.credit import queries
from commerce.credit.errors import RunNotAdopted
from commerce.credit.workflows import ADOPT_PUBLICATION
from foundation import database, jobs
from foundation.embedded_postgres import Server
from foundation.errors import Invalid
from foundation.published import NothingPublished
from sauda import run_command
from sauda.main import application
from tests.commerce import factories
from tests.conftest import forget_connections
from tests.serving.published_market import publish_market

pytestmark = pytest.mark.committing

DEADLINE_SECONDS = 90


@pytest.fixture
def retailer(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A retailer of a market of its own, in a home where nothing is published yet."""
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    forget_connections()
    return factories.market().retailer_id


def publish(server: Server, retailer: UUID, run_id: str, *, score: int, days_ago: int = 1) -> str:
    """Publish a run that gives the retailer this score."""
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    row = {
        "as_of": moment.date(),
        "run_id": run_id,
        "retailer_id": str(retailer),
        "model_version": "transparent 1",
        "predicted_at": moment,
        "score": score,
        "grade": "B",
    }
    return publish_market(server, {"credit_score": [row]}, as_of=moment.date(), run_id=run_id)


def sauda(*words: str) -> str:
    result = CliRunner().invoke(
        application("adopt"), ["adopt", *words], env={"COLUMNS": "160"}, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.output


def score_in_force(retailer: UUID) -> int | None:
    with database.read() as session:
        found = queries.scores_in_force(session).get(retailer)
    return None if found is None else found.score


def test_a_dry_run_shows_what_would_move_and_changes_nothing(server: Server, retailer: UUID) -> None:
    publish(server, retailer, "run-1", score=700)
    told = sauda("--dry-run")
    assert "Scores of run run-1" in told
    assert "Dry run: it would be adopted; nothing was changed." in told
    assert score_in_force(retailer) is None


def test_the_newest_run_is_adopted_once_and_can_be_given_back(server: Server, retailer: UUID) -> None:
    publish(server, retailer, "run-1", score=700, days_ago=2)
    publish(server, retailer, "run-2", score=720)
    assert "Adopted." in sauda("run-1")
    assert "Scores of run run-2" in sauda()
    assert score_in_force(retailer) == 720
    assert "It had been adopted before; nothing was changed." in sauda("run-2")
    assert "Run run-2 is reverted; the scores of the run before hold again." in sauda("--revert", "run-2")
    assert score_in_force(retailer) == 700


def test_what_cannot_be_adopted_or_given_back_is_named(server: Server, retailer: UUID) -> None:
    with pytest.raises(NothingPublished):
        sauda()
    publish(server, retailer, "run-1", score=700)
    with pytest.raises(RunNotAdopted, match="run-1"):
        sauda("--revert", "run-1")
    with pytest.raises(Invalid, match="--revert names the run itself"):
        sauda("run-1", "--revert", "run-1")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.05)


def test_a_live_worker_adopts_what_a_run_enqueued(server: Server, retailer: UUID) -> None:
    run_id = publish(server, retailer, "run-1", score=700)
    worker = subprocess.Popen([sys.executable, "-m", "sauda", "worker"], env=dict(os.environ))
    try:

        def lives() -> bool:
            with database.read() as session:
                return bool(jobs.live_workers(session))

        wait_until(lives, "the worker")
        assert run_command.adopted(run_id).startswith("worker-1.v1 takes its scores over")
        database.write(
            lambda session: jobs.enqueue(session, ADOPT_PUBLICATION, run_id, workflow_id=f"adopt-{run_id}")
        )
        wait_until(lambda: score_in_force(retailer) == 700, "the adoption")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=DEADLINE_SECONDS) == 0
    finally:
        worker.kill()
        worker.wait()
    assert "It had been adopted before; nothing was changed." in sauda(run_id)
