"""`sauda demo` never keeps half a market."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

import migrations
from commerce.history import markets
from foundation import embedded_postgres
from foundation.database import read, write
from sauda import demo
from simulation.play import MarketBrokenOff, simulate
from tests.commerce import factories
from tests.conftest import forget_connections

pytestmark = pytest.mark.committing

UNTIL = "2026-06-30"
SMALL = ("--vendors", "3", "--retailers", "4", "--days", "7", "--until", UNTIL)
DEADLINE_SECONDS = 120


@pytest.fixture
def fresh_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with an embedded server of its own."""
    home = tmp_path_factory.mktemp("demo")
    for folder in (home, home.parent):
        folder.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    monkeypatch.setenv("SAUDA_HOME", str(home))
    forget_connections()
    yield home
    forget_connections()
    embedded_postgres.erase(home)


def orders() -> int:
    with read() as session:
        return int(session.execute(text("SELECT count(*) FROM app.orders")).scalar_one())


@pytest.mark.slow
def test_a_market_that_was_killed_is_made_anew_and_a_whole_one_is_kept(
    fresh_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    migrations.upgrade()
    playing = subprocess.Popen(
        [sys.executable, "-m", "sauda", "simulate", *SMALL, "--days", "400"], env=dict(os.environ)
    )
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while orders() < 5:
            assert playing.poll() is None, "the simulation ended before it could be killed"
            assert time.monotonic() < deadline, f"no order within {DEADLINE_SECONDS} s"
            threading.Event().wait(0.05)
    finally:
        playing.send_signal(signal.SIGKILL)
        playing.wait()
    with read() as session:
        assert markets.played(session).broken_off is not None
    again = subprocess.run(
        [sys.executable, "-m", "sauda", "simulate", *SMALL], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "was broken off, and half a market cannot be gone on with" in again.stderr
    demo.make_market(*SMALL)
    assert "was broken off before its end; it is made anew" in capfd.readouterr().out
    with read() as session:
        assert markets.played(session) == markets.Markets(1, None)
    made = orders()
    demo.make_market(*SMALL)
    assert "it is kept" in capfd.readouterr().out
    assert orders() == made


def test_half_a_market_beside_anothers_trade_is_never_erased(own_world: str) -> None:
    factories.market()
    write(lambda session: markets.begin(session, seed=7, until=datetime(2026, 6, 30, tzinfo=UTC).date()))
    with pytest.raises(
        MarketBrokenOff, match="set another SAUDA_HOME, or delete every database of this home"
    ):
        demo.make_market(*SMALL)
    with pytest.raises(MarketBrokenOff):
        simulate(
            seed=8, vendors=3, retailers=4, days=7, until=datetime(2026, 6, 30, tzinfo=UTC).date(),
            home=Path(), another=True,
        )  # fmt: skip
    with read() as session:
        assert session.execute(text("SELECT count(*) FROM app.businesses")).scalar_one() == 2
