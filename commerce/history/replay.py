"""A market's past, act by act, as the rows that the verbs of every day would have left behind.

The verbs ask the database at every act; a replay knows the accounts, shelves and orders that it opened, judges
by the same rules (limit, shelf, oldest due first) and gives its rows out in bulk. It is for businesses to which
nobody else writes until it is over: what is derived and locked (receivables, stock levels, counters) is given
out at its end. It tells no event, for nothing follows what is past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from commerce.credit.errors import CreditLimitExceeded
from commerce.history.replay_books import Books
from commerce.history.replay_rows import COLUMNS, Level, Line, Rows, Story, Terms, new_id
from commerce.ledger.fiscal_year import fiscal_year
from commerce.ordering.errors import ProductUnavailable
from commerce.ordering.quoting import Wish
from commerce.ordering.states import MOVES
from commerce.stock.errors import OutOfStock
from foundation.clock import business_day
from foundation.ids import uuid7
from foundation.money import format_quantity

SETTLED_AFTER = timedelta(days=30)
"""So long after its end an order is taken to be over: nothing comes back any more."""


class Replay(Books):
    """Vendors of one country and time zone with their customers, from empty books on.

    Acts come in the order of time. `drain` gives out the rows that are final, `finish` all the rest.
    """

    def __init__(self, *, country: str, currency: str, time_zone: str, acceptance: timedelta) -> None:
        super().__init__(currency=currency, time_zone=time_zone)
        self._country = country
        self._acceptance = acceptance
        self._offers: dict[tuple[UUID, UUID], Terms] = {}
        self._shelves: dict[tuple[UUID, UUID], Level] = {}
        self._counters: dict[tuple[UUID, str, str], tuple[int, date]] = {}
        self._orders: dict[UUID, Story] = {}
        self._placed: dict[UUID, datetime] = {}

    # --- who and what there is ------------------------------------------------------------------

    def offer(self, moment: datetime, vendor_id: UUID, product_id: UUID, terms: Terms) -> None:
        """A vendor's terms from now on; the carton multiple is the least quantity too."""
        self._offers[vendor_id, product_id] = terms
        multiple = terms.carton_multiple
        self._rows["offers"].append(
            (new_id(), vendor_id, product_id, terms.unit, terms.unit_price, self._currency, multiple, multiple,
             "tracked", True, terms.lead_time_days, moment, moment)
        )  # fmt: skip

    def receive(
        self, moment: datetime, vendor_id: UUID, kind: str, quantities: Mapping[UUID, Decimal]
    ) -> None:
        """Goods come in."""
        for product_id in quantities:
            self._shelves.setdefault((vendor_id, product_id), Level())
        self._move_stock(moment, vendor_id, kind, quantities, {}, None)

    def _move_stock(
        self,
        moment: datetime,
        vendor_id: UUID,
        kind: str,
        quantities: Mapping[UUID, Decimal],
        released: Mapping[UUID, Decimal],
        source_id: UUID | None,
    ) -> None:
        for product_id, quantity in quantities.items():
            level = self._shelves[vendor_id, product_id]
            level.on_hand += quantity
            level.reserved -= released.get(product_id, Decimal(0))
            level.changed_at = moment
            if quantity:
                self._rows["stock_movements"].append(
                    (
                        new_id(),
                        vendor_id,
                        product_id,
                        kind,
                        quantity,
                        level.on_hand,
                        source_id,
                        moment,
                        moment,
                    )
                )

    # --- orders ---------------------------------------------------------------------------------

    def place(
        self,
        moment: datetime,
        vendor_id: UUID,
        retailer_id: UUID,
        wishes: Sequence[Wish],
        *,
        settlement: str,
        allow_partial: bool,
        channel: str,
    ) -> UUID | str:
        """Place an order: its id, or the code of the refusal. A refusal leaves its decision."""
        terms = [self._offers[vendor_id, wish.product_id] for wish in wishes]
        lines = [
            Line(wish.product_id, term, wish.quantity, wish.quantity)
            for wish, term in zip(wishes, terms, strict=True)
        ]
        asked_paisa = sum(line.between(Decimal(0), line.asked) for line in lines)
        customer = self._customers[vendor_id, retailer_id] if settlement == "credit" else None
        seen = {} if customer is None else customer.seen
        limit = None if customer is None else customer.limit_paisa
        short = self._grant(vendor_id, lines)
        granted_paisa = sum(line.between(Decimal(0), line.ordered) for line in lines)
        # Only what is granted needs credit; an order all or nothing is judged by its credit first.
        total = granted_paisa if allow_partial else asked_paisa
        code: str | None = None
        facts: dict[str, Any] = {}
        if allow_partial and not any(line.ordered for line in lines):
            code, facts = ProductUnavailable.code, {"products": [str(line.product_id) for line in lines]}
        elif customer is not None and total > customer.available_paisa:
            code = CreditLimitExceeded.code
            facts = {
                "asked_paisa": total,
                "available_paisa": customer.available_paisa,
                "limit_paisa": customer.limit_paisa,
            }
        elif short and not allow_partial:
            code, facts = OutOfStock.code, {"short": short}
        if code is not None:
            return self._refuse(
                moment, vendor_id, retailer_id, lines, code, asked_paisa, {**seen, **facts}, limit, channel
            )
        for line in lines:
            if level := self._shelves.get((vendor_id, line.product_id)):
                level.reserved += line.ordered
                level.changed_at = moment
        if customer is not None:
            customer.held_paisa += total
        today = business_day(moment, self._time_zone)
        story = Story(
            id=uuid7(),
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            customer=customer,
            lines=lines,
            total_paisa=total,
            placed_at=moment,
            placed_on=today,
            promised_on=today + timedelta(days=max(term.lead_time_days for term in terms)),
            channel=channel,
            credit_state="none" if customer is None else "held",
            held_paisa=total if customer is not None else 0,
        )
        if customer is not None:
            story.add("holds", (story.id, vendor_id, customer.receivable_id, total))
        self._orders[story.id] = story
        self._placed[story.id] = moment
        self._tell(story, moment, "place", channel, None)
        reason = "in-full" if all(line.ordered == line.asked for line in lines) else "in-part"
        self._decide(
            moment, vendor_id, retailer_id, lines, story.id, reason, asked_paisa, total, seen, limit, channel
        )
        return story.id

    def _grant(self, vendor_id: UUID, lines: Sequence[Line]) -> list[dict[str, str]]:
        """Cut lines to what is free in whole cartons; what is short."""
        short = []
        for line in lines:
            level = self._shelves.get((vendor_id, line.product_id), Level())
            free = level.on_hand - level.reserved
            if free >= line.asked:
                continue
            line.ordered = free // line.terms.carton_multiple * line.terms.carton_multiple
            short.append(
                {
                    "product_id": str(line.product_id),
                    "unit": line.terms.unit,
                    "asked": format_quantity(line.asked),
                    "available": format_quantity(line.ordered),
                }
            )
        return short

    def _refuse(
        self,
        moment: datetime,
        vendor_id: UUID,
        retailer_id: UUID,
        lines: Sequence[Line],
        code: str,
        asked_paisa: int,
        facts: Mapping[str, Any],
        limit_paisa: int | None,
        channel: str,
    ) -> str:
        self._decide(
            moment, vendor_id, retailer_id, lines, None, code, asked_paisa, 0, facts, limit_paisa, channel
        )
        return code

    def accept(self, moment: datetime, order_id: UUID, promised_on: date) -> None:
        """The vendor takes the order on."""
        story = self._story(order_id)
        del self._placed[order_id]
        story.order_state, story.accepted_at, story.promised_on = "accepted", moment, promised_on
        self._tell(story, moment, "accept", "api", None)

    def give_up(self, moment: datetime, order_id: UUID, verb: str, channel: str, reason: str | None) -> None:
        """Decline, cancel or expire: nothing stays promised."""
        story = self._story(order_id)
        self._placed.pop(order_id, None)
        self._release(moment, story)
        target = MOVES[verb].target
        assert target is not None, "these verbs end an order"
        story.order_state, story.total_paisa = target, 0
        if story.credit_state == "held":
            story.credit_state = "released"
        self._tell(story, moment, verb, channel, reason)

    def expire_due(self, moment: datetime) -> int:
        """Let lapse what nobody answered in time; how many."""
        before = moment - self._acceptance
        late = [order_id for order_id, placed_at in self._placed.items() if placed_at <= before]
        for order_id in late:
            self.give_up(moment, order_id, "expire", "system", None)
        return len(late)

    def close_short(self, moment: datetime, order_id: UUID, reason: str) -> None:
        """The vendor delivers no more of an order that was delivered in part."""
        story = self._story(order_id)
        self._release(moment, story)
        story.order_state, story.fulfilment_state = "completed", "delivered"
        if story.credit_state == "part_charged":
            story.credit_state = "charged"
        story.total_paisa = sum(line.between(Decimal(0), line.delivered) for line in story.lines)
        self._tell(story, moment, "close_short", "api", reason)

    def _release(self, moment: datetime, story: Story) -> None:
        """Give back the credit and the goods of what is open, and cancel it."""
        if story.customer is not None:
            story.customer.held_paisa -= sum(
                line.between(line.delivered, line.ordered - line.cancelled) for line in story.lines
            )
            story.held_paisa = 0
        for line in story.lines:
            if line.open:
                level = self._shelves[story.vendor_id, line.product_id]
                level.reserved -= line.open
                level.changed_at = moment
                line.cancelled = line.ordered - line.delivered

    def deliver(self, moment: datetime, order_id: UUID, quantities: Mapping[int, Decimal]) -> None:
        """Goods change hands: charged or paid in cash, in both books."""
        story, delivery_id = self._story(order_id), uuid7()
        parts = [
            (number, story.lines[number - 1], quantity) for number, quantity in sorted(quantities.items())
        ]
        amounts = [line.between(line.delivered, line.delivered + quantity) for _, line, quantity in parts]
        total, customer = sum(amounts), story.customer
        if customer is not None:
            customer.move(posted=total, released=total)
            story.held_paisa -= total
        out = {line.product_id: quantity for _, line, quantity in parts}
        gone = {product_id: -quantity for product_id, quantity in out.items()}
        self._move_stock(moment, story.vendor_id, "delivery", gone, out, delivery_id)
        number, day = self._document(moment, story, "delivery", "DN", delivery_id, parts, amounts, None)
        for _, line, quantity in parts:
            line.delivered += quantity
        if total:
            entry_id = self._post(moment, story, "delivery", delivery_id, day, total, "sales", "purchases")
            if customer is not None:
                self._charge(moment, story, customer, delivery_id, entry_id, number, day, total)
        is_complete = not any(line.open for line in story.lines)
        story.delivered_paisa += total
        story.fulfilment_state = "delivered" if is_complete else "part_delivered"
        if is_complete:
            story.order_state = "completed"
        if customer is not None:
            story.credit_state = "charged" if is_complete else "part_charged"
        self._tell(story, moment, "deliver", "api", number)

    def take_back(
        self, moment: datetime, order_id: UUID, quantities: Mapping[int, Decimal], reason: str
    ) -> None:
        """Goods come back: a credit note, settled against this order's charges first."""
        story, return_id = self._story(order_id), uuid7()
        parts = [
            (number, story.lines[number - 1], quantity) for number, quantity in sorted(quantities.items())
        ]
        amounts = [line.between(line.returned, line.returned + quantity) for _, line, quantity in parts]
        total, customer = sum(amounts), story.customer
        back = {line.product_id: quantity for _, line, quantity in parts}
        self._move_stock(moment, story.vendor_id, "return", back, {}, return_id)
        number, day = self._document(moment, story, "return", "CN", return_id, parts, amounts, reason)
        for _, line, quantity in parts:
            line.returned += quantity
        if total:
            entry_id = self._post(
                moment, story, "return", return_id, day, -total, "sales_returns", "purchase_returns"
            )
            if customer is not None:
                self._credit_back(moment, story, customer, return_id, entry_id, number, day, total)
        story.returned_paisa += total
        if not any(line.open or line.delivered != line.returned for line in story.lines):
            story.fulfilment_state = "returned"
        self._tell(story, moment, "return", "api", reason)

    def _document(
        self,
        moment: datetime,
        story: Story,
        kind: str,
        series: str,
        document_id: UUID,
        parts: Sequence[tuple[int, Line, Decimal]],
        amounts: Sequence[int],
        reason: str | None,
    ) -> tuple[str, date]:
        """Number and keep a delivery or return; its number and day."""
        day = business_day(moment, self._time_zone)
        year = fiscal_year(self._country, day)
        last, _ = self._counters.get((story.vendor_id, series, year), (0, day))
        self._counters[story.vendor_id, series, year] = (last + 1, day)
        number = f"{series}/{year}/{last + 1:06d}"
        both = story.vendor_id, story.retailer_id
        story.add(
            "deliveries",
            (
                document_id,
                kind,
                number,
                story.id,
                *both,
                self._currency,
                sum(amounts),
                moment,
                day,
                reason,
                moment,
            ),
        )
        for place, ((line_no, line, quantity), amount) in enumerate(
            zip(parts, amounts, strict=True), start=1
        ):
            story.add(
                "delivery_lines",
                (document_id, place, *both, story.id, line_no, line.product_id, line.terms.unit, 1, quantity,
                 line.terms.unit_price, amount),
            )  # fmt: skip
        return number, day

    # --- giving out -----------------------------------------------------------------------------

    def _story(self, order_id: UUID) -> Story:
        story = self._orders.get(order_id)
        if story is None:
            raise ValueError(
                f"order {order_id} ended more than {SETTLED_AFTER.days} days ago and is written; "
                "nothing can happen to it any more"
            )
        return story

    def _tell(self, story: Story, moment: datetime, verb: str, channel: str, note: str | None) -> None:
        """One more entry on the order's timeline."""
        story.version += 1
        if story.order_state not in ("placed", "accepted"):
            story.closed_at = story.closed_at or moment
        story.add(
            "order_timeline",
            (new_id(), story.id, story.vendor_id, story.retailer_id, verb, story.order_state, story.fulfilment_state,
             story.credit_state, channel, note, moment),
        )  # fmt: skip

    @property
    def waiting(self) -> int:
        """How many rows `drain` would give out at least."""
        return sum(map(len, self._rows.values()))

    def drain(self, moment: datetime) -> Rows:
        """Take out the rows that are final at `moment`: all that is only added, and orders that are over."""
        over = [
            story
            for story in self._orders.values()
            if story.closed_at is not None and story.closed_at <= moment - SETTLED_AFTER
        ]
        return self._taken(over)

    def finish(self) -> Rows:
        """Take out all the rest, with what is derived: receivables, stock levels, counters. Nothing follows."""
        self._rows["receivables"] = [
            (customer.receivable_id, vendor_id, self._currency, customer.posted_paisa, customer.held_paisa,
             customer.limit_paisa, customer.ceiling_paisa)
            for (vendor_id, _), customer in self._customers.items()
        ]  # fmt: skip
        self._rows["stock_levels"] = [
            (vendor_id, product_id, level.on_hand, level.reserved, level.changed_at)
            for (vendor_id, product_id), level in self._shelves.items()
        ]
        self._rows["document_counters"] = [
            (*series, last, day) for series, (last, day) in self._counters.items()
        ]
        return self._taken(list(self._orders.values()))

    def _taken(self, stories: Sequence[Story]) -> Rows:
        for story in stories:
            del self._orders[story.id]
            self._write(story)
        taken, self._rows = self._rows, {table: [] for table in COLUMNS}
        return taken

    def _write(self, story: Story) -> None:
        expires_at = story.placed_at + self._acceptance if story.order_state == "placed" else None
        both = story.vendor_id, story.retailer_id
        self._rows["orders"].append(
            (story.id, *both, self._currency, "cash" if story.customer is None else "credit", story.order_state,
             story.fulfilment_state, story.credit_state, story.total_paisa, story.delivered_paisa,
             story.returned_paisa, story.placed_at, story.placed_on, story.accepted_at, story.promised_on,
             story.closed_at, expires_at, story.channel, story.version, None)
        )  # fmt: skip
        self._rows["order_lines"] += [
            (story.id, number, *both, line.product_id, line.terms.unit, 1, line.terms.unit_price, line.asked,
             line.ordered, True, line.delivered, line.cancelled, line.returned)
            for number, line in enumerate(story.lines, start=1)
        ]  # fmt: skip
        for table, rows in story.rows.items():
            left = (story.held_paisa, story.placed_at) if table == "holds" else ()
            self._rows[table] += [(*row, *left) for row in rows]
