"""Offers as a sheet over HTTP: out, changed, previewed, in."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from tests.serving.conftest import Register
from tests.serving.market import Market, open_market

pytestmark = pytest.mark.committing

SHEET = "/api/v1/offers/sheet"


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person)


def sent(content: bytes, **given: Any) -> dict[str, Any]:
    return {"sheet": b64encode(content).decode(), **given}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_goes_out_and_in_unchanged(client: httpx.Client, market: Market, form: str) -> None:
    out = client.get(SHEET, params={"form": form}, headers=market.vendor.headers)
    assert out.headers["content-disposition"].endswith(f'offers.{form}"')
    seen = client.post(f"{SHEET}/preview", json=sent(out.content), headers=market.vendor.headers).json()
    assert (seen["same"], seen["changed"], seen["errors"]) == (1, 0, 0)


def test_a_changed_price_is_previewed_applied_once_and_asked_for(
    client: httpx.Client, market: Market
) -> None:
    out = client.get(SHEET, headers=market.vendor.headers).content
    changed = out.replace(b",10.5,", b",11.55,") + b"NOBODY,,,,5,,,,,,,,,,,,\n"
    seen = client.post(f"{SHEET}/preview", json=sent(changed), headers=market.vendor.headers).json()
    assert (seen["changed"], seen["errors"]) == (1, 1)
    line = seen["lines"][0]
    assert line["changes"] == [{"column": "unit_price", "before": "10.5", "after": "11.55"}]
    assert line["price_percent"] == "10.00"
    whole = client.post(SHEET, json=sent(changed, token=seen["token"]), headers=market.vendor.headers)
    assert (whole.status_code, whole.json()["code"]) == (400, "offer-sheet-faulty")
    asked = sent(changed, token=seen["token"], only_good=True)
    applied = client.post(SHEET, json=asked, headers=market.vendor.headers)
    assert (applied.json()["changed_offers"], applied.json()["left_out"]) == (1, 1)
    assert client.post(SHEET, json=asked, headers=market.vendor.headers).json() == applied.json()
    quoted = client.post("/api/v1/orders/quote", json=market.wish("2"), headers=market.retailer.headers)
    assert quoted.json()["total"] == "23.10"
    stale = client.post(SHEET, json=sent(out, token=seen["token"][::-1]), headers=market.vendor.headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "offer-preview-stale")
