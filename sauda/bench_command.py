"""`sauda bench NAME`: one measurement as one JSON object, with the machine that it was made on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import psutil
import typer

from foundation.errors import Invalid, Unavailable

BENCHMARKS = {
    "order": "benchmarks.order",
    "order-http": "benchmarks.order_http",
    "bill": "benchmarks.bill",
    "lists": "benchmarks.lists",
    "search": "benchmarks.search",
    "tax": "benchmarks.tax",
    "papers": "benchmarks.papers",
    "risk": "benchmarks.risk",
    "load": "benchmarks.load",
    "ingest": "benchmarks.ingest",
    "import": "benchmarks.import_trade",
    "demand": "benchmarks.demand",
    "jobs": "benchmarks.jobs",
    "reminders": "benchmarks.reminders",
}
"""Each module has `measure() -> dict`; a FileNotFoundError of it says which data set is absent."""


def bench(
    name: str = typer.Argument(..., help=f"One of {', '.join(BENCHMARKS)}, or all."),
    json_file: Path | None = typer.Option(None, "--json", help="Write the object to this file too."),
    sizes: list[str] = typer.Option(
        [],
        "--with",
        help="A size or duration of the benchmark's own, e.g. orders=20000; more than one may be given.",
    ),
) -> None:
    """Measure one thing, or all, and print one JSON object each."""
    if name == "all":
        _measure_all(json_file)
        return
    if name not in BENCHMARKS:
        raise Invalid(f"no benchmark is called {name!r}; use one of {', '.join(BENCHMARKS)}, or all")
    measure = import_module(BENCHMARKS[name]).measure
    try:
        figures = measure(**_numbers(name, sizes, signature(measure).parameters))
    except FileNotFoundError as absent:
        raise Unavailable(str(absent)) from absent
    _print({**figures, "machine": machine()}, json_file)


def _numbers(name: str, sizes: list[str], known: Mapping[str, object]) -> dict[str, float]:
    found: dict[str, float] = {}
    for size in sizes:
        word, _, value = size.partition("=")
        if word not in known or not value.replace(".", "", 1).isdigit():
            raise Invalid(
                f"{size!r} is no size of the benchmark {name!r}; write {'=…, '.join(known) or 'none: it has none'}=…"
            )
        found[word] = int(value) if value.isdigit() else float(value)
    return found


def _measure_all(json_file: Path | None) -> None:
    # A process each: what one benchmark caches and allocates does not weigh on the next.
    results, failed = [], []
    for name in BENCHMARKS:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "sauda", "bench", name], stdout=subprocess.PIPE, check=False
        )
        if ended.returncode == 0:
            results.append(json.loads(ended.stdout))
            sys.stdout.write(f"{ended.stdout.decode()}")
            sys.stdout.flush()
        else:
            failed.append(name)
    if json_file is not None:
        json_file.write_text(json.dumps(results, indent=2) + "\n")
    if failed:
        raise Unavailable(f"not measured: {', '.join(failed)}; the lines above say why")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "cpu": _cpu_name(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _cpu_name() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.partition(":")[2].strip() or platform.machine()


def _print(figures: dict[str, Any], json_file: Path | None) -> None:
    content = json.dumps(figures, indent=2)
    print(content)
    if json_file is not None:
        json_file.write_text(content + "\n")
