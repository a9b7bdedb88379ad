"""`sauda tax`: the table of tax rates."""

from __future__ import annotations

from pathlib import Path

import typer

from foundation.errors import Invalid

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look after the table of tax rates."""


@app.command()
def update(
    file: Path = typer.Argument(help="The whole new table, in the columns of commerce/tax/rates.tsv."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Judge and compare it; load nothing."),
) -> None:
    """Put a new table of tax rates in force; documents keep the rates that they were written with."""
    from commerce.tax import tables
    from foundation import clock, database

    content = _read(file)
    told = database.write(
        lambda session: tables.update(session, content=content, name=file.name[:200], is_dry_run=dry_run)
    )
    typer.echo(f"{file.name}: {told.rows} rows of {told.classes} classes are in order")
    today = clock.now().date()
    for change in told.changes:
        is_past = change.first is None or change.first <= today
        typer.echo(f"  {change}{' (days that have begun; their documents stay)' if is_past else ''}")
    if told.version is not None:
        typer.echo(f"version {told.version} is in force; every process takes it within half a minute")
    elif not told.changes:
        typer.echo("nothing is due otherwise than now; nothing was loaded")
    else:
        typer.echo("this was a dry run; nothing was loaded")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}; give the path of the table") from None
    except UnicodeDecodeError:
        raise Invalid(f"{file} is no UTF-8 text; export the table as tab-separated UTF-8") from None
