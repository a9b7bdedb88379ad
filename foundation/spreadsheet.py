"""Reads the first sheet of a spreadsheet in a process of its own, which may take so much memory and time and no more.

A file of a thousand bytes can name a cell sixteen thousand columns and a million rows away; the reader then asks for
room for all cells before it, and the process that ran it ends. That process is this one, never the API.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from io import BytesIO
from typing import Final

import polars as pl

MEMORY_BYTES_MAX: Final = 1_000_000_000
SECONDS_MAX: Final = 30
COLUMNS_MAX: Final = 256
REFUSED: Final = 2
"""Exit code of a reader that says on its standard error why the file is no spreadsheet."""

# The reader's libraries reserve memory for each of their threads; one is enough for a sheet.
_ONE_THREAD: Final = {"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"}


class Unreadable(ValueError):
    """What was sent is no spreadsheet, or is one that asks for too much."""


def first_sheet(content: bytes, *, has_headings: bool, lines_max: int) -> pl.DataFrame:
    """The cells of a spreadsheet's first sheet as texts, `lines_max` lines at most. Raises Unreadable."""
    # -P: nothing that lies in the working folder is taken for a module.
    command = [sys.executable, "-P", "-m", __name__, str(int(has_headings)), str(lines_max)]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=SECONDS_MAX,
            env=os.environ | _ONE_THREAD,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"it was not read within {SECONDS_MAX} seconds") from None
    if done.returncode == REFUSED:
        raise Unreadable(done.stderr.decode(errors="replace").strip())
    if done.returncode:
        raise Unreadable("its cells lie too far apart, or are too many; keep to one table at the top left")
    return pl.read_ipc(BytesIO(done.stdout))


def _read() -> None:
    # Some systems of developers know no such bound; there the time is all that bounds it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import fastexcel  # under the bound

    has_headings, lines_max = sys.argv[1] == "1", int(sys.argv[2])
    try:
        sheet = fastexcel.read_excel(sys.stdin.buffer.read()).load_sheet(
            0, header_row=0 if has_headings else None, dtypes="string"
        )
    except fastexcel.FastExcelError as error:
        sys.stderr.write(str(error).strip().partition("\n")[0])
        raise SystemExit(REFUSED) from None
    frame = sheet.to_polars()
    frame[:lines_max, :COLUMNS_MAX].cast(pl.String).write_ipc(sys.stdout.buffer)


if __name__ == "__main__":
    _read()
