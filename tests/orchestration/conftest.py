"""One small market with its own databases and home, and the whole data side run on it once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from commerce.billing.tenders import Tender
from commerce.disputes import service as disputes
from commerce.khata import service as khata
from foundation import clock, database
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from sauda import dagster_home, run_command
from sauda.run_command import RunReport
from tests.commerce import factories
from tests.commerce.billing import counter
from tests.conftest import forget_connections
from tests.ingestion.worlds import create_database

LAST_DAY = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 1, tzinfo=UTC)
"""Business time at which the market is looked at; the machine's own clock stands where it stands."""


@dataclass(frozen=True)
class Home:
    """A home with a market of one vendor and one retailer."""

    folder: Path
    superuser_url: str
    warehouse_url: str
    market: factories.Market

    def run(self, as_of: date | None = None) -> RunReport:
        """Run the data side as `sauda run` does."""
        with clock.at(NOW):
            return run_command.run(as_of)

    def values(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query on the warehouse."""
        with psycopg.connect(self.warehouse_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def forge(self, statement: str) -> None:
        """Change something in the source that no trigger and no grant would let pass."""
        with psycopg.connect(self.superuser_url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode())

    def execute(self, statement: str) -> None:
        """Change something in the warehouse behind everyone's back."""
        with psycopg.connect(self.warehouse_url) as connection:
            connection.execute(statement.encode())


@contextmanager
def home_of_its_own(
    server: Server, template: str, folder: Path, trade: Callable[[], factories.Market] | None = None
) -> Iterator[Home]:
    """Databases, settings and objects that no other test sees, with half a year of trade or the given one."""
    suffix = uuid4().hex[:12]
    names = {"source": template, "warehouse": "template0", "dagster": "template0"}
    for name, made_from in names.items():
        create_database(server, f"{name}_{suffix}", made_from)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAUDA_HOME", str(folder))
        patch.setenv("DATABASE_URL", server.url(APP, f"source_{suffix}"))
        patch.setenv("DATABASE_ADMIN_URL", server.url(OWNER, f"source_{suffix}"))
        patch.setenv("WAREHOUSE_URL", server.url(OWNER, f"warehouse_{suffix}"))
        patch.setenv("DAGSTER_DATABASE_URL", server.url(OWNER, f"dagster_{suffix}"))
        forget_connections()
        for name, value in dagster_home.environment().items():
            patch.setenv(name, value)
        yield Home(
            folder,
            server.url(SUPERUSER, f"source_{suffix}"),
            server.url(OWNER, f"warehouse_{suffix}"),
            (trade or play)(),
        )
    forget_connections()
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name}_{suffix} WITH (FORCE)".encode())


def play() -> factories.Market:
    """Half a year of trade: an order a week, each paid in the week after, and at last three disputes."""
    with clock.at(datetime(2026, 1, 5, 6, tzinfo=UTC)):
        market = factories.market(net_days=7)
    newest: list[UUID] = []
    for month in range(1, 7):
        for day in (8, 15, 22, 29 if month == 1 else 27):
            with clock.at(datetime(2026, month, day, 6, tzinfo=UTC)):
                order = market.accepted(10, 5)
            with clock.at(datetime(2026, month, day, 9, tzinfo=UTC)):
                market.deliver(order, None if day != 15 else {1: Decimal(10), 2: Decimal(4)})
                if day > 8:
                    market.pay(14_000)
                    newest.append(order)
    _disagree(market, *newest[-3:])
    _sell_on()
    with clock.at(datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 6, tzinfo=UTC)):
        market.accepted(3, 3)
    return market


def _sell_on() -> None:
    """A shop in Delhi that sells to people: on khata, at the counter, with goods that come back and a bill undone."""

    def on(day: int, month: int = 6) -> AbstractContextManager[None]:
        return clock.at(datetime(2026, month, day, 6, tzinfo=UTC))

    with on(2, 4):
        shop = counter.Shop("regular")
        biscuits, sugar = counter.add(shop.biscuits, "3"), counter.add(shop.sugar, "2", "kg")
        shop.sell(biscuits, customer=shop.customer)
    with on(20):
        shop.sell(biscuits, sugar, customer=shop.customer, tenders=[Tender("upi", 50_00)])
        shop.sell(sugar, tenders=[Tender("card", 88_00)])
        undone = shop.sell(biscuits)
        back = shop.sell(counter.add(shop.biscuits, "5"))
    with on(21):
        shop.cancel(undone)
        shop.give_back(back, (1, "2"), mode="cash")
        database.write(
            lambda session: khata.record_payment(
                session, business_id=shop.id, customer_id=shop.customer, amount_paisa=10_00, mode="cash"
            )
        )
    with on(30):
        shop.sell(sugar, customer=shop.take_in("Sita"))


def _disagree(market: factories.Market, first: UUID, second: UUID, third: UUID) -> None:
    """Of three debts the first is in dispute for a day, rejected; the second for two, upheld; the third still is."""
    retailer = disputes.Party("retailer")

    def move(verb: Callable[..., object], dispute_id: UUID, side: str, **given: Any) -> None:
        party = disputes.Party(side)
        database.write(lambda session: verb(session, dispute_id=dispute_id, party=party, **given))

    def dispute(order_id: UUID, amount_paisa: int) -> UUID:
        return database.write(
            lambda session: disputes.open_dispute(
                session,
                party=retailer,
                business_id=market.retailer_id,
                counterparty_id=market.vendor_id,
                subject="order",
                subject_id=order_id,
                amount_paisa=amount_paisa,
                reason="quality",
            )
        )

    with clock.at(datetime(2026, 6, 28, 6, tzinfo=UTC)):
        rejected, upheld = dispute(first, 4_000), dispute(second, 5_000)
        move(disputes.answer_dispute, rejected, "vendor", answer="it was as ordered")
    with clock.at(datetime(2026, 6, 29, 6, tzinfo=UTC)):
        dispute(third, 15_000)
        move(disputes.escalate_dispute, rejected, "retailer")
        move(disputes.decide_dispute, rejected, "admin", is_upheld=False, note="seen")
    with clock.at(datetime(2026, 6, 30, 5, tzinfo=UTC)):
        move(disputes.settle_dispute, upheld, "vendor", outcome="upheld")


@pytest.fixture(scope="module")
def home(server: Server, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_of_its_own(server, migrated_template, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(scope="module")
def first_run(home: Home) -> RunReport:
    """The run that every test of this folder may look at."""
    return home.run()
