"""A shop's own bills in its score at this moment: real bills, read by the role that the platform runs as."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from commerce.credit import score
from foundation import clock
from foundation.database import read
from foundation.embedded_postgres import Server
from tests.commerce.billing.counter import Shop, Tender, add

pytestmark = pytest.mark.committing

FIRST = datetime(2033, 1, 3, 6, tzinfo=UTC)


def test_bills_paid_and_unpaid_reach_the_score_of_their_shop_alone(migrated: Server) -> None:
    shop, other = Shop(), Shop()
    for days in range(0, 61, 2):
        with clock.at(FIRST + timedelta(days=days)):
            if days % 4:
                shop.sell(add(shop.biscuits, "1"), customer=shop.customer)
            else:
                shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 10_00)])
    with clock.at(FIRST + timedelta(days=59)), read() as session:
        early = score.score_now(session, retailer_id=shop.id)
    with clock.at(FIRST + timedelta(days=60)), read() as session:
        told = score.score_now(session, retailer_id=shop.id)
        strange = score.score_now(session, retailer_id=other.id)
    assert [part.weight_percent for part in early.components] == [40, 30, 20, 10]
    assert early.components[0].name == "payment_history"
    assert [part.weight_percent for part in told.components] == [36, 27, 18, 9, 10]
    # 16 of 31 bills were paid: 51.61 % of what was sold, 11.61 above 40; and half for steady sales.
    assert (told.components[-1].name, told.components[-1].points) == ("own_sales", 5_000 + 1_161)
    assert "51 % of what the shop sold" in " ".join(reason.text for reason in told.reasons)
    assert len(strange.components) == 4
