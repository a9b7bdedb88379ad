"""Words that nobody here chose, asked for as people were seen to write them: the search keeps finding most."""

from __future__ import annotations

import psycopg
import pytest

from benchmarks import search

pytestmark = [
    pytest.mark.committing,
    pytest.mark.skipif(
        not search.MATCHING.exists(),
        reason=f"no {search.MATCHING}: the names of goods are not beside the project",
    ),
]


def test_a_corner_shops_goods_are_found_however_people_call_and_spell_them(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as admin:
        for shelf in (search.kirana(), search.hindi(100), search.nepali()):
            search.plant(admin, shelf)
            for kind, asked in shelf.asked.items():
                found, _ = search.found_of(shelf, asked, search.WANTED[kind])
                assert found["found"] >= found["wanted"], (kind, found["missed"])
