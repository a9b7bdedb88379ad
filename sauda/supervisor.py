"""Runs several programs as one: prefixed output, bounded restarts, and a stop that leaves nobody behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

RESTARTS_MAX = 5
"""Crashes in a row after which a part is given up; a minute of good work forgives them."""

_FORGIVEN_AFTER_SECONDS = 60.0
_STOP_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.25
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red")


@dataclass(frozen=True)
class Part:
    """One program. It is ready when `probe` answers; `url` is what a person opens.

    With `after_port`, it starts when something listens there on the loopback.
    """

    name: str
    command: Sequence[str]
    url: str | None = None
    probe: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    after_port: int | None = None


class GaveUp(Exception):
    """A part crashed again and again."""


class Supervisor:
    """Keeps the parts running until it is told to stop."""

    def __init__(self, parts: Sequence[Part], console: Console | None = None) -> None:
        self._console = console or Console(soft_wrap=True, highlight=False)
        self._stopping = threading.Event()
        colours = {part.name: _COLOURS[number % len(_COLOURS)] for number, part in enumerate(parts)}
        width = max(len(part.name) for part in parts)
        self._running = [
            _Running(part, self._prefixed(part.name, width, colours[part.name])) for part in parts
        ]

    def run(self, *, on_ready: Callable[[], object] = lambda: None) -> None:
        """Start all parts, and return when told to stop. Raises GaveUp when one cannot be kept running."""
        announcing = threading.Thread(target=self._announce, args=(on_ready,), daemon=True)
        try:
            announcing.start()
            while not self._stopping.is_set():
                for part in self._running:
                    part.keep_running()
                self._stopping.wait(_LOOK_EVERY_SECONDS)
        finally:
            self._stopping.set()
            stop_all([part.process for part in self._running if part.process is not None])
            for part in self._running:
                part.finish_output()

    def request_stop(self) -> None:
        """Let `run` return. Safe in a signal handler."""
        self._stopping.set()

    def _prefixed(self, name: str, width: int, colour: str) -> Callable[[str], None]:
        def say(line: str) -> None:
            self._console.print(Text(f"{name:>{width}} │ ", style=colour) + Text.from_ansi(line))

        return say

    def _announce(self, on_ready: Callable[[], object]) -> None:
        waiting = [running for running in self._running if running.part.probe]
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            while waiting and not self._stopping.wait(_LOOK_EVERY_SECONDS):
                for running in list(waiting):
                    if _answers(client, str(running.part.probe)):
                        waiting.remove(running)
                        if running.part.url:
                            running.say(f"ready: {running.part.url}")
        if not self._stopping.is_set():
            on_ready()


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code < 500
    except httpx.HTTPError:
        return False


def _listens(port: int | None) -> bool:
    if port is None:
        return True
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Running:
    def __init__(self, part: Part, say: Callable[[str], None]) -> None:
        self.part = part
        self.say = say
        self.process: subprocess.Popen[str] | None = None
        self._crashes = 0
        self._started_at = 0.0
        self._not_before = 0.0
        self._reader: threading.Thread | None = None

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sauda.leash", str(os.getpid()), *self.part.command],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.part.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._copy_output, args=(self.process,), daemon=True)
        self._reader.start()

    def keep_running(self) -> None:
        """Start the part when it may, look whether it ended. Raises GaveUp."""
        if self.process is None:
            if time.monotonic() >= self._not_before and _listens(self.part.after_port):
                self._start()
            return
        code = self.process.poll()
        if code is None:
            return
        # What the part itself had started must not live on beside its successor.
        _signal_group(self.process, signal.SIGKILL)
        ran = time.monotonic() - self._started_at
        self._crashes = 1 if ran > _FORGIVEN_AFTER_SECONDS else self._crashes + 1
        if self._crashes > RESTARTS_MAX:
            raise GaveUp(f"{self.part.name} ended {self._crashes} times in a row, last with {_ending(code)}")
        pause = min(0.5 * 2 ** (self._crashes - 1), 8.0)
        self.say(f"ended with {_ending(code)}; starting it again in {pause:g} s")
        self.process, self._not_before = None, time.monotonic() + pause

    def finish_output(self) -> None:
        if self._reader is not None:
            self._reader.join(timeout=2)

    def _copy_output(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.say(line.rstrip("\n"))


def stop_all(processes: Sequence[subprocess.Popen[Any]], *, within: float = _STOP_SECONDS) -> None:
    """Ask every process group to end, and kill what remains of them after the time given."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + within
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    for process in processes:
        # Also where the leader ended in time: a child of its own may not have.
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
