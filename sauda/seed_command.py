"""`sauda seed`: the goods of a kirana shop, for all to use."""

from __future__ import annotations

import typer


def seed() -> None:
    """Add the goods of a kirana shop with names, HSN and tax class; safe to repeat."""
    import commerce.tables  # noqa: F401 - a row of one slice may name one of another
    from commerce.tax import seeding, tables
    from foundation import database

    tables.refresh()
    seeded = database.write(seeding.seed)
    typer.echo(
        f"{seeded.total} goods: {seeded.added} added, {seeded.changed} brought up to date, "
        f"{seeded.classes} tax classes stated; prices are each shop's own"
    )
    if seeded.kept:
        typer.echo(f"another tax class was stated for {', '.join(sorted(set(seeded.kept)))}: it stays")
