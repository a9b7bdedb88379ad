"""`sauda keys`: the keys that access tokens are signed with."""

from __future__ import annotations

import typer

import commerce.tables  # noqa: F401 - a row of one slice may name one of another
from commerce.identity import signing
from foundation import database

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Handle the keys that access tokens are signed with."""


@app.command()
def rotate() -> None:
    """Sign with a new key from now on; the present ones verify until their last token has run out."""
    kid = database.write(signing.rotate)
    typer.echo(f"tokens are signed with key {kid} now; every process takes it within a minute")


@app.command(name="list")
def list_keys() -> None:
    """Show the keys that verify now, the signing one marked."""
    signing_now, _ = signing.signing_key()
    for key in signing.published():
        typer.echo(f"{key['kid']}{'  signs' if key['kid'] == signing_now else ''}")
