"""The events that a business may be told of, in an order that loses none: what the API and the webhooks read.

Ids grow with the clock, commits do not: who remembers the last id seen misses what commits late. So a place
in the feed is a snapshot. What one snapshot does not see and the next one does is a window; inside a window
the order is that of the ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

UNSEEN: Final = """
    changed_in >= pg_snapshot_xmin(CAST(:since AS pg_snapshot))
    AND NOT pg_visible_in_snapshot(changed_in, CAST(:since AS pg_snapshot))
"""
"""Rows of `domain_events` that the snapshot `since` did not see; the first line lets an index skip the rest."""


@dataclass(frozen=True)
class Place:
    """A place in the feed of one server: all that `since` saw is behind, and of `until` all up to `last`."""

    server: str
    since: str | None = None
    until: str | None = None
    last: UUID | None = None


def server_and_snapshot(session: Session) -> tuple[str, str]:
    """Which database this is (a restored one is another), and what is committed at this moment."""
    row = session.execute(
        text("SELECT system_identifier::text, pg_current_snapshot()::text FROM pg_control_system()")
    ).one()
    return row[0], row[1]


def events_after(
    session: Session, business_id: UUID, place: Place | None, *, types: Sequence[str], limit: int
) -> tuple[Sequence[RowMapping], Place]:
    """At most `limit` events of these types that come after the place (None: from the first), and the next place.

    An empty answer means that nothing new has been committed.
    """
    server, now = server_and_snapshot(session)
    # A database that was restored elsewhere counts its transactions anew: the feed begins again.
    begun = place if place is not None and place.server == server else Place(server)
    until = begun.until or now
    window = ["type = ANY(:types)", "pg_visible_in_snapshot(changed_in, CAST(:until AS pg_snapshot))"]
    if begun.since is not None:
        window.append(UNSEEN)
    if begun.last is not None:
        window.append("id > :last")
    side = f"""
        (SELECT id, type, version, occurred_at, payload FROM app.domain_events
         WHERE {{column}} = :business_id AND {" AND ".join(window)} ORDER BY id LIMIT :limit)
    """  # noqa: S608 - every part is a constant
    rows = (
        session.execute(
            text(
                f"SELECT * FROM ({side.format(column='business_id')} UNION ALL "  # noqa: S608
                f"{side.format(column='counterparty_id')}) AS told ORDER BY id LIMIT :limit"
            ),
            {
                "business_id": business_id,
                "types": list(types),
                "since": begun.since,
                "until": until,
                "last": begun.last,
                "limit": limit + 1,
            },
        )
        .mappings()
        .all()
    )
    if len(rows) > limit:
        shown = rows[:limit]
        return shown, Place(server, begun.since, until, shown[-1]["id"])
    return rows, Place(server, since=until)
