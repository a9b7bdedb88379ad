"""`sauda adopt`: take a published run's scores over by hand, look before, approve, or revert."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

import commerce.tables  # noqa: F401 - a row of one slice may name one of another
from commerce.credit import adoption
from commerce.credit.adoption import EXPOSURE_MOVED_MAX_PERCENT, LIMITS_MOVED_MAX_PERCENT, Moves
from commerce.credit.ports import PublishedRuns
from commerce.credit.workflows import adopt_run
from foundation import database, money
from foundation.errors import Invalid

console = Console(soft_wrap=True, highlight=False)


def adopt(
    run: str = typer.Argument("", help="The run's id; default: the newest publication."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would move, and change nothing."),
    approve: bool = typer.Option(False, "--approve", help="Adopt it even if more moves than may by itself."),
    revert: str = typer.Option("", "--revert", help="Let the scores before this run hold again."),
) -> None:
    """Take a published run's scores over, or revert that."""
    if revert:
        if run or dry_run or approve:
            raise Invalid("--revert names the run itself; give nothing else beside it")
        database.write(lambda session: adoption.revert(session, run_id=revert))
        console.print(f"Run {revert} is reverted; the scores of the run before hold again.")
        return
    publications = PublishedRuns()
    run_id = run or publications.newest()
    if dry_run:
        published = publications.scores(run_id)
        with database.read() as session:
            moves = adoption.preview(session, published=published)
        console.print(_table(run_id, moves))
        answer = "would stop for approval" if moves.needs_approval else "would be adopted"
        console.print(f"Dry run: it {answer}; nothing was changed.")
        return
    adopted = adopt_run(run_id, is_approved=approve, publications=publications)
    console.print(_table(run_id, adopted.moves))
    console.print("Adopted." if adopted.is_new else "It had been adopted before; nothing was changed.")


def _table(run_id: str, moves: Moves) -> Table:
    table = Table("", "count", title=f"Scores of run {run_id}")
    table.columns[1].justify = "right"
    table.add_row("scores", f"{moves.scores:,}")
    table.add_row("first scores", f"{moves.first_scores:,}")
    table.add_row("another grade", f"{moves.regraded:,}")
    table.add_row("marked to keep the policy of before", f"{moves.controls:,}")
    table.add_row(
        f"limits moved (at most {LIMITS_MOVED_MAX_PERCENT} %)", f"{moves.limits_moved:,} of {moves.limits:,}"
    )
    for currency, total in moves.exposure_paisa.items():
        moved = moves.exposure_moved_paisa.get(currency, 0)
        table.add_row(
            f"exposure moved (at most {EXPOSURE_MOVED_MAX_PERCENT} %)",
            f"{money.format_amount(moved, currency)} of {money.format_amount(total, currency)}",
        )
    return table
