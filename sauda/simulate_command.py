"""`sauda simulate`: fill a database with a market that behaves, for demos and load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from foundation.money import format_amount

if TYPE_CHECKING:
    from simulation.play import Played

PROCESSES = 2
MONEY = ("value placed", "value delivered", "value returned", "value paid")


def simulate(
    vendors: int = typer.Option(40, "--vendors", help="Wholesalers."),
    retailers: int = typer.Option(200, "--retailers", help="Shops."),
    days: int = typer.Option(120, "--days", help="Days to play."),
    seed: int = typer.Option(7, "--seed", help="The same seed and last day give the same business facts."),
    until: datetime | None = typer.Option(
        None, "--until", formats=["%Y-%m-%d"], help="Last simulated day; default: yesterday in Nepal."
    ),
    another: bool = typer.Option(False, "--another", help="Add a market beside one that is there."),
    password: str | None = typer.Option(
        None,
        "--password",
        help="Password of the demo log-ins; default: SAUDA_DEMO_PASSWORD, or made up once.",
    ),
) -> None:
    """Play a made-up wholesale market, for demos and load.

    Vendors and shops around Surkhet act day by day through the same verbs as the API.
    """
    import migrations
    from commerce.ledger import anchors
    from foundation.object_store import object_store
    from foundation.settings import settings
    from simulation.demo_users import demo_password
    from simulation.places import TIME_ZONE
    from simulation.play import simulate as play

    home = settings().home
    if settings().database_url is None:
        # An empty SAUDA_HOME has a database and no tables yet; a real server is migrated by its operator.
        migrations.upgrade()
    yesterday = datetime.now(UTC).astimezone(ZoneInfo(TIME_ZONE)).date() - timedelta(days=1)
    secret = password or demo_password(home)
    console = Console()
    progress = Progress(
        TextColumn("playing {task.fields[day]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeElapsedColumn(),
        console=console,
    )
    with progress:
        task = progress.add_task("days", total=days, day="the first day")
        played = play(
            seed=seed,
            vendors=vendors,
            retailers=retailers,
            days=days,
            until=until.date() if until else yesterday,
            home=home,
            password=secret,
            another=another,
            processes=PROCESSES,
            on_day=lambda day: progress.update(task, advance=1, day=day.isoformat()),
        )
    anchors.seal_and_anchor(object_store())
    console.print(_summary(played))
    console.print(_log_ins(played, secret))


def _summary(played: Played) -> Table:
    world, currency = played.world, "NPR"
    table = Table(
        title=f"Simulated market, seed {world.seed}, {world.start} to {world.until}", show_header=False
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_row("vendors, shops", f"{len(world.vendors)}, {played.tally['shops joined']}")
    for what, count in sorted(played.tally.items()):
        if what not in MONEY and what != "shops joined":
            table.add_row(what, f"{count:,}")
    for what in MONEY:
        table.add_row(what, format_amount(played.tally[what], currency))
    table.add_row("outward work counted, not done", f"{sum(played.outward.values()):,}")
    table.add_row("calls of verbs", f"{played.calls:,} in {played.seconds:.1f} s")
    table.add_row("digest of the business facts", played.digest[:16])
    table.add_row("hidden truth", str(played.truth))
    return table


def _log_ins(played: Played, password: str) -> Table:
    table = Table(title="Demo log-ins")
    for heading in ("e-mail", "role", "password"):
        table.add_column(heading)
    for user in played.users:
        table.add_row(user.email, user.role, password if user.is_new else "(was there before, unchanged)")
    return table
