"""Seals: chains of hashes over append-only rows, so that a row altered behind our back is found.

A seal covers a batch of entries in their order: `hash = H(previous ‖ content hashes)`, SHA-256. What is not
sealed yet waits in a queue; the sealer takes what it sees in any order, so neither a late commit nor a restore
makes it skip or stall. The heads are anchored outside the database: a chain shows what was altered in its
middle; that its tail was cut shows only to who remembers the tail.

A `Chain` named `x` owns the tables `x_unsealed`, `x_seals` and `x_seal_members`, one chain per `business_id`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation import database
from foundation.object_store import ObjectStore

BATCH = 20_000
UNSEALED_MINUTES_MAX = 5
"""Sealing follows a commit within seconds; what waits longer has been forgotten."""
FINDINGS_MAX = 20
"""Rows shown per check: one is enough to stop, a screenful to see a pattern."""
_STAMP = "%Y%m%dT%H%M%S.%fZ"
ANCHORS_HOLD = "anchored seals are there"


@dataclass(frozen=True)
class Head:
    """The newest seal of a book, as it is anchored outside the database."""

    business_id: UUID
    seal_no: int
    hash: str


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be, and where."""

    check: str
    detail: str


@dataclass(frozen=True)
class Waiting:
    """What no seal covers yet."""

    entries: int
    oldest_seconds: float


@dataclass(frozen=True)
class Chain:
    """Append-only entries, how their content is hashed, and where their seals stand."""

    name: str
    entries: str
    """The table of what is sealed."""
    key: str
    """The column of queue and members that names an entry."""
    noun: str
    """What an entry is called in a finding."""
    content: str
    """SELECT business_id, <key>, content_hash FROM <entries> entry: canonical, versioned, free of names."""
    version: int
    lock_class: int

    def seal(self, session: Session) -> int:
        """Seal what waits in every book that no other sealer holds, a batch at most; how many entries it were."""
        books = [row.business_id for row in session.execute(text(self._filled(_LOCK_BOOKS)))]
        if not books:
            return 0
        # A statement of its own, so that it sees what a sealer before us committed.
        values = {"books": books, "batch": BATCH, "version": self.version}
        return int(session.execute(text(self._filled(_SEAL)), values).scalar_one())

    def seal_all(self) -> int:
        """Seal everything that waits, a batch per transaction; how many entries that were."""
        sealed = 0
        while batch := database.write(self._seal_batch):
            sealed += batch
        return sealed

    def _seal_batch(self, session: Session) -> int:
        # After bulk work a batch may take longer than a request's statement may; no request waits for it.
        session.execute(text("SET LOCAL statement_timeout = 0"))
        return self.seal(session)

    def heads(self, session: Session) -> list[Head]:
        """The newest seal of every book."""
        rows = session.execute(text(self._filled(_HEADS)))
        return [Head(row.business_id, row.seal_no, row.hash) for row in rows]

    def waiting(self, session: Session) -> Waiting:
        """How many entries wait for their seal, and how long the oldest does, by the real clock."""
        row = session.execute(text(self._filled(_WAITING))).one()
        return Waiting(int(row[0]), float(row[1]))

    def checks(self) -> dict[str, str]:
        """Queries that each return one row per finding, its detail as text, by the name of the check."""
        return {check: self._filled(query) for check, query in _CHECKS.items()}

    def verify(self, session: Session, anchored: Iterable[Head] = ()) -> list[Finding]:
        """Check the seals, and that every anchored one is there; an empty list means that all holds."""
        return run_checks(session, self.checks()) + self.missing(session, anchored)

    def missing(self, session: Session, anchored: Iterable[Head]) -> list[Finding]:
        """The anchored seals that are gone or have another hash."""
        heads = list(anchored)
        values = {
            "books": [head.business_id for head in heads],
            "numbers": [head.seal_no for head in heads],
            "hashes": [head.hash for head in heads],
            "limit": FINDINGS_MAX,
        }
        found = []
        for row in session.execute(text(self._filled(_MISSING)), values):
            said = "is gone" if row.is_gone else "has another hash"
            found.append(Finding(ANCHORS_HOLD, f"seal {row.seal_no} of book {row.book} {said}"))
        return found

    def anchor(self, store: ObjectStore) -> str | None:
        """Write the head of every book into the store under the present moment, outside of any transaction.

        Every anchor is an object of its own, never overwritten. None where nothing is sealed yet, else its key.
        """
        with database.read() as session:
            found = self.heads(session)
        if not found:
            return None
        key = f"{self.folder}/{datetime.now(UTC):{_STAMP}}.json"
        rows = [[str(head.business_id), head.seal_no, head.hash] for head in found]
        store.put(key, json.dumps({"version": self.version, "heads": rows}).encode(), replace=False)
        return key

    def anchored(self, store: ObjectStore) -> set[Head]:
        """Every head that was ever anchored: the newest alone would not show a tail cut and grown anew."""
        found: set[Head] = set()
        for anchor in store.list(self.folder):
            content: dict[str, Any] = json.loads(store.get(anchor.key))
            found.update(Head(UUID(book), seal_no, digest) for book, seal_no, digest in content["heads"])
        return found

    def set_aside(self, store: ObjectStore, *, after: datetime, generation: int) -> int:
        """Move the anchors written after an instant that a restore went back to; how many they were.

        They tell of entries that the database no longer has; kept, for they prove what was there.
        """
        first = f"{self.folder}/{after.astimezone(UTC):{_STAMP}}"
        lost = [anchor.key for anchor in store.list(self.folder) if anchor.key > first]
        for key in lost:
            name = key.removeprefix(f"{self.folder}/")
            store.put(f"{self.lost_folder}/{generation}/{name}", store.get(key))
            store.delete(key)
        return len(lost)

    @property
    def folder(self) -> str:
        """Where the anchors stand in the object store."""
        return f"{self.name}-anchors"

    @property
    def lost_folder(self) -> str:
        """Where the anchors of times stand that restores lost."""
        return f"{self.name}-anchors-lost"

    def _filled(self, query: str) -> str:
        # Only constants of the code are put in: names of tables and the text of the content.
        return query.format(
            name=self.name,
            entries=self.entries,
            key=self.key,
            noun=self.noun,
            content=self.content,
            lock_class=self.lock_class,
            minutes=UNSEALED_MINUTES_MAX,
        )


def run_checks(session: Session, checks: dict[str, str]) -> list[Finding]:
    """One finding per row of each query, some at most. Reads only, and takes its time."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # Every check reads whole tables. Right after bulk work the server has no statistics of them, takes them for
    # small, and would go through one for each row of the other.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    return [
        Finding(check, row.format)
        for check, query in checks.items()
        for row in session.execute(text(f"{query} LIMIT {FINDINGS_MAX}"))
    ]


_LOCK_BOOKS = """
    SELECT business_id FROM (SELECT DISTINCT business_id FROM app.{name}_unsealed ORDER BY business_id) waiting
    WHERE pg_try_advisory_xact_lock({lock_class}, hashtext(CAST(business_id AS text)))
"""

_SEAL = """
    WITH taken AS (
        DELETE FROM app.{name}_unsealed WHERE (business_id, {key}) IN (
            SELECT business_id, {key} FROM app.{name}_unsealed
            WHERE business_id = ANY (CAST(:books AS uuid[])) ORDER BY queued_at LIMIT :batch
        )
        RETURNING business_id, {key}
    ), content AS (
        {content} JOIN taken ON taken.{key} = entry.id
    ), batch AS (
        SELECT business_id, count(*) AS member_count,
               string_agg(content_hash, ''::bytea ORDER BY {key}) AS contents
        FROM content GROUP BY business_id
    ), sealed AS (
        INSERT INTO app.{name}_seals (business_id, seal_no, version, member_count, previous_hash, hash)
        SELECT batch.business_id, coalesce(head.seal_no, 0) + 1, :version, member_count,
               coalesce(head.hash, ''::bytea), sha256(coalesce(head.hash, ''::bytea) || contents)
        FROM batch LEFT JOIN LATERAL (
            SELECT seal_no, hash FROM app.{name}_seals s
            WHERE s.business_id = batch.business_id ORDER BY seal_no DESC LIMIT 1
        ) head ON true
        RETURNING business_id, seal_no
    ), members AS (
        INSERT INTO app.{name}_seal_members (business_id, {key}, seal_no, position)
        SELECT taken.business_id, taken.{key}, sealed.seal_no,
               row_number() OVER (PARTITION BY taken.business_id ORDER BY taken.{key})
        FROM taken JOIN sealed USING (business_id)
    )
    SELECT count(*) FROM taken
"""

_HEADS = """
    SELECT DISTINCT ON (business_id) business_id, seal_no, encode(hash, 'hex') AS hash
    FROM app.{name}_seals ORDER BY business_id, seal_no DESC
"""

_WAITING = """
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0)
    FROM app.{name}_unsealed
"""

_MISSING = """
    SELECT anchor.book, anchor.seal_no, seal.seal_no IS NULL AS is_gone
    FROM unnest(CAST(:books AS uuid[]), CAST(:numbers AS bigint[]), CAST(:hashes AS text[]))
        AS anchor (book, seal_no, hash)
    LEFT JOIN app.{name}_seals seal ON seal.business_id = anchor.book AND seal.seal_no = anchor.seal_no
    WHERE seal.hash IS DISTINCT FROM decode(anchor.hash, 'hex')
    ORDER BY anchor.book, anchor.seal_no LIMIT :limit
"""

_CHECKS = {
    "every entry is sealed or waiting": """
        SELECT format('{noun} %s of book %s is in no seal and not waiting for one', entry.id, entry.business_id)
        FROM app.{entries} entry
        LEFT JOIN app.{name}_seal_members member ON member.{key} = entry.id
        LEFT JOIN app.{name}_unsealed waiting ON waiting.{key} = entry.id
        WHERE member.{key} IS NULL AND waiting.{key} IS NULL
    """,
    "nothing waits long for its seal": """
        SELECT format('{noun} %s of book %s waits since %s', {key}, business_id, queued_at)
        FROM app.{name}_unsealed WHERE queued_at < clock_timestamp() - interval '{minutes} minutes'
    """,
    "seals are a chain": """
        SELECT format('seal %s of book %s does not follow the one before', seal_no, business_id)
        FROM (
            SELECT business_id, seal_no, previous_hash,
                   lag(hash, 1, ''::bytea) OVER book AS before, lag(seal_no, 1, 0::bigint) OVER book AS number_before
            FROM app.{name}_seals WINDOW book AS (PARTITION BY business_id ORDER BY seal_no)
        ) link
        WHERE previous_hash <> before OR seal_no <> number_before + 1
    """,
    "seals match their entries": """
        WITH content AS ({content}), resealed AS (
            SELECT member.business_id, member.seal_no, count(*) AS member_count,
                   string_agg(content.content_hash, ''::bytea ORDER BY member.position) AS contents
            FROM app.{name}_seal_members member JOIN content ON content.{key} = member.{key}
            GROUP BY member.business_id, member.seal_no
        )
        SELECT format('seal %s of book %s does not match its %s entries', seal_no, business_id, seal.member_count)
        FROM app.{name}_seals seal LEFT JOIN resealed USING (business_id, seal_no)
        WHERE resealed.contents IS NULL OR seal.member_count <> resealed.member_count
           OR seal.hash <> sha256(seal.previous_hash || resealed.contents)
    """,
}
