"""`sauda api`: the HTTP API under uvicorn."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import uvicorn

import migrations
from foundation.settings import settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def api() -> None:
    """Serve the API on API_HOST and API_PORT until told to stop."""
    migrations.refuse_older()
    chosen = settings()
    uvicorn.run(
        "sauda.api:application",
        factory=True,
        host=chosen.api_host,
        port=chosen.api_port,
        log_config=None,  # the log is structlog's, set up by the command line
        proxy_headers=False,  # whom to believe about where a request came from, TRUSTED_PROXIES alone says
        access_log=False,  # the API logs each request itself, with its correlation id
        timeout_graceful_shutdown=10,
        # Longer than a balancer keeps a connection (60 s as they come), so that none is closed as it is used.
        timeout_keep_alive=75,
    )


def application() -> FastAPI:
    """The application, with all that stays as long as its process kept from the garbage collector.

    A collection that walked it would hold every request of the process up for a quarter of a second.
    """
    from serving.app import create_app

    app = create_app()
    app.openapi()  # kept by the application, and larger than all else of it
    gc.collect()
    gc.freeze()
    return app
