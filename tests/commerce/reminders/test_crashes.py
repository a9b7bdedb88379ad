"""Whoever says reminders dies in the middle: none is lost, and none is said twice."""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from foundation.database import read
from tests.commerce.reminders.conftest import Shop, remind

pytestmark = [pytest.mark.committing, pytest.mark.slow]

REMINDERS = 120


@pytest.mark.parametrize("seed", range(3))
def test_killed_anywhere_it_loses_none_and_says_none_twice(shop: Shop, seed: int) -> None:
    made = [
        shop.wants(
            "custom", customer_id=shop.customer(f"Customer {at}"), text=f"Note {at}", hours=1 + at / 1e4
        )
        for at in range(REMINDERS)
    ]
    shop.now += timedelta(hours=2)
    draw = random.Random(seed)
    deaths = 0
    while deaths < 4:
        worker = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("remind_under_test.py")), shop.now.isoformat()],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        try:
            assert worker.stdout is not None
            if not worker.stdout.readline():
                break  # nothing was left to be said
            # Somewhere within one of the next transactions, at a moment that the seed draws.
            select.select([], [], [], draw.uniform(0.005, 0.08))
        finally:
            worker.kill()
            worker.wait()
            assert worker.stdout is not None
            worker.stdout.close()
        deaths += 1
    assert deaths > 1
    _said_and_marked_agree(shop)
    with shop.at_its_time():
        remind(shop.now)
    assert Counter(shop.keys) == Counter(f"reminder:{one}:1" for one in made)
    assert {shop.became(one)[0] for one in made} == {"sending"}
    shop.carried("sent")
    assert {shop.became(one)[0] for one in made} == {"sent"}


def _said_and_marked_agree(shop: Shop) -> None:
    with read((shop.id,)) as session:
        odd = session.execute(
            text("""
                SELECT count(*) FROM app.reminders reminder
                FULL JOIN app.shop_messages message ON message.id = reminder.message_id
                WHERE coalesce(reminder.business_id, message.business_id) = :id
                  AND (reminder.state = 'sending') IS DISTINCT FROM (message.id IS NOT NULL)
            """),
            {"id": shop.id},
        ).scalar_one()
    assert odd == 0
