"""Credits settle debits oldest first; the function alone."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from commerce.ledger.settlement import settle_oldest_first
from foundation.ids import uuid7s

AMOUNTS = st.lists(st.integers(1, 10**9), max_size=8)


def named(amounts: list[int]) -> list[tuple[UUID, int]]:
    return list(zip(uuid7s(len(amounts)), amounts, strict=True))


@given(AMOUNTS, AMOUNTS)
def test_as_much_is_settled_as_both_sides_allow(credits: list[int], debits: list[int]) -> None:
    settled = settle_oldest_first(named(credits), named(debits))
    assert sum(part.amount_paisa for part in settled) == min(sum(credits), sum(debits))
    assert all(part.amount_paisa > 0 for part in settled)


@given(AMOUNTS, AMOUNTS)
def test_no_item_is_settled_beyond_its_amount_and_none_before_an_older_one(
    credits: list[int], debits: list[int]
) -> None:
    given_credits, given_debits = named(credits), named(debits)
    used, paid = Counter[UUID](), Counter[UUID]()
    for part in settle_oldest_first(given_credits, given_debits):
        used[part.credit_item_id] += part.amount_paisa
        paid[part.debit_item_id] += part.amount_paisa
    for items, taken in ((given_credits, used), (given_debits, paid)):
        is_open_before = False
        for item_id, amount in items:
            assert taken[item_id] <= amount
            assert not (is_open_before and taken[item_id]), "a younger item was settled before an older one"
            is_open_before = is_open_before or taken[item_id] < amount


@given(AMOUNTS, AMOUNTS)
def test_one_pair_is_settled_by_one_row(credits: list[int], debits: list[int]) -> None:
    settled = settle_oldest_first(named(credits), named(debits))
    pairs = [(part.credit_item_id, part.debit_item_id) for part in settled]
    assert len(pairs) == len(set(pairs))
