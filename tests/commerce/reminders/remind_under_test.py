"""Says what is due, a few reminders per transaction, until it is killed: `python remind_under_test.py NOW`."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial

import commerce.tables  # noqa: F401 - the foreign keys of one slice point into others
from commerce.reminders import sending
from foundation import clock
from foundation.database import write


def main() -> None:
    """Count each transaction on a line of its own."""
    now = datetime.fromisoformat(sys.argv[1])
    with clock.at(now):
        while count := write(partial(sending.reminders_due, now=now, limit=4)):
            print(count, flush=True)


if __name__ == "__main__":
    main()
