"""What may follow from a hit beside the alert, and how far a limit goes down by it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from commerce.risk.errors import BoundsInvalid, RuleInvalid
from commerce.risk.models import EFFECTS, LOWERINGS

DAYS_BETWEEN_MAX: Final = 365


@dataclass(frozen=True)
class Effect:
    """What a rule does to a pair that it hits. A limit goes down by an amount, a part of it, or to what is owed."""

    kind: str = "alert"
    lower_by: str | None = None
    lower_paisa: int | None = None
    lower_percent: Decimal | None = None

    def check(self) -> None:
        """Raises RuleInvalid, which names what is missing or too much."""
        if self.kind not in EFFECTS:
            raise RuleInvalid(f"a rule does not {self.kind!r}; let it {', '.join(EFFECTS)}")
        if (self.kind == "lower-limit") != (self.lower_by is not None):
            raise RuleInvalid(
                f"only lowering a limit is by something; with `lower-limit` give one of {', '.join(LOWERINGS)}, "
                "else nothing"
            )
        if self.lower_by is not None and self.lower_by not in LOWERINGS:
            raise RuleInvalid(f"a limit is not lowered by {self.lower_by!r}; use {', '.join(LOWERINGS)}")
        if (self.lower_by == "step") != (self.lower_paisa is not None) or (self.lower_by == "percent") != (
            self.lower_percent is not None
        ):
            raise RuleInvalid(
                "`step` goes with an amount, `percent` with a percentage, `to-owed` with neither"
            )
        if self.lower_paisa is not None and self.lower_paisa <= 0:
            raise RuleInvalid(f"a step of {self.lower_paisa} paisa lowers nothing; give more than zero")
        if self.lower_percent is not None and not 0 < self.lower_percent <= 100:
            raise RuleInvalid(
                f"a limit is not lowered by {self.lower_percent} %; give more than 0, at most 100"
            )


ALERT: Final = Effect()


@dataclass(frozen=True)
class Bounds:
    """How far rules may lower the limits of a vendor; see `commerce.risk.models.RiskBounds`."""

    is_on: bool
    floor_paisa: int
    step_max_percent: Decimal
    days_between: int

    def check(self) -> None:
        """Raises BoundsInvalid."""
        if self.floor_paisa < 0:
            raise BoundsInvalid(f"a floor of {self.floor_paisa} paisa is below zero; give 0 or more")
        if not 0 < self.step_max_percent <= 100:
            raise BoundsInvalid(
                f"{self.step_max_percent} % at once is out of bounds; give more than 0, at most 100"
            )
        if not 1 <= self.days_between <= DAYS_BETWEEN_MAX:
            raise BoundsInvalid(
                f"{self.days_between} days between two changes are out of bounds; give 1 to {DAYS_BETWEEN_MAX}"
            )

    def rests(self, last_set_at: datetime, now: datetime) -> bool:
        """Whether a limit that was set then is not to be lowered yet."""
        return now < last_set_at + timedelta(days=self.days_between)


def lowered(limit_paisa: int, exposed_paisa: int, effect: Effect, bounds: Bounds) -> int:
    """The limit after an automatic change: what the effect wants, as far as the bounds let it.

    Never above the limit of before, nor below the floor unless that was. Parts of a paisa stay with the retailer.
    """
    wanted = {
        "step": limit_paisa - (effect.lower_paisa or 0),
        "percent": limit_paisa - int(limit_paisa * (effect.lower_percent or 0) / 100),
        "to-owed": exposed_paisa,
    }[effect.lower_by or "to-owed"]
    least = limit_paisa - int(limit_paisa * bounds.step_max_percent / 100)
    return min(limit_paisa, max(wanted, least, bounds.floor_paisa))
