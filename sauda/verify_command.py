"""`sauda verify`: whether what is kept is what was written."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commerce.ledger import anchors, verification
from foundation import database
from foundation.object_store import object_store

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check what is kept against itself and its anchors."""


@app.command()
def ledger() -> None:
    """Check every book: balances, open items, holds, stock, seals, anchors. Exit code 1 when one fails."""
    anchored = anchors.read(object_store())
    with database.read() as session:
        findings = verification.verify(session, anchored)
        waiting = verification.waiting_for_seals(session)
    console = Console(soft_wrap=True)
    table = Table("check", "result", title="The ledger")
    for check in verification.CHECKS:
        found = sum(finding.check == check for finding in findings)
        more = " or more" if found == verification.FINDINGS_MAX else ""
        table.add_row(check, f"[red]{found}{more} found[/red]" if found else "[green]holds[/green]")
    console.print(table)
    console.print(f"{len(anchored):,} anchored seals compared; {_said(waiting)}")
    for finding in findings:
        console.print(f"[red]{finding.check}:[/red] {escape(finding.detail)}")
    if findings:
        raise typer.Exit(1)


def _said(waiting: verification.Waiting) -> str:
    if not waiting.entries:
        return "nothing waits to be sealed"
    return f"{waiting.entries:,} entries wait to be sealed, the oldest for {waiting.oldest_seconds:,.0f} s"
