"""`sauda verify`: whether what is kept is what was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commerce.audit import service as audit_log
from commerce.ledger import anchors, verification
from foundation import database
from foundation.object_store import object_store
from foundation.seals import ANCHORS_HOLD, FINDINGS_MAX, Finding, Waiting
from sauda.counts import counted

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
    _tell("The ledger", verification.CHECKS, findings, len(anchored), waiting)


@app.command()
def audit() -> None:
    """Check the audit log: every entry under its seal, every seal and anchor as it was. Exit code 1 when one fails."""
    chain = audit_log.AUDIT
    anchored = chain.anchored(object_store())
    with database.read() as session:
        findings = chain.verify(session, anchored)
        waiting = chain.waiting(session)
    _tell("The audit log", (*chain.checks(), ANCHORS_HOLD), findings, len(anchored), waiting)


def _tell(
    title: str, checks: Iterable[str], findings: Sequence[Finding], anchored: int, waiting: Waiting
) -> None:
    console = Console(soft_wrap=True)
    table = Table("check", "result", title=title)
    for check in checks:
        found = sum(finding.check == check for finding in findings)
        more = " or more" if found == FINDINGS_MAX else ""
        table.add_row(check, f"[red]{found}{more} found[/red]" if found else "[green]holds[/green]")
    console.print(table)
    console.print(f"{counted(anchored, 'anchored seal', 'anchored seals')} compared; {_said(waiting)}")
    for finding in findings:
        console.print(f"[red]{finding.check}:[/red] {escape(finding.detail)}")
    if findings:
        raise typer.Exit(1)


def _said(waiting: Waiting) -> str:
    if not waiting.entries:
        return "nothing waits to be sealed"
    entries = counted(waiting.entries, "entry waits", "entries wait")
    return f"{entries} to be sealed, the oldest for {waiting.oldest_seconds:,.0f} s"
