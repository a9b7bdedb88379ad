"""`sauda up`: API, worker, Dagster and dashboards as children of one supervisor."""

from __future__ import annotations

import signal
import socket
import sys
import sysconfig
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import dashboards
from foundation.errors import Conflict, Invalid, Unavailable
from foundation.settings import Settings, settings
from sauda import dagster_home
from sauda.supervisor import GaveUp, Part, Supervisor

NAMES = ("api", "worker", "dagster", "dashboards")

# `-P`: the folder where somebody stands must not stand in for our packages, or for a library of theirs.
_SAUDA = (sys.executable, "-P", "-m", "sauda")
_DEFINITIONS = "orchestration.definitions"


def up(
    without: str = typer.Option("", help="Parts to leave out: a comma-separated list of " + ", ".join(NAMES)),
) -> None:
    """Run API, worker, Dagster and dashboards until Ctrl-C."""
    run(left_out={name.strip() for name in without.split(",") if name.strip()})


def run(left_out: set[str]) -> None:
    """Run every part but those left out. Raises Invalid, Conflict (a port is taken), Unavailable."""
    if unknown := left_out - set(NAMES):
        raise Invalid(f"no part is called {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    chosen = settings()
    _refuse_taken_ports(chosen, left_out)
    running = parts(chosen, left_out)
    if not running:
        raise Invalid("every part is left out; nothing to run")
    console = Console(soft_wrap=True, highlight=False)
    supervisor = Supervisor(running, console)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.request_stop())
    try:
        supervisor.run(on_ready=lambda: console.print(_addresses(running)))
    except GaveUp as error:
        raise Unavailable(f"{error}; its last lines above say why") from error


def parts(chosen: Settings, left_out: set[str]) -> list[Part]:
    """The programs to run, in the order of their start."""
    found: list[Part] = []
    if "api" not in left_out:
        address = f"http://{_reachable(chosen.api_host)}:{chosen.api_port}"
        found.append(Part("api", [*_SAUDA, "api"], f"{address}/docs", f"{address}/openapi.json"))
    if "worker" not in left_out:
        found.append(Part("worker", [*_SAUDA, "worker"]))
    if "dagster" not in left_out:
        found += _dagster(chosen)
    if "dashboards" not in left_out:
        found.append(_dashboards(chosen))
    return found


def _dagster(chosen: Settings) -> list[Part]:
    environment = dagster_home.environment()
    # One code server for both: each would otherwise load all definitions into a process of its own.
    port = _free_port()
    serve = ["code-server", "start", "-m", _DEFINITIONS, "-h", "127.0.0.1", "-p", str(port)]
    code_server = ["--grpc-host", "127.0.0.1", "--grpc-port", str(port)]
    address = f"http://127.0.0.1:{chosen.dagster_port}"
    web = ["-h", "127.0.0.1", "-p", str(chosen.dagster_port), "--db-pool-max-overflow", "4"]
    return [
        Part("dagster-code", [_script("dagster"), *serve], environment=environment),
        Part(
            "dagster-web",
            [_script("dagster-webserver"), *web, *code_server],
            url=address,
            probe=f"{address}/server_info",
            environment=environment,
            after_port=port,
        ),
        Part(
            "dagster",
            [_script("dagster-daemon"), "run", *code_server],
            environment=environment,
            after_port=port,
        ),
    ]


def _script(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def _dashboards(chosen: Settings) -> Part:
    address = f"http://127.0.0.1:{chosen.dashboards_port}"
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(chosen.dashboards_port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    page = str(Path(dashboards.__path__[0]) / "app.py")
    command = [sys.executable, "-P", "-m", "streamlit", "run", page]
    for name, value in options.items():
        command += [f"--{name}", value]
    return Part("dashboards", command, address, f"{address}/_stcore/health")


def _refuse_taken_ports(chosen: Settings, left_out: set[str]) -> None:
    ports = {"api": "api_port", "dagster": "dagster_port", "dashboards": "dashboards_port"}
    for name, setting in ports.items():
        port = getattr(chosen, setting)
        if name not in left_out and not _is_free(port):
            raise Conflict(
                f"port {port}, wanted for {name}, is taken; end what uses it, set {setting.upper()} to "
                f"another, or leave the part out with --without {name}"
            )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host


def _addresses(running: list[Part]) -> Table:
    table = Table(title="Sauda is up; Ctrl-C stops it")
    table.add_column("part")
    table.add_column("address")
    for part in running:
        if part.url:
            table.add_row(part.name, part.url)
    return table
