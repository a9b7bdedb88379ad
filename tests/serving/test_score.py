"""A retailer with half a year behind it has a score; who sees how much of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

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


def test_a_lender_sees_the_whole_and_a_vendor_with_an_agreement_the_grade(
    client: httpx.Client, person: Register
):
    vendor, retailer = person("vendor"), person("retailer")
    trade(vendor, retailer, days_late=0)
    path = f"/api/v1/credit/score/{retailer.own}"
    own = client.get(path, headers=retailer.headers).json()
    lent = client.get(path, headers=person("loan_officer").headers).json()
    assert own == lent
    band = client.get(path, headers=vendor.headers).json()
    assert band == {
        "view": "band",
        "retailer_id": str(retailer.own),
        "as_of": own["as_of"],
        "grade": own["grade"],
        "version": own["version"],
    }


def test_a_vendor_has_no_score(client: httpx.Client, person: Register):
    answer = client.get(f"/api/v1/credit/score/{person('vendor').own}", headers=person("admin").headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "business-not-found")
