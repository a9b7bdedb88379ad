"""A source, a warehouse and a lake of each test's own: databases cloned from a migrated template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from foundation.embedded_postgres import Server
from tests.ingestion.worlds import World, create_database


@pytest.fixture
def make_world(server: Server, migrated_template: str, tmp_path: Path) -> Callable[[], World]:
    def make() -> World:
        suffix = uuid4().hex[:12]
        world = World(server, f"source_{suffix}", f"warehouse_{suffix}", tmp_path / suffix)
        create_database(server, world.database, migrated_template)
        create_database(server, world.warehouse)
        world.folder.mkdir()
        return world

    return make


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    """A migrated source, empty but for its vocabulary, and nothing ingested yet."""
    return make_world()
