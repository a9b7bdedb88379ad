"""One run of the simulated market, from an empty stage to sealed books and a written truth."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commerce.history import markets
from commerce.ledger import anchors
from commerce.parties.models import Business
from foundation.database import read, write
from foundation.errors import Conflict, Invalid
from simulation.bulk import BulkTrade
from simulation.counters import open_counters
from simulation.demo_users import DemoUser, make_demo_users
from simulation.desk import open_desk
from simulation.facts import digest
from simulation.market import Market
from simulation.trade import ORIGIN, Trade
from simulation.truth import write_truth
from simulation.world import World, build_world


class MarketExists(Conflict):
    """A simulated market is there already; a second one would double every figure."""

    code = "market-exists"


class MarketBrokenOff(Conflict):
    """A market that was begun was never played to its end."""

    code = "market-broken-off"


class MarketInvalid(Invalid):
    """No market can be made of these numbers."""

    code = "market-invalid"


@dataclass(frozen=True)
class Played:
    """What a run left behind. `tally` counts by the trade's words; money in it is in paisa."""

    world: World
    tally: Counter[str]
    outward: Counter[str]
    market: list[UUID]
    users: list[DemoUser]
    digest: str
    truth: Path
    calls: int
    seconds: float


def simulate(
    *,
    seed: int,
    vendors: int,
    retailers: int,
    days: int,
    until: date,
    home: Path,
    password: str | None = None,
    another: bool = False,
    processes: int = 1,
    in_bulk: bool = False,
    on_day: Callable[[date], object] | None = None,
) -> Played:
    """Play a market of `days` days that ends with `until`; with a password, make the demo log-ins too.

    `on_day` is called after each day. The same seed, numbers and `until` leave the same business facts,
    with one process or several, by the verbs or `in_bulk` (then one process decides and one thread writes).
    Raises MarketExists unless `another`, MarketBrokenOff, MarketInvalid.
    """
    started = time.perf_counter()
    try:
        world = build_world(seed=seed, vendors=vendors, retailers=retailers, days=days, until=until)
    except ValueError as error:
        raise MarketInvalid(str(error)) from None
    with read() as session:
        refuse_half_a_market(session)
        if not another:
            _refuse_a_second(session)
    market_id = write(lambda session: markets.begin(session, seed=seed, until=until))
    trade = BulkTrade(world.goods) if in_bulk else Trade(world.goods)
    market = Market(world)
    with trade.in_session():
        market.found(trade)
        with open_desk(trade, processes=1 if in_bulk else processes, loads=market.loads) as desk:
            for day in market.run(desk):
                if on_day is not None:
                    on_day(day)
        trade.close()
        vendor, retailer = market.busiest()
        open_counters(world, trade, retailer, market.tally)
        anchors.seal_all()
    users = []
    if password is not None:
        users = make_demo_users(
            password=password, vendor=trade.vendors[vendor], retailer=trade.retailers[retailer]
        )
    write(lambda session: markets.complete(session, market_id=market_id))
    with read() as session:
        fingerprint = digest(session, trade.market)
    return Played(
        world=world,
        tally=market.tally,
        outward=trade.outward,
        market=trade.market,
        users=users,
        digest=fingerprint,
        truth=write_truth(world, home),
        calls=trade.calls,
        seconds=time.perf_counter() - started,
    )


def refuse_half_a_market(session: Session) -> None:
    """Raises MarketBrokenOff where a simulation was broken off: its books cannot be taken back."""
    found = markets.played(session).broken_off
    if found is not None:
        raise MarketBrokenOff(
            f"the simulated market that was begun at {found.began_at:%Y-%m-%d %H:%M} UTC (seed {found.seed}, until "
            f"{found.until}) was broken off, and half a market cannot be gone on with; set another SAUDA_HOME, or "
            "delete every database of this home with `sauda db erase`, and simulate anew",
            market_id=str(found.id),
        )


def _refuse_a_second(session: Session) -> None:
    there = session.execute(select(func.count()).where(Business.origin == ORIGIN)).scalar_one()
    if there:
        raise MarketExists(
            f"a simulated market of {there} businesses is in this database already; "
            "set another SAUDA_HOME for a fresh one, or add a second with --another",
            businesses=there,
        )
