"""History import of real lines: `python -m benchmarks.import_trade` prints one JSON object.

UCI Online Retail (CC BY 4.0, 541,909 lines) goes into an empty SAUDA_HOME by `sauda import trade`, a process of
its own; the home's migration is not counted. `ratio` is the time to the limit of 60 seconds, `memory_ratio` the
process's peak to the limit of 1.5 GiB: both must stay below 1.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from foundation import embedded_postgres

RETAIL = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "retail" / "online_retail.parquet"
LINES = 541_909
SECONDS_MAX = 60
MEMORY_MAX = 1.5 * 2**30
KIB = 2**10  # Linux gives the peak in these


def measure(path: Path = RETAIL) -> dict[str, Any]:
    """Import `path` into a scratch home, twice; the second run must find everything there."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is absent: the import benchmark needs UCI Online Retail as Parquet")
    home = Path(tempfile.mkdtemp(prefix="sauda-bench-"))
    home.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    environment = {**os.environ, "SAUDA_HOME": str(home)}
    for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
        environment.pop(name, None)
    try:
        _run([sys.executable, "-c", "import migrations; migrations.upgrade()"], environment)
        command = [
            sys.executable,
            "-m",
            "sauda",
            "import",
            "trade",
            str(path),
            "--mapping",
            "uci-online-retail",
        ]
        seconds = _run(command, environment)
        # The import is by far the largest child of this process; the server is nobody's child.
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
        again_seconds = _run(command, environment)
    finally:
        embedded_postgres.erase(home)
        shutil.rmtree(home)
    return {
        "name": "import_trade",
        "lines": LINES,
        "seconds": round(seconds, 1),
        "lines_a_second": round(LINES / seconds),
        "peak_memory_mib": round(memory / 2**20),
        "second_run_seconds": round(again_seconds, 1),
        "memory_ratio": round(memory / MEMORY_MAX, 3),
        "ratio": round(seconds / SECONDS_MAX, 3),
    }


def _run(command: list[str], environment: dict[str, str]) -> float:
    """Seconds that a command takes. Raises CalledProcessError with its output."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(measure()))
