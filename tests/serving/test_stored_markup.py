"""Names and words that mean something to a browser, a typesetter or a spreadsheet come out as what they are: text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pypdf import PdfReader

from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

SCRIPT = "<script>alert(1)</script> \"q\" 'q'"
FORMULA = "=cmd|' /C calc'!A1"
TYPESET = '#link("javascript:alert(1)")[*x*] $1$ `r` <img src=x onerror=alert(1)>'
V1 = "/api/v1"


@pytest.fixture
def market(client: httpx.Client, person: Register) -> Market:
    """A trade of which every name is meant badly; one order of it was delivered on credit."""

    def named(role: str, **given: Any) -> Any:
        return person(role, name={"vendor": SCRIPT, "retailer": FORMULA}[role], **given)

    market = open_market(named)
    renamed = {"name": TYPESET, "names": {"en": [FORMULA], "hi": ["<b>नमक</b> 😀"]}}
    path = f"{V1}/products/{market.product_id}"
    assert client.patch(path, json=renamed, headers=market.vendor.headers).is_success
    order = market.place(client)
    for step in ("accept", "deliveries"):
        path = f"{V1}/orders/{order['id']}/{step}"
        assert client.post(path, json={}, headers=keyed(market.vendor)).is_success
    return market


def test_words_are_answered_as_json_and_papers_are_text(client: httpx.Client, market: Market) -> None:
    vendor, retailer = market.vendor, market.retailer
    [order] = client.get(f"{V1}/orders", headers=retailer.headers).json()["items"]
    claim = {"kind": "broken", "lines": [{"line_no": 1, "quantity": "1"}], "note": SCRIPT}
    path = f"{V1}/orders/{order['id']}/claims"
    assert client.post(path, json=claim, headers=keyed(retailer)).json()["note"] == SCRIPT
    dispute = {"subject": "order", "subject_id": order["id"], "counterparty_id": str(vendor.own)}
    dispute |= {"amount": "1.00", "reason": "other", "note": FORMULA}
    told = client.post(f"{V1}/disputes", json=dispute, headers=keyed(retailer))
    assert (told.status_code, told.json()["note"]) == (201, FORMULA)
    shown = client.get(f"{V1}/orders/{order['id']}", headers=retailer.headers)
    assert shown.json()["lines"][0]["name"] == TYPESET
    for answer in (told, shown):
        # What a browser is given as JSON, and told not to guess at, it does not run.
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"

    [invoice] = client.get(f"{V1}/invoices", headers=vendor.headers).json()["items"]
    paper = client.get(f"{V1}/invoices/{invoice['id']}/pdf", headers=vendor.headers)
    _is_plain(paper, SCRIPT, FORMULA, TYPESET)
    statement = f"{V1}/credit/statements/{retailer.own}"
    _is_plain(client.get(statement, params={"form": "pdf"}, headers=vendor.headers), SCRIPT, FORMULA)


def test_no_cell_of_a_file_is_a_formula(client: httpx.Client, market: Market) -> None:
    headers = market.vendor.headers
    paid = {"retailer_id": str(market.retailer.own), "amount": "5", "mode": "upi", "reference": FORMULA}
    told = client.post(f"{V1}/credit/payment", json=paid, headers=keyed(market.vendor))
    assert told.is_success, told.text
    formula = {"sku": f"@SUM-{uuid4().hex[:6]}", "name": FORMULA, "category": "-2+3", "base_unit": "packet"}
    made = client.post(f"{V1}/products", json=formula, headers=headers).json()
    offer = {"unit": "packet", "unit_price": "5"}
    assert client.post(f"{V1}/products/{made['id']}/offers", json=offer, headers=headers).is_success
    statement = f"{V1}/credit/statements/{market.retailer.own}"
    for path in (f"{V1}/offers/sheet", statement):
        for form in ("csv", "xlsx"):
            file = client.get(path, params={"form": form}, headers=headers)
            assert file.is_success, file.text
            assert "attachment" in file.headers["content-disposition"]
            said = _cells(file.content)
            assert any("cmd|" in cell for cell in said), (path, form)
            bare = [cell for cell in said if re.match(r"[=+@\t\r]|-[^0-9]", cell)]
            assert bare == [], (path, form)


def _is_plain(paper: httpx.Response, *words: str) -> None:
    assert paper.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(paper.content)).pages
    # Between lines, and where a long word may break.
    said = "".join("".join(page.extract_text().replace("\u200b", "").split()) for page in pages)
    for one in words:
        assert "".join(one.split()) in said, one
    assert not any(page.get("/Annots") for page in pages)


def _cells(content: bytes) -> list[str]:
    """The texts of a file as a spreadsheet would find them; one of XLSX holds no formula at all."""
    if not content.startswith(b"PK"):
        return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")}
    assert not any("<f>" in part or "<hyperlink" in part for part in parts.values())
    # Texts of a spreadsheet are typed as such: how one begins means nothing to it.
    return [f" {cell}" for cell in re.findall(r"<t[^>]*>([^<]*)</t>", parts["xl/sharedStrings.xml"])]
