"""The hidden truth of a simulated market, for judging models: a file, in no database and no lake."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulation.places import ROADS
from simulation.policies import true_propensity
from simulation.world import World


def truth_path(home: Path, seed: int) -> Path:
    """Where the truth of a seed stands under `SAUDA_HOME`."""
    return home / "simulation" / f"truth-{seed}.json"


def truth_of(world: World) -> dict[str, Any]:
    """Characters, propensities and shocks; businesses by name, because ids differ from run to run."""
    return {
        "seed": world.seed,
        "start": world.start.isoformat(),
        "until": world.until.isoformat(),
        "untold_effects": [
            "wage and remittance days lift sales in the hills",
            "shops pay on the morning after market day",
            "credit used beyond four fifths makes missed dates likelier, more than in proportion",
            "a shop about to break fills its shelves on credit for three weeks first",
            "a neighbour who breaks strains the town for five weeks",
            "a price well above the last one paid is waited out",
            "vendors short of goods serve their big buyers first",
        ],
        "retailers": [
            {
                "name": shop.name,
                "town": shop.town.name,
                "size": shop.size,
                "default_propensity": true_propensity(world, shop),
                **_plain(asdict(shop.character)),
            }
            for shop in world.retailers
        ],
        "vendors": [
            {"name": vendor.name, "town": vendor.town.name, **_plain(asdict(vendor.character))}
            for vendor in world.vendors
        ],
        "blocked_roads": [
            {
                "road": ROADS[block.road].name,
                "cause": block.cause,
                "first": block.first.isoformat(),
                "last": block.last.isoformat(),
            }
            for block in world.blockages
        ],
        "shortages": [
            {
                "good": world.goods[short.good].code,
                "first": short.first.isoformat(),
                "last": short.last.isoformat(),
                "supply": short.supply,
                "price_rise": short.price_rise,
            }
            for short in world.shortages
        ],
    }


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in facts.items()
    }


def write_truth(world: World, home: Path) -> Path:
    """Write the truth of a world under `home`, over an earlier one of its seed, and return the path."""
    path = truth_path(home, world.seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(truth_of(world), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
