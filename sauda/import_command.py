"""`sauda import trade FILE --mapping NAME|FILE.toml`: the front door between reading history and recording it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import migrations
from commerce.catalogue.service import UNIT_CODES
from commerce.history import service
from commerce.history.errors import ImportOverlaps
from commerce.history.plan import ImportPlan, Settlement, Trader, import_id_of, with_consequences
from commerce.ledger import anchors
from commerce.parties import service as parties
from foundation import sheets
from foundation.database import read, write
from foundation.object_store import object_store
from foundation.settings import settings
from ingestion.history import mapping as mappings
from ingestion.history import overlap, readers
from ingestion.history.classify import Classified, classify
from ingestion.history.mapping import Mapping
from sauda.counts import counted

FIRST_BATCH_LINES = 10_000
MOST_LINES = 60_000
BATCH_SECONDS = 1.0  # aimed at, so that a machine which slows down fivefold still commits within 5
app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Take a trader's history in from a file."""


@dataclass(frozen=True)
class Summary:
    """What became of a file."""

    classified: Classified
    mapping: Mapping
    rejects_file: Path | None
    new_lines: int
    longest_batch_seconds: float


@app.command("trade")
def trade(
    file: Path = typer.Argument(..., help="CSV, Parquet or XLSX."),
    mapping: str = typer.Option(
        ..., "--mapping", help="Name of a built-in mapping, or path of a .toml file."
    ),
    trader: str | None = typer.Option(
        None, "--trader", help="Whose history it is; this and the next five go before the mapping's [trader]."
    ),
    country: str | None = typer.Option(None, "--country", help="Of the trader: IN, NP, GB …"),
    state: str | None = typer.Option(None, "--state", help="In India and Nepal: 27, NP-P6 …"),
    zone: str | None = typer.Option(None, "--zone", help="The area that the trader delivers to."),
    currency: str | None = typer.Option(None, "--currency", help="In India and Nepal that of the country."),
    time_zone: str | None = typer.Option(
        None, "--time-zone", help="Like Europe/London; in India and Nepal that of the country."
    ),
    only_new: bool = typer.Option(
        False, "--only-new", help="Leave out what another file brought: for exports that grow."
    ),
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Read, judge and reconcile the file alone; record nothing."
    ),
) -> None:
    """Take in a file of past sales; a second run of the same file changes nothing."""
    console = Console()
    given = {
        "name": trader,
        "country": country,
        "state": state,
        "zone": zone,
        "currency": currency,
        "time_zone": time_zone,
    }
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("lines"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"Importing {file.name}", total=None)
        summary = import_trade(
            file,
            mapping,
            trader={name: value for name, value in given.items() if value is not None},
            only_new=only_new,
            dry_run=dry_run,
            prepare=_make_tables,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _show(console, file, summary, dry_run=dry_run)


def import_trade(
    file: Path,
    mapping_name: str,
    *,
    trader: dict[str, str] | None = None,
    only_new: bool = False,
    dry_run: bool = False,
    prepare: Callable[[], object] = lambda: None,
    on_progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Summary:
    """Read `file`, take it in from where an earlier run of it ended, and prove that all of it is there.

    `trader` goes before the mapping's own. `prepare` runs once the file is known to be good, before anything is
    recorded; `on_progress` hears (lines done, lines in all). Raises ImportOverlaps where another file brought
    documents of this one, unless `only_new` leaves them out; and what reading, mapping and recording raise.
    """
    mapping = mappings.load(mapping_name, trader)
    whose = mapping.trader
    # Before anything is read: a dry run that calls the trader good must not be followed by a refusal.
    parties.check_place(country=whose.country, state=whose.state, currency=whose.currency)
    raw = readers.read(file, mapping)
    classified = classify(raw, mapping, units=UNIT_CODES)
    if not dry_run and not classified.lines.is_empty():
        prepare()
        classified = _without_known(file, mapping, classified, only_new=only_new)
    rejects_file = _write_rejects(raw, classified)
    del raw  # its cells are as large as all that follows
    if dry_run or classified.lines.is_empty():
        return Summary(classified, mapping, rejects_file, 0, 0.0)
    plan = _plan(file, mapping, classified)
    lines = with_consequences(classified.lines, plan)
    progress = write(lambda session: service.open_import(session, plan=plan))
    first_row = lines["document_ordinal"].search_sorted(progress.next_document)
    done, longest = int(first_row), 0.0
    on_progress(done, lines.height)
    for batch in _batches(lines, done):
        began = time.monotonic()
        write(lambda session, batch=batch: service.take_in(session, plan=plan, lines=batch))  # type: ignore[misc]
        longest = max(longest, time.monotonic() - began)
        done += batch.height
        on_progress(done, lines.height)
    if not progress.is_completed:
        write(lambda session: service.close_import(session, plan=plan, lines=lines))
    # A worker would seal the books too; an import may run where there is none.
    anchors.seal_and_anchor(object_store())
    return Summary(classified, mapping, rejects_file, lines.height - int(first_row), longest)


def _without_known(file: Path, mapping: Mapping, classified: Classified, *, only_new: bool) -> Classified:
    zone, moments = mapping.trader.time_zone, classified.lines["occurred_at"]
    days = moments.dt.convert_time_zone(zone).dt.date()
    with read() as session:
        known = service.known_of(
            session,
            trader=mapping.trader.name,
            import_id=import_id_of(classified.file_hash),
            first_day=days[0],
            last_day=days[-1],
        )
    if known.documents.is_empty():
        return classified
    shared = overlap.find(classified, known.documents, time_zone=zone)
    if shared.documents.is_empty():
        return classified
    if not only_new and not known.is_completed:
        first = shared.documents.row(0, named=True)
        raise ImportOverlaps(
            f"{shared.documents.height:,} of the {shared.of:,} documents of {file.name} came by another file "
            f"({shared.same:,} the same, {shared.changed:,} changed), the first of them {first['document_no']} of "
            f"{first['day']} by {first['file_name']}; nothing was recorded. Take in the rest with --only-new; "
            "where two tills count from one, give the numbers of each a prefix of its own",
            same=shared.same,
            changed=shared.changed,
        )
    return overlap.leave_out(classified, shared, time_zone=zone)


def _make_tables() -> None:
    """An empty SAUDA_HOME has a database and no tables yet; a real server is migrated by its operator."""
    if settings().database_url is None:
        migrations.upgrade()


def _batches(lines: pl.DataFrame, first_row: int) -> Iterator[pl.DataFrame]:
    """Whole documents in a row, as many as the machine takes in within BATCH_SECONDS."""
    ordinals = lines["document_ordinal"]
    size = FIRST_BATCH_LINES
    while first_row < lines.height:
        last_ordinal = ordinals[min(first_row + size, lines.height) - 1]
        end = int(ordinals.search_sorted(last_ordinal, side="right"))
        began = time.monotonic()
        yield lines.slice(first_row, end - first_row)
        rate = (end - first_row) / max(time.monotonic() - began, 0.001)
        # Never more than doubled: the first batch of a cold server says little about the next.
        size = int(max(1, min(rate * BATCH_SECONDS, 2 * size, MOST_LINES)))
        first_row = end


def _plan(file: Path, mapping: Mapping, classified: Classified) -> ImportPlan:
    trader, terms = mapping.trader, mapping.settlement
    moments = classified.lines["occurred_at"].dt.convert_time_zone(trader.time_zone)
    return ImportPlan(
        file_hash=classified.file_hash,
        file_name=file.name,
        mapping_name=mapping.name,
        mapping_hash=mapping.fingerprint(),
        trader=Trader(
            name=trader.name,
            country=trader.country,
            state=trader.state,
            zone=trader.zone,
            currency=trader.currency,
            time_zone=trader.time_zone,
        ),
        settlement=Settlement("cash")
        if terms.kind == "cash"
        else Settlement("terms", terms.due_days, terms.paid_days_after_due),
        has_opening_stock=mapping.stock.mode == "opening",
        services=frozenset(mapping.products.services),
        customer_name_pattern=mapping.customers.name_pattern,
        walk_in_name=mapping.customers.walk_in_name,
        document_count=classified.document_count,
        line_count=classified.lines.height,
        rejected_count=classified.rejects.height,
        file_total=classified.reconciliation.file_total - classified.reconciliation.already_in,
        rejected_total=classified.reconciliation.rejected,
        rounding_total=classified.reconciliation.rounding,
        begins_at=classified.lines["occurred_at"][0],
        ends_on=moments[-1].date(),
    )


def _write_rejects(raw: readers.RawHistory, classified: Classified) -> Path | None:
    if classified.rejects.is_empty():
        return None
    folder = settings().home / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{classified.file_hash}-rejects.csv"
    # The rows stand as they stood in the file, and whoever mends them opens this one in a spreadsheet.
    sheets.inert_frame(readers.rejected_rows(raw, classified.rejects)).write_csv(path)
    return path


def _show(console: Console, file: Path, summary: Summary, *, dry_run: bool) -> None:
    lines, parts = summary.classified.lines, summary.classified.reconciliation
    counts = Table("lines of", "count", "amount", title=f"{file.name} by mapping {summary.mapping.name}")
    kinds = (
        lines.group_by("kind", maintain_order=True).agg(pl.len(), pl.col("amount_paisa").sum()).sort("kind")
    )
    for kind, count, paisa in kinds.iter_rows():
        counts.add_row(kind.replace("_", " "), f"{count:,}", f"{Decimal(paisa).scaleb(-2):,}")
    rejects = summary.classified.rejects
    if summary.classified.already_in:
        counts.add_row("already in", f"{summary.classified.already_in:,}", f"{parts.already_in:,.2f}")
    counts.add_row("rejects", f"{rejects.height:,}", f"{parts.rejected:,.3f}")
    back = lines.filter(pl.col("kind") == "cancellation")
    found = back["original_row_no"].count()
    table = Table(
        "reconciliation",
        summary.mapping.trader.currency,
        title="File total = imported + already in + rejected + rounding",
    )
    for name, amount in (
        ("file total", parts.file_total),
        ("imported", parts.imported),
        ("already in, by another file", parts.already_in),
        ("rejected", parts.rejected),
        ("rounding, half-even per line", parts.rounding),
        ("difference", parts.difference),
    ):
        table.add_row(name, f"{amount.normalize():,f}")
    console.print(counts, table)
    walked_in = lines["customer_ref"].null_count()
    console.print(
        counted(walked_in, "line without customer is", "lines without customer are") + " the walk-in's."
    )
    cancellations = counted(back.height, "cancellation", "cancellations")
    console.print(f"Of {cancellations} {found:,} found the sale line to take back.")
    unreadable = rejects["amount"].null_count()
    if unreadable:
        rejected = counted(
            unreadable,
            "reject has no readable amount and counts",
            "rejects have no readable amount and count",
        )
        console.print(f"{rejected} as nothing on both sides.")
    if summary.rejects_file is not None:
        console.print(f"Rejects, with a reason each: {summary.rejects_file}")
    if dry_run:
        console.print("Dry run: nothing was recorded.")
    elif lines.is_empty() and not summary.classified.already_in:
        console.print("No line could be taken in; nothing was recorded.")
    elif summary.new_lines == 0:
        console.print("Every line was in already; nothing was changed.")
    else:
        console.print(counted(summary.new_lines, "line was taken in.", "lines were taken in."))
