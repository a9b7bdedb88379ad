"""Whatever several people do to orders, goods and money, in whatever order: the books, the shelf and the limit hold.

The verbs run on the real database, in one transaction an example that is never committed. `SAUDA_LONG_SEQUENCES=2000`
looks at so many examples of a hundred steps each.

Broken on purpose, each of these is found by the short run too: free goods that stay, or go out, without what earned
them; a hold, a reservation or a settlement that is left behind; a fee or a return that one book has and the other has
not; a return that is worth more than its goods, or gives what nobody paid; a place in a slot that its order leaves
taken; a settlement that holds before its documents; a discount that stays when its goods come back, or goes when others
do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.credit import openings
from commerce.credit import service as credit
from commerce.delivery import service as delivery
from commerce.ledger import service as ledger
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.exchanges import exchange_of
from commerce.ordering.queries import LineState
from commerce.pricing import service as pricing
from commerce.stock import adjusting, expiry
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day
from foundation.database import SYSTEM, Trial
from foundation.embedded_postgres import Server
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.money import to_rupees
from tests.commerce.factories import RETAILER, VENDOR, business, product

LONG = int(os.environ.get("SAUDA_LONG_SEQUENCES", "0"))
LIMIT_PAISA = 60_000
ON_HAND = Decimal(120)
FEE_PAISA = 2_500
CREDIT_PAISA = 1_700
KEPT = Decimal(2)
PLACES = 2
"""Of each slot, so that the third order is refused."""
RELEASE_DAYS = 2
PAST_DAYS = 20

T = TypeVar("T")
one_of = st.integers(min_value=0, max_value=10_000)
"""Which of what is there, counted round."""
few = st.integers(min_value=0, max_value=13)
parts = st.lists(few, min_size=3, max_size=3)
pair = st.tuples(few, st.integers(min_value=0, max_value=4)).map(list)
"""So much of a good, and of what came free with it."""
none_often = st.sampled_from([True, True, False]).flatmap(lambda whole: st.none() if whole else pair)
sides = st.sampled_from([VENDOR, RETAILER])
slots = st.none() | one_of
past = st.integers(0, PAST_DAYS)


def amount(quantity: str) -> str:
    """What so much of a line costs, rounded half-even to the paisa, as SQL."""
    exact = f"unit_price * 100 * {quantity}"
    return f"(CASE WHEN mod({exact}, 1) = 0.5 THEN 2 * floor(({exact} + 0.5) / 2) ELSE round({exact}) END)"


def off(quantity: str) -> str:
    """What comes off so much of a line by a step of its price, rounded as its charges are, as SQL."""
    return amount(quantity).replace("unit_price", "off")


# What came back is of what was delivered first, line by line, and so is what comes off it.
EARNED = f"""
    handed AS (
        SELECT delivery.id, step.off, step.within_days, line.quantity, line.returned,
               (SELECT sum(before.quantity) FROM app.delivery_lines before
                JOIN app.deliveries earlier ON earlier.id = before.delivery_id AND earlier.kind = 'delivery'
                WHERE before.order_id = line.order_id AND before.order_line_no = line.order_line_no
                  AND (earlier.document_date, earlier.number) <= (delivery.document_date, delivery.number)) AS until
        FROM app.deliveries delivery
        JOIN (SELECT out.*, ordered.returned_quantity AS returned, ordered.explanation
              FROM app.delivery_lines out
              JOIN app.order_lines ordered ON ordered.order_id = out.order_id AND ordered.line_no = out.order_line_no
        ) line ON line.delivery_id = delivery.id
        CROSS JOIN LATERAL (
            SELECT CAST(told ->> 'off_per_unit' AS numeric) AS off,
                   CAST(told ->> 'within_days' AS integer) AS within_days
            FROM jsonb_array_elements(line.explanation -> 'steps') told WHERE told ->> 'off_per_unit' IS NOT NULL
        ) step
        WHERE delivery.vendor_id = :vendor AND delivery.kind = 'delivery'
    ), discount AS (
        SELECT given.account_id, -given.amount_paisa AS given_paisa, charge.id AS charge_id, stands.paisa, (
                   SELECT coalesce(sum({off("until")} - {off("least(until, greatest(until - quantity, returned))")}), 0)
                   FROM handed WHERE handed.id = charge.source_id
                     AND given.document_date <= charge.document_date + handed.within_days
               ) AS earned_paisa, EXISTS (
                   SELECT FROM app.allocations undone JOIN app.receivable_items paid ON paid.id = undone.credit_item_id
                   WHERE undone.debit_item_id = charge.id AND undone.amount_paisa < 0 AND paid.kind = 'payment'
                     AND undone.recorded_at >= given.recorded_at
               ) AS is_undone
        FROM app.receivable_items given
        CROSS JOIN LATERAL (
            SELECT debit_item_id, sum(amount_paisa) AS paisa FROM app.allocations
            WHERE credit_item_id = given.id GROUP BY debit_item_id
        ) stands
        JOIN app.receivable_items charge ON charge.id = stands.debit_item_id AND charge.kind = 'charge'
        WHERE given.business_id = :vendor AND given.kind = 'cash_discount'
    )
"""
BROKEN = text(f"""
    WITH party AS (SELECT unnest(CAST(:parties AS uuid[])) AS id),
    settled AS (
        SELECT item.id, item.account_id, item.amount_paisa, item.kind, item.source_id,
               coalesce((SELECT sum(a.amount_paisa) FROM app.allocations a
                         WHERE item.id IN (a.debit_item_id, a.credit_item_id)), 0) AS paisa
        FROM app.receivable_items item WHERE item.business_id = :vendor
    ),
    line AS (
        SELECT line.*, orders.order_state, orders.settlement, orders.credit_state,
               {amount("delivered_quantity")} AS delivered_paisa,
               {amount("returned_quantity")} AS returned_paisa,
               {amount("(ordered_quantity - cancelled_quantity)")} AS standing_paisa
        FROM app.order_lines line JOIN app.orders ON orders.id = order_id WHERE line.vendor_id = :vendor
    ),
    {EARNED}
    SELECT 'a transaction is not balanced' FROM app.postings WHERE business_id IN (SELECT id FROM party)
    GROUP BY transaction_id, currency HAVING sum(amount_paisa) <> 0
    UNION ALL
    SELECT 'the balance is not what is open' FROM app.receivables r WHERE business_id = :vendor AND (
        posted_paisa <> (SELECT coalesce(sum(amount_paisa), 0) FROM app.postings p WHERE p.account_id = r.account_id)
        OR posted_paisa <> (SELECT coalesce(sum(CASE WHEN amount_paisa > 0 THEN amount_paisa - paisa
                                                     ELSE amount_paisa + paisa END), 0)
                            FROM settled s WHERE s.account_id = r.account_id))
    UNION ALL
    SELECT 'on a past day what is open is not the balance of that day' FROM (
        SELECT document_date AS day FROM app.receivable_items WHERE business_id = :vendor
        UNION SELECT effective_date FROM app.allocations WHERE business_id = :vendor
    ) past CROSS JOIN LATERAL (
        SELECT item.amount_paisa, greatest(0, abs(item.amount_paisa) - coalesce((
                   SELECT sum(a.amount_paisa) FROM app.allocations a
                   WHERE item.id IN (a.debit_item_id, a.credit_item_id) AND a.effective_date <= past.day), 0)) AS paisa,
               item.account_id
        FROM app.receivable_items item WHERE item.business_id = :vendor AND item.document_date <= past.day
    ) item GROUP BY past.day, item.account_id
    HAVING sum(item.amount_paisa) <> sum(sign(item.amount_paisa) * item.paisa)
    UNION ALL
    SELECT 'an item is settled beyond itself' FROM settled WHERE paisa NOT BETWEEN 0 AND abs(amount_paisa)
    UNION ALL
    SELECT 'a payment that was undone settles a debt' FROM app.payments undone
    JOIN settled paid ON paid.source_id = undone.reverses_id JOIN app.allocations a ON a.credit_item_id = paid.id
    JOIN settled debt ON debt.id = a.debit_item_id AND debt.kind <> 'bounce'
    WHERE undone.vendor_id = :vendor GROUP BY paid.id, debt.id HAVING sum(a.amount_paisa) <> 0
    UNION ALL
    SELECT 'debt and credit lie open beside each other' FROM settled WHERE NOT :keeps_advances GROUP BY account_id
    HAVING bool_or(amount_paisa > paisa) AND bool_or(-amount_paisa > paisa)
    UNION ALL
    SELECT 'more is owed again than was given back' FROM settled again WHERE kind = 'reinstatement' AND NOT EXISTS (
        SELECT FROM settled given WHERE given.source_id = again.source_id AND given.amount_paisa <= -again.amount_paisa)
    UNION ALL
    SELECT 'a discount stands that its goods did not earn' FROM discount WHERE paisa > earned_paisa
    UNION ALL
    SELECT 'a discount went that was earned and paid for' FROM discount
    WHERE NOT is_undone AND paisa <> least(given_paisa, earned_paisa)
    UNION ALL
    SELECT 'what was given off is not what stands of it' FROM settled item
    WHERE kind IN ('cash_discount', 'discount_reversal') GROUP BY account_id
    HAVING -sum(amount_paisa) <> (SELECT coalesce(sum(paisa), 0) FROM discount d WHERE d.account_id = item.account_id)
    UNION ALL
    SELECT 'what one is owed the other does not owe' FROM app.credit_agreements a WHERE vendor_id = :vendor
      AND payable_account_id IS NOT NULL
      AND (SELECT coalesce(sum(amount_paisa), 0) FROM app.postings WHERE account_id = a.receivable_account_id)
       <> -(SELECT coalesce(sum(amount_paisa), 0) FROM app.postings WHERE account_id = a.payable_account_id)
    UNION ALL
    SELECT 'holds are not what open lines are worth' FROM app.receivables r
    JOIN app.credit_agreements agreed ON agreed.receivable_account_id = r.account_id WHERE r.business_id = :vendor AND (
        held_paisa <> (SELECT coalesce(sum(remaining_paisa), 0) FROM app.holds h WHERE h.account_id = r.account_id)
        OR held_paisa <> (SELECT coalesce(sum(standing_paisa - line.delivered_paisa), 0) FROM line
                          WHERE line.retailer_id = agreed.retailer_id AND settlement = 'credit'
                            AND order_state IN ('placed', 'accepted')))
    UNION ALL
    SELECT 'the shelf promised what it has not' FROM app.stock_levels l WHERE business_id = :vendor AND (
        reserved NOT BETWEEN 0 AND on_hand
        OR on_hand <> (SELECT sum(quantity) FROM app.stock_movements m
                       WHERE m.business_id = :vendor AND m.product_id = l.product_id)
        OR reserved <> (SELECT coalesce(sum(base_quantity * (ordered_quantity - delivered_quantity
                                                             - cancelled_quantity)), 0)
                        FROM line WHERE line.product_id = l.product_id))
    UNION ALL
    SELECT 'a day of a slot is not what orders hold of it' FROM app.delivery_slot_days day WHERE business_id = :vendor
      AND (taken > capacity OR taken <> (SELECT count(*) FROM app.orders
                                         WHERE slot_id = day.slot_id AND promised_on = day.day))
    UNION ALL
    SELECT 'an order holds a place that it gave up' FROM app.orders WHERE vendor_id = :vendor AND slot_id IS NOT NULL
      AND (order_state NOT IN ('placed', 'accepted', 'completed')
           OR NOT EXISTS (SELECT FROM app.delivery_slot_days day
                          WHERE day.slot_id = orders.slot_id AND day.day = orders.promised_on))
    UNION ALL
    SELECT 'batches are not what moved of them' FROM app.stock_batches b WHERE business_id = :vendor AND (
        on_hand < 0 OR on_hand <> (SELECT sum(quantity) FROM app.stock_movements m WHERE m.batch_id = b.id)
        OR on_hand <> (SELECT sum(quantity) FROM app.stock_movements m
                       WHERE m.batch_id = b.id AND m.kind IN ('opening', 'receipt', 'adjustment'))
                    - (SELECT coalesce(sum(CASE WHEN d.kind = 'delivery' THEN p.quantity ELSE -p.quantity END), 0)
                       FROM app.delivery_batches p JOIN app.deliveries d ON d.id = p.delivery_id
                       WHERE p.batch_id = b.id AND NOT EXISTS (
                           SELECT FROM app.deliveries spoiled WHERE spoiled.id = d.id AND d.kind = 'return'
                             AND NOT EXISTS (SELECT FROM app.stock_movements m WHERE m.source_id = d.id))))
    UNION ALL
    SELECT 'what lies in batches is not what the batches hold' FROM app.stock_levels l WHERE business_id = :vendor
      AND batched <> (SELECT coalesce(sum(on_hand), 0) FROM app.stock_batches b
                      WHERE b.business_id = :vendor AND b.product_id = l.product_id)
    UNION ALL
    SELECT 'what counts as expired is not what the marked batches hold' FROM app.stock_levels l
    WHERE business_id IN (SELECT id FROM party)
      AND expired <> (SELECT coalesce(sum(on_hand), 0) FROM app.stock_batches b WHERE b.business_id = l.business_id
                      AND b.product_id = l.product_id AND b.expired_on IS NOT NULL)
    UNION ALL
    SELECT 'a buyer''s shelf is not what it kept and was brought' FROM app.stock_levels l
    WHERE business_id <> :vendor AND business_id IN (SELECT id FROM party) AND on_hand <> :kept + (
        SELECT coalesce(sum(base_quantity * (delivered_quantity - returned_quantity)), 0) FROM line
        WHERE line.retailer_id = l.business_id AND line.product_id = l.product_id)
    UNION ALL
    SELECT 'receipts did not cost what the book says of purchases' FROM party WHERE id <> :vendor AND (
        SELECT coalesce(sum(CASE r.kind WHEN 'receipt' THEN cost_paisa ELSE -cost_paisa END), 0)
        FROM app.goods_receipts r WHERE r.business_id = party.id
    ) <> (SELECT coalesce(sum(amount_paisa), 0) FROM app.postings JOIN app.accounts a ON a.id = account_id
          WHERE a.business_id = party.id AND a.code IN ('purchases', 'purchase_returns'))
    UNION ALL
    SELECT 'lines and papers disagree' FROM app.orders orders WHERE vendor_id = :vendor AND (
        orders.delivered_paisa <> (SELECT sum(line.delivered_paisa) FROM line WHERE order_id = orders.id)
        OR orders.returned_paisa <> (SELECT sum(line.returned_paisa) FROM line WHERE order_id = orders.id)
        OR total_paisa <> (SELECT sum(standing_paisa) FROM line WHERE order_id = orders.id)
        OR orders.delivered_paisa <> (SELECT coalesce(sum(d.total_paisa), 0) FROM app.deliveries d
                               WHERE d.order_id = orders.id AND kind = 'delivery')
        OR orders.returned_paisa <> (SELECT coalesce(sum(d.total_paisa), 0) FROM app.deliveries d
                              WHERE d.order_id = orders.id AND kind = 'return')
        OR returned_paisa > delivered_paisa)
    UNION ALL
    SELECT 'free goods are kept that nothing earned' FROM line free
    JOIN line paid ON paid.order_id = free.order_id AND paid.line_no = free.free_with_line
    WHERE free.delivered_quantity - free.returned_quantity > floor(
        (paid.delivered_quantity - paid.returned_quantity) * paid.base_quantity
        / CAST(free.explanation ->> 'buy_in_base' AS numeric)) * CAST(free.explanation ->> 'get' AS numeric)
""")

OWED = text(f"""
    SELECT agreed.retailer_id, r.posted_paisa,
           (SELECT coalesce(sum(delivered_paisa - returned_paisa), 0) FROM app.orders
            WHERE vendor_id = :vendor AND retailer_id = agreed.retailer_id AND settlement = 'credit') AS bought,
           (SELECT coalesce(sum(CASE WHEN reverses_id IS NULL THEN amount_paisa ELSE -amount_paisa END), 0)
            FROM app.payments WHERE vendor_id = :vendor AND retailer_id = agreed.retailer_id) AS paid,
           (SELECT coalesce(sum(amount_paisa), 0) FROM app.receivable_items item
            WHERE item.account_id = r.account_id AND kind IN ('cancel_fee', 'fee_waiver')) AS fees,
           (SELECT coalesce(-sum(amount_paisa), 0) FROM app.receivable_items item
            WHERE item.account_id = r.account_id AND kind = 'cancel_credit') AS promised,
           (SELECT coalesce(sum(amount_paisa), 0) FROM app.receivable_items item
            WHERE item.account_id = r.account_id AND kind = 'opening') AS owed_before,
           (SELECT coalesce(-sum(amount_paisa), 0) FROM app.receivable_items item
            WHERE item.account_id = r.account_id AND kind IN ('cash_discount', 'discount_reversal')) AS given_off,
           (SELECT coalesce(sum({off("delivered_quantity")} - {off("returned_quantity")}), 0)
            FROM app.order_lines line JOIN app.orders ON orders.id = order_id
            CROSS JOIN LATERAL (
                SELECT CAST(step ->> 'off_per_unit' AS numeric) AS off
                FROM jsonb_array_elements(line.explanation -> 'steps') step WHERE step ->> 'off_per_unit' IS NOT NULL
            ) promised
            WHERE line.vendor_id = :vendor AND line.retailer_id = agreed.retailer_id AND settlement = 'credit'
           ) AS may_be_off,
           (SELECT coalesce(-sum(amount_paisa), 0) FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
            WHERE a.business_id = agreed.retailer_id AND a.code = 'debts_forgiven') AS forgiven,
           (SELECT coalesce(sum(amount_paisa), 0) FROM app.write_offs
            WHERE vendor_id = :vendor AND retailer_id = agreed.retailer_id) AS written_off
    FROM app.receivables r JOIN app.credit_agreements agreed ON agreed.receivable_account_id = r.account_id
    WHERE r.business_id = :vendor
""")


class Trade(RuleBasedStateMachine):
    """A vendor with three goods, one with free goods; two retailers, who have little credit."""

    def __init__(self) -> None:
        super().__init__()
        self.trial = Trial()
        self.orders: list[tuple[UUID, UUID]] = []
        self.payments: list[tuple[UUID, UUID]] = []
        self.spoiled: dict[UUID, Decimal] = {}
        self.received: dict[UUID, Decimal] = {}
        self.fees: dict[UUID, int] = {}
        self.keeps_advances = False

    def teardown(self) -> None:
        self.trial.close()

    def do(self, work: Callable[[Session], T]) -> T | None:
        """What a verb answers; None when it refuses, and then it left nothing."""
        try:
            return self.trial.write(work, scope=SYSTEM)
        except DomainError:
            return None

    @initialize()
    def open_market(self) -> None:
        def make(session: Session) -> None:
            self.vendor = business(session, is_vendor=True, is_retailer=False)
            self.retailers = [business(session) for _ in range(2)]
            self.products = [product(session) for _ in range(3)]
            for product_id, price, unit in zip(
                self.products, ("3.333333", "0.125", "200"), ("packet", "packet", "carton"), strict=True
            ):
                catalogue.set_offer(
                    session,
                    vendor_id=self.vendor,
                    product_id=product_id,
                    unit=unit,
                    unit_price=Decimal(price),
                    currency="NPR",
                )
            pricing.set_scheme(
                session,
                vendor_id=self.vendor,
                code="FOUR",
                name="Four and one",
                kind="free_goods",
                product_id=self.products[0],
                terms=pricing.FreeGoods(Decimal(4), "packet", Decimal(1), "packet"),
            )
            for code, percent, days in (("SOON", 2, 3), ("SOONEST", 5, 0)):
                pricing.set_scheme(
                    session,
                    vendor_id=self.vendor,
                    code=code,
                    name=code,
                    kind="cash_discount",
                    terms=pricing.CashDiscount(Decimal(percent), days),
                )
            stock.receive(
                session,
                business_id=self.vendor,
                kind="opening",
                quantities=dict.fromkeys(self.products, ON_HAND),
                batches=[
                    stock.Incoming(self.products[n], number, Decimal(quantity), expires_on)
                    for n, number, quantity, expires_on in (
                        (0, "SOON", 20, date(2090, 1, 1)),
                        (0, "LATER", 30, date(2090, 2, 1)),
                        (2, "WHOLE", 120, None),
                    )
                ],
            )
            ordering.set_rules(
                session,
                vendor_id=self.vendor,
                rules=ordering.Rules(),
                cancelling=ordering.CancelTerms(cancel_fee_paisa=FEE_PAISA, cancel_credit_paisa=CREDIT_PAISA),
                handover=ordering.HandoverTerms(release_days=RELEASE_DAYS),
            )
            self.today = business_day(clock.now(), "Asia/Kathmandu")
            self.places = [self.slot(session, self.today + timedelta(days=days)) for days in (3, 4)]
            # One of the shops keeps a shelf of its own, so that goods come onto it and leave it.
            stock.receive(
                session,
                business_id=self.retailers[0],
                quantities=dict.fromkeys(self.products, KEPT),
                batches=[stock.Incoming(self.products[0], "LATER", KEPT, date(2090, 2, 1))],
            )
            credit.set_policy(session, vendor_id=self.vendor, write_off_max_paisa=10**9, set_by=uuid7())
            # Agreed long ago, so that a payment may be of a day before the goods that it pays.
            with clock.at(clock.now() - timedelta(days=PAST_DAYS)):
                for retailer in self.retailers:
                    credit.agree(
                        session,
                        vendor_id=self.vendor,
                        retailer_id=retailer,
                        limit_paisa=LIMIT_PAISA,
                        net_days=15,
                        reason="test",
                        approved_by=uuid7(),
                    )

        self.trial.write(make, scope=SYSTEM)

    def slot(self, session: Session, day: date) -> delivery.Place:
        slot_id = delivery.add_slot(
            session,
            vendor_id=self.vendor,
            zone="Surkhet",
            weekday=day.isoweekday(),
            begins=time(9),
            ends=time(12),
            capacity=PLACES,
            cutoff_hours=0,
        )
        return delivery.Place(slot_id, day)

    def place_in(self, which: int | None) -> delivery.Place | None:
        """A day of a slot, now and then the same a week later."""
        if which is None:
            return None
        place = self.places[which % 2]
        return place._replace(day=place.day + timedelta(days=7)) if which % 5 == 0 else place

    def order(self, n: int) -> tuple[UUID, UUID]:
        """One of the newest, so that much happens to few."""
        return self.orders[-1 - n % min(len(self.orders), 3)]

    def lines(self, order_id: UUID) -> list[LineState]:
        return self.trial.read(lambda session: queries.lines_of(session, order_id), scope=SYSTEM)

    def quantities(self, order_id: UUID, numbers: list[int], bound: str) -> dict[int, Decimal]:
        """Quantities by line, now and then above what may be, so that refusals are met as well."""
        chosen = {}
        for line, number in zip(self.lines(order_id), [*numbers, *numbers], strict=False):
            if quantity := Decimal(number) % (getattr(line, bound) + (1 if number < 12 else 3)):
                chosen[line.line_no] = quantity
        return chosen

    # What they do -----------------------------------------------------------------------------

    @rule(which=one_of, is_vendor=st.booleans())
    def expire(self, which: int, is_vendor: bool) -> None:
        """A batch is marked, and what is left of it still comes and goes by orders that were promised it."""
        business_id = self.vendor if is_vendor else self.retailers[0]
        product_id = self.products[which % 3]
        with clock.at(datetime(2090, 1, 15, tzinfo=UTC)):
            self.trial.write(
                lambda session: expiry.expire(session, business_id=business_id, product_id=product_id),
                scope=SYSTEM,
            )

    @rule(who=one_of, wanted=parts, is_cash=st.booleans(), in_part=st.booleans(), slot=slots)
    def place(self, who: int, wanted: list[int], is_cash: bool, in_part: bool, slot: int | None) -> None:
        self.place_one(who, wanted, is_cash=is_cash, in_part=in_part, slot=slot)

    @rule(who=one_of, wanted=parts, is_cash=st.booleans(), is_delivered=st.booleans())
    def sell(self, who: int, wanted: list[int], is_cash: bool, is_delivered: bool) -> None:
        """An order as most are: taken on, and often delivered at once."""
        order_id = self.place_one(who, wanted, is_cash=is_cash)
        if order_id is not None:
            self.do(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
            if is_delivered:
                self.do(lambda session: ordering.deliver(session, order_id=order_id, actor=VENDOR))

    def place_one(
        self,
        who: int,
        wanted: list[int],
        *,
        is_cash: bool = False,
        in_part: bool = False,
        slot: int | None = None,
    ) -> UUID | None:
        retailer = self.retailers[who % 2]
        order_id = self.do(
            lambda session: ordering.place(
                session,
                vendor_id=self.vendor,
                retailer_id=retailer,
                wishes=self.wishes(wanted),
                settlement="cash" if is_cash else "credit",
                allow_partial=in_part,
                slot=self.place_in(slot),
            )
        )
        if order_id is not None:
            self.orders.append((order_id, retailer))
            if not is_cash:
                self.check_limit(retailer)
        return order_id

    def wishes(self, wanted: list[int]) -> list[ordering.Wish]:
        """So many packets of two goods, and a carton or two of the third where that comes out so."""
        counts = (*wanted[:2], max(0, wanted[2] - 11))
        return [
            ordering.Wish(product_id, Decimal(quantity))
            for product_id, quantity in zip(self.products, counts, strict=True)
            if quantity
        ]

    def check_limit(self, retailer: UUID) -> None:
        """After a promise of credit, what is owed and promised lies within the limit."""
        row = self.trial.read(
            lambda session: session.execute(
                text("""
                    SELECT posted_paisa + held_paisa AS used, limit_paisa FROM app.receivables
                    JOIN app.credit_agreements agreed ON receivable_account_id = account_id
                    WHERE agreed.vendor_id = :vendor AND agreed.retailer_id = :retailer
                """),
                {"vendor": self.vendor, "retailer": retailer},
            ).one(),
            scope=SYSTEM,
        )
        assert row.used <= row.limit_paisa

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=st.none() | parts, waits=st.booleans())
    def accept(self, n: int, numbers: list[int] | None, waits: bool) -> None:
        order_id, _ = self.order(n)
        some = None if numbers is None else self.quantities(order_id, numbers, "ordered_quantity")
        self.do(
            lambda session: ordering.accept(
                session, order_id=order_id, actor=VENDOR, quantities=some, is_rest_back_ordered=waits
            )
        )

    @precondition(lambda self: self.orders)
    @rule(n=one_of, slot=slots)
    def choose_slot(self, n: int, slot: int | None) -> None:
        order_id, _ = self.order(n)
        self.let_come(order_id, slot)

    def let_come(self, order_id: UUID, slot: int | None) -> None:
        """In a slot, in another one, or in none any more."""
        place = self.place_in(slot)
        if place is None:
            self.do(lambda session: ordering.give_up_slot(session, order_id=order_id, actor=RETAILER))
        else:
            self.do(
                lambda session: ordering.choose_slot(session, order_id=order_id, actor=RETAILER, place=place)
            )

    @rule(
        who=one_of,
        is_cash=st.booleans(),
        slot=slots,
        then=slots,
        verb=st.sampled_from(["", "accept", "decline"]),
    )
    def change_slot(self, who: int, is_cash: bool, slot: int | None, then: int | None, verb: str) -> None:
        """A small order, of which nothing is known but when it comes."""
        order_id = self.place_one(who, [1, 1, 0], is_cash=is_cash, slot=slot)
        if order_id is None:
            return
        self.let_come(order_id, then)
        if verb:
            self.do(lambda session: getattr(ordering, verb)(session, order_id=order_id, actor=VENDOR))

    @rule(
        which=one_of,
        number=st.sampled_from(["SOON", "FRESH"]),
        quantity=few,
        days=st.sampled_from([None, -1, 0, 30]),
        thrown_away=few,
    )
    def restock(self, which: int, number: str, quantity: int, days: int | None, thrown_away: int) -> None:
        """Goods come in, some of a batch that may be sold no more; and what has expired is taken out."""
        product_id = self.products[which % 3]
        expires_on = None if days is None else self.today + timedelta(days=days)

        def take_in(session: Session) -> Decimal:
            stock.receive(
                session,
                business_id=self.vendor,
                quantities={product_id: Decimal(quantity)},
                batches=[stock.Incoming(product_id, number, Decimal(quantity), expires_on)],
            )
            return Decimal(quantity)

        def take_out(session: Session) -> Decimal:
            line = adjusting.Line(product_id, Decimal(thrown_away))
            adjusting.adjust(session, business_id=self.vendor, reason="expired", lines=[line])
            return -Decimal(thrown_away)

        for verb in (take_in, take_out):
            moved = self.do(verb) or Decimal(0)
            self.received[product_id] = self.received.get(product_id, Decimal(0)) + moved

    @rule(
        who=one_of,
        wanted=st.integers(3, 9),
        out=st.integers(1, 4),
        slot=slots,
        is_due=st.sampled_from([1, 1, 0]),
    )
    def leave_over(self, who: int, wanted: int, out: int, slot: int | None, is_due: int) -> None:
        """An order that is delivered in part, and what its vendor's rule does about the rest."""
        order_id = self.place_one(who, [wanted, 1, 0], slot=slot)
        if order_id is None:
            return
        self.do(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        self.do(
            lambda session: ordering.deliver(
                session, order_id=order_id, actor=VENDOR, quantities={1: Decimal(out)}
            )
        )
        at = self.release_at(order_id)
        with clock.at(at if at is not None and is_due else clock.now()):
            released = self.do(lambda session: self.released(session, order_id))
        assert bool(released) == (at is not None and bool(is_due))

    def released(self, session: Session, order_id: UUID) -> bool:
        ordering.release(session, order_id=order_id)
        return True

    def release_at(self, order_id: UUID) -> datetime | None:
        order = self.trial.read(lambda session: queries.order(session, order_id), scope=SYSTEM)
        at: datetime | None = order["release_at"]
        return at

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=st.none() | parts)
    def deliver(self, n: int, numbers: list[int] | None) -> None:
        order_id, _ = self.order(n)
        some = None if numbers is None else self.quantities(order_id, numbers, "open_quantity")
        self.do(lambda session: ordering.deliver(session, order_id=order_id, actor=VENDOR, quantities=some))

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=parts, is_restocked=st.booleans())
    def take_back(self, n: int, numbers: list[int], is_restocked: bool) -> None:
        order_id, _ = self.order(n)
        some = self.quantities(order_id, numbers, "returnable_quantity")
        done = self.do(
            lambda session: ordering.take_back(
                session,
                order_id=order_id,
                actor=VENDOR,
                quantities=some,
                reason="torn",
                is_restocked=is_restocked,
            )
        )
        self.count_spoiled(done, order_id, some, is_restocked)

    @rule(who=one_of, bought=st.integers(4, 13), raised=none_often, out=none_often, back=pair)
    def earn_free_goods(
        self, who: int, bought: int, raised: list[int] | None, out: list[int] | None, back: list[int]
    ) -> None:
        """Goods that earn others free, and those: changed, delivered in part, brought back, as it happens to be."""
        order_id = self.place_one(who, [bought, 0, 0])
        if order_id is None:
            return
        self.do(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        if raised is not None:
            self.change(order_id, RETAILER, self.some(order_id, raised, "ordered_quantity", beyond=2))
        for verb, numbers, bound in (
            ("deliver", out, "open_quantity"),
            ("take_back", back, "returnable_quantity"),
            ("deliver", None, "open_quantity"),
        ):
            given = {} if verb == "deliver" else {"reason": "torn"}
            parts = None if numbers is None else self.some(order_id, numbers, bound)
            self.do(
                lambda session, verb=verb, parts=parts, given=given: getattr(ordering, verb)(
                    session, order_id=order_id, actor=VENDOR, quantities=parts, **given
                )
            )

    def some(self, order_id: UUID, numbers: list[int], bound: str, beyond: int = 0) -> dict[int, Decimal]:
        """So much of the paid and of the free line, cut to what may be and perhaps a little beyond."""
        return {
            line.line_no: min(Decimal(number), getattr(line, bound) + beyond)
            for line, number in zip(self.lines(order_id), numbers, strict=False)
        }

    def count_spoiled(
        self, done: object, order_id: UUID, some: dict[int, Decimal], is_restocked: bool
    ) -> None:
        if done is None or is_restocked:
            return
        for line in self.lines(order_id):
            lost = some.get(line.line_no, Decimal(0)) * line.base_quantity
            self.spoiled[line.product_id] = self.spoiled.get(line.product_id, Decimal(0)) + lost

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=parts, side=sides, answer=st.sampled_from(["confirm_change", "decline_change"]))
    def edit(self, n: int, numbers: list[int], side: ordering.Actor, answer: str) -> None:
        order_id, _ = self.order(n)
        wanted = self.quantities(order_id, numbers, "ordered_quantity")
        self.change(order_id, side, wanted, answer)

    def change(
        self, order_id: UUID, side: ordering.Actor, wanted: dict[int, Decimal], answer: str = "confirm_change"
    ) -> None:
        proposal_id = self.do(
            lambda session: ordering.propose_change(session, order_id=order_id, actor=side, quantities=wanted)
        )
        other = RETAILER if side is VENDOR else VENDOR
        if proposal_id is not None:
            self.do(
                lambda session: getattr(ordering, answer)(
                    session, order_id=order_id, proposal_id=proposal_id, actor=other
                )
            )

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=parts, is_accepted=st.booleans(), is_restocked=st.booleans())
    def complain(self, n: int, numbers: list[int], is_accepted: bool, is_restocked: bool) -> None:
        order_id, _ = self.order(n)
        some = self.quantities(order_id, numbers, "returnable_quantity")
        claim_id = self.do(
            lambda session: ordering.make_claim(
                session, order_id=order_id, actor=RETAILER, kind="broken", quantities=some
            )
        )
        if claim_id is None:
            return
        if not is_accepted:
            self.do(
                lambda session: ordering.decline_claim(
                    session, order_id=order_id, claim_id=claim_id, actor=VENDOR, reason="no"
                )
            )
            return
        done = self.do(
            lambda session: ordering.accept_claim(
                session, order_id=order_id, claim_id=claim_id, actor=VENDOR, is_restocked=is_restocked
            )
        )
        self.count_spoiled(done, order_id, some, is_restocked)

    @precondition(lambda self: self.orders)
    @rule(n=one_of, numbers=parts, again=parts, wanted=parts, is_restocked=st.booleans())
    def exchange(
        self, n: int, numbers: list[int], again: list[int], wanted: list[int], is_restocked: bool
    ) -> None:
        order_id, retailer = self.order(n)
        back = self.quantities(order_id, numbers, "returnable_quantity")
        same = {
            line: min(quantity, Decimal(number))
            for (line, quantity), number in zip(back.items(), [*again, *again], strict=False)
            if number
        }
        done = self.do(
            lambda session: ordering.exchange(
                session,
                order_id=order_id,
                actor=VENDOR,
                back=back,
                same=same,
                others=self.wishes(wanted),
                reason="torn",
                is_restocked=is_restocked,
            )
        )
        self.count_spoiled(done, order_id, back, is_restocked)
        if done is not None:
            new_order_id = self.trial.read(
                lambda session: exchange_of(session, order_id, done).new_order_id, scope=SYSTEM
            )
            if new_order_id is not None:
                self.orders.append((new_order_id, retailer))

    @precondition(lambda self: self.orders)
    @rule(n=one_of, side=sides, verb=st.sampled_from(["cancel", "decline", "close_short"]))
    def give_up(self, n: int, side: ordering.Actor, verb: str) -> None:
        order_id, _ = self.order(n)
        order = self.trial.read(lambda session: queries.order(session, order_id), scope=SYSTEM)
        ended = self.do(lambda session: self.given_up(session, order_id, side, verb))
        is_late = verb == "cancel" and side == VENDOR and order["order_state"] == "accepted"
        if ended and is_late and order["settlement"] == "credit":
            retailer, credit_paisa = order["retailer_id"], min(order["total_paisa"], CREDIT_PAISA)
            self.fees[retailer] = self.fees.get(retailer, 0) - credit_paisa

    def given_up(self, session: Session, order_id: UUID, side: ordering.Actor, verb: str) -> bool:
        shown = {"credit_paisa": CREDIT_PAISA} if verb == "cancel" else {}
        getattr(ordering, verb)(session, order_id=order_id, actor=side, **shown)
        return True

    @rule(
        who=one_of,
        wanted=parts,
        is_cash=st.booleans(),
        is_late=st.booleans(),
        shown=st.sampled_from([FEE_PAISA, FEE_PAISA, FEE_PAISA - 1, 0]),
        is_waived=st.booleans(),
        slot=slots,
    )
    def cancel(
        self,
        who: int,
        wanted: list[int],
        is_cash: bool,
        is_late: bool,
        shown: int,
        is_waived: bool,
        slot: int | None,
    ) -> None:
        """The retailer calls off what it ordered, late for the fee that it was told: then, or not at all."""
        order_id = self.place_one(who, wanted, is_cash=is_cash, slot=slot)
        if order_id is None:
            return
        if is_late:
            self.do(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        order = self.trial.read(lambda session: queries.order(session, order_id), scope=SYSTEM)
        fee = min(order["total_paisa"], FEE_PAISA) if is_late and not is_cash else 0
        called_off = self.do(lambda session: self.called_off(session, order_id, shown))
        assert bool(called_off) == (fee <= shown)
        if not called_off:
            return
        waived = is_waived and self.do(lambda session: self.waived(session, order_id))
        assert bool(waived) == (is_waived and fee > 0)
        retailer = self.retailers[who % 2]
        self.fees[retailer] = self.fees.get(retailer, 0) + (0 if waived else fee)

    def called_off(self, session: Session, order_id: UUID, shown_paisa: int) -> bool:
        ordering.cancel(session, order_id=order_id, actor=RETAILER, fee_paisa=shown_paisa)
        return True

    def waived(self, session: Session, order_id: UUID) -> bool:
        ordering.waive_cancel_fee(session, order_id=order_id, actor=VENDOR)
        return True

    @precondition(lambda self: self.orders)
    @rule(who=one_of, amount_paisa=st.integers(1, 40_000), days_ago=past, is_rest_kept=st.booleans())
    def pay(self, who: int, amount_paisa: int, days_ago: int, is_rest_kept: bool) -> None:
        retailer = self.retailers[who % 2]
        payment_id = self.do(
            lambda session: credit.record_payment(
                session,
                vendor_id=self.vendor,
                retailer_id=retailer,
                amount_paisa=amount_paisa,
                mode="cheque",
                paid_on=self.today - timedelta(days=days_ago),
                is_rest_kept=is_rest_kept,
                confirm_duplicate=True,
                confirm_amount=True,
            )
        )
        if payment_id is not None:
            self.payments.append((payment_id, retailer))
            self.keeps_advances = self.keeps_advances or is_rest_kept

    @rule(
        who=one_of,
        n=st.integers(1, 9),
        paid=st.lists(st.integers(0, 9), min_size=2, max_size=2),
        back=parts,
        is_bounced=st.booleans(),
    )
    def pay_in_time(self, who: int, n: int, paid: list[int], back: list[int], is_bounced: bool) -> None:
        """Goods come by two deliveries, each paid but for the discount, or nearly so, or not; some come back."""
        order_id = self.place_one(who, [n, 2, 12])
        if order_id is None:
            return
        self.do(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        before, payments = 0, len(self.payments)
        for short, some in zip(
            paid, (self.quantities(order_id, [n, 2, 0], "open_quantity"), None), strict=True
        ):
            self.do(
                lambda session, some=some: ordering.deliver(
                    session, order_id=order_id, actor=VENDOR, quantities=some
                )
            )
            order = self.trial.read(lambda session: queries.order(session, order_id), scope=SYSTEM)
            worth, before = order["delivered_paisa"] - before, order["delivered_paisa"]
            if short < 8 and worth:
                self.pay(who, max(1, worth * (93 + short // 3) // 100 + short), 0, False)
        some = self.quantities(order_id, back, "returnable_quantity")
        done = self.do(
            lambda session: ordering.take_back(
                session, order_id=order_id, actor=VENDOR, quantities=some, reason="torn"
            )
        )
        self.count_spoiled(done, order_id, some, is_restocked=True)
        if is_bounced and len(self.payments) > payments:
            self.bounce(payments, 0)

    @precondition(lambda self: self.payments)
    @rule(n=one_of, days_ago=past)
    def bounce(self, n: int, days_ago: int) -> None:
        payment_id, _ = self.payments[n % len(self.payments)]
        self.do(
            lambda session: credit.reverse_payment(
                session,
                vendor_id=self.vendor,
                payment_id=payment_id,
                reason="bounced",
                reversed_on=self.today - timedelta(days=days_ago),
            )
        )

    @precondition(lambda self: self.orders)
    @rule(who=one_of, amount_paisa=st.integers(1, 9_000), days_ago=st.integers(0, 2 * PAST_DAYS))
    def owe_from_before(self, who: int, amount_paisa: int, days_ago: int) -> None:
        """A debt of a day before that of the advance that it is settled with."""
        day = self.today - timedelta(days=days_ago)
        row = {
            "retailer": str(self.retailers[who % 2]),
            "number": str(uuid7())[:30],
            "amount": to_rupees(amount_paisa),
            "document_date": day.isoformat(),
            "due_date": "",
        }
        self.do(
            lambda session: openings.take_in(
                session, vendor_id=self.vendor, rows=[row], time_zone="Asia/Kathmandu", is_preview=False
            )
        )

    @precondition(lambda self: self.payments)
    @rule(
        n=one_of,
        which=one_of,
        amount_paisa=st.integers(1, 5_000),
        is_rest_kept=st.booleans(),
        kind=st.sampled_from(["payment", "credit_note"]),
    )
    def reallocate(self, n: int, which: int, amount_paisa: int, is_rest_kept: bool, kind: str) -> None:
        _, retailer = self.payments[n % len(self.payments)]

        def again(session: Session) -> None:
            agreement = credit.find_agreement(session, vendor_id=self.vendor, retailer_id=retailer)
            account_id = agreement.receivable_account_id
            credits = self.items(session, account_id, kind)
            if not credits:
                return
            item_id = credits[n % len(credits)]
            debts = ledger.queries.open_debits(session, account_id)
            chosen = {debts[which % len(debts)].id: amount_paisa} if debts else {}
            credit.reallocate(
                session, vendor_id=self.vendor, item_id=item_id, chosen=chosen, is_rest_kept=is_rest_kept
            )
            self.keeps_advances = self.keeps_advances or is_rest_kept

        self.do(again)

    def items(self, session: Session, account_id: UUID, kind: str) -> list[UUID]:
        rows = session.execute(
            text(
                "SELECT id FROM app.receivable_items WHERE account_id = :account_id AND kind = :kind ORDER BY id"
            ),
            {"account_id": account_id, "kind": kind},
        )
        return list(rows.scalars())

    @precondition(lambda self: self.orders)
    @rule(who=one_of, which=one_of, amount_paisa=st.none() | st.integers(1, 5_000))
    def write_off(self, who: int, which: int, amount_paisa: int | None) -> None:
        """The vendor gives up a debt, whole or in part, whatever comes back of it later."""

        def give_up(session: Session) -> None:
            agreement = credit.find_agreement(
                session, vendor_id=self.vendor, retailer_id=self.retailers[who % 2]
            )
            debts = ledger.queries.open_debits(session, agreement.receivable_account_id)
            if debts:
                credit.write_off(
                    session,
                    vendor_id=self.vendor,
                    item_id=debts[which % len(debts)].id,
                    amount_paisa=amount_paisa,
                    reason="closed its shop",
                    requested_by=uuid7(),
                )

        self.do(give_up)

    # What holds after every step ---------------------------------------------------------------

    @invariant()
    def all_holds(self) -> None:
        if not hasattr(self, "vendor"):
            return
        parties = {
            "vendor": self.vendor,
            "parties": [self.vendor, *self.retailers],
            "keeps_advances": self.keeps_advances,
            "kept": KEPT,
        }
        broken = self.trial.read(
            lambda session: session.execute(BROKEN, parties).scalars().all(), scope=SYSTEM
        )
        assert not broken, broken
        for row in self.trial.read(
            lambda session: session.execute(OWED, {"vendor": self.vendor}).all(), scope=SYSTEM
        ):
            assert row.fees - row.promised == self.fees.get(row.retailer_id, 0), row
            owed = row.owed_before + row.bought + row.fees - row.forgiven - row.given_off
            assert 0 <= row.given_off <= row.may_be_off, row
            assert row.posted_paisa == owed - row.paid - row.promised, row
            # No money made by returning: what a retailer is owed is what it paid or was promised, and no more.
            assert owed >= 0, row
            assert 0 <= row.forgiven <= row.written_off, row
        self.units_are_exact()

    def units_are_exact(self) -> None:
        """Every piece that came in lies on the shelf, with a retailer, or is spoiled."""
        rows = self.trial.read(
            lambda session: session.execute(
                text("""
                    SELECT product_id, on_hand + (
                        SELECT coalesce(sum(base_quantity * (delivered_quantity - returned_quantity)), 0)
                        FROM app.order_lines line
                        WHERE line.vendor_id = :vendor AND line.product_id = level.product_id) AS quantity
                    FROM app.stock_levels level WHERE business_id = :vendor
                """),
                {"vendor": self.vendor},
            ).all(),
            scope=SYSTEM,
        )
        for row in rows:
            came = ON_HAND + self.received.get(row.product_id, Decimal(0))
            assert row.quantity + self.spoiled.get(row.product_id, Decimal(0)) == came


def test_whatever_happens_books_shelf_and_limit_hold(migrated: Server) -> None:
    chosen = settings(
        max_examples=LONG or 10,
        stateful_step_count=100 if LONG else 25,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Trade, settings=chosen)
