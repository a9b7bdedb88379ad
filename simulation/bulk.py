"""The same market at a size that the verbs would take a day for: its acts are replayed and written in bulk.

World, agents and days are the same, and so are the facts: `commerce.history.replay` judges as the verbs do and
leaves the rows that they would have left. Only events are not told, since nothing follows a made-up past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.history import replay_rows
from commerce.history.replay import Replay
from commerce.history.replay_rows import Rows, Terms
from commerce.ledger import anchors
from commerce.ledger import service as ledger
from commerce.ordering.service import Wish
from foundation.database import write
from simulation.places import COUNTRY, CURRENCY, TIME_ZONE
from simulation.trade import (
    ACCEPTANCE,
    CALLED_OFF,
    DAMAGED,
    DESK,
    FIRST_LIMIT,
    NOT_SERVED,
    REST_MISSING,
    VENDOR,
    Trade,
    by_line,
    channel_of,
    compare,
    take_in,
)
from simulation.world import Retailer, Vendor

ROWS_TOGETHER = 60_000
"""Rows of one transaction: some seconds of work for the server."""


def _replay() -> Replay:
    return Replay(country=COUNTRY, currency=CURRENCY, time_zone=TIME_ZONE, acceptance=ACCEPTANCE)


@dataclass
class BulkTrade(Trade):
    """A trade whose acts are written together, by a thread of its own, while the next days are played."""

    replay: Replay = field(default_factory=_replay)
    _writer: ThreadPoolExecutor | None = None
    _written: Future[None] | None = None

    @contextmanager
    def in_session(self) -> Iterator[None]:
        with super().in_session(), ThreadPoolExecutor(1) as self._writer:
            yield

    def do(self, verb: object, /, *args: object, **kwargs: object) -> None:
        super().do(verb, *args, **kwargs)  # type: ignore[arg-type]
        self.calls += 1
        if self.replay.waiting >= ROWS_TOGETHER:
            moment = args[0]
            assert isinstance(moment, datetime), "every call begins with its moment"
            self._write(self.replay.drain(moment))

    def _write(self, rows: Rows) -> None:
        assert self._writer is not None, "calls are carried out in a session"
        if self._written is not None:
            self._written.result()
        self._written = self._writer.submit(_write_rows, rows)

    # --- who there is: by the verbs, they are few ---------------------------------------------------

    def take_in_vendor(
        self, moment: datetime, vendor: Vendor, prices: dict[int, Decimal], opening: dict[int, int]
    ) -> None:
        self.vendors[vendor.index] = self._at(
            moment,
            lambda session: self._opened(
                session, take_in(session, vendor.name, vendor.town, moment, pan=vendor.pan)
            ),
        )
        self.reprice(moment, vendor.index, vendor.lead_days, prices)
        self.replay.receive(moment, self.vendors[vendor.index], "opening", self._base(opening))

    def take_in_retailer(self, moment: datetime, retailer: Retailer) -> UUID:
        return self._at(
            moment,
            lambda session: self._opened(
                session, take_in(session, retailer.name, retailer.town, moment, pan=None)
            ),
        )

    def _opened(self, session: Session, business_id: UUID) -> UUID:
        self.replay.open(business_id, ledger.accounts_of(session, business_id=business_id, currency=CURRENCY))
        return business_id

    # --- acts ---------------------------------------------------------------------------------------

    def place(
        self,
        moment: datetime,
        order: int,
        *,
        vendor: int,
        retailer: int,
        lines: Sequence[tuple[int, int]],
        is_credit: bool,
        takes_part: bool,
        expected: str | None,
    ) -> None:
        answer = self.replay.place(
            moment,
            self.vendors[vendor],
            self.retailers[retailer],
            [Wish(self.products[good], Decimal(quantity)) for good, quantity in lines],
            settlement="credit" if is_credit else "cash",
            allow_partial=takes_part,
            channel=channel_of(retailer),
        )
        if isinstance(answer, UUID):
            self.orders[order] = answer
        refusal = None if isinstance(answer, UUID) else answer
        compare(refusal, expected, f"order {order} of shop {retailer} at vendor {vendor}")

    def accept(self, moment: datetime, order: int, promised_on: date) -> None:
        self.replay.accept(moment, self.orders[order], promised_on)

    def decline(self, moment: datetime, order: int) -> None:
        self.replay.give_up(moment, self.orders[order], "decline", VENDOR.channel, NOT_SERVED)

    def cancel(self, moment: datetime, order: int, *, by_vendor: bool) -> None:
        actor, reason = CALLED_OFF[by_vendor]
        self.replay.give_up(moment, self.orders[order], "cancel", actor.channel, reason)

    def expire(self, moment: datetime, expected: int) -> None:
        compare(self.replay.expire_due(moment), expected, f"orders that lapsed on {moment:%Y-%m-%d}")

    def deliver(self, moment: datetime, order: int, quantities: Sequence[int]) -> None:
        self.replay.deliver(moment, self.orders[order], by_line(quantities))

    def close_short(self, moment: datetime, order: int) -> None:
        self.replay.close_short(moment, self.orders[order], REST_MISSING)

    def take_back(self, moment: datetime, order: int, quantities: Sequence[int]) -> None:
        self.replay.take_back(moment, self.orders[order], by_line(quantities), DAMAGED)

    def reprice(self, moment: datetime, vendor: int, lead_days: int, prices: dict[int, Decimal]) -> None:
        for good, price in prices.items():
            item = self.goods[good]
            terms = Terms(item.unit, price, Decimal(item.step), lead_days)
            self.replay.offer(moment, self.vendors[vendor], self.products[good], terms)

    def receive(self, moment: datetime, vendor: int, quantities: dict[int, int]) -> None:
        self.replay.receive(moment, self.vendors[vendor], "receipt", self._base(quantities))

    def agree(self, moment: datetime, vendor: int, retailer: int, *, limit: int, net_days: int) -> None:
        self.replay.agree(
            moment,
            self.vendors[vendor],
            self.retailers[retailer],
            limit_paisa=limit,
            net_days=net_days,
            reason=FIRST_LIMIT,
            policy_version=DESK,
        )

    def set_limit(self, moment: datetime, vendor: int, retailer: int, limit: int, reason: str) -> None:
        self.replay.set_limit(
            moment,
            self.vendors[vendor],
            self.retailers[retailer],
            limit_paisa=limit,
            reason=reason,
            policy_version=DESK,
        )

    def pay(self, moment: datetime, vendor: int, retailer: int, amount_paisa: int, mode: str) -> None:
        self.replay.pay(moment, self.vendors[vendor], self.retailers[retailer], amount_paisa, mode)

    def close(self) -> None:
        self._write(self.replay.finish())
        assert self._written is not None, "the last rows were just given"
        self._written.result()
        anchors.seal_all()


def _write_rows(rows: Rows) -> None:
    write(lambda session: replay_rows.write(session, rows))
