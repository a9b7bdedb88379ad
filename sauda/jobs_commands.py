"""`sauda jobs`: how the work of the workers stands, and the dead letters."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from foundation import database, jobs, locations
from foundation.errors import Conflict

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True)


@app.command()
def status() -> None:
    """Show who works, what waits and what failed."""
    with database.read() as session:
        health = jobs.health(session)
    table = Table(show_header=False)
    table.add_row("workers", ", ".join(worker.name for worker in health.workers) or "none")
    oldest = "" if health.oldest_waiting_seconds is None else f", since {health.oldest_waiting_seconds:.1f} s"
    table.add_row("waiting", f"{health.waiting}{oldest}")
    table.add_row("failed", str(health.failed))
    console.print(table)


@app.command()
def failed(limit: int = typer.Option(100, min=1, help="How many, the newest first.")) -> None:
    """List the workflows that failed, newest first."""
    with database.read() as session:
        _print(jobs.failed(session, limit=limit), "nothing has failed")


@app.command()
def stranded() -> None:
    """List the workflows whose version no live worker has."""
    with database.read() as session:
        _print(jobs.stranded(session), "nothing is stranded")


@app.command()
def retry(workflow_id: str) -> None:
    """Put a failed workflow back, under its own id; it goes on at the step that failed."""
    try:
        jobs.retry_failed(locations.database_url(), workflow_id)
    except ValueError as error:
        raise Conflict(str(error)) from error
    console.print(f"{workflow_id} is enqueued again")


def _print(found: list[jobs.Job], nothing: str) -> None:
    if not found:
        console.print(nothing)
        return
    table = Table(
        "workflow", "version", "since", Column("id", overflow="fold"), Column("error", overflow="fold")
    )
    for job in found:
        since = f"{job.updated_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(job.name, job.version or "", since, job.id, escape(job.error or ""))
    console.print(table)
