"""A process that ingests without end, to be killed: SOURCE_URL WAREHOUSE_URL FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import uuid4

from obstore.store import LocalStore

from foundation.object_store import ObjectStore
from ingestion.run import ingest


def main() -> None:
    """Print a line when ready and after each run."""
    source_url, warehouse_url, folder = sys.argv[1:]
    store = ObjectStore(folder, LocalStore(Path(folder), mkdir=True))
    print("ready", flush=True)
    while True:
        ingest(str(uuid4()), source_url=source_url, warehouse_url=warehouse_url, store=store)
        print("done", flush=True)


if __name__ == "__main__":
    main()
