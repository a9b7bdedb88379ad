"""Every command that README and documents show is one that the command line takes, and the quick ones run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.testing import CliRunner

from foundation.settings import settings
from sauda.main import COMMANDS, application

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
]

MEANT = {"DAY": "2026-06-30"}
"""What stands for a value that must be one; other words in capitals may be anything."""

QUICK = (
    "sauda migrate",
    "sauda verify ledger",
    "sauda jobs status",
    "sauda jobs failed",
    "sauda jobs stranded",
    "sauda db status",
)
"""Those that end within seconds on an empty market and change nothing that another test looks at."""


def shown() -> Iterator[tuple[str, str]]:
    """(where, command) of every command in the documents: lines of blocks, and words between backticks."""
    for document in DOCUMENTS:
        name = document.relative_to(ROOT).as_posix()
        written = document.read_text()
        for line in re.findall(r"^ *(?:\$ )?(sauda [^\n]*(?:\n +\[[^\n]*)*)", written, re.M):
            if "`" not in line:  # prose that begins with the word
                yield name, line
        for words in re.findall(r"`(sauda [^`]+)`", written):
            yield name, words


def spelled_out(command: str) -> Iterator[list[str]]:
    """The command as words: without remarks and brackets, the first of `A|B`, and each of `start|stop`."""
    plain = re.sub(r"\s#.*", "", command).replace("[", " ").replace("]", " ").replace("…", " ")
    words = [MEANT.get(word, word) for word in shlex.split(plain)[1:]]
    choices = next((word for word in words if "|" in word and word.islower()), None)
    for choice in choices.split("|") if choices else [""]:
        yield [choice if word == choices else word.partition("|")[0] for word in words]


def parse(command: Any, words: list[str], parent: Any = None) -> None:
    """Raises TyperException for a command or an option that is not there, or an argument that is missing."""
    # A command that is only named (`sauda jobs`) need not be complete.
    context = command.make_context(command.name, list(words), parent=parent, resilient_parsing=not words)
    rest = [*context._protected_args, *context.args]
    if isinstance(command, TyperGroup) and rest:
        _, found, further = command.resolve_command(context, rest)
        parse(found, further, context)


def check(words: list[str]) -> None:
    name = next((word for word in words if not word.startswith("-")), None)
    parse(typer.main.get_command(application(name)), words)


SHOWN = [(where, shlex.join(words)) for where, command in shown() for words in spelled_out(command)]


@pytest.mark.parametrize(("where", "command"), sorted(set(SHOWN)))
def test_a_command_of_the_documents_is_taken(where: str, command: str) -> None:
    try:
        check(shlex.split(command))
    except TyperException as error:
        pytest.fail(f"{where} shows `sauda {command}`: {error}")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("jobs mourn", "No such command 'mourn'"),
        ("run --until 2026-01-01", "No such option"),
        ("import trade sales.csv", "Missing parameter: mapping"),
        ("jobs retry --again", "No such option"),
    ],
)
def test_a_command_that_is_not_there_would_be_found_out(command: str, said: str) -> None:
    with pytest.raises(TyperException, match=said):
        check(shlex.split(command))


def test_the_documents_show_every_command() -> None:
    named = {command.split()[0] for _, command in SHOWN if command and not command.startswith("-")}
    assert {command.name for command in COMMANDS} <= named


@pytest.mark.committing
@pytest.mark.parametrize("command", QUICK)
def test_a_quick_command_runs(
    command: str, own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A home of its own: the anchors of other tests' books are not of this world.
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    settings.cache_clear()
    assert command in {f"sauda {line}" for _, line in SHOWN}, f"no document shows `{command}` any more"
    words = shlex.split(command)[1:]
    result = CliRunner().invoke(application(words[0]), words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
