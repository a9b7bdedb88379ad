"""How often one caller may ask: so many requests of the last minute, counted in this process.

Counted in memory, not in the database: a count that every process shared would cost each request a write.
N processes behind a balancer together let N times as much through (docs/operations.md). Counted by ourselves: the
usual library walks all its keys in a new thread some hundred times a second, 7 % of what the API does.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from starlette.types import Scope

from foundation.errors import TooOften
from foundation.settings import settings

WINDOW_SECONDS: Final = 60
_STANDING: Final = "sauda.rate"


class RequestsTooMany(TooOften):
    """So many requests were made within the last minute that this one was not looked at."""

    code = "requests-too-many"


@dataclass
class SlidingWindow:
    """Counts of this minute and of the one before, which weighs as much as of it lies within the last 60 seconds.

    Two counters whatever the number of callers, and nothing to clean up: what is older falls away with its minute.
    Only the event loop counts, so there is no lock.
    """

    _minute: int = 0
    _this: Counter[tuple[str, str]] = field(default_factory=Counter)
    _before: Counter[tuple[str, str]] = field(default_factory=Counter)

    def hit(self, key: tuple[str, str], amount: int, now: float) -> tuple[int, float]:
        """Count a request at `now` if there is room: what is left, -1 if there was none, and the seconds to wait.

        To wait until the next one has room, if there was none; else until this minute ends.
        """
        minute, elapsed = divmod(now, WINDOW_SECONDS)
        if minute != self._minute:
            self._before = self._this if minute == self._minute + 1 else Counter()
            self._this, self._minute = Counter(), int(minute)
        before, this = self._before[key], self._this[key]
        weighed = before * (1 - elapsed / WINDOW_SECONDS) + this
        rest = WINDOW_SECONDS - elapsed
        if weighed + 1 > amount:
            if this < amount:  # room comes while the minute before falls away
                return -1, WINDOW_SECONDS * (1 - (amount - 1 - this) / before) - elapsed
            return -1, rest + WINDOW_SECONDS * (1 - (amount - 1) / this)
        self._this[key] = this + 1
        return int(amount - weighed - 1), rest


def count(scope: Scope, kind: str, subject: str) -> None:
    """Count a request of `subject` (a user, a key, an address) of a kind: `reads`, `writes` or `anonymous`.

    Keeps in the request's scope how the subject stands, for the headers of the answer. Raises RequestsTooMany.
    """
    amount = _limit(kind)
    if not amount:
        return
    left, wait = _window().hit((kind, subject), amount, time.time())
    seconds = max(1, math.ceil(wait))
    scope[_STANDING] = (kind, amount, max(0, left), seconds)
    if left < 0:
        raise RequestsTooMany(
            f"more than {amount} {kind} requests within a minute; wait {seconds} seconds, and ask for more at "
            "once (a page has up to 200 rows, an order in bulk 500)",
            retry_after_seconds=seconds,
        )


def count_stranger(scope: Scope) -> None:
    """Count a request that does not say who asks, by its address. Raises RequestsTooMany."""
    # Behind trusted proxies the address is the one that they tell.
    count(scope, "anonymous", scope["client"][0] if scope.get("client") else "nowhere")


def headers(scope: Scope) -> dict[str, str]:
    """What an answer says of the limit that its request was counted under (draft-ietf-httpapi-ratelimit-headers)."""
    if _STANDING not in scope:
        return {}
    kind, amount, remaining, seconds = scope[_STANDING]
    return {
        "RateLimit-Policy": f'"{kind}";q={amount};w={WINDOW_SECONDS}',
        "RateLimit": f'"{kind}";r={remaining};t={seconds}',
    }


def forget() -> None:
    """Begin to count anew, by the settings of now."""
    _window.cache_clear()
    _limit.cache_clear()


@lru_cache
def _window() -> SlidingWindow:
    return SlidingWindow()


@lru_cache
def _limit(kind: str) -> int:
    return int(getattr(settings(), f"rate_limit_{kind}"))
