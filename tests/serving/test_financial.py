"""Credit over many pairs, through the API."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any
from uuid import uuid4

import fastexcel
import httpx
import pytest
from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.parties import service as parties
from foundation import database
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market
from tests.serving.planting import page, set_row, walked

pytestmark = pytest.mark.committing


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A delivered order of 21 rupees and a placed one of 10.50, under a limit of 100."""
    market = open_market(person, limit_paisa=100_00)
    order = market.place(client)
    for step in ("accept", "deliveries"):
        path = f"/api/v1/orders/{order['id']}/{step}"
        assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    market.place(client, "1")
    return market


def summary(client: httpx.Client, headers: dict[str, str], **asked: Any) -> httpx.Response:
    return client.get("/api/v1/financial-export/credit-summary", params=asked, headers=headers)


def figures(client: httpx.Client, market: Market, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.get(f"/api/v1/financial-metrics/retailer/{market.retailer.own}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_positions_are_the_same_for_both_sides_and_in_every_form(
    client: httpx.Client, market: Market, person: Register
) -> None:
    lender = person("loan_officer")
    told = summary(client, market.vendor.headers).json()["items"]
    [row] = told
    assert (row["limit"], row["owed"], row["held"], row["exposure"]) == ("100.00", "21.00", "10.50", "31.50")
    assert summary(client, market.retailer.headers).json()["items"] == told
    assert summary(client, lender.headers, vendor_id=str(market.vendor.own)).json()["items"] == told
    assert summary(client, lender.headers).json()["code"] == "positions-of-whom"
    # A rival's position is not asked for by naming it: the caller stays one side of the pair.
    stranger = person("vendor")
    assert summary(client, stranger.headers, vendor_id=str(market.vendor.own)).json()["items"] == []
    [line] = csv.DictReader(
        io.StringIO(summary(client, market.vendor.headers, form="csv").content.decode("utf-8-sig"))
    )
    assert (line["owed"], line["not_due"], line["overdue"]) == ("21.00", "21.00", "0.00")
    sheet = fastexcel.read_excel(summary(client, market.vendor.headers, form="xlsx").content).load_sheet(0)
    [cells] = sheet.to_polars().to_dicts()
    assert (cells["owed"], cells["held"]) == (21.0, 10.5)
    [before] = summary(client, market.vendor.headers, as_of="2020-01-01").json()["items"]
    assert (before["limit"], before["owed"], before["held"]) == ("0.00", "0.00", None)


def test_figures_tell_lenders_all_and_a_vendor_its_own(
    client: httpx.Client, market: Market, person: Register
) -> None:
    lender = person("loan_officer")
    [own] = figures(client, market, market.retailer.headers)["figures"]
    assert (own["exposure"], own["utilisation_percent"], own["turnover"]) == ("31.50", "31.5", "21.00")
    assert (own["largest_share_percent"], own["trend_percent"]) == ("100", None)
    path = f"/api/v1/financial-metrics/advisory-limits/{market.retailer.own}"
    advice = client.put(path, json={"limit": "30.00", "reason": "one season"}, headers=lender.headers).json()
    assert (advice["limit"], advice["is_over"]) == ("30.00", True)
    assert figures(client, market, lender.headers)["advice"]["is_over"] is True
    asked = {"over_advice": True, "limit": 200}
    listed = client.get("/api/v1/financial-metrics/exposures", params=asked, headers=lender.headers).json()
    [row] = [one for one in listed["items"] if one["retailer_id"] == str(market.retailer.own)]
    assert (row["exposure"], row["advised"]) == ("31.50", "30.00")
    seller = f"/api/v1/financial-metrics/retailer/{market.vendor.own}"
    none = client.get(seller, headers=lender.headers)
    assert (none.status_code, none.json()["code"]) == (404, "business-not-found")
    path = f"/api/v1/financial-metrics/advisory-limits/{market.vendor.own}"
    none = client.put(path, json={"limit": "30.00", "reason": "mistaken"}, headers=lender.headers)
    assert (none.status_code, none.json()["code"]) == (404, "business-not-found")
    # The advice is no limit: the next order goes through.
    market.place(client, "1")

    asked_by_vendor = figures(client, market, market.vendor.headers)
    assert (asked_by_vendor["market"], asked_by_vendor["advice"]) == (None, None)
    database.write(
        lambda session: parties.record_consent(
            session,
            retailer_id=market.retailer.own,
            vendor_id=None,
            is_granted=True,
        )
    )
    others = [person("vendor") for _ in range(4)]
    for n, other in enumerate(others, start=1):
        database.write(
            lambda session, other=other: credit.agree(
                session,
                vendor_id=other.own,
                retailer_id=market.retailer.own,
                limit_paisa=100_00,
                net_days=15,
                reason="test",
                approved_by=uuid4(),
            )
        )
        told = figures(client, market, market.vendor.headers)["market"]
        # Of four vendors nobody's part may be told; of five the sum may.
        assert (told is None) == (n < 4)
    assert (told[0]["vendors"], told[0]["exposure"]) == (5, "42.00")
    cashier = replace(market.vendor, position="cashier")
    path = f"/api/v1/financial-metrics/retailer/{market.retailer.own}"
    assert client.get(path, headers=cashier.headers).json()["code"] == "position-not-allowed"


def test_an_advance_of_the_terms_is_waited_for_unless_the_office_says_otherwise(
    client: httpx.Client, market: Market
) -> None:
    path = f"/api/v1/credit/limits/{market.retailer.own}"
    terms = {"limit": "100.00", "reason": "new here", "net_days": 15, "advance_percent": 40}
    assert client.put(path, json=terms, headers=market.vendor.headers).is_success
    order = market.place(client)
    path = f"/api/v1/orders/{order['id']}"
    assert client.post(f"{path}/accept", json={}, headers=market.vendor.headers).is_success
    refused = client.post(f"{path}/deliveries", json={}, headers=keyed(market.vendor))
    assert (refused.status_code, refused.json()["code"], refused.json()["needed"]) == (
        409,
        "advance-missing",
        "8.40",
    )
    waived = {"without_advance": "pays at the door"}
    salesman = replace(market.vendor, position="salesman")
    denied = client.post(f"{path}/deliveries", json=waived, headers=keyed(salesman))
    assert denied.json()["code"] == "position-not-allowed"
    done = client.post(f"{path}/deliveries", json=waived, headers=keyed(market.vendor)).json()
    assert done["order"]["timeline"][-1]["note"].endswith("without the advance")


def test_a_retailer_that_owes_in_two_currencies_stands_twice_also_at_the_end_of_a_page(
    client: httpx.Client, person: Register
) -> None:
    retailer, lender, at_home = person("retailer"), person("loan_officer"), person("vendor")
    # It is known by name, as a customer of an imported history is: no book of its own has one currency.
    set_row("businesses", retailer.own, keeps_books=False)

    def owe(session: Session) -> None:
        abroad = parties.create_business(
            session,
            name="Over the border",
            is_vendor=True,
            is_retailer=False,
            country="IN",
            state="09",
            zone="Lucknow",
        )
        for vendor_id in (at_home.own, abroad.id):
            terms = {"limit_paisa": 100_00, "net_days": 15, "reason": "test", "approved_by": uuid4()}
            credit.agree(session, vendor_id=vendor_id, retailer_id=retailer.own, **terms)

    database.write(owe)
    for sort in ("exposure", "owed", "retailer"):
        path = "/financial-metrics/exposures"
        whole = walked(client, lender, path, limit=200, sort=sort)
        [first, second] = [
            place for place, row in enumerate(whole) if row["retailer_id"] == str(retailer.own)
        ]
        assert second == first + 1
        # A page that ends between the two; others' rows are passed in long pages, as reads are counted.
        asked: dict[str, Any] = {"sort": sort}
        for limit in (*[200] * (second // 200), second % 200):
            if limit:
                _, asked["cursor"] = page(client, lender, path, {**asked, "limit": limit})
        rest, _ = page(client, lender, path, {**asked, "limit": 200})
        assert rest == whole[second : second + 200], sort
