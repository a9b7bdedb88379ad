"""`sauda demo`: from an empty home to a running market with figures."""

from __future__ import annotations

import subprocess
import sys
import time

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.history import markets
from foundation import database, embedded_postgres, money
from foundation.errors import Unavailable
from foundation.settings import Settings, settings
from sauda.up import run as run_everything
from simulation.demo_users import demo_password
from simulation.play import refuse_half_a_market

console = Console(soft_wrap=True, highlight=False)


def demo(
    once: bool = typer.Option(False, "--once", help="End after the summary, without starting the parts."),
) -> None:
    """Make a market, compute its figures, print them, and run everything."""
    began = time.monotonic()
    make_market()
    _step("run")
    console.print(_summary())
    console.print(_addresses(settings()))
    password = demo_password(settings().home)
    console.print(f"log in as admin@sauda.example (or loan@, analyst@, vendor@, retailer@) with {password}")
    console.print("admin@ sets an authenticator up at the first log-in; the others need none")
    console.print(f"made in {time.monotonic() - began:.0f} s")
    if not once:
        run_everything(left_out=set())


def make_market(*options: str) -> None:
    """Let the market be there, whole: kept, or played, or played anew where it was broken off.

    `options` are those of `sauda simulate`. Raises MarketBrokenOff where more than half a market would be lost.
    """
    _step("migrate")
    with database.read() as session:
        found = markets.played(session)
        if found.broken_off is not None and not _is_nothing_else_here(session):
            refuse_half_a_market(session)
    if found.broken_off is not None:
        console.print("the simulated market was broken off before its end; it is made anew")
        database.forget_pool()
        embedded_postgres.erase(settings().home)
        _step("migrate")
    elif found.whole:
        console.print("the simulated market exists already; it is kept")
        return
    _step("simulate", *options)


def _step(command: str, *options: str) -> None:
    # A process each: what one step imports and caches does not weigh on the next, nor on the parts.
    console.rule(f"sauda {command}")
    ended = subprocess.run([sys.executable, "-P", "-m", "sauda", command, *options], check=False)
    if ended.returncode != 0:
        raise Unavailable(
            f"`sauda {command}` ended with exit code {ended.returncode}; its last lines above say why"
        )


def _is_nothing_else_here(session: Session) -> bool:
    """Whether the databases may be erased: ours to erase, and nobody's trade, log-in or sealed book in them."""
    if settings().database_url is not None:
        return False
    kept = text("""
        SELECT EXISTS (SELECT FROM app.businesses WHERE origin <> 'simulated')
            OR EXISTS (SELECT FROM app.users) OR EXISTS (SELECT FROM app.ledger_seals)
            OR EXISTS (SELECT FROM app.played_markets WHERE completed_at IS NOT NULL)
    """)
    return not session.execute(kept).scalar_one()


_COUNTS = text("""
    SELECT (SELECT count(*) FROM app.businesses WHERE origin = 'simulated' AND is_vendor) AS vendors,
           (SELECT count(*) FROM app.businesses WHERE origin = 'simulated' AND is_retailer) AS retailers,
           (SELECT count(*) FROM app.orders JOIN app.businesses vendor ON vendor.id = orders.vendor_id
            WHERE vendor.origin = 'simulated') AS orders
""")
_RECEIVABLES = text("""
    SELECT receivables.currency, sum(posted_paisa) AS outstanding_paisa
    FROM app.receivables JOIN app.businesses book ON book.id = receivables.business_id
    WHERE book.origin = 'simulated'
    GROUP BY receivables.currency ORDER BY receivables.currency
""")


def _summary() -> Table:
    with database.read() as session:
        counts = session.execute(_COUNTS).one()
        outstanding = session.execute(_RECEIVABLES).all()
    table = Table(title="The market", show_header=False)
    for name, value in counts._mapping.items():
        table.add_row(name, f"{value:,}")
    for row in outstanding:
        table.add_row(
            f"receivables, {row.currency}", money.format_amount(int(row.outstanding_paisa), row.currency)
        )
    return table


def _addresses(chosen: Settings) -> Table:
    table = Table(title="Where to look, with `sauda up`", show_header=False)
    table.add_row("dashboards", f"http://127.0.0.1:{chosen.dashboards_port}")
    table.add_row("API", f"http://127.0.0.1:{chosen.api_port}/docs")
    table.add_row("Dagster", f"http://127.0.0.1:{chosen.dagster_port}")
    return table
