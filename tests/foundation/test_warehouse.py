"""One holder of the warehouse at a time, and its name for the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.embedded_postgres import OWNER, WAREHOUSE, Server
from foundation.warehouse import WarehouseBusy, warehouse_lock

pytestmark = pytest.mark.committing

REPOSITORY = Path(__file__).parents[2]
HOLD = """
import sys
from foundation.warehouse import warehouse_lock
with warehouse_lock("sauda run of another", sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_told_who_is_first(server: Server) -> None:
    url = server.url(OWNER, WAREHOUSE)
    with (
        warehouse_lock("sauda run 42", url),
        pytest.raises(WarehouseBusy, match=rf"held by sauda run 42, .* pid {os.getpid()}, since 20\d\d-"),
        warehouse_lock("sauda run 43", url),
    ):
        pass
    with warehouse_lock("sauda run 43", url):
        assert True  # free again


def test_the_lock_of_a_killed_process_is_free(server: Server) -> None:
    url = server.url(OWNER, WAREHOUSE)
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusy, match="sauda run of another"), warehouse_lock("mine", url):
            pass
        child.send_signal(signal.SIGKILL)
    _taken_before_long(url)


def test_the_lock_of_one_database_is_not_that_of_another(server: Server) -> None:
    with (
        warehouse_lock("one", server.url(OWNER, WAREHOUSE)),
        warehouse_lock("other", server.url(OWNER, "sauda")),
    ):
        assert True  # both at once


def _taken_before_long(url: str) -> None:
    import threading
    import time

    deadline = time.monotonic() + 30
    while True:
        try:
            with warehouse_lock("mine", url):
                return
        except WarehouseBusy:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
