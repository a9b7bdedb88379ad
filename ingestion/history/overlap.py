"""Which documents of a file were taken in from another file before. Pure.

A trader who exports the whole year every month sends most documents again. A document is known by its number
and its day; it is the same when its kinds, customers and amounts are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from ingestion.history.canonical import EXACT_DECIMALS
from ingestion.history.classify import Classified, as_decimal, exact_sum

DOCUMENT = ("document_no", "day")


@dataclass(frozen=True)
class Overlap:
    """What a file shares with the record. `documents` has a row per shared document, with `is_same`.

    Its columns: document_no, day, amount_paisa, known_paisa, file_name (where it came from), is_same.
    """

    documents: pl.DataFrame
    of: int
    """How many documents the file has."""

    @property
    def same(self) -> int:
        return self.documents.filter("is_same").height

    @property
    def changed(self) -> int:
        return self.documents.height - self.same


def find(classified: Classified, known: pl.DataFrame, *, time_zone: str) -> Overlap:
    """Compare a judged file with `known`: document_no, day, kind, customer_ref (empty: the walk-in),
    amount_paisa and file_name of what other files of the trader brought."""
    parts = (
        _with_day(classified.lines, time_zone)
        .group_by(*DOCUMENT, "kind", pl.col("customer_ref").fill_null(""))
        .agg(pl.col("amount_paisa").sum())
    )
    ours = _contents(parts)
    theirs = _contents(known, pl.col("file_name").first()).rename(
        {"content": "known_content", "amount_paisa": "known_paisa"}
    )
    shared = ours.join(theirs, on=DOCUMENT, how="inner").sort("day", "document_no")
    documents = shared.with_columns(is_same=pl.col("content") == pl.col("known_content"))
    return Overlap(documents.drop("content", "known_content"), ours.height)


def leave_out(classified: Classified, overlap: Overlap, *, time_zone: str) -> Classified:
    """The file without what is known: the same documents are counted as in already, changed ones rejected."""
    lines = _with_day(classified.lines, time_zone).with_columns(
        exact=pl.col("quantity").to_physical() * pl.col("unit_price").to_physical()
    )
    lines = lines.join(overlap.documents.drop("amount_paisa"), on=DOCUMENT, how="left", maintain_order="left")
    new = lines.filter(pl.col("is_same").is_null())
    same = lines.filter(pl.col("is_same"))
    changed = lines.filter(~pl.col("is_same"))
    rejects = changed.select(
        "row_no",
        pl.format(
            "document {} of {} came with {} and is another one here; give the difference a number of its own",
            "document_no",
            "day",
            "file_name",
        ).alias("reason"),
        as_decimal("exact", EXACT_DECIMALS).alias("amount"),
    )
    before = classified.reconciliation
    imported = exact_sum(new["amount_paisa"], decimals=2)
    rejected = exact_sum(changed["exact"])
    return replace(
        classified,
        lines=_renumbered(new.select(classified.lines.columns)),
        rejects=pl.concat([classified.rejects, rejects]).sort("row_no"),
        reconciliation=replace(
            before,
            imported=imported,
            rejected=before.rejected + rejected,
            rounding=exact_sum(new["exact"]) - imported,
            already_in=exact_sum(same["exact"]),
        ),
        already_in=same.height,
    )


def _with_day(lines: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    return lines.with_columns(day=pl.col("occurred_at").dt.convert_time_zone(time_zone).dt.date())


def _contents(parts: pl.DataFrame, *also: pl.Expr) -> pl.DataFrame:
    part = pl.concat_str(pl.col("kind").cast(pl.String), "customer_ref", "amount_paisa", separator="\x1f")
    return parts.group_by(*DOCUMENT).agg(
        part.sort().str.join("\x1e").alias("content"), pl.col("amount_paisa").sum(), *also
    )


def _renumbered(lines: pl.DataFrame) -> pl.DataFrame:
    """Documents count from zero without gaps; what takes back a line that is not here stands by itself."""
    return lines.with_columns(
        pl.col("document_ordinal").rle_id().cast(pl.Int64),
        pl.when(pl.col("original_row_no").is_in(lines["row_no"].implode())).then("original_row_no"),
    )
