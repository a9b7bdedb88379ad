"""The table of moves in docs/orders.md is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

from commerce.ordering import states
from commerce.ordering.states import MOVES

DOCUMENT = Path(__file__).parents[2] / "docs" / "orders.md"


def drawn() -> str:
    """The table as the document must show it."""
    rows = ["| verb | by | from | to |", "|---|---|---|---|"]
    for move in MOVES.values():
        cells = (
            move.verb,
            ", ".join(move.sides),
            ", ".join(move.sources),
            move.target or "stays, or as the goods decide",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def test_the_document_draws_the_table_of_the_code() -> None:
    assert drawn() in DOCUMENT.read_text()


def test_the_document_names_every_state() -> None:
    text = DOCUMENT.read_text()
    for row, known in (
        ("order", states.ORDER_STATES),
        ("fulfilment", states.FULFILMENT_STATES),
        ("credit", states.CREDIT_STATES),
        ("payment", states.PAYMENT_STATES),
    ):
        found = re.search(rf"^\| {row} \| ([^|]+) \|", text, re.M)
        assert found is not None, row
        assert tuple(re.findall(r"`(\w+)`", found[1])) == known
