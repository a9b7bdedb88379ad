"""`docs/errors.md`, made from the error classes and from where they are raised: `python -m serving.errors_page`.

Facts and words stand where a class is built, so the source is read, not run: the keywords of the call are the
facts, its first argument is the sentence with the way out.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import commerce
import foundation
import serving
from foundation.errors import DomainError, Unavailable
from serving import problems

ROOMS = (foundation, commerce, serving)
HEAD = """# Errors

Every refusal is `application/problem+json` with the `code` below, which is stable: programs decide by it. The facts are
further members of the answer, amounts in rupees. The words are for people and may change; `{…}` is filled in.

This page is made by `python -m serving.errors_page > docs/errors.md`; a test compares.
"""
PLATFORM = (
    (422, "malformed", "`errors`: field, reason, value of each", "The payload has not the documented form."),
    (400, "body-unreadable", "", "The body cannot be read as text."),
    (413, "body-too-large", "", "The body has too many bytes; send less at once."),
    (404, "no-such-path", "", "There is nothing at this path; `/docs` lists what there is."),
    (405, "method-not-allowed", "", "The path knows other methods; `Allow` names them."),
    (
        403,
        "https-needed",
        "",
        "It came over plain http, where https is a must; what it carried was readable: change it.",
    ),
    (412, "precondition-failed", "as `version-mismatch`", "It is not what `If-Match` says: read it again."),
    (409, "written-meanwhile", "", "Another request wrote the same at this moment; read again, then repeat."),
    (500, "internal", "", "A fault of ours; tell us the `X-Correlation-ID`."),
)
"""What is refused before or behind the rules of the trade."""


def page() -> str:
    """The whole page."""
    rows = [(status, code, facts, words) for status, code, facts, words in PLATFORM]
    built = _built()
    for error in errors():
        facts, words = _told(error, built)
        status = 503 if issubclass(error, Unavailable) else int(problems.status_of(error))
        rows.append((status, error.code, facts, words))
    lines = [
        f"| `{code}` | {status} | {facts} | {words} |"
        for status, code, facts, words in sorted(rows, key=_order)
    ]
    return (
        "\n".join(
            [HEAD, "| code | status | facts | what it means, and the way out |", "|---|---|---|---|", *lines]
        )
        + "\n"
    )


def _order(row: tuple[int, str, str, str]) -> tuple[str, int]:
    return row[1], row[0]


def errors() -> list[type[DomainError] | type[Unavailable]]:
    """Every class of failure with a code of its own, by code."""
    for room in ROOMS:
        for module in pkgutil.walk_packages(room.__path__, prefix=f"{room.__name__}."):
            if not module.name.endswith("__main__") and module.name != __name__:
                import_module(module.name)
    found = {
        one for base in (DomainError, Unavailable) for one in (base, *_below(base)) if one is not DomainError
    }
    names = {room.__name__ for room in ROOMS}
    return sorted(
        (one for one in found if "code" in vars(one) and one.__module__.partition(".")[0] in names),
        key=lambda one: one.code,
    )


def _below(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


Building = tuple[list[str], str]


def _built() -> dict[str, list[Building]]:
    """By class name: the facts and the sentence of each place that builds it."""
    found: dict[str, list[Building]] = {}
    for room in ROOMS:
        for path in sorted(Path(room.__path__[0]).rglob("*.py")):
            _read(ast.parse(path.read_text()), None, found)
    return found


def _read(node: ast.AST, inside: str | None, found: dict[str, list[Building]]) -> None:
    for child in ast.iter_child_nodes(node):
        _read(child, child.name if isinstance(child, ast.ClassDef) else inside, found)
    if isinstance(node, ast.Call):
        name = _name(node.func, inside)
        if name is not None and node.args:
            facts = [keyword.arg for keyword in node.keywords if keyword.arg]
            found.setdefault(name, []).append((facts, _sentence(node.args[0])))


def _name(called: ast.expr, inside: str | None) -> str | None:
    if isinstance(called, ast.Name):
        return called.id
    is_super = (
        isinstance(called, ast.Attribute) and called.attr == "__init__" and isinstance(called.value, ast.Call)
    )
    return inside if is_super else None


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return ""


def _says(words: str) -> bool:
    # What is all blanks to be filled in tells a reader of the page nothing.
    return len(words.replace("{…}", "").split()) >= 3


def _told(error: type, built: dict[str, list[Building]]) -> tuple[str, str]:
    # A class that builds its own sentence has one; the arguments of whoever raises it are no words.
    own = "__init__" in vars(error)
    places = [(facts, words) for facts, words in built.get(error.__name__, []) if words or not own]
    facts = sorted(
        {name.removesuffix("_paisa") for names, _ in places for name in names} - {"retry_after_seconds"}
    )
    promise = (vars(error).get("__doc__") or "").strip().splitlines()
    sentences = sorted({" ".join(words.split()) for _, words in places if _says(words)})
    words = " · ".join([*promise[:1], *sentences[:4]]) or (inspect.getdoc(error) or "").splitlines()[0]
    return ", ".join(f"`{name}`" for name in facts), words.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
