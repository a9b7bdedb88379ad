"""`sauda simulate`: fill a database with a market that behaves, for demos and load."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
SCALES = {"demo": (40, 200, 120), "learning": (300, 1_500, 730)}
"""Vendors, shops and days. What is larger than a demo goes in by the bulk path."""
MONEY = ("value placed", "value delivered", "value returned", "value paid")


def simulate(
    scale: str = typer.Option(
        "demo", "--scale", help="demo (40 wholesalers, 200 shops, 120 days) or learning (300, 1500, 730)."
    ),
    vendors: int | None = typer.Option(None, "--vendors", help="Wholesalers; default: the scale's."),
    retailers: int | None = typer.Option(None, "--retailers", help="Shops; default: the scale's."),
    days: int | None = typer.Option(None, "--days", help="Days to play; default: the scale's."),
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

    Vendors and shops around Surkhet act day by day through the same verbs as the API; at the scale
    `learning` their acts are written in bulk, with the same facts.
    """
    if scale not in SCALES:
        raise typer.BadParameter(
            f"{scale!r} is no scale; give one of {', '.join(SCALES)}", param_hint="--scale"
        )
    many_vendors, many_retailers, many_days = SCALES[scale]
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
    last_day = until.date() if until else yesterday
    secret = password or demo_password(home)
    console = Console()
    progress = Progress(
        TextColumn("{task.fields[what]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with progress:
        task = progress.add_task("days", total=days or many_days, what="founding the market")

        def show(day: date) -> None:
            what = "sealing the books and adding up the facts" if day == last_day else f"playing {day}"
            progress.update(task, advance=1, what=what)
            if not console.is_terminal and day.day == 1:
                typer.echo(what, err=True)  # the bar is for terminals; a log gets a line a month

        played = play(
            seed=seed,
            vendors=many_vendors if vendors is None else vendors,
            retailers=many_retailers if retailers is None else retailers,
            days=many_days if days is None else days,
            until=last_day,
            home=home,
            password=secret,
            another=another,
            processes=PROCESSES,
            in_bulk=scale == "learning",
            on_day=show,
        )
    anchors.write(object_store())  # the books were sealed as the market ended
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
