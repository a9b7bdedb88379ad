"""`sauda messages`: what the sandbox channel delivered to a phone, or what was mailed to an address."""

from __future__ import annotations

import typer


def messages(
    recipient: str = typer.Argument(help="A phone with its country in front, or an e-mail address."),
    last: int = typer.Option(5, "--last", min=1, max=100, help="How many, the newest first."),
) -> None:
    """Read what was said to a phone or an address, as its owner would."""
    from commerce.messaging import service
    from commerce.messaging.addresses import normal_email, normal_phone
    from foundation import database

    with database.read() as session:
        found = (
            service.inbox(session, channel="mail", recipient=normal_email(recipient), limit=last)
            if "@" in recipient
            else service.inbox(session, channel="phone", recipient=normal_phone(recipient), limit=last)
        )
    if not found:
        typer.echo("nothing was said there")
    for message in found:
        typer.echo(
            f"{message.queued_at:%Y-%m-%d %H:%M:%S} {message.state}  {message.title}\n{message.body}\n"
        )
