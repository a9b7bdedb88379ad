"""What has expired is promised to nobody: over midnight where the business stands, told once, exact to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from commerce.ordering import queries as ordering_queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import ProductUnavailable
from commerce.stock import adjusting, expiry, queries
from commerce.stock.errors import BatchExpired, OutOfStock, StockAdjustmentInvalid
from commerce.stock.queries import LevelFilter
from foundation import clock
from foundation.clock import business_day
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market, take_in

pytestmark = pytest.mark.committing
TODAY = date(2031, 3, 20)
NOON = datetime(2031, 3, 20, 6, 15, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)
LATER, PAST = TODAY + timedelta(days=90), TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def trade(migrated: Server) -> Market:
    """Four packets without a batch and six whose last day is today."""
    made = market(on_hand=4)
    take_in(made, ("NOW", 6, TODAY))
    return made


def adjust(trade: Market, reason: str, quantity: int, batch: str | None = None, **given: Any) -> None:
    line = adjusting.Line(trade.products[0], Decimal(quantity), batch, **given)
    write(lambda session: adjusting.adjust(session, business_id=trade.vendor_id, reason=reason, lines=[line]))


def expire(trade: Market) -> Decimal:
    return write(
        lambda session: expiry.expire(session, business_id=trade.vendor_id, product_id=trade.products[0])
    )


def level(trade: Market) -> dict[str, int]:
    """The level as its owner sees it, which is what its batches say and what buyers find."""
    (product_id, *_) = trade.products
    with read() as session:
        (row,) = queries.levels(session, trade.vendor_id, chosen=LevelFilter(product_id), limit=1)
        marked = session.execute(
            text("""
                SELECT coalesce(sum(on_hand), 0) FROM app.stock_batches
                WHERE business_id = :vendor AND product_id = :product AND expired_on IS NOT NULL
            """),
            {"vendor": trade.vendor_id, "product": product_id},
        ).scalar_one()
        free = queries.free(session, trade.vendor_id, [product_id])[product_id]
    assert (row["expired"], row["free"]) == (marked, free)
    return {name: int(row[name]) for name in ("on_hand", "reserved", "expired", "free")}


def told(trade: Market) -> list[tuple[str, Any]]:
    with read() as session:
        return [
            (row.type, row.payload)
            for row in session.execute(
                text("""
                    SELECT type, payload FROM app.domain_events
                    WHERE business_id = :vendor AND type IN ('goods-expired', 'stock-ran-low') ORDER BY id
                """),
                {"vendor": trade.vendor_id},
            )
        ]


def due(*trades: Market) -> set[UUID]:
    """Those of the markets of which a good is to be marked."""
    with read() as session:
        found = {business_id for business_id, _ in expiry.goods_to_expire(session)}
    return found & {trade.vendor_id for trade in trades}


def test_what_expired_is_promised_to_nobody(trade: Market) -> None:
    trade.place(5)
    with clock.at(TOMORROW):
        assert expire(trade) == 6
        assert level(trade) == {"on_hand": 10, "reserved": 5, "expired": 6, "free": 0}
        with pytest.raises(OutOfStock, match="has 0 of 1"):
            trade.place(1)
        with pytest.raises(ProductUnavailable):
            trade.place(1, allow_partial=True)
        take_in(trade, ("NEW", 3, LATER))
        assert level(trade)["free"] == 2
        trade.place(2)
        with pytest.raises(OutOfStock, match="has 0 of 1"):
            trade.place(1)


def test_to_mark_again_changes_nothing_and_tells_nothing(trade: Market) -> None:
    assert (due(trade), expire(trade), told(trade)) == (set(), 0, []), "on its last day it may be sold"
    with clock.at(TOMORROW):
        assert due(trade) == {trade.vendor_id}
        expire(trade)
    with clock.at(TOMORROW + timedelta(hours=1)):
        before = _rows(trade)
        assert (due(trade), expire(trade)) == (set(), 0)
        assert _rows(trade) == before
    ((kind, payload),) = told(trade)
    assert (kind, payload["quantity"], payload["expires_on"]) == ("goods-expired", "6", str(TODAY))


def _rows(trade: Market) -> list[str]:
    with read() as session:
        return list(
            session.execute(
                text("""
                    SELECT CAST(level AS text) FROM app.stock_levels level WHERE business_id = :vendor
                    UNION ALL SELECT CAST(batch AS text) FROM app.stock_batches batch WHERE business_id = :vendor
                """),
                {"vendor": trade.vendor_id},
            ).scalars()
        )


def test_it_expires_at_the_midnight_of_where_it_lies(trade: Market) -> None:
    west = market(on_hand=4)
    write(
        lambda session: session.execute(
            text("UPDATE app.businesses SET time_zone = 'America/New_York' WHERE id = :id"),
            {"id": west.vendor_id},
        )
    )
    take_in(west, ("NOW", 6, TODAY))
    # Midnight is at 18:15 UTC in Kathmandu, and in New York, where the clocks went forward, at 4:00.
    for moment, found in (
        (datetime(2031, 3, 20, 18, 14, tzinfo=UTC), set()),
        (datetime(2031, 3, 20, 18, 15, tzinfo=UTC), {trade.vendor_id}),
        (datetime(2031, 3, 21, 3, 59, tzinfo=UTC), {trade.vendor_id}),
        (datetime(2031, 3, 21, 4, 0, tzinfo=UTC), {trade.vendor_id, west.vendor_id}),
    ):
        with clock.at(moment):
            assert due(trade, west) == found
    with clock.at(datetime(2031, 3, 21, 3, 59, tzinfo=UTC)):
        assert (expire(trade), expire(west)) == (6, 0)
    assert (level(trade)["free"], level(west)["free"]) == (4, 10)
    with clock.at(datetime(2031, 3, 21, 4, 0, tzinfo=UTC)):
        assert due(trade, west) == {west.vendor_id}
        assert expire(west) == 6
    assert level(west)["free"] == 4


def test_goods_that_come_back_into_a_batch_that_expired_are_not_free(trade: Market) -> None:
    order_id = trade.accepted(6)
    trade.deliver(order_id)
    with clock.at(TOMORROW):
        # Used up, it is marked all the same: what comes back into it counts at once.
        assert due(trade) == {trade.vendor_id}
        assert (expire(trade), told(trade)) == (0, [])
        trade.take_back(order_id, {1: 2})
        assert level(trade) == {"on_hand": 6, "reserved": 0, "expired": 2, "free": 4}
        take_in(trade, ("NOW", 1, TODAY), ("OLD", 3, PAST), ("NEW", 1, LATER))
        assert level(trade) == {"on_hand": 11, "reserved": 0, "expired": 6, "free": 5}


def test_what_is_taken_out_counts_as_expired_no_more(trade: Market) -> None:
    with clock.at(TOMORROW):
        expire(trade)
        adjust(trade, "expired", 2)
        assert level(trade) == {"on_hand": 8, "reserved": 0, "expired": 4, "free": 4}
        adjust(trade, "lost", 1, "NOW")
        adjust(trade, "counted", 2, "NOW")
        adjust(trade, "found", 1, "NOW")
        assert level(trade) == {"on_hand": 7, "reserved": 0, "expired": 3, "free": 4}
        adjust(trade, "counted", 0, "NOW")
        assert level(trade) == {"on_hand": 4, "reserved": 0, "expired": 0, "free": 4}
        # Its number on another label, which says another day.
        take_in(trade, ("NOW", 2, LATER))
        assert level(trade) == {"on_hand": 6, "reserved": 0, "expired": 0, "free": 6}


def test_a_day_that_is_read_off_later_counts_at_once(trade: Market) -> None:
    take_in(trade, ("OPEN", 3, None))
    assert level(trade)["free"] == 13
    adjust(trade, "found", 1, "OPEN", expires_on=PAST)
    assert level(trade) == {"on_hand": 14, "reserved": 0, "expired": 4, "free": 10}
    assert [payload["quantity"] for _, payload in told(trade)] == ["3"], "of what lay there nobody knew"


def test_what_was_promised_before_stays_promised_and_only_the_delivery_refuses_it(trade: Market) -> None:
    order_id = trade.accepted(8)
    with clock.at(TOMORROW):
        expire(trade)
        with pytest.raises(
            BatchExpired, match=r"only 4 lie there that may be sold \(6 of batch NOW expired on"
        ):
            trade.deliver(order_id)
        with pytest.raises(StockAdjustmentInvalid, match="promised to orders"):
            adjust(trade, "expired", 6)
        trade.deliver(order_id, {1: Decimal(4)})
        assert level(trade) == {"on_hand": 6, "reserved": 4, "expired": 6, "free": 0}
        write(lambda session: ordering.close_short(session, order_id=order_id, actor=VENDOR))
        adjust(trade, "expired", 6)
        assert level(trade) == {"on_hand": 0, "reserved": 0, "expired": 0, "free": 0}


def test_goods_are_not_taken_until_only_expired_ones_cover_the_promises(trade: Market) -> None:
    take_in(trade, ("NEW", 5, LATER))
    order_id = trade.accepted(8)
    with clock.at(TOMORROW):
        expire(trade)  # 15 on hand, 6 of them expired, 8 promised
        for reason, taken, batch in (("lost", 2, None), ("damaged", 2, "NEW"), ("counted", 2, "NEW")):
            with pytest.raises(
                StockAdjustmentInvalid, match=r"leaves [67] that may be sold, and 8 are promised"
            ):
                adjust(trade, reason, taken, batch)
        adjust(trade, "lost", 1)
        adjust(trade, "expired", 6)
        assert level(trade) == {"on_hand": 8, "reserved": 8, "expired": 0, "free": 0}
        trade.deliver(order_id)
        assert level(trade)["on_hand"] == 0


def test_what_is_refused_of_expired_goods_says_what_is_in_the_way(trade: Market) -> None:
    trade.accepted(8)
    with clock.at(TOMORROW):
        expire(trade)
        with pytest.raises(
            StockAdjustmentInvalid, match=r"leaves 4 on hand, and 8 are promised.* only 4 may be"
        ):
            adjust(trade, "expired", 6)
        adjust(trade, "expired", 2)
        assert level(trade) == {"on_hand": 8, "reserved": 8, "expired": 4, "free": 0}


def test_an_order_grows_by_what_may_be_sold_and_shrinks_by_anything(trade: Market) -> None:
    growing, shrinking = trade.accepted(4), trade.accepted(4)

    def agree(order_id: UUID, quantity: int) -> None:
        quantities = {1: Decimal(quantity)}
        proposal_id = write(
            lambda session: ordering.propose_change(
                session, order_id=order_id, actor=VENDOR, quantities=quantities
            )
        )
        write(
            lambda session: ordering.confirm_change(
                session, order_id=order_id, proposal_id=proposal_id, actor=RETAILER
            )
        )

    with clock.at(TOMORROW):
        expire(trade)
        with pytest.raises(OutOfStock):
            agree(growing, 5)
        agree(shrinking, 2)
        assert level(trade) == {"on_hand": 10, "reserved": 6, "expired": 6, "free": 0}


def test_no_back_order_waits_to_be_filled_with_what_expired(trade: Market) -> None:
    order_id = trade.place(9)
    write(
        lambda session: ordering.accept(
            session, order_id=order_id, actor=VENDOR, quantities={1: Decimal(4)}, is_rest_back_ordered=True
        )
    )
    (waiting,) = _to_fill(trade)
    with clock.at(TOMORROW):
        assert _to_fill(trade) == [waiting]
        expire(trade)
        assert _to_fill(trade) == []
        with pytest.raises(OutOfStock):
            write(lambda session: ordering.fill_back_order(session, back_order_id=waiting))
        take_in(trade, ("NEW", 5, LATER))
        assert _to_fill(trade) == [waiting]


def _to_fill(trade: Market) -> list[UUID]:
    with read() as session:
        own = ordering_queries.back_orders_as_vendor(session, trade.vendor_id, clock.now(), limit=10)
        found = {one.id for one in ordering.back_orders_to_fill(session)}
    return [one["id"] for one in own if one["id"] in found]


def test_what_may_not_be_sold_makes_a_good_run_low_once(trade: Market) -> None:
    write(
        lambda session: adjusting.set_threshold(
            session,
            business_id=trade.vendor_id,
            product_id=trade.products[0],
            quantity=Decimal(5),
            actor_id=uuid7(),
        )
    )

    def low() -> bool:
        with read() as session:
            return bool(queries.levels(session, trade.vendor_id, chosen=LevelFilter(is_low=True), limit=1))

    assert not low()
    with clock.at(TOMORROW):
        expire(trade)
        assert low()
        adjust(trade, "expired", 6)
        take_in(trade, ("OLD", 9, PAST))
        assert low()
    kinds = [kind for kind, _ in told(trade)]
    assert kinds == ["goods-expired", "stock-ran-low"]
    assert told(trade)[1][1] == {
        "product_id": str(trade.products[0]),
        "on_hand": "10",
        "threshold": "5",
        "expired": "6",
    }


def test_nothing_can_be_marked_before_its_day_is_over(trade: Market) -> None:
    with pytest.raises(IntegrityError, match="ck_stock_batches_expired_on"):
        write(
            lambda session: session.execute(
                text("UPDATE app.stock_batches SET expired_on = expires_on WHERE business_id = :vendor"),
                {"vendor": trade.vendor_id},
            )
        )


def test_whoever_orders_while_goods_expire_gets_what_may_be_sold_or_what_was_there_before(
    migrated: Server, crowd: Crowd
) -> None:
    """Placings, returns, adjustments and the mark at once: nothing is promised beyond, and the sums agree."""
    trade = market(on_hand=4, limit_paisa=10**8)
    last_day = business_day(NOON, "Asia/Kathmandu")
    take_in(trade, ("NOW", 8, last_day), ("BACK", 4, last_day))
    sold = trade.accepted(4)
    write(
        lambda session: ordering.deliver(
            session,
            order_id=sold,
            actor=VENDOR,
            quantities={1: Decimal(4)},
            batches={1: {"BACK": Decimal(4)}},
        )
    )

    def tomorrow(work: Any) -> Any:
        # Threads do not inherit the clock.
        def run() -> object:
            with clock.at(TOMORROW):
                return work()

        return run

    calls = [lambda: trade.place(1)] * (CALLERS - 6)
    calls += [lambda: expire(trade)] * 3  # type: ignore[list-item]
    calls += [lambda: trade.take_back(sold, {1: 1})] * 2
    calls += [lambda: adjust(trade, "lost", 1, "NOW")]  # type: ignore[list-item, return-value]
    answers = crowd([tomorrow(call) for call in calls])
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(answer, OutOfStock) for answer in refused), answers
    seen = level(trade)
    marked = [answer for answer in answers if isinstance(answer, Decimal) and answer]
    assert len(marked) == 1, "one of the three marks all, the others nothing"
    assert seen["expired"] == 7 + 2
    assert seen["on_hand"] == 4 + 7 + 2
    assert Counter(kind for kind, _ in told(trade))["goods-expired"] >= 1
    with clock.at(TOMORROW), pytest.raises(OutOfStock):
        trade.place(seen["free"] + 1)
