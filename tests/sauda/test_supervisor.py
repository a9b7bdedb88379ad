"""Parts are kept running, given up when they cannot be, and never left behind."""

from __future__ import annotations

import io
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from foundation.settings import settings
from sauda import up
from sauda.supervisor import GaveUp, Part, Supervisor

pytestmark = pytest.mark.committing

DEADLINE_SECONDS = 60


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.02)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


# A part with a child of its own, which does not listen when it is asked to end.
WITH_A_STUBBORN_CHILD = """
import pathlib, subprocess, sys, threading
deaf = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); threading.Event().wait()"
child = subprocess.Popen([sys.executable, "-c", deaf])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
threading.Event().wait()
"""


class Running:
    """A supervisor in a thread, with its output."""

    def __init__(self, *parts: Part) -> None:
        self.output = io.StringIO()
        self.supervisor = Supervisor(parts, Console(file=self.output, soft_wrap=True, highlight=False))
        self.ready = threading.Event()
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.supervisor.run(on_ready=self.ready.set)
        except GaveUp as error:
            self.error = error

    def stop(self) -> str:
        self.supervisor.request_stop()
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()
        return self.output.getvalue()


def test_output_is_prefixed_with_the_part_that_said_it() -> None:
    running = Running(
        Part("api", python("print('hello'); import threading; threading.Event().wait()")),
        Part("worker", python("print('working'); import threading; threading.Event().wait()")),
    )
    wait_for(
        lambda: "working" in running.output.getvalue() and "hello" in running.output.getvalue(), "output"
    )
    lines = running.stop().splitlines()
    assert "   api │ hello" in lines
    assert "worker │ working" in lines


def test_a_crashed_part_is_started_again_and_its_crash_is_said(tmp_path: Path) -> None:
    marker = tmp_path / "second"
    code = (
        "import pathlib, sys, threading; marker = pathlib.Path(sys.argv[1])\n"
        "if marker.exists(): print('back again'); threading.Event().wait()\n"
        "marker.touch(); sys.exit(7)"
    )
    running = Running(Part("api", [*python(code), str(marker)]))
    wait_for(lambda: "back again" in running.output.getvalue(), "the second start")
    assert "ended with exit code 7; starting it again" in running.stop()


def test_a_part_that_cannot_be_kept_running_is_given_up_and_takes_the_others_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sauda.supervisor.RESTARTS_MAX", 1)
    note = tmp_path / "pid"
    running = Running(
        Part("broken", python("raise SystemExit(3)")),
        Part("whole", [*python(WITH_A_STUBBORN_CHILD), str(note)]),
    )
    wait_for(lambda: running.error is not None, "giving up")
    running.stop()
    assert "broken ended 2 times in a row, last with exit code 3" in str(running.error)
    if note.exists():
        wait_for(lambda: not psutil.pid_exists(int(note.read_text())), "the end of the other part's child")


def test_a_stop_ends_the_children_of_parts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "pid"
    running = Running(Part("api", [*python(WITH_A_STUBBORN_CHILD), str(note)]))
    wait_for(lambda: note.exists() and note.read_text(), "the child")
    child = int(note.read_text())
    assert psutil.pid_exists(child)
    running.stop()
    wait_for(lambda: not psutil.pid_exists(child), "the child's end")


def test_a_part_waits_for_the_port_it_needs() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        running = Running(
            Part(
                "first",
                python("print('first is there', flush=True); import threading; threading.Event().wait()"),
            ),
            Part("second", python("print('second is there')"), after_port=port),
        )
        wait_for(lambda: "first is there" in running.output.getvalue(), "the first part")
        assert "second is there" not in running.output.getvalue()
        server.listen()
        wait_for(lambda: "second is there" in running.output.getvalue(), "the second part")
        running.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with a killed parent")
def has_ended(pid: int) -> bool:
    """Whether a process is gone; one that nobody has reaped yet has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_parts_of_a_killed_supervisor_end(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    part = "import os, pathlib, sys, threading; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); " + (
        "threading.Event().wait()"
    )
    command = [*python(part), str(note)]
    code = f"from sauda.supervisor import Part, Supervisor; Supervisor([Part('api', {command!r})]).run()"
    supervisor = subprocess.Popen(python(code))
    wait_for(lambda: note.exists() and note.read_text(), "the part")
    pid = int(note.read_text())
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    wait_for(lambda: has_ended(pid), "the part's end")


def test_the_folder_where_one_stands_does_not_stand_in_for_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sauda").mkdir()
    (tmp_path / "sauda" / "__init__.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)
    [api] = up.parts(settings(), {"worker", "dagster", "dashboards"})
    helped = subprocess.run([*api.command, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
