"""`sauda db`: the embedded Postgres of this home."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum

import typer
from rich.console import Console
from rich.text import Text

from foundation import embedded_postgres, locations
from foundation.errors import Conflict, Unavailable
from foundation.settings import settings

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True)


class Database(StrEnum):
    """The databases one may look into."""

    SAUDA = "sauda"
    WAREHOUSE = "warehouse"
    DAGSTER = "dagster"


@app.command()
def start() -> None:
    """Start the server, making it first where there is none."""
    _refuse_where_a_url_is_set("start")
    server = locations.embedded_server()
    console.print(f"Postgres of {server.home} runs on {server.host}:{server.port}")


@app.command()
def stop() -> None:
    """Stop the server; its databases stay."""
    stopped = embedded_postgres.stop(settings().home)
    console.print(f"Postgres of {settings().home} " + ("is stopped" if stopped else "did not run"))


@app.command()
def status() -> None:
    """Say whether the server runs, where its data and its log are."""
    found = embedded_postgres.status(settings().home)
    if found.data is None:
        console.print(f"no Postgres in {found.home} yet; `sauda db start` makes one")
        return
    state = (
        f"runs as process {found.pid} on {embedded_postgres.HOST}:{found.port}"
        if found.running
        else "is stopped"
    )
    console.print(f"Postgres {found.version} of {found.home} {state}\ndata: {found.data}\nlog:  {found.log}")


@app.command()
def erase(
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Stop the server and delete its databases for good, and what was filed and published from them."""
    home = settings().home
    if not yes:
        typer.confirm(f"Delete every database and object of {home}?", abort=True)
    embedded_postgres.erase(home)
    if settings().object_store_url is None:
        # Seals that were anchored there name books that are no more: the next books would fail against them.
        shutil.rmtree(home / "objects", ignore_errors=True)
        console.print(f"the databases and objects of {home} are deleted")
    else:
        console.print(
            f"the databases of {home} are deleted; {settings().object_store_url} still holds their papers and "
            "anchors: empty it, or name another OBJECT_STORE_URL, before you begin anew"
        )


@app.command()
def report() -> None:
    """Show slow statements, whole scans, indexes nobody reads, and dead rows."""
    import psycopg
    from rich.table import Table

    from sauda import db_report

    with psycopg.connect(locations.database_admin_url()) as connection:
        for section in db_report.report(connection):
            table = Table(*section.columns, title=section.title, caption=section.remark)
            for row in section.rows:
                table.add_row(*(Text("" if value is None else str(value)) for value in row))
            console.print(table)


@app.command("rebuild-raw")
def rebuild_raw() -> None:
    """Make the warehouse's raw tables anew from the lake alone, as of the newest run."""
    from foundation.warehouse import warehouse_lock
    from ingestion.lake import LakeBroken
    from ingestion.run import rebuild_raw as rebuild

    with warehouse_lock("sauda db rebuild-raw"):
        try:
            mark = rebuild()
        except LakeBroken as error:
            raise Conflict(f"raw cannot be rebuilt: {error}; `sauda run` reads the source instead") from error
    if mark is None:
        raise Conflict("the lake is empty, so there is nothing to rebuild raw from; `sauda run` fills both")
    console.print(
        f"raw is what run {mark.run_id} (batch {mark.batch}) left; the next `sauda run` goes on from there"
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    database: Database = typer.Option(Database.SAUDA, help="Which database."),
) -> None:
    """Open psql as the owner; further arguments go to psql (`sauda db psql -c 'SELECT 1'`)."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    urls = {
        Database.SAUDA: locations.database_admin_url,
        Database.WAREHOUSE: locations.warehouse_url,
        Database.DAGSTER: locations.dagster_database_url,
    }
    parts = conninfo_to_dict(urls[database]())
    password = parts.pop("password", None)
    # By the environment, because everybody on the machine can read the arguments of a process.
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    # Row-level security binds the owner too; an operator who asks this way may see every business.
    environment.setdefault("PGOPTIONS", "-c app.business_id=*")
    program = _psql()
    os.execve(program, [program, make_conninfo("", **parts), *context.args], environment)


def _psql() -> str:
    beside = embedded_postgres.find_binaries(settings().sauda_postgres_bin) / "psql"
    program = str(beside) if beside.exists() else shutil.which("psql")
    if program is None:
        raise Unavailable(f"psql is neither in {beside.parent} nor on the PATH; install postgresql-client")
    return program


def _refuse_where_a_url_is_set(verb: str) -> None:
    if settings().database_url is not None:
        raise Conflict(
            f"DATABASE_URL is set, so there is no embedded Postgres to {verb}; {verb} that server by "
            "its own means, or unset DATABASE_URL"
        )
