"""`sauda run`: the data side once, from the cut of the source to the publication and its adoption."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from foundation import database, jobs
from foundation.errors import Conflict
from sauda import dagster_home

if TYPE_CHECKING:
    import dagster as dg

JOB = "refresh_market"
POLLING_SECONDS = 0.3
_ROOMS = ("commerce", "foundation", "ingestion", "orchestration", "transforms")


class RunFailed(Conflict):
    """A step or a check of the run failed; the last publication stands."""

    code: ClassVar[str] = "run-failed"


@dataclass(frozen=True)
class Step:
    """A step of the run: what it was, how many rows it made, how long it took."""

    name: str
    rows: int | None
    seconds: float


@dataclass(frozen=True)
class RunReport:
    """What a run did. `adoption` says in a line what commerce made of it."""

    run_id: str
    as_of: date
    steps: tuple[Step, ...]
    seconds: float
    adoption: str


def run_command(
    as_of: datetime | None = typer.Option(
        None,
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Last business day to know; default: the last one that is over in the data.",
    ),
) -> None:
    """Carry the day's changes to marts, scores and forecasts."""
    console = Console(soft_wrap=True, highlight=False)
    report = run(as_of.date() if as_of else None, console=console)
    table = Table("step", title=f"Published as of {report.as_of}: run {report.run_id}")
    for heading in ("rows", "seconds"):
        table.add_column(heading, justify="right")
    for step in report.steps:
        table.add_row(step.name, "" if step.rows is None else f"{step.rows:,}", f"{step.seconds:.1f}")
    table.add_section()
    table.add_row("whole run", "", f"{report.seconds:.1f}")
    console.print(table)
    console.print(report.adoption)


def run(as_of: date | None, *, console: Console | None = None) -> RunReport:
    """Run the data side in this process, on the persistent Dagster instance.

    Raises RunFailed, in the words of the step or check that failed; when another run holds the warehouse,
    in words that say who.
    """
    began = time.monotonic()
    with _progress(console or Console(quiet=True)) as show:
        show("starting")
        os.environ |= dagster_home.environment()
        import dagster as dg

        from orchestration.definitions import defs
        from orchestration.resources import keep_connections

        run_id = str(uuid4())
        with dg.DagsterInstance.get() as instance, _followed(instance, run_id, show):
            # The run itself does so with its first step, but Dagster has written hundreds of events by then.
            keep_connections(instance)
            result = defs.resolve_job_def(JOB).execute_in_process(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                run_config={
                    "resources": {"warehouse": {"config": {"as_of": as_of.isoformat() if as_of else ""}}},
                    # Dagster keeps every event; the terminal gets the table and, if need be, the one line.
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
        if not result.success:
            raise RunFailed(_what_failed(result.all_events), run_id=run_id)
        show("adopting the scores")
        adoption = adopted(run_id)
    return RunReport(
        run_id=run_id,
        as_of=_as_of(result.all_events),
        steps=tuple(_steps(result.all_events)),
        seconds=time.monotonic() - began,
        adoption=adoption,
    )


def adopted(run_id: str) -> str:
    """What commerce makes of the run, in a line: a live worker decides, and without one it is decided here."""
    from commerce.credit.errors import AdoptionRefused
    from commerce.credit.workflows import adopt_run

    with database.read() as session:
        workers = jobs.health(session).workers
    if workers:
        return f"{workers[0].name} takes its scores over; `sauda jobs` shows what became of it."
    try:
        moves = adopt_run(run_id).moves
    except AdoptionRefused as refusal:
        return refusal.message
    return (
        f"{moves.scores} scores were adopted: {moves.first_scores} first ones, {moves.regraded} with another "
        f"grade, {moves.controls} marked to keep the policy of before."
    )


# --- what Dagster says of it ----------------------------------------------------------------------


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("")
        yield lambda text: progress.update(task, description=text)


@contextmanager
def _followed(instance: dg.DagsterInstance, run_id: str, show: Callable[[str], None]) -> Iterator[None]:
    """Show each step, and what it has made last, while the body runs."""
    import dagster as dg

    ended = threading.Event()
    types = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.ASSET_MATERIALIZATION}

    def follow() -> None:
        cursor = None
        while not ended.wait(POLLING_SECONDS):
            found = instance.get_records_for_run(run_id, cursor=cursor, of_type=types)
            cursor = found.cursor
            events = [one.event_log_entry.dagster_event for one in found.records]
            if events and (last := events[-1]) is not None:
                made = (
                    last.asset_key.to_user_string() if last.is_step_materialization and last.asset_key else ""
                )
                show(f"{last.step_key}  [dim]{made}[/dim]")

    follower = threading.Thread(target=follow, name="follow-run")
    follower.start()
    try:
        yield
    finally:
        ended.set()
        follower.join()


def _steps(events: Sequence[dg.DagsterEvent]) -> Iterator[Step]:
    rows: dict[str, int] = {}
    for event in events:
        if event.is_step_materialization:
            made = event.step_materialization_data.materialization.metadata.get("rows")
            if made is not None and event.step_key is not None:
                rows[event.step_key] = rows.get(event.step_key, 0) + int(str(made.value))
        if event.is_step_success and event.step_key is not None:
            duration = event.step_success_data.duration_ms / 1000
            yield Step(event.step_key, rows.get(event.step_key), duration)


def _as_of(events: Sequence[dg.DagsterEvent]) -> date:
    days = (
        event.step_materialization_data.materialization.metadata.get("as_of")
        for event in events
        if event.is_step_materialization
    )
    return date.fromisoformat(next(str(day.value) for day in days if day is not None))


def _what_failed(events: Sequence[dg.DagsterEvent]) -> str:
    """The failed checks and steps, each with the words of what was wrong, in one line."""
    import dagster as dg

    checks, steps, whole = [], [], []
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and event.step_key != "dbt":
                name = f"{check.asset_key.to_user_string()}:{check.check_name}"
                checks.append(f"check {name} failed: {check.description}")
        elif event.is_step_failure:
            steps.append(f"{event.step_key}: {_words(event.step_failure_data)}")
        elif event.event_type is dg.DagsterEventType.RUN_FAILURE:
            whole.append(_words(event.job_failure_data))
    # A failed check fails its step, and a failed step its run: the first says what was wrong.
    said = checks or steps or whole or ["the run ended early"]
    return f"{'; '.join(said)}; the last publication stands"


def _words(failure: Any) -> str:
    """The words of the failure: those of our own error, else of the first cause, and of a step that gave its own."""
    told = getattr(failure, "user_failure_data", None)
    if told is not None and told.description:
        return str(told.description)
    error = failure.error
    if error is None:
        return "no reason was given"
    # Ours says what to do about it; what it was raised from says only what the library met.
    while error.cause is not None and not _is_ours(error.message):
        error = error.cause
    name, separator, message = error.message.strip().partition(": ")
    # `foundation.warehouse.WarehouseBusy: the warehouse is held by …`
    return str(message if separator and "." in name and " " not in name else error.message.strip())


def _is_ours(message: str) -> bool:
    return message.partition(".")[0] in _ROOMS
