"""The `sauda` command. A failure is one clear line and exit code 1; `sauda --debug …` shows its origin.

A command prints its result and logs warnings only; `sauda --verbose …` logs what it does.

To add a command, write a function (or a typer app, for a group) in a file of its own and name it by one
line in `COMMANDS`. Only the file of the command that was asked for is imported, so that `sauda --help`
stays instant; the line of help stands here and must be the first line of the function's docstring.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module

import typer

from foundation.errors import DomainError, Unavailable


@dataclass(frozen=True)
class Command:
    """One command: its name, where it is defined (`module:function or app`) and one line of help."""

    name: str
    defined_in: str
    help: str


COMMANDS = (
    Command("demo", "sauda.demo:demo", "Make a market, compute its figures, print them, and run everything."),
    Command("up", "sauda.up:up", "Run API, worker, Dagster and dashboards until Ctrl-C."),
    Command("db", "sauda.db_commands:app", "Start, stop and look into the embedded Postgres."),
    Command(
        "migrate",
        "sauda.migrate_command:migrate",
        "Bring the database to the schema of this version; safe to repeat.",
    ),
    Command(
        "add-admin",
        "sauda.add_admin_command:add_admin",
        "Register an administrator; the API takes in every other role.",
    ),
    Command("keys", "sauda.keys_commands:app", "Handle the keys that access tokens are signed with."),
    Command(
        "messages",
        "sauda.messages_command:messages",
        "Read what was said to a phone or an address, as its owner would.",
    ),
    Command("tax", "sauda.tax_commands:app", "Look after the table of tax rates."),
    Command(
        "seed",
        "sauda.seed_command:seed",
        "Add the goods of a kirana shop with names, HSN and tax class; safe to repeat.",
    ),
    Command("import", "sauda.import_command:app", "Take a trader's history in from a file."),
    Command(
        "worker", "sauda.worker:worker", "Run one worker until it is told to stop; start several for more."
    ),
    Command("jobs", "sauda.jobs_commands:app", "Look at the work of the workers, and retry what failed."),
    Command("api", "sauda.api:api", "Serve the API on API_HOST and API_PORT until told to stop."),
    Command(
        "simulate", "sauda.simulate_command:simulate", "Play a made-up wholesale market, for demos and load."
    ),
    Command("verify", "sauda.verify_command:app", "Check what is kept against itself and its anchors."),
    Command(
        "bench", "sauda.bench_command:bench", "Measure one thing, or all, and print one JSON object each."
    ),
    Command(
        "run", "sauda.run_command:run_command", "Carry the day's changes to marts, scores and forecasts."
    ),
    Command("adopt", "sauda.adopt_command:adopt", "Take a published run's scores over, or revert that."),
    Command(
        "backup",
        "sauda.backup_command:backup_command",
        "Back the database and the papers up; backups older than seven days are deleted.",
    ),
    Command(
        "restore",
        "sauda.restore_command:restore",
        "Bring the database back to a backup, or finish a point-in-time recovery; says what was lost.",
    ),
    Command("doctor", "sauda.doctor:doctor", "Say what is missing on this machine, and how to get it."),
)

SERVICES = ("up", "worker", "api")
"""Commands that run until they are stopped: their log is what they show, by LOG_LEVEL."""


def application(asked: str | None) -> typer.Typer:
    """The command line with `asked` ready to run and every other command listed by its help."""
    app = typer.Typer(
        help="Commerce and credit for the shops and wholesalers of India and Nepal.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for command in COMMANDS:
        if command.name == asked:
            _add(app, command)
        else:
            app.command(command.name, help=command.help)(_listed_only)
    return app


def main() -> None:
    """Run the command line of this process."""
    arguments = sys.argv[1:]
    # The options before the command take no value, so the first other word is the command.
    asked = next((word for word in arguments if not word.startswith("-")), None)
    try:
        application(asked)(prog_name="sauda")
    except (DomainError, Unavailable) as error:
        if "--debug" in arguments:
            raise
        _say(error.message)
        raise SystemExit(1) from None
    except BrokenPipeError:  # the reader of a pipe (`sauda … | head`) had enough
        sys.stderr.close()
        raise SystemExit(1) from None


def _options(
    context: typer.Context,
    verbose: bool = typer.Option(False, "--verbose", help="Log what is being done, beside the result."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of a failure, and log everything."),
) -> None:
    from foundation.logs import configure_logs

    if debug:
        configure_logs(level="DEBUG")
    elif verbose:
        configure_logs(level="INFO")
    elif context.invoked_subcommand in SERVICES:
        configure_logs()
    else:
        # A command prints its result; only what goes wrong beside it is logged.
        configure_logs(level="WARNING")


def _listed_only() -> None:
    raise AssertionError("a command is imported when it is asked for; the list is never run")


def _add(app: typer.Typer, command: Command) -> None:
    module, _, attribute = command.defined_in.partition(":")
    target = getattr(import_module(module), attribute)
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=command.name, help=command.help)
    else:
        app.command(command.name)(target)


def _say(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    console.print(Text(f"error: {message}", style="bold red"), soft_wrap=True)
