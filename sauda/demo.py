"""`sauda demo`: from an empty home to a running market with figures."""

from __future__ import annotations

import subprocess
import sys
import time

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from foundation import database, money
from foundation.errors import Unavailable
from foundation.settings import Settings, settings
from sauda.up import run as run_everything
from simulation.demo_users import demo_password

console = Console(soft_wrap=True, highlight=False)


def demo(
    once: bool = typer.Option(False, "--once", help="End after the summary, without starting the parts."),
) -> None:
    """Make a market, compute its figures, print them, and run everything."""
    began = time.monotonic()
    _step("migrate")
    if _has_market():
        console.print("the simulated market exists already; it is kept")
    else:
        _step("simulate")
    _step("run")
    console.print(_summary())
    console.print(_addresses(settings()))
    password = demo_password(settings().home)
    console.print(f"log in as admin@sauda.example (or loan@, analyst@, vendor@, retailer@) with {password}")
    console.print(f"made in {time.monotonic() - began:.0f} s")
    if not once:
        run_everything(left_out=set())


def _step(command: str) -> None:
    # A process each: what one step imports and caches does not weigh on the next, nor on the parts.
    console.rule(f"sauda {command}")
    ended = subprocess.run([sys.executable, "-m", "sauda", command], check=False)
    if ended.returncode != 0:
        raise Unavailable(
            f"`sauda {command}` ended with exit code {ended.returncode}; its last lines above say why"
        )


def _has_market() -> bool:
    with database.read() as session:
        statement = text("SELECT EXISTS (SELECT FROM app.businesses WHERE origin = 'simulated')")
        return bool(session.execute(statement).scalar_one())


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
