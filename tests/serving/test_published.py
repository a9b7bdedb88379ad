"""The executive summary, the leaderboard and the forecasts, from a publication with hand-written marts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from foundation.embedded_postgres import Server
from foundation.object_store import object_store
from foundation.published import POINTER
from tests.serving.conftest import Person, Register
from tests.serving.published_market import AS_OF, publish_market

pytestmark = pytest.mark.committing


def an_order(vendor: Person, *, day: date, total_paisa: int, **changes: Any) -> dict[str, Any]:
    return {
        "order_id": str(uuid4()),
        "order_number": "ORD",
        "vendor_id": str(vendor.own),
        "retailer_id": str(uuid4()),
        "origin": "real",
        "zone": "Birendranagar",
        "currency": "NPR",
        "settlement": "credit",
        "channel": "api",
        "is_imported": False,
        "placed_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
        "order_date": day,
        "order_state": "completed",
        "total_paisa": total_paisa,
        "asked_paisa": total_paisa,
        "delivered_paisa": total_paisa,
        **changes,
    }


ABOUT = {"model_version": "model-1", "as_of": AS_OF, "reason": ""}
MARKET = {"origin": "real", "currency": "NPR"}


def a_ranking(vendor: Person, rank: int | None, **changes: Any) -> dict[str, Any]:
    score = None if rank is None else 100.0 - rank
    figures = dict.fromkeys(("score", "fill", "on_time", "acceptance", "price"), score)
    counts = dict.fromkeys(("orders_asked", "lines_asked", "deliveries", "priced_lines"), 12)
    known = {"vendor_id": str(vendor.own), "rank": rank, "grade": "NH" if rank is None else "A"}
    return {**known, **figures, **counts, **MARKET, **ABOUT, **changes}


def a_forecast(vendor: Person, product_id: str, step: int) -> dict[str, Any]:
    levels = {"mean_units": 4.5, "p10_units": 1.0, "p50_units": 4.0, "p80_units": 7.0, "p90_units": 9.0}
    day = {"business_date": AS_OF + timedelta(days=step), "step": step}
    series = {"vendor_id": str(vendor.own), "product_id": product_id}
    return {**series, **day, **levels, **MARKET, **ABOUT, "model": "same_weekday", "interval_basis": "own"}


@pytest.fixture
def vendors(person: Register) -> list[Person]:
    return [person("vendor", name=f"Vendor {number}") for number in range(3)]


@pytest.fixture
def run_id(server: Server, vendors: list[Person]) -> str:
    first, second, newcomer = vendors
    products = sorted(str(uuid4()) for _ in range(2))
    return publish_market(
        server,
        {
            "fct_orders": [
                an_order(first, day=AS_OF, total_paisa=100_05),
                an_order(first, day=AS_OF - timedelta(days=1), total_paisa=50_00, delivered_paisa=25_00),
                an_order(second, day=AS_OF, total_paisa=999_00),
                an_order(second, day=AS_OF, total_paisa=7_00, origin="simulated"),
                an_order(newcomer, day=AS_OF, total_paisa=5_000_00, currency="INR"),
                an_order(second, day=AS_OF - timedelta(days=40), total_paisa=1_000_000_00),
            ],
            "vendor_ranking": [
                a_ranking(second, 1),
                a_ranking(first, 2, deliveries=20),
                a_ranking(newcomer, None, deliveries=1),
                a_ranking(first, 1, origin="imported", currency="INR"),
            ],
            "demand_forecast": [
                a_forecast(vendor, product, step)
                for vendor in (first, second)
                for product in products
                for step in range(1, 8)
            ],
        },
    )


@pytest.fixture
def admin(person: Register) -> Person:
    return person("admin")


def test_without_a_publication_the_way_out_is_told(client: httpx.Client, admin: Person):
    store = object_store()
    before = store.read_pointer(POINTER)
    if before is not None:
        store.delete(POINTER)
    try:
        for path in ("executive/summary", "executive/metrics/gmv", "vendors/leaderboard", "forecasts"):
            answer = client.get(f"/api/v1/{path}", headers=admin.headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "nothing-published"), path
            assert "sauda run" in answer.json()["detail"]
    finally:
        if before is not None:
            store.swap_pointer(POINTER, before)


def test_the_summary_tells_every_figure_of_each_origin_apart(
    client: httpx.Client, admin: Person, vendors: list[Person], run_id: str
):
    answer = client.get("/api/v1/executive/summary", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    summary = answer.json()
    assert (summary["run_id"], summary["as_of"]) == (run_id, AS_OF.isoformat())
    assert summary["period_from"] == (AS_OF - timedelta(days=29)).isoformat()
    figures = {
        (each["metric"], each["origin"]): each for each in summary["figures"] if each["currency"] != "INR"
    }
    assert figures["gmv", "real"]["value"] == "1149.05"
    assert figures["gmv", "real"]["currency"] == "NPR"
    assert figures["gmv", "simulated"]["value"] == "7.00"
    assert figures["orders", "real"]["value"] == "4"
    fill = figures["fill_rate", "real"]
    assert (fill["value"], fill["numerator"], fill["denominator"]) == ("0.9782", "1124.05", "1149.05")
    mean = figures["average_order_value", "real"]
    assert (mean["value"], mean["numerator"], mean["denominator"]) == ("383.02", "1149.05", "3")
    trend = [(each["day"], each["value"]) for each in summary["trend"] if each["metric"] == "gmv"]
    assert ((AS_OF - timedelta(days=1)).isoformat(), "50.00") in trend
    assert [
        (each["rank"], each["name"], each["origin"], each["currency"], each["gmv"])
        for each in summary["top_vendors"]
    ] == [
        (1, "Vendor 2", "real", "INR", "5000.00"),
        (1, "Vendor 1", "real", "NPR", "999.00"),
        (2, "Vendor 0", "real", "NPR", "150.05"),
        (1, "Vendor 1", "simulated", "NPR", "7.00"),
    ]


def test_the_summary_is_asked_for_a_period_an_origin_and_only_when_new(
    client: httpx.Client, admin: Person, run_id: str
):
    asked = {"from": AS_OF.isoformat(), "until": AS_OF.isoformat(), "origin": "simulated"}
    answer = client.get("/api/v1/executive/summary", params=asked, headers=admin.headers)
    assert {figure["origin"] for figure in answer.json()["figures"]} == {"simulated"}
    known = {**admin.headers, "If-None-Match": answer.headers["etag"]}
    again = client.get("/api/v1/executive/summary", params=asked, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/api/v1/executive/summary", headers=known)
    assert other.status_code == 200
    backwards = {"from": "2026-11-02", "until": "2026-11-01"}
    empty = client.get("/api/v1/executive/summary", params=backwards, headers=admin.headers)
    assert (empty.status_code, empty.json()["code"]) == (400, "period-invalid")


def test_one_metric_is_split_as_asked(client: httpx.Client, admin: Person, run_id: str):
    path = "/api/v1/executive/metrics/gmv"
    rows = client.get(path, params={"by": ["zone", "month"]}, headers=admin.headers).json()["rows"]
    assert {
        "origin": "real",
        "currency": "NPR",
        "zone": "Birendranagar",
        "month": "2026-11-01",
        "value": "1149.05",
    } in rows
    strange = client.get(path, params={"by": "password_hash"}, headers=admin.headers)
    assert (strange.status_code, strange.json()["code"]) == (400, "metric-invalid")
    unknown = client.get("/api/v1/executive/metrics/luck", headers=admin.headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "table-not-published")


def sorted_pages(
    client: httpx.Client, headers: dict[str, str], path: str, *sorts: str
) -> dict[str, list[dict[str, Any]]]:
    """A list in each order, whole, which by pages of one row is the same; the first order is the usual one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for sort in sorts:
        whole = client.get(path, params={"limit": 200, "sort": sort}, headers=headers).json()
        assert whole["next_cursor"] is None
        found[sort], cursor = [], {}
        while cursor is not None:
            page = client.get(path, params={"limit": 1, "sort": sort, **cursor}, headers=headers).json()
            found[sort] += page["items"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        assert found[sort] == whole["items"]
    assert client.get(path, headers=headers).json()["items"] == found[sorts[0]]
    return found


def test_the_leaderboard_is_by_rank_page_by_page_and_a_vendor_sees_itself_only(
    client: httpx.Client, person: Register, vendors: list[Person], run_id: str
):
    headers = person("retailer").headers
    seen, cursor = [], None
    while True:
        page = client.get(
            "/api/v1/vendors/leaderboard",
            params={"limit": 1, "currency": "NPR"} | ({"cursor": cursor} if cursor else {}),
            headers=headers,
        ).json()
        seen += [(row["name"], row["rank"]) for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [("Vendor 1", 1), ("Vendor 0", 2), ("Vendor 2", None)]
    mine = client.get("/api/v1/vendors/leaderboard", headers=vendors[0].headers).json()["items"]
    assert {row["vendor_id"] for row in mine} == {str(vendors[0].own)}
    assert [(row["origin"], row["currency"], row["rank"]) for row in mine] == [
        ("imported", "INR", 1),
        ("real", "NPR", 2),
    ]
    everywhere = sorted_pages(client, headers, "/api/v1/vendors/leaderboard", "rank", "deliveries")
    assert [(row["origin"], row["currency"], row["name"]) for row in everywhere["deliveries"]] == [
        ("imported", "INR", "Vendor 0"),
        ("real", "NPR", "Vendor 0"),
        ("real", "NPR", "Vendor 1"),
        ("real", "NPR", "Vendor 2"),
    ]
    real = client.get("/api/v1/vendors/leaderboard", params={"origin": "real"}, headers=headers).json()
    assert real["items"] == [row for row in everywhere["rank"] if row["origin"] == "real"]
    nowhere = client.get("/api/v1/vendors/leaderboard", params={"zone": "' OR 1=1"}, headers=headers)
    assert nowhere.json()["items"] == []


def test_forecasts_are_a_vendors_own_and_complete_over_pages(
    client: httpx.Client, admin: Person, vendors: list[Person], run_id: str
):
    def days(headers: dict[str, str], **filters: str) -> list[tuple[str, str, str]]:
        seen, cursor = [], None
        while True:
            parameters = {"limit": 5, **filters} | ({"cursor": cursor} if cursor else {})
            page = client.get("/api/v1/forecasts", params=parameters, headers=headers).json()
            seen += [(row["vendor_id"], row["product_id"], row["business_date"]) for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return seen

    everything = days(admin.headers)
    assert len(everything) == len(set(everything)) == 28
    assert everything == sorted(everything)
    own = days(vendors[0].headers)
    assert {vendor for vendor, _, _ in own} == {str(vendors[0].own)}
    # Asking for a rival's forecast gets one's own.
    assert days(vendors[0].headers, vendor_id=str(vendors[1].own)) == own
    one = days(admin.headers, vendor_id=str(vendors[1].own), product_id=own[0][1])
    assert len(one) == 7
    by = sorted_pages(client, admin.headers, "/api/v1/forecasts", "series", "day")
    assert {row["business_date"] for row in by["day"][:4]} == {(AS_OF + timedelta(days=1)).isoformat()}
    assert [row["business_date"] for row in by["day"]] == sorted(row["business_date"] for row in by["day"])
    third = (AS_OF + timedelta(days=3)).isoformat()
    assert days(admin.headers, first=third) == [row for row in everything if row[2] >= third]
    assert days(admin.headers, last=third) == [row for row in everything if row[2] <= third]
