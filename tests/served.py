"""The API over real HTTP, for every folder of tests that speaks to it: its conftest imports these fixtures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from foundation import database
from foundation.embedded_postgres import Server
from serving.app import create_app

Serve = Callable[[FastAPI], AbstractContextManager[str]]

TLS = httpx.create_ssl_context()
"""Of every client, for reading the machine's certificates anew takes longer than most tests."""


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served by uvicorn in a thread of this process."""
    # A thread that asks the database would ask that of whichever test is on, and open it anew when it is gone.
    app.state.looks_for_rates = False
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none", proxy_headers=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the API ended before it began to serve"
        assert time.monotonic() < deadline, "the API did not begin to serve within 30 seconds"
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="session")
def serve(migrated: Server) -> Serve:
    """Serves an application of the test's own."""
    return serving


@pytest.fixture(scope="session")
def api(migrated: Server) -> Iterator[str]:
    """The address of the API."""
    with serving(create_app()) as address:
        yield address
    database.engine().dispose()


@pytest.fixture
def client(api: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api, timeout=30, verify=TLS) as opened:
        yield opened
