"""What stands in deploy/ speaks of this platform: its metrics, its commands, its settings; each alert has a runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import sauda.worker  # noqa: F401 - registers its figures
import serving.metrics  # noqa: F401 - registers its figures
from foundation.settings import Settings
from sauda.main import COMMANDS
from sauda.worker_health import Work

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RUNBOOKS = ROOT / "docs" / "runbooks"
OF_A_KIND = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def metrics() -> set[str]:
    families = [*REGISTRY.collect(), *Work(()).describe()]
    return {
        f"{family.name}{suffix}"
        for family in families
        if family.name.startswith("sauda_")
        for suffix in OF_A_KIND[family.type]
    }


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    board = json.loads((DEPLOY / "grafana" / "sauda.json").read_text())
    return [rule["expr"] for rule in rules()] + [
        target["expr"] for panel in board["panels"] for target in panel["targets"]
    ]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_that_is_asked_for_exists(expression: str) -> None:
    asked = set(re.findall(r"sauda_\w+", expression))
    assert asked
    assert asked <= metrics()


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    named = {rule["alert"]: rule["annotations"]["runbook"] for rule in rules()}
    assert named == {alert: f"docs/runbooks/{alert}.md" for alert in named}
    assert set(named) == {book.stem for book in RUNBOOKS.glob("*.md")}
    for alert in named:
        book = (RUNBOOKS / f"{alert}.md").read_text()
        assert book.startswith(f"# {alert}\n")
        assert "**What to do.**" in book


def test_the_services_run_commands_and_settings_that_exist() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    commands = {command.name for command in COMMANDS}
    for name, service in services.items():
        if name == "postgres":
            assert service["image"].startswith("postgres:16")
            continue
        assert service["command"][0] in commands
        assert {variable.lower() for variable in service["environment"]} <= set(Settings.model_fields)


def test_the_image_does_not_run_as_root() -> None:
    stages = re.split(r"^FROM ", (DEPLOY / "Dockerfile").read_text(), flags=re.M)[1:]
    assert len(stages) == 2
    assert re.search(r"^USER 10001:10001$", stages[-1], re.M)
    assert not re.search(r"^USER root", stages[-1], re.M)
    assert "--require-hashes" in stages[0]
