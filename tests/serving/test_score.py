"""A retailer with half a year behind it has a score; who sees how much of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.ordering import service as ordering
from commerce.ordering.service import Actor, Wish
from foundation import clock, database
from tests.serving.conftest import Person, Register

pytestmark = pytest.mark.committing

TERMS_DAYS = 10


def trade(vendor: Person, retailer: Person, *, days_late: int) -> None:
    """Six deliveries over half a year, each paid so many days after it was due."""
    begun = datetime.now(UTC) - timedelta(days=200)
    pair = {"vendor_id": vendor.own, "retailer_id": retailer.own}

    def begin(session) -> object:
        product = catalogue.add_product(
            session, sku="OIL", name="Oil", category="staples", base_unit="l", owner_id=vendor.own
        )
        terms = {"unit": "l", "unit_price": Decimal(200), "currency": "NPR", "availability": "always"}
        catalogue.set_offer(session, vendor_id=vendor.own, product_id=product, **terms)
        credit.agree(
            session,
            **pair,
            limit_paisa=5_000_00,
            net_days=TERMS_DAYS,
            reason="test",
            approved_by=vendor.user_id,
        )
        return product

    as_vendor = Actor("vendor", vendor.user_id)
    with clock.at(begun):
        product = database.write(begin)
    for number in range(6):
        ordered = begun + timedelta(days=30 * number)
        with clock.at(ordered):
            order = database.write(
                lambda session: ordering.place(session, **pair, wishes=[Wish(product, Decimal(2))])
            )
            database.write(
                lambda session, order=order: ordering.accept(session, order_id=order, actor=as_vendor)
            )
            database.write(
                lambda session, order=order: ordering.deliver(session, order_id=order, actor=as_vendor)
            )
        with clock.at(ordered + timedelta(days=TERMS_DAYS + days_late)):
            database.write(
                lambda session: credit.record_payment(session, **pair, amount_paisa=400_00, mode="cash")
            )


def test_a_punctual_retailer_scores_above_a_late_one_and_each_sees_why(
    client: httpx.Client, person: Register
):
    punctual, late = (person("vendor"), person("retailer")), (person("vendor"), person("retailer"))
    trade(*punctual, days_late=0)
    trade(*late, days_late=18)
    scores = [
        client.get("/api/v1/credit/score", headers=retailer.headers).json()
        for _, retailer in (punctual, late)
    ]
    good, bad = scores
    assert 300 <= bad["score"] < good["score"] <= 900
    assert [part["name"] for part in good["components"]] == [
        "payment_history",
        "outstanding_debt",
        "order_volume",
        "account_age",
    ]
    assert sum(part["weight_percent"] for part in good["components"]) == 100
    assert "always-on-time" in {reason["code"] for reason in good["reasons"]}
    assert "late-payments" in {reason["code"] for reason in bad["reasons"]}


def consent(client: httpx.Client, retailer: Person, how: str, vendor: Person | None) -> list[dict[str, Any]]:
    """Grant (`""`) or withdraw (`"/withdraw"`) the consent of a vendor, None: of all; what is said then."""
    answer = client.post(
        f"/api/v1/credit/consents{how}",
        json={"vendor_id": None if vendor is None else str(vendor.own)},
        headers=retailer.headers,
    )
    assert answer.status_code == 200
    return answer.json()["items"]


def test_a_lender_sees_the_whole_and_a_vendor_with_consent_the_grade(client: httpx.Client, person: Register):
    vendor, retailer = person("vendor"), person("retailer")
    trade(vendor, retailer, days_late=0)
    path = f"/api/v1/credit/score/{retailer.own}"
    own = client.get(path, headers=retailer.headers).json()
    lent = client.get(path, headers=person("loan_officer").headers).json()
    assert own == lent
    consent(client, retailer, "", vendor)
    band = client.get(path, headers=vendor.headers).json()
    assert band == {
        "view": "band",
        "retailer_id": str(retailer.own),
        "as_of": own["as_of"],
        "grade": own["grade"],
        "version": own["version"],
    }


def test_giving_credit_is_no_consent(client: httpx.Client, person: Register):
    vendor, retailer = person("vendor"), person("retailer")
    limit = {"limit": "0", "reason": "curious", "net_days": 7}
    agreed = client.put(f"/api/v1/credit/limits/{retailer.own}", json=limit, headers=vendor.headers)
    assert agreed.status_code == 200
    answer = client.get(f"/api/v1/credit/score/{retailer.own}", headers=vendor.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "score-not-shared")
    assert "POST /api/v1/credit/consents" in answer.json()["detail"]


def test_consent_is_granted_to_one_or_to_all_and_withdrawn(client: httpx.Client, person: Register):
    retailer, named, other = person("retailer"), person("vendor"), person("vendor")

    def sees() -> list[bool]:
        path = f"/api/v1/credit/score/{retailer.own}"
        answers = [client.get(path, headers=vendor.headers).status_code for vendor in (named, other)]
        assert set(answers) <= {200, 403}
        return [status == 200 for status in answers]

    assert sees() == [False, False]
    consent(client, retailer, "", named)
    assert sees() == [True, False]
    consent(client, retailer, "", None)
    assert sees() == [True, True]
    consent(client, retailer, "/withdraw", named)
    assert sees() == [False, True]
    said = consent(client, retailer, "/withdraw", None)
    assert sees() == [False, False]
    assert [(row["vendor_id"], row["is_granted"]) for row in said] == [(None, False), (str(named.own), False)]
    listed = client.get("/api/v1/credit/consents", headers=retailer.headers).json()
    assert listed == {"items": said, "next_cursor": None}


def test_consent_is_for_vendors(client: httpx.Client, person: Register):
    retailer = person("retailer")
    for vendor_id, code in (
        (person("retailer").own, "consent-invalid"),
        (retailer.own, "consent-invalid"),
        (uuid4(), "business-not-found"),
    ):
        answer = client.post(
            "/api/v1/credit/consents", json={"vendor_id": str(vendor_id)}, headers=retailer.headers
        )
        assert answer.json()["code"] == code


def test_a_vendor_has_no_score(client: httpx.Client, person: Register):
    answer = client.get(f"/api/v1/credit/score/{person('vendor').own}", headers=person("admin").headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "business-not-found")
