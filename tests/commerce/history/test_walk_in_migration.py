"""The walk-ins of histories that were imported before anything said which party they are."""

from __future__ import annotations

import psycopg
import pytest

import migrations
from tests.commerce.identity.test_migration import world_of_before

__all__ = ["world_of_before"]

pytestmark = pytest.mark.committing


def test_the_walk_in_of_an_older_import_is_known_as_one(world_of_before: str) -> None:
    with psycopg.connect(world_of_before, autocommit=True) as connection:
        for reference in ("trader#walk-in", "trader:7", None):
            connection.execute(
                "INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone, currency,"
                " time_zone, origin, external_ref, joined_at) VALUES (gen_random_uuid(), 'Party', false, true, 'NP',"
                " '', 'NP', 'NPR', 'Asia/Kathmandu', 'imported', %s, now())",
                (reference,),
            )
        migrations.upgrade()
        known = connection.execute("SELECT external_ref FROM app.businesses WHERE is_walk_in").fetchall()
    assert known == [("trader#walk-in",)]
