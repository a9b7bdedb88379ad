"""The API as its own process has it: only what the application imports is there."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from sauda.api import application
application()
from foundation.database import Base
keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys]
for key in keys:
    key.column
print(len(keys))
"""


def test_every_reference_between_tables_is_known_to_the_api_by_itself() -> None:
    built = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert int(built.stdout) > 100
