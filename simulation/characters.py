"""The kinds of shops and wholesalers and how each behaves. Hidden from everything but the truth file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from numpy.random import Generator


@dataclass(frozen=True)
class Payer:
    """How a shop pays. `miss`: chance to let a due date pass in a calm time; `breaks_on` ends its paying."""

    kind: str
    delay_days: float
    spread_days: float
    miss: float
    part_payment: float
    stress_sensitivity: float
    price_sensitivity: float
    loyalty: float
    breaks_on: date | None


@dataclass(frozen=True)
class Seller:
    """How a wholesaler serves. Chances are per order; `cover_days` is the stock it aims at."""

    kind: str
    answer_hours: float
    decline: float
    short_delivery: float
    late: float
    late_days: float
    cover_days: float
    sees_festivals: bool
    strictness: float


#             share, delay, spread, miss, part payment, stress sensitivity
_PAYERS = {
    "steady": (0.46, -2.0, 1.5, 0.010, 0.03, 0.6),
    "slow": (0.22, 5.0, 4.0, 0.040, 0.08, 0.8),
    "seasonal": (0.14, -1.0, 3.0, 0.030, 0.10, 1.8),
    "stretched": (0.12, 2.0, 5.0, 0.110, 0.25, 1.4),
    "failing": (0.06, 3.0, 4.0, 0.080, 0.20, 1.2),
}
#             share, answer hours, decline, short, late, late days, cover, sees festivals
_SELLERS = {
    "punctual": (0.35, 1.5, 0.008, 0.03, 0.04, 1.0, 20.0, True),
    "ordinary": (0.35, 4.0, 0.025, 0.08, 0.12, 1.6, 15.0, True),
    "overstretched": (0.18, 9.0, 0.080, 0.18, 0.30, 2.4, 10.0, False),
    "careless": (0.12, 6.0, 0.040, 0.28, 0.22, 2.0, 12.0, False),
}


def _kind(rng: Generator, shares: dict[str, float]) -> str:
    total = sum(shares.values())
    return str(rng.choice(list(shares), p=[share / total for share in shares.values()]))


def draw_payer(rng: Generator, *, start: date, days: int) -> Payer:
    """A shop's character; a failing one breaks somewhere in the simulated time."""
    kind = _kind(rng, {name: row[0] for name, row in _PAYERS.items()})
    _, delay, spread, miss, part, sensitivity = _PAYERS[kind]
    breaks_after = int(rng.integers(days // 5, max(days - 10, days // 5 + 1)))
    jitter = float(rng.lognormal(0, 0.25))
    return Payer(
        kind=kind,
        delay_days=delay * jitter,
        spread_days=spread * jitter,
        miss=min(miss * float(rng.lognormal(0, 0.4)), 0.5),
        part_payment=part,
        stress_sensitivity=sensitivity * float(rng.lognormal(0, 0.2)),
        price_sensitivity=float(rng.uniform(4, 14)),
        loyalty=float(rng.uniform(0.05, 0.5)),
        breaks_on=date.fromordinal(start.toordinal() + breaks_after) if kind == "failing" else None,
    )


def draw_seller(rng: Generator) -> Seller:
    """A wholesaler's character."""
    kind = _kind(rng, {name: row[0] for name, row in _SELLERS.items()})
    _, answer, decline, short, late, late_days, cover, sees = _SELLERS[kind]
    jitter = float(rng.lognormal(0, 0.2))
    return Seller(
        kind=kind,
        answer_hours=answer * jitter,
        decline=decline * jitter,
        short_delivery=short * jitter,
        late=min(late * jitter, 0.8),
        late_days=late_days,
        cover_days=cover * 1.25 * float(rng.lognormal(0, 0.15)),
        sees_festivals=sees,
        strictness=float(rng.uniform(0.5, 1.5)),
    )
