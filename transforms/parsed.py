"""The dbt project, parsed once for all: for the assets that stand for its models, and for every build.

dbt parses the whole project for each build, because the variables of the last one were others; that takes it seconds,
and a build of a small market not much longer. What a variable says is asked when a model is compiled, so what was
parsed without any serves all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

from transforms import project

QUIET: Final = (
    "--no-use-colors", "--log-level", "none", "--log-level-file", "none", "--no-print", "--warn-error",
)  # fmt: skip
FOLDERS: Final = (
    "--project-dir", str(project.PROJECT_DIR), "--profiles-dir", str(project.PROFILES_DIR),
)  # fmt: skip

_TARGET = project.PROJECT_DIR / "target" / "parsed"
_DOCUMENT, _PARSED = "manifest.json", "partial_parse.msgpack"
_SOURCES = ("dbt_project.yml", "transforms", "foundation/score")
_READ_BY_DBT = (".sql", ".yml", ".csv")


class DbtFailed(Exception):
    """dbt could not even begin; the message is dbt's own."""


def document() -> dict[str, Any]:
    """The project as dbt understands it. Raises DbtFailed."""
    return _read_document(_parsed())


@lru_cache(maxsize=1)
def _read_document(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / _DOCUMENT).read_text()))


def manifest(warehouse_url: str) -> Manifest:
    """The same for dbt itself: a build's own, on a warehouse given by its libpq URL. Raises DbtFailed."""
    parsed: Manifest = Manifest.from_msgpack(  # type: ignore[attr-defined]
        (_parsed() / _PARSED).read_bytes(), decoder=extended_mashumuro_decoder
    )
    database = project.environment(warehouse_url)["SAUDA_WAREHOUSE_DATABASE"]
    # Names of tables begin with the database that the profile named when the project was parsed.
    for node in (*parsed.nodes.values(), *parsed.sources.values(), *parsed.unit_tests.values()):
        other = getattr(node, "database", None)
        if other is not None:
            node.database = database  # type: ignore[union-attr]
        if getattr(node, "relation_name", None):
            node.relation_name = node.relation_name.replace(f'"{other}"', f'"{database}"', 1)  # type: ignore[union-attr]
    return parsed


def _parsed() -> Path:
    """The folder with what dbt made of the project as it is now, by this dbt."""
    folder = _TARGET / _fingerprint()
    if not folder.exists():
        _parse(folder)
    return folder


def _fingerprint() -> str:
    roots = [project.PROJECT_DIR / source for source in _SOURCES]
    files = [file for root in roots for file in (root.rglob("*") if root.is_dir() else [root])]
    digest = hashlib.sha256(version("dbt-core").encode())
    for file in sorted(file for file in files if file.suffix in _READ_BY_DBT):
        digest.update(f"{file.relative_to(project.PROJECT_DIR)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _parse(folder: Path) -> None:
    own = _TARGET / f"{os.getpid()}-{threading.get_ident()}"
    with environment({"DBT_TARGET_PATH": str(own), "DBT_LOG_PATH": str(own)}):
        result = dbtRunner().invoke(["parse", *QUIET, *FOLDERS])
    if not result.success:
        raise DbtFailed(f"dbt cannot read the project: {result.exception}")
    earlier = [one for one in _TARGET.iterdir() if one != folder and "-" not in one.name]
    # Two processes may parse at once; both made the same, and one of them is first.
    with suppress(OSError):
        own.rename(folder)
    for one in (own, *earlier):
        shutil.rmtree(one, ignore_errors=True)


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Run the body under these environment variables: dbt takes its profile from there and from nowhere else."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
