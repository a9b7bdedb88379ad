"""Files of a bank that overlap and come in at once."""

from __future__ import annotations

import hashlib
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.credit import bank
from commerce.credit.bank_files import guess, understand
from foundation import sheets
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import asked_of_the_database, market

pytestmark = pytest.mark.committing

LINES = 150


def take_in(business_id: UUID, content: str) -> UUID:
    grid = sheets.grid_of(content.encode(), lines_max=1_000)
    layout = guess(grid)
    return write(
        partial(
            bank.take_in,
            business_id=business_id,
            content_hash=hashlib.sha256(content.encode()).digest(),
            layout=layout,
            reading=understand(grid, layout),
            actor_id=None,
        )
    )


def test_files_with_the_same_lines_in_another_order_do_not_wait_for_each_other(
    migrated: Server, crowd: Crowd
) -> None:
    vendor_id = market().vendor_id
    rows = [f"01/04/2026,UPI {number},5" for number in range(LINES)]

    def file(number: int) -> str:
        # Some banks put the newest day first, some the oldest.
        ordered = rows if number % 2 else rows[::-1]
        return "\n".join([f"Account {number}", "Date,Narration,Deposit", *ordered])

    taken = crowd([partial(take_in, vendor_id, file(number)) for number in range(CALLERS)])
    assert [one for one in taken if not isinstance(one, UUID)] == []
    with read() as session:
        kept = session.execute(
            text("SELECT count(*) FROM app.bank_lines WHERE business_id = :id"), {"id": vendor_id}
        )
        assert kept.scalar_one() == LINES


def test_lines_are_read_for_all_their_files_together(migrated: Server) -> None:
    vendor_id = market().vendor_id
    for day in range(1, 9):
        take_in(vendor_id, f"Account 1\nDate,Narration,Deposit\n{day:02}/04/2026,UPI {day},5")

    def asked_for(lines: int) -> int:
        with read() as session, asked_of_the_database() as sent:
            found = bank.lines_of(session, vendor_id, limit=lines)
        assert [one.narration for one in found] == [f"UPI {day}" for day in range(8, 8 - lines, -1)]
        return len(sent)

    assert asked_for(8) == asked_for(2)
