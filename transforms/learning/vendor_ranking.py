"""Vendors ranked by what they did for those who ordered, with small samples drawn to the market's mean.

A vendor that filled two orders of two is not better than one that filled 195 of 200. Each share is
therefore the mean of a beta-binomial posterior: (successes + strength × market) / (trials + strength),
where the market is the pooled share of all active vendors and the strength, in trials, follows from how
much vendors really differ (moment estimator of Kleinman 1973). Prices relative to the market are shrunk to
1 in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from transforms.learning.demand_panel import Floats
from transforms.learning.versions import model_version

VERSION = "1.0.0"
RANKED, NOT_RANKED = "ranked", "not ranked"
NO_ORDER = "no order in the window"
IMPORTED_ALONE = "not known: imported orders hold no promise and no refusal"

COUNTS_SCHEMA = {
    "vendor_id": pl.String,
    "orders_imported": pl.Int64,
    "orders_asked": pl.Int64,
    "orders_accepted": pl.Int64,
    "lines_asked": pl.Int64,
    "quantity_asked": pl.Float64,
    "quantity_filled": pl.Float64,
    "deliveries": pl.Int64,
    "deliveries_on_time": pl.Int64,
    "priced_lines": pl.Int64,
    "price_to_market": pl.Float64,
}
RANKING_SCHEMA = {
    "vendor_id": pl.String,
    "grade": pl.String,
    "rank": pl.Int64,
    "score": pl.Float64,
    "fill": pl.Float64,
    "on_time": pl.Float64,
    "acceptance": pl.Float64,
    "price": pl.Float64,
    "orders_asked": pl.Int64,
    "lines_asked": pl.Int64,
    "deliveries": pl.Int64,
    "priced_lines": pl.Int64,
    "reason": pl.String,
    "model_version": pl.String,
    "as_of": pl.Date,
}


@dataclass(frozen=True)
class RankingParameters:
    """Weights of the components and bounds of the shrinkage; a policy of the house, not an estimate."""

    fill_weight: float = 0.35
    on_time_weight: float = 0.30
    acceptance_weight: float = 0.20
    price_weight: float = 0.15
    price_span: float = 0.20
    """A vendor this share cheaper than the market's median gets 100 for price, this share dearer gets 0."""
    strength_default: float = 10.0
    """Trials that the market counts as where vendors are too few to tell how much they differ."""
    strength_min: float = 2.0
    strength_max: float = 100.0
    vendors_min: int = 5
    """Vendors needed to estimate the strength."""


DEFAULTS = RankingParameters()


def rank_vendors(counts: pl.DataFrame, as_of: date, parameters: RankingParameters = DEFAULTS) -> pl.DataFrame:
    """Score and rank every vendor, best first; vendors without an order in the window come last, unscored.

    `counts`, one row per vendor over one window: orders that a file brought, of which no conduct is known, and
    which stand in none of the other counts; orders asked and accepted; lines asked, with the
    quantities asked and filled over them, each line in its own base unit or as shares of a line; deliveries
    and those on time; lines that could be compared with the market's price (`priced_lines`) and their mean
    ratio to its median (`price_to_market`, null without such lines). Components and score are 0 to 100; a
    component on which no vendor has a sample is null and its weight goes to the others. Raises ValueError
    on counts that contradict themselves.
    """
    vendors = _checked(counts).sort("vendor_id")
    version = model_version("vendor-ranking", VERSION, parameters)
    active = vendors.filter(pl.col("orders_asked") > 0)
    scored = _scored(active, parameters)
    idle = vendors.filter(pl.col("orders_asked") == 0).with_columns(
        grade=pl.lit(NOT_RANKED),
        reason=pl.when(pl.col("orders_imported") > 0)
        .then(pl.lit(IMPORTED_ALONE))
        .otherwise(pl.lit(NO_ORDER)),
    )
    ranking = pl.concat([scored, idle], how="diagonal").with_columns(
        model_version=pl.lit(version), as_of=pl.lit(as_of)
    )
    return ranking.select(
        (pl.col(name) if name in ranking.columns else pl.lit(None).alias(name)).cast(kind)
        for name, kind in RANKING_SCHEMA.items()
    ).sort("rank", "vendor_id", nulls_last=True)


def _scored(active: pl.DataFrame, parameters: RankingParameters) -> pl.DataFrame:
    asked = active["quantity_asked"].to_numpy()
    lines = active["lines_asked"].to_numpy().astype(np.float64)
    # Quantities of one line hang together, so the sample is the lines, not the kilos.
    kept = np.minimum(active["quantity_filled"].to_numpy(), asked)
    filled = np.divide(kept, asked, out=np.zeros_like(asked), where=asked > 0)
    components = {
        "fill": _shrunk_share(filled * lines, np.where(asked > 0, lines, 0.0), parameters),
        "on_time": _shrunk_share(
            _numbers(active, "deliveries_on_time"), _numbers(active, "deliveries"), parameters
        ),
        "acceptance": _shrunk_share(
            _numbers(active, "orders_accepted"), _numbers(active, "orders_asked"), parameters
        ),
        "price": _price_share(active, parameters),
    }
    weights = {
        "fill": parameters.fill_weight,
        "on_time": parameters.on_time_weight,
        "acceptance": parameters.acceptance_weight,
        "price": parameters.price_weight,
    }
    known = {name: share for name, share in components.items() if share is not None}
    weight = sum(weights[name] for name in known)
    score = np.zeros(active.height)
    for name, share in known.items():
        score += 100 * share * weights[name] / weight
    return active.with_columns(
        *(
            pl.Series(name, 100 * share if share is not None else [None] * active.height, dtype=pl.Float64)
            for name, share in components.items()
        ),
        # Equal to the sixth digit is equal: no vendor wins by a rounding error.
        score=pl.Series(np.round(score, 6), dtype=pl.Float64),
        grade=pl.lit(RANKED),
        reason=pl.lit(None, dtype=pl.String),
    ).with_columns(rank=pl.col("score").rank("min", descending=True).cast(pl.Int64))


def _numbers(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy().astype(np.float64)


def _shrunk_share(successes: Floats, trials: Floats, parameters: RankingParameters) -> Floats | None:
    """The posterior mean share of each vendor, or None when nobody has a trial."""
    if not trials.sum() > 0:
        return None
    market = float(successes.sum() / trials.sum())
    strength = prior_strength(successes, trials, parameters)
    return np.asarray((successes + strength * market) / (trials + strength))


def prior_strength(successes: Floats, trials: Floats, parameters: RankingParameters = DEFAULTS) -> float:
    """Trials that the market's mean weighs: few where vendors differ much, many where they are alike.

    The spread of shares beyond what chance gives, as an intra-class correlation r; the strength is (1 - r)
    / r.
    """
    tried = trials > 0
    n, x = trials[tried], successes[tried]
    if len(n) < parameters.vendors_min:
        return parameters.strength_default
    total, share = n.sum(), x.sum() / n.sum()
    chance = share * (1 - share)
    freedom = total - (n**2).sum() / total
    if chance <= 0 or freedom <= 0:
        return parameters.strength_default
    # E[Σ n (p̂ - p)²] = (k - 1) · chance · (1 - r) + freedom · chance · r
    spread = float((n * (x / n - share) ** 2).sum()) / chance
    vendors = len(n) - 1
    if freedom <= vendors:
        return parameters.strength_default
    r = (spread - vendors) / (freedom - vendors)
    if r <= 0:
        return parameters.strength_max
    return float(np.clip((1 - r) / r, parameters.strength_min, parameters.strength_max))


def _price_share(active: pl.DataFrame, parameters: RankingParameters) -> Floats | None:
    """0 to 1 by how far below the market a vendor sells; half where its prices are the market's."""
    lines = _numbers(active, "priced_lines")
    if not lines.sum() > 0:
        return None
    ratio = active["price_to_market"].fill_null(1.0).to_numpy()
    shrunk = (lines * ratio + parameters.strength_default) / (lines + parameters.strength_default)
    return np.asarray(np.clip(0.5 + (1.0 - shrunk) / (2 * parameters.price_span), 0.0, 1.0))


def _checked(counts: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in COUNTS_SCHEMA if name not in counts.columns]
    if missing:
        raise ValueError(f"vendor counts lack the column {', '.join(missing)}")
    frame = counts.select(pl.col(name).cast(kind) for name, kind in COUNTS_SCHEMA.items())
    required = [name for name in COUNTS_SCHEMA if name != "price_to_market"]
    rules = {
        "a null where a count is needed": pl.any_horizontal(pl.col(required).is_null()),
        "a negative count": pl.any_horizontal(pl.col(required[1:]) < 0),
        "more orders accepted than asked": pl.col("orders_accepted") > pl.col("orders_asked"),
        "more deliveries on time than made": pl.col("deliveries_on_time") > pl.col("deliveries"),
        "priced lines without a price": (pl.col("priced_lines") > 0) & pl.col("price_to_market").is_null(),
        "a price that is not above zero": ~pl.col("price_to_market").fill_null(1.0).is_finite()
        | (pl.col("price_to_market") <= 0),
    }
    for rule, broken in rules.items():
        bad = frame.filter(broken)
        if bad.height:
            raise ValueError(
                f"vendor {bad['vendor_id'][0]} has {rule}; {bad.height} rows of vendor counts do"
            )
    repeated = frame.filter(pl.col("vendor_id").is_duplicated())
    if repeated.height:
        raise ValueError(f"vendor {repeated['vendor_id'][0]} stands more than once in the vendor counts")
    return frame
