"""A cursor leads through a whole list, and only a cursor of that list does."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from serving import problems
from serving.pagination import PageAsked
from serving.shapes import Page, View

ROWS: list[tuple[str, UUID]] = sorted((f"name {number % 7}", uuid4()) for number in range(53))


class RowOut(View):
    name: str
    id: UUID


def app_with_a_list() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    def read_rows(asked: PageAsked, wanted: str | None = None) -> Page[RowOut]:
        found = [row for row in ROWS if wanted is None or row[0] == wanted]
        rows = [row for row in found if asked.after is None or row > asked.after][: asked.fetch]
        return asked.page(rows, view=lambda row: RowOut(name=row[0], id=row[1]), key=lambda row: row)

    app.add_api_route("/rows", read_rows)
    app.add_api_route("/others", read_rows)
    return app


@pytest.fixture
def listed(serve):
    with serve(app_with_a_list()) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.mark.parametrize("limit", [1, 7, 52, 53, 54, 200])
def test_pages_hold_every_row_once_in_order(listed: httpx.Client, limit: int):
    seen, cursor = [], None
    while True:
        page = listed.get("/rows", params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) <= limit
        seen += [(row["name"], UUID(row["id"])) for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ROWS


def test_a_cursor_of_another_list_other_filters_or_a_made_up_one_is_refused(listed: httpx.Client):
    cursor = listed.get("/rows", params={"limit": 5}).json()["next_cursor"]
    for path, parameters in (
        ("/others", {"cursor": cursor}),
        ("/rows", {"cursor": cursor, "wanted": "name 1"}),
        ("/rows", {"cursor": cursor[:-6]}),
        ("/rows", {"cursor": "WyJhIiwgMV0="}),
        ("/rows", {"cursor": "ü"}),
        ("/rows", {"cursor": "MQ=="}),
    ):
        answer = listed.get(path, params=parameters)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid"), (path, parameters)
    assert listed.get("/rows", params={"cursor": cursor, "limit": 9}).status_code == 200


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_a_page_has_1_to_200_rows(listed: httpx.Client, limit: str):
    answer = listed.get("/rows", params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
