"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import commerce
import foundation
import ingestion
import orchestration
import serving
import simulation
from commerce import subscriptions
from foundation import errors, events
from foundation.errors import DomainError
from foundation.events import DomainEvent

ROOT = Path(__file__).parents[2]
ROOMS = ("foundation", "commerce", "ingestion", "transforms", "orchestration", "serving", "dashboards", "simulation",
         "sauda", "migrations")  # fmt: skip

COMMITS_ELSEWHERE = {
    "migrations/env.py": "a migration is its own transaction, as the role that owns the schema",
    "simulation/trade.py": "keeps a setting of the session, when a connection is new; no row is written",
}
"""Files beside foundation/database.py that commit, with the reason. Those of other databases are below."""

OTHER_DATABASES = ("ingestion/", "foundation/warehouse.py", "orchestration/", "transforms/")
"""The warehouse and the lake are not written through `write`; the receipt into the source is ingestion's own."""

KINDS = (errors.NotFound, errors.Conflict, errors.Forbidden, errors.Invalid)


def test_only_write_commits() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(is_commit(node) for node in ast.walk(ast.parse(path.read_text())))
    }
    unexplained = {name for name in found if not name.startswith(OTHER_DATABASES)}
    assert unexplained == {"foundation/database.py", *COMMITS_ELSEWHERE}


def is_commit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def test_every_refusal_is_of_a_kind_and_has_a_code_of_its_own() -> None:
    import_all()
    refusals = [one for one in subclasses(DomainError) if one.__module__.split(".")[0] in ROOMS]
    assert len(refusals) > 20
    for refusal in refusals:
        assert issubclass(refusal, KINDS), (
            f"{refusal} is none of the four kinds, so no status is decided for it"
        )
        assert "code" in vars(refusal), f"{refusal} has no code of its own"
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.code), refusal.code
    codes = [refusal.code for refusal in refusals]
    assert sorted(codes) == sorted(set(codes))


def test_every_event_is_followed_or_said_not_to_be() -> None:
    import_all()
    happened = {
        one
        for one in subclasses(DomainEvent)
        if "type" in vars(one) and one.__module__.startswith("commerce.")
    }
    followed = {event for event in happened if events.subscribers_of(event.type)}
    assert happened == followed | set(subscriptions.UNFOLLOWED)
    assert not followed & set(subscriptions.UNFOLLOWED)
    assert all(subscriptions.UNFOLLOWED.values())
    types = [event.type for event in happened]
    assert len(types) == len(set(types))


def subclasses(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from subclasses(one)


def import_all() -> None:
    for package in (foundation, commerce, serving, simulation, ingestion, orchestration):
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
            if not module.name.rpartition(".")[2].startswith("_") and "orchestration.defs" not in module.name:
                import_module(module.name)
