"""How a model is named in the tables of predictions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def model_version(name: str, version: str, parameters: DataclassInstance) -> str:
    """Name, semantic version and a hash of the parameters, as `demand-seasonal_naive 1.0.0+3f2a9c01`.

    The version is raised by hand when the method changes; the hash follows the parameters by itself, so two
    predictions of one version came from the same method and the same settings.
    """
    canonical = json.dumps(asdict(parameters), sort_keys=True, separators=(",", ":"), default=_plain)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:8]
    return f"{name} {version}+{digest}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
