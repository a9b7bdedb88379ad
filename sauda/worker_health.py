"""A worker's own port: `/health` for whoever starts it again, `/metrics` for Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from foundation import database, jobs
from foundation.errors import Unavailable
from foundation.seals import Chain

Health = Callable[[], str | None]
"""None while all is well, or else what is wrong."""


class Work(Collector):
    """How the work of all workers stands, asked of the database at each scrape."""

    def __init__(self, chains: tuple[Chain, ...]) -> None:
        self._chains = chains

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name the figures without asking the database, so that they can be registered before it answers."""
        yield GaugeMetricFamily("sauda_database_up", "Whether the database answers this worker")
        yield GaugeMetricFamily("sauda_workers", "Workers that hold a name")
        yield GaugeMetricFamily("sauda_jobs_waiting", "Workflows that could start and did not")
        yield GaugeMetricFamily("sauda_jobs_oldest_waiting_seconds", "How long the oldest of them waits")
        yield GaugeMetricFamily("sauda_jobs_failed", "Workflows that need a person")
        yield GaugeMetricFamily(
            "sauda_unsealed_oldest_seconds", "How long the oldest entry waits for its seal", labels=["chain"]
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures of now; where the database does not answer, only that."""
        up, workers, waiting, oldest, failed, unsealed = self.describe()
        try:
            with database.read() as session:
                work = jobs.health(session)
                for chain in self._chains:
                    unsealed.add_metric([chain.name], chain.waiting(session).oldest_seconds)
        except Unavailable:
            up.add_metric([], 0)
            yield up
            return
        for family, value in (
            (up, 1.0),
            (workers, len(work.workers)),
            (waiting, work.waiting),
            (oldest, work.oldest_waiting_seconds or 0.0),
            (failed, work.failed),
        ):
            family.add_metric([], value)
            yield family
        yield unsealed


@contextmanager
def answering(port: int | None, health: Health, chains: tuple[Chain, ...]) -> Iterator[int | None]:
    """Answer on all addresses at `port` until the block ends; where none is set, do nothing."""
    if port is None:
        yield None
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest())
            elif self.path == "/health":
                wrong = health()
                status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
                self._answer(status, "text/plain; charset=utf-8", (wrong or "ok").encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/health or /metrics")

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: they are not told."""

    work = Work(chains)
    REGISTRY.register(work)
    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        REGISTRY.unregister(work)
