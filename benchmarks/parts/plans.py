"""What the server does for a request: every question of it explained, in the transaction that asks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import Connection, event

from foundation import database
from serving.app import create_app

Plan = dict[str, Any]
Ask = Callable[[str, Mapping[str, str], Mapping[str, str]], list[Plan]]


@contextmanager
def explained() -> Iterator[Ask]:
    """Ask the API, within this process, and get the plans of what it asked the database, with what they did."""
    plans: list[Plan] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")) or "set_config(" in statement:
            return
        with connection.connection.cursor() as beside:
            beside.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
            answer = beside.fetchone()[0]
            plans.append((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])

    engine = database.engine()
    event.listen(engine, "before_cursor_execute", explain)
    try:
        transport = httpx.ASGITransport(create_app())

        async def get(path: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.get(path, params=dict(parameters), headers=dict(headers))

        def ask(path: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> list[Plan]:
            plans.clear()
            answer = asyncio.run(get(path, parameters, headers))
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{path} {dict(parameters)}: {answer.text}")
            return list(plans)

        yield ask
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def nodes(plan: Plan) -> Iterator[Plan]:
    """The node and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read_whole(plans: list[Plan]) -> set[str]:
    """The tables that were read from their first page to the last."""
    return {
        node["Relation Name"] for plan in plans for node in nodes(plan) if node["Node Type"] == "Seq Scan"
    }


def rows_passed(plans: list[Plan]) -> int:
    """Rows that scans gave or threw away: what a page costs, however quick the machine."""
    passed = 0.0
    for plan in plans:
        for node in nodes(plan):
            if "Relation Name" in node:
                thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                passed += (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return round(passed)


def summary(plans: list[Plan]) -> dict[str, Any]:
    """Indexes, rows passed and buffers of a request."""
    found = [node for plan in plans for node in nodes(plan)]
    return {
        "statements": len(plans),
        "indexes": sorted({node["Index Name"] for node in found if "Index Name" in node}),
        "read_whole": sorted(read_whole(plans)),
        "rows_passed": rows_passed(plans),
        "buffers": sum(
            plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0) for plan in plans
        ),
    }
