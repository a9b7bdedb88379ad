"""The sliding window behind the rate limits, by a clock of the test's own."""

from __future__ import annotations

import random
from itertools import accumulate

from serving.rates import WINDOW_SECONDS, SlidingWindow

KEY = ("reads", "somebody")


def test_no_sixty_seconds_hold_more_than_twice_and_no_minute_more_than_the_limit() -> None:
    draw = random.Random(7)
    window, amount = SlidingWindow(), 10
    taken = [
        at
        for at in accumulate(draw.expovariate(1.0) for _ in range(3000))
        if window.hit(KEY, amount, at)[0] >= 0
    ]
    for minute in range(int(taken[-1] // WINDOW_SECONDS) + 1):
        assert sum(1 for at in taken if at // WINDOW_SECONDS == minute) <= amount
    # Asked far more often than allowed, it lets about as much through as it may.
    assert len(taken) > 0.8 * amount * taken[-1] / WINDOW_SECONDS
    for first in taken:
        assert sum(1 for at in taken if first <= at < first + WINDOW_SECONDS) < 2 * amount


def test_who_waits_as_long_as_told_is_let_in_and_who_comes_before_is_not() -> None:
    for at in (0.0, 12.5, 59.0, 60.5, 95.0):
        for earlier in (0, 3, 5):
            window = SlidingWindow()
            for _ in range(earlier):
                window.hit(KEY, 5, 1.0)
            left, wait = 0, 0.0
            while left >= 0:
                left, wait = window.hit(KEY, 5, at)
            assert window.hit(KEY, 5, at + wait - 0.01)[0] == -1
            assert window.hit(KEY, 5, at + wait + 0.01)[0] >= 0


def test_one_does_not_use_up_what_another_may() -> None:
    window = SlidingWindow()
    assert [window.hit(KEY, 2, 5.0)[0] for _ in range(3)] == [1, 0, -1]
    assert window.hit(("writes", "somebody"), 2, 5.0)[0] == 1
    assert window.hit(("reads", "another"), 2, 5.0)[0] == 1


def test_what_is_older_than_two_minutes_counts_no_more() -> None:
    window = SlidingWindow()
    for _ in range(5):
        window.hit(KEY, 5, 59.9)
    assert window.hit(KEY, 5, 60.0)[0] == -1
    assert window.hit(KEY, 5, 180.0)[0] == 4
