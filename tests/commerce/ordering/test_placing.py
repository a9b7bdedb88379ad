"""Placing: all or nothing, at most once, by the vendor's terms, in seven statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from benchmarks.parts.driver import statements_sent
from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import OfferInvalid, UnitNotSold
from commerce.credit.errors import AgreementNotFound, CurrencyMismatch
from commerce.ledger.errors import CreditLimitExceeded
from commerce.ordering import service as ordering
from commerce.ordering.errors import OrderInvalid, PartyNotFound, ProductUnavailable, QuantityInvalid
from commerce.ordering.events import OrderPlaced
from commerce.stock.errors import OutOfStock
from foundation import events
from foundation.database import read, write
from foundation.embedded_postgres import APP, DATABASE, Server
from foundation.errors import DomainError
from foundation.events import Subscriber
from foundation.idempotency import RequestInProgress, RequestKey, RequestKeyReused
from foundation.ids import uuid7
from tests.commerce.conftest import Crowd
from tests.commerce.factories import Market, business, market, product
from tests.conftest import forget_connections

STATEMENTS_MAX = 7
ROWS = """
    SELECT (SELECT count(*) FROM app.orders WHERE vendor_id = :vendor),
           (SELECT count(*) FROM app.order_lines WHERE vendor_id = :vendor),
           (SELECT count(*) FROM app.order_timeline WHERE vendor_id = :vendor),
           (SELECT count(*) FROM app.holds WHERE business_id = :vendor),
           (SELECT count(*) FROM app.domain_events WHERE business_id = :vendor AND type = 'order-placed'),
           (SELECT count(*) FROM app.decisions WHERE vendor_id = :vendor AND kind = 'order')
"""


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def rows(trade: Market) -> tuple[int, ...]:
    """(orders, lines, timeline, holds, events, decisions) of a vendor."""
    with read() as session:
        return tuple(session.execute(text(ROWS), {"vendor": trade.vendor_id}).one())


def decisions(trade: Market) -> list[tuple[str, str, int | None, int]]:
    with read() as session:
        found = session.execute(
            text("""
                SELECT outcome, reason_code, asked_paisa, granted_paisa FROM app.decisions
                WHERE vendor_id = :vendor AND kind = 'order' ORDER BY decided_at, id
            """),
            {"vendor": trade.vendor_id},
        )
        return [tuple(row) for row in found]


def test_an_order_that_comes_to_nothing_though_it_has_a_price_is_refused(trade: Market) -> None:
    sell(trade, "0.000001")
    with pytest.raises(OrderInvalid, match=r"comes to .*0\.00.*order more"):
        trade.place(900)
    sell(trade, "0")
    order_id = trade.place(900)
    assert rows(trade)[0] == 1
    with read() as session:
        assert (
            session.execute(
                text("SELECT total_paisa FROM app.orders WHERE id = :id"), {"id": order_id}
            ).scalar_one()
            == 0
        )


def sell(trade: Market, price: str) -> None:
    write(
        lambda session: catalogue.set_offer(
            session,
            vendor_id=trade.vendor_id,
            product_id=trade.products[0],
            unit="packet",
            unit_price=Decimal(price),
            currency="NPR",
        )
    )


def request(trade: Market, body: bytes = b"body", key: str = "k1") -> RequestKey:
    return RequestKey.of(trade.retailer_id, trade.retailer_id, "place", key, body)


def test_an_order_is_one_of_everything(trade: Market) -> None:
    trade.place(3, 4)
    assert rows(trade) == (1, 2, 1, 1, 1, 1)
    assert trade.exposure() == (0, 7_000, 1_000_000)
    assert [trade.shelf(0)[1], trade.shelf(1)[1]] == [3, 4]
    assert decisions(trade) == [("granted", "in-full", 7_000, 7_000)]


@pytest.mark.parametrize(
    ("given", "refusal", "code"),
    [
        ({"limit_paisa": 100}, CreditLimitExceeded, "credit-limit-exceeded"),
        ({"on_hand": 2}, OutOfStock, "out-of-stock"),
    ],
)
def test_a_refusal_leaves_its_decision_and_nothing_else(
    migrated: Server, given: dict[str, int], refusal: type[DomainError], code: str
) -> None:
    trade = market(**given)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        trade.place(3, request=request(trade))
    assert rows(trade) == (0, 0, 0, 0, 0, 1)
    assert decisions(trade) == [("refused", code, 3_000, 0)]
    assert trade.exposure()[:2] == (0, 0)
    assert trade.shelf()[1] == 0
    with read() as session:
        kept = session.execute(
            text("SELECT count(*) FROM app.idempotency_keys WHERE business_id = :b"), {"b": trade.retailer_id}
        ).scalar_one()
    assert kept == 0, "failures are not remembered"


@pytest.mark.parametrize("settlement", ["credit", "cash"])
def test_who_keeps_books_in_another_currency_buys_nothing_that_they_could_not_hold(
    trade: Market, settlement: str
) -> None:
    abroad = write(lambda session: business(session, country="IN", state="09", zone="Lucknow"))
    with pytest.raises(CurrencyMismatch, match=r"sells in NPR, .* books in INR"):
        write(
            lambda session: ordering.place(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=abroad,
                wishes=trade.wishes(1),
                settlement=settlement,
            )
        )
    assert decisions(trade) == [("refused", "currency-mismatch", None, 0)]
    assert trade.shelf()[1] == 0


def test_in_part_grants_what_is_there_and_says_so(migrated: Server) -> None:
    trade = market(on_hand=5)
    trade.place(8, 2, allow_partial=True)
    assert trade.exposure() == (0, 7_000, 1_000_000)
    assert decisions(trade) == [("granted", "in-part", 10_000, 7_000)]


def sold(trade: Market, **terms: object) -> None:
    """New terms for the first product, ten rupees a packet where nothing else is given."""
    given = {"unit": "packet", "unit_price": Decimal(10), "currency": "NPR", **terms}
    write(
        lambda session: catalogue.set_offer(
            session, vendor_id=trade.vendor_id, product_id=trade.products[0], **given
        )
    )


@pytest.mark.parametrize(("on_hand", "granted"), [(17, 12), (25, 24), (11, 0), (30, 30)])
def test_what_is_granted_in_part_could_have_been_asked_for(
    migrated: Server, on_hand: int, granted: int
) -> None:
    trade = market(on_hand=on_hand)
    sold(trade, minimum_quantity=Decimal(12), carton_multiple=Decimal(6))
    order_id = trade.place(30, 1, allow_partial=True)
    with read() as session:
        lines = session.execute(
            text("SELECT ordered_quantity FROM app.order_lines WHERE order_id = :id ORDER BY line_no"),
            {"id": order_id},
        ).scalars()
        assert list(lines) == [granted, 1]
    assert trade.shelf(0)[1] == granted
    assert trade.exposure()[1] == (granted + 1) * 1_000


def test_in_part_only_what_is_granted_needs_credit(migrated: Server) -> None:
    trade = market(on_hand=5, limit_paisa=7_000)
    trade.place(8, 2, allow_partial=True)
    assert trade.exposure() == (0, 7_000, 7_000)
    assert decisions(trade) == [("granted", "in-part", 10_000, 7_000)]


def test_in_part_beyond_the_limit_is_refused_and_promises_nothing(migrated: Server) -> None:
    trade = market(on_hand=5, limit_paisa=6_999)
    with pytest.raises(CreditLimitExceeded) as refused:
        trade.place(8, 2, allow_partial=True)
    assert refused.value.facts["asked_paisa"] == 7_000
    assert decisions(trade) == [("refused", "credit-limit-exceeded", 10_000, 0)]
    assert (trade.exposure()[1], trade.shelf(0)[1], trade.shelf(1)[1]) == (0, 0, 0)


def test_what_is_short_is_told_by_name_in_the_unit_that_was_ordered(migrated: Server) -> None:
    trade = market(on_hand=60)
    sold(trade, unit="carton")
    with pytest.raises(
        OutOfStock, match=r"has 2 of 5 carton of Noodles 75 g \(SKU-\w+\); order less"
    ) as refused:
        trade.place(5, settlement="cash")
    assert refused.value.facts["short"] == [
        {"product_id": str(trade.products[0]), "unit": "carton", "asked": "5", "available": "2"}
    ]


def test_in_part_of_nothing_is_refused(migrated: Server) -> None:
    trade = market(on_hand=5)
    trade.place(5)
    with pytest.raises(ProductUnavailable):
        trade.place(1, allow_partial=True)
    assert trade.exposure()[1] == 5_000


def test_a_cash_order_holds_no_credit_and_owes_nothing(migrated: Server) -> None:
    trade = market(limit_paisa=0)
    order_id = trade.accepted(4, settlement="cash")
    trade.deliver(order_id)
    assert trade.exposure() == (0, 0, 0)
    with read() as session:
        cash = session.execute(
            text("""
                SELECT sum(amount_paisa) FROM app.postings JOIN app.accounts account ON account.id = account_id
                WHERE postings.business_id = :vendor AND account.code = 'cash'
            """),
            {"vendor": trade.vendor_id},
        ).scalar_one()
    assert cash == 4_000


def test_without_agreement_there_is_no_credit(trade: Market) -> None:
    trade.retailer_id = write(business)
    with pytest.raises(AgreementNotFound):
        trade.place(1)
    trade.place(1, settlement="cash")


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "1e12", "1.0001"])
def test_quantities_that_cannot_be_are_refused(trade: Market, quantity: str) -> None:
    with pytest.raises(QuantityInvalid):
        trade.place(quantity)
    assert rows(trade) == (0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("quantity", ["1000000000", "1e12"])
def test_a_quantity_that_is_too_large_is_told_so(trade: Market, quantity: str) -> None:
    with pytest.raises(QuantityInvalid, match="a line ends under 1000000000, order less"):
        trade.place(quantity)


def test_an_order_beyond_every_amount_is_refused_and_its_decision_kept(trade: Market) -> None:
    sold(trade, unit_price=Decimal(999_999_999), availability="always")
    for settlement in ("credit", "cash"):
        with pytest.raises(
            OrderInvalid, match=r"comes to NPR .*; an order ends at NPR 9,99,99,99,99,999\.99"
        ):
            trade.place(999_999_999, settlement=settlement)
    with read() as session, pytest.raises(OrderInvalid, match="an order ends at"):
        ordering.quote(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            wishes=trade.wishes(999_999_999),
        )
    assert decisions(trade) == [("refused", "order-invalid", None, 0)] * 2


def test_a_part_of_what_stock_counts_whole_is_not_ordered(trade: Market) -> None:
    loose = write(
        lambda session: product(session, base_unit="packet", units={"kg": Decimal("2.5")}, name="Biscuits")
    )
    trade.products = [loose]
    with pytest.raises(OfferInvalid, match=r"1 kg \(2\.5 packet\) has no place .* multiples of 0\.4 kg"):
        sold(trade, unit="kg")
    sold(trade, unit="kg", minimum_quantity=Decimal("0.4"), carton_multiple=Decimal("0.4"))
    with pytest.raises(OutOfStock):
        trade.place("0.8")


def test_minimum_and_carton_multiple_are_named_with_the_way_out(migrated: Server) -> None:
    trade = market()
    sold(trade, minimum_quantity=Decimal(12), carton_multiple=Decimal(6))
    with pytest.raises(QuantityInvalid, match="minimum; order 12 or more"):
        trade.place(6)
    with pytest.raises(QuantityInvalid, match="order 12 or 18"):
        trade.place(13)


def test_what_nobody_offers_and_who_is_nobody_are_refused(trade: Market) -> None:
    def place(vendor: UUID, wish: ordering.Wish) -> None:
        write(
            lambda session: ordering.place(
                session, vendor_id=vendor, retailer_id=trade.retailer_id, wishes=[wish]
            )
        )

    unknown = write(product)
    with pytest.raises(ProductUnavailable):
        place(trade.vendor_id, ordering.Wish(unknown, Decimal(1)))
    with pytest.raises(UnitNotSold, match="use packet"):
        place(trade.vendor_id, ordering.Wish(trade.products[0], Decimal(1), unit="carton"))
    with pytest.raises(PartyNotFound):
        place(uuid7(), ordering.Wish(trade.products[0], Decimal(1)))
    with pytest.raises(PartyNotFound):
        place(trade.retailer_id, ordering.Wish(trade.products[0], Decimal(1)))


@pytest.mark.parametrize(
    ("terms", "quantity", "unit", "code"),
    [
        ({"minimum_quantity": Decimal(12)}, "6", None, "quantity-invalid"),
        ({"minimum_quantity": Decimal(6), "carton_multiple": Decimal(6)}, "13", None, "quantity-invalid"),
        ({}, "0.5", None, "quantity-invalid"),
        ({}, "2", "carton", "unit-not-sold"),
        ({"is_listed": False}, "2", None, "product-unavailable"),
    ],
)
def test_a_quote_that_is_refused_leaves_its_decision_with_the_lines_that_were_asked(
    trade: Market, terms: dict[str, object], quantity: str, unit: str | None, code: str
) -> None:
    sold(trade, **terms)
    wish = ordering.Wish(trade.products[0], Decimal(quantity), unit)
    with pytest.raises(DomainError) as refused:
        write(
            lambda session: ordering.place(
                session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, wishes=[wish]
            )
        )
    assert refused.value.code == code
    assert rows(trade) == (0, 0, 0, 0, 0, 1)
    assert decisions(trade) == [("refused", code, None, 0)]
    with read() as session:
        lines = session.execute(
            text("SELECT asked_lines FROM app.decisions WHERE vendor_id = :vendor AND kind = 'order'"),
            {"vendor": trade.vendor_id},
        ).scalar_one()
    assert lines == [
        {"product_id": str(trade.products[0]), "unit": unit or "packet", "asked": quantity, "granted": "0"}
    ]


def test_an_order_needs_lines_and_each_product_once(trade: Market) -> None:
    with pytest.raises(OrderInvalid):
        trade.place()
    trade.products = [trade.products[0]] * 2
    with pytest.raises(OrderInvalid, match="stands on two lines"):
        trade.place(1, 1)


# At most once -------------------------------------------------------------------------------


def test_a_retry_gets_the_first_answer(trade: Market) -> None:
    first = trade.place(3, request=request(trade))
    assert trade.place(3, request=request(trade)) == first
    assert rows(trade)[0] == 1


def test_a_key_with_another_body_is_refused(trade: Market) -> None:
    trade.place(3, request=request(trade))
    with pytest.raises(RequestKeyReused):
        trade.place(4, request=request(trade, b"other"))
    assert rows(trade)[0] == 1


def test_twins_at_once_make_one_order(trade: Market, crowd: Crowd) -> None:
    answers = crowd([lambda: trade.place(3, request=request(trade))] * 16)
    assert len(set(map(str, answers))) == 1
    assert isinstance(answers[0], UUID)
    assert rows(trade)[0] == 1


def test_a_twin_that_takes_long_is_said_to_be_in_progress(
    trade: Market, migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_LOCK_TIMEOUT_MS", "50")
    forget_connections()
    try:
        with psycopg.connect(migrated.url(APP, DATABASE)) as twin:
            asked = request(trade)
            twin.execute(
                "INSERT INTO app.idempotency_keys (business_id, actor_id, operation, key, body_hash, result_id)"
                " VALUES (%s, %s, %s, %s, %s, gen_random_uuid())",
                [asked.business_id, asked.actor_id, asked.operation, asked.key, asked.body_hash],
            )
            with pytest.raises(RequestInProgress):
                trade.place(1, request=asked)
            twin.rollback()
        trade.place(1, request=asked)
    finally:
        forget_connections()
    assert rows(trade)[0] == 1


# Statements ---------------------------------------------------------------------------------


@pytest.fixture
def statements(migrated: Server) -> Iterator[list[str]]:
    """What this process sends to the server."""
    with statements_sent() as seen:
        yield seen


@pytest.mark.parametrize("subscribers", [0, 1, 7])
def test_placing_is_seven_statements_whatever_the_number(
    statements: list[str], subscribers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    followers = tuple(Subscriber(f"follower-{n}", "internal") for n in range(subscribers))
    monkeypatch.setitem(events._subscribers, OrderPlaced.type, followers)
    trade = market(products=50, limit_paisa=10**9)
    counts = []
    for lines in (1, 50):
        statements.clear()
        trade.place(*[1] * lines, request=request(trade, key=f"k{lines}"))
        counts.append(len(statements))
    assert counts == [STATEMENTS_MAX] * 2
    with read() as session:
        enqueued = session.execute(
            text("""
                SELECT count(*) FROM dbos.workflow_status job JOIN app.domain_events told
                    ON job.workflow_uuid LIKE CAST(told.id AS text) || '\\:follower-%'
                WHERE told.business_id = :vendor
            """),
            {"vendor": trade.vendor_id},
        ).scalar_one()
    assert enqueued == 2 * subscribers


def test_delivering_does_not_ask_line_by_line(statements: list[str]) -> None:
    counts = []
    for lines in (1, 50):
        trade = market(products=50, limit_paisa=10**9)
        order_id = trade.accepted(*[1] * lines)
        statements.clear()
        trade.deliver(order_id)
        counts.append(len(statements))
    assert counts[0] == counts[1]


# Numbers ------------------------------------------------------------------------------------


def test_order_numbers_grow_beyond_three_digits_and_stay_unique(own_world: str) -> None:
    trade = market()
    numbers = []
    for restart in (7, 999, 123456):
        with psycopg.connect(own_world, autocommit=True) as connection:
            connection.execute("SELECT setval('app.order_serial', %s, false)", [restart])
        for _ in range(2):
            order_id = trade.place(1)
            with read() as session:
                numbers.append(
                    session.execute(
                        text("SELECT number FROM app.orders WHERE id = :id"), {"id": order_id}
                    ).scalar_one()
                )
    assert all(re.fullmatch(r"ORD\d{6}\d{3,}", number) for number in numbers)
    assert [number[9:] for number in numbers] == ["007", "008", "999", "1000", "123456", "123457"]


def test_quoting_promises_nothing(trade: Market) -> None:
    with read() as session:
        quoted = ordering.quote(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, wishes=trade.wishes(3, 4)
        )
    assert quoted.total_paisa == 7_000
    assert rows(trade) == (0, 0, 0, 0, 0, 0)


def test_a_decision_keeps_what_was_promised_before_it(migrated: Server) -> None:
    trade = market(price="10", limit_paisa=50_000)
    trade.place(10)
    trade.place(20)
    with pytest.raises(CreditLimitExceeded):
        trade.place(30)
    with read() as session:
        seen = session.execute(
            text(
                "SELECT facts ->> 'held_paisa' FROM app.decisions"
                " WHERE retailer_id = :retailer AND kind = 'order' ORDER BY decided_at"
            ),
            {"retailer": trade.retailer_id},
        ).scalars()
        assert list(seen) == ["0", "10000", "30000"]
