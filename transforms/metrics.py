"""The definitions of `metrics/*.yml`, checked against what dbt says its marts have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from foundation.metrics import Metric, MetricInvalid

FOLDER = Path(__file__).with_name("metrics")


def load(manifest: Mapping[str, Any], folder: Path = FOLDER) -> list[Metric]:
    """Every metric, by name. `manifest` is dbt's `manifest.json`.

    Raises MetricInvalid for a mart or column that dbt does not know, and for a name that is given twice.
    """
    marts = {
        node["name"]: set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
    }
    found: dict[str, Metric] = {}
    for file in sorted(folder.glob("*.yml")):
        for definition in yaml.safe_load(file.read_text()):
            metric = Metric.from_dict(definition)
            if metric.name in found:
                raise MetricInvalid(f"metric {metric.name} is defined twice; the second time in {file.name}")
            if metric.mart not in marts:
                raise MetricInvalid(
                    f"metric {metric.name}: there is no mart {metric.mart!r}; use one of {sorted(marts)}"
                )
            if unknown := metric.columns - marts[metric.mart]:
                raise MetricInvalid(f"metric {metric.name}: {metric.mart} has no column {sorted(unknown)}")
            found[metric.name] = metric
    return [found[name] for name in sorted(found)]


def as_json(metrics: Sequence[Metric]) -> str:
    """The text of `metrics.json`."""
    return json.dumps([metric.as_dict() for metric in metrics], indent=1)
