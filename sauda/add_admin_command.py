"""`sauda add-admin`: the first administrator, who can then register the others through the API."""

from __future__ import annotations

import sys

import typer


def add_admin(
    email: str = typer.Argument(help="The e-mail to log in with."),
    name: str = typer.Option(..., "--name", help="The person's name."),
    password_stdin: bool = typer.Option(
        False, "--password-stdin", help="Read the password from standard input instead of asking for it."
    ),
) -> None:
    """Register an administrator; the API takes in every other role."""
    from commerce.identity import passwords, service
    from foundation import database

    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    password_hash = passwords.hash_password(password)
    user = database.write(
        lambda session: service.register(
            session, email=email, full_name=name, password_hash=password_hash, role="admin"
        )
    )
    typer.echo(f"{user.email} is an administrator now")
