"""A home that lasts as long as one benchmark, and processes of the API over it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from foundation import database, embedded_postgres
from foundation.settings import Settings, settings

STARTED_WITHIN_SECONDS = 180.0
UNHINDERED = {"RATE_LIMIT_READS": "1000000", "RATE_LIMIT_WRITES": "1000000"}
"""Limits per user that a few users who never rest do not reach; they are counted as ever."""


@contextmanager
def scratch_home() -> Iterator[Path]:
    """A `SAUDA_HOME` of its own with nothing of the caller's environment; erased in the end."""
    before = dict(os.environ)
    home = Path(tempfile.mkdtemp(prefix="sauda-bench-"))
    home.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    for name in Settings.model_fields:
        if name != "sauda_postgres_bin":
            os.environ.pop(name.upper(), None)
    os.environ |= {"SAUDA_HOME": str(home), "SAUDA_ENV_FILE": os.devnull}
    # A handful of callers ask as much as thousands would.
    os.environ |= dict.fromkeys(("RATE_LIMIT_READS", "RATE_LIMIT_WRITES", "RATE_LIMIT_ANONYMOUS"), "0")
    _forget()
    try:
        yield home
    finally:
        database.forget_pool()
        embedded_postgres.erase(home)
        shutil.rmtree(home)
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    settings.cache_clear()
    database.forget_pool()


@contextmanager
def api_processes(home: Path, count: int, **environment: str) -> Iterator[list[str]]:
    """The addresses of `count` processes of the API over the home, as `sauda api` starts them."""
    ports = _free_ports(count)
    with ExitStack() as running:
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        started = [
            running.enter_context(
                process(home, f"api-{port}", ["api"], {"API_PORT": str(port), **UNHINDERED, **environment})
            )
            for port in ports
        ]
        for address, one in zip(addresses, started, strict=True):
            _await_answer(f"{address}/api/v1/products", one)
        yield addresses


@contextmanager
def process(
    home: Path, name: str, command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A command of `sauda` beside us, its log in the home; told to stop in the end, and ended if it does not."""
    with (
        (home / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "sauda", *command],
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:
                running.kill()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as bound:
        sockets = [bound.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _await_answer(url: str, answering: subprocess.Popen[bytes]) -> None:
    # Any answer will do: without a token it is a refusal.
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while True:
        try:
            httpx.get(url, timeout=5)
            return
        except httpx.TransportError as error:
            if answering.poll() is not None:
                raise RuntimeError(f"the process for {url} ended with {answering.returncode}") from error
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def percentile(values: Sequence[float], percent: int) -> float:
    """The least of the values that `percent` of a hundred do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
