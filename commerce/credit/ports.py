"""What commerce takes from the data side: the scores of a published run, and nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, cast
from uuid import UUID

import polars as pl

from commerce.credit.errors import PublicationUnfit
from foundation import published
from foundation.published import Publication
from foundation.score import NO_HISTORY, SCORE_MAX, SCORE_MIN

SCORES = "credit_score"
_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "as_of": pl.Date,
    "run_id": pl.String,
    "retailer_id": pl.String,
    "model_version": pl.String,
    "predicted_at": pl.Datetime,
    "score": pl.Int32,
    "grade": pl.String,
}


@dataclass(frozen=True)
class PublishedScore:
    """A retailer's score as a run predicts it; None and `NH` where there is not enough history."""

    retailer_id: UUID
    score: int | None
    grade: str
    model_version: str


@dataclass(frozen=True)
class PublishedScores:
    """The scores of one run, and what its manifest says of the run."""

    run_id: str
    as_of: date
    predicted_at: datetime
    failed_checks: tuple[str, ...]
    scores: tuple[PublishedScore, ...]


class Publications(Protocol):
    """Where the runs of the data side are published."""

    def newest(self) -> str:
        """The id of the newest run. Raises NothingPublished."""
        ...

    def scores(self, run_id: str) -> PublishedScores:
        """The scores of a run. Raises RunNotPublished, PublicationBroken, PublicationUnfit."""
        ...


class PublishedRuns:
    """The publications in the object store."""

    def newest(self) -> str:
        return published.reader().current().run_id

    def scores(self, run_id: str) -> PublishedScores:
        run = published.reader().run(run_id)
        frame = _checked(run)
        return PublishedScores(
            run_id=run.run_id,
            as_of=run.as_of,
            predicted_at=cast(datetime, frame["predicted_at"].max()),
            failed_checks=tuple(check["name"] for check in run.manifest["checks"] if not check["passed"]),
            scores=tuple(
                PublishedScore(UUID(retailer_id), score, grade, model_version)
                for retailer_id, score, grade, model_version in frame.select(
                    "retailer_id", "score", "grade", "model_version"
                ).iter_rows()
            ),
        )


def _checked(run: Publication) -> pl.DataFrame:
    frame = run.table(SCORES)
    for name, kind in _COLUMNS.items():
        if frame.schema.get(name) != kind:
            raise PublicationUnfit(
                f"run {run.run_id}: {SCORES}.{name} is {frame.schema.get(name)}, {kind} is expected; "
                "publish a run of this version",
                run_id=run.run_id,
            )
    frame = frame.select(list(_COLUMNS))
    number, grade = pl.col("score"), pl.col("grade")
    in_bounds = number.is_between(SCORE_MIN, SCORE_MAX) & (grade != NO_HISTORY)
    fits = (pl.col("as_of") == run.as_of) & (pl.col("run_id") == run.run_id)
    fits &= pl.when(number.is_null()).then(grade == NO_HISTORY).otherwise(in_bounds)
    wrong = frame.filter(~fits.fill_null(False)).height
    twice = frame.height - frame["retailer_id"].n_unique()
    rows = run.manifest["tables"][SCORES]["rows"]
    if frame.is_empty() or wrong or twice or rows != frame.height:
        raise PublicationUnfit(
            f"run {run.run_id}: of {frame.height} scores ({rows} by the manifest) {wrong} are of another run or "
            f"out of bounds and {twice} name a retailer again; publish the run anew",
            run_id=run.run_id,
        )
    return frame
