"""How often one caller may ask: so many requests of the last minute, counted in this process.

Counted in memory, not in the database: a count that every process shared would cost each request a write.
N processes behind a balancer together let N times as much through (docs/operations.md).
"""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from foundation.errors import TooOften
from foundation.settings import settings

WINDOW_SECONDS: Final = 60
_STANDING: Final = "sauda.rate"


class RequestsTooMany(TooOften):
    """So many requests were made within the last minute that this one was not looked at."""

    code = "requests-too-many"


def count(scope: Scope, kind: str, subject: str) -> None:
    """Count a request of `subject` (a user, a key, an address) of a kind: `reads`, `writes` or `anonymous`.

    Keeps in the request's scope how the subject stands, for the headers of the answer. Raises RequestsTooMany.
    """
    limit = _limit(kind)
    if limit is None:
        return
    limiter = _limiter()
    is_within = limiter.hit(limit, kind, subject)
    stands = limiter.get_window_stats(limit, kind, subject)
    seconds = max(1, math.ceil(stands.reset_time - time.time()))
    scope[_STANDING] = (kind, limit.amount, stands.remaining, seconds)
    if not is_within:
        raise RequestsTooMany(
            f"more than {limit.amount} {kind} requests within a minute; wait {seconds} seconds, and ask for more at "
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
    _limiter.cache_clear()
    _limit.cache_clear()


@lru_cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


@lru_cache
def _limit(kind: str) -> RateLimitItem | None:
    amount = getattr(settings(), f"rate_limit_{kind}")
    return RateLimitItemPerMinute(amount) if amount else None
