"""Metrics as data: what a figure is, and the one way to ask a publication for it.

A definition is written in `transforms/metrics/*.yml`, checked there against the dbt manifest, shipped as
`metrics.json` and as DuckDB table macros. Page, API and SQL user therefore read one definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, cast

from foundation.errors import Invalid

Period = tuple[date, date]
TIME_GRAINS = ("date", "week", "month")
UNITS = ("paisa", "paisa_per_order", "count", "ratio")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Not the last day that has rows: on a day on which nothing is owed there are none.
_LAST_DAYS = "SELECT max(calendar_date) FROM dim_date WHERE is_reporting_day"
_WORDS_OF_SQL = {"and", "or", "not", "in", "is", "null", "true", "false", "between"}


class MetricInvalid(Invalid):
    """A definition, or a question to a metric, that cannot be answered as it stands."""

    code = "metric-invalid"


@dataclass(frozen=True)
class Aggregate:
    """What is added up or counted over the rows of a mart: exactly one of `sum`, `count`, `count_distinct`."""

    kind: Literal["sum", "count", "count_distinct"]
    of: str
    where: str | None = None

    @property
    def sql(self) -> str:
        """The aggregate in SQL, whole: sums of whole numbers stay whole numbers."""
        inner = f"count(DISTINCT {self.of})" if self.kind == "count_distinct" else f"{self.kind}({self.of})"
        filtered = f"{inner} FILTER (WHERE {self.where})" if self.where else inner
        return f"CAST(coalesce({filtered}, 0) AS BIGINT)"

    @property
    def columns(self) -> set[str]:
        """The columns of the mart that it reads."""
        return columns_in(self.of) | columns_in(self.where or "")


@dataclass(frozen=True)
class Metric:
    """One figure: its mart, what is divided by what, and what it may be split by.

    `currency` is `kept` (an amount: one row per currency, never a sum over them) or `ignored` (a count, which
    may have `currency` among its dimensions instead).
    A metric that is not additive over `date` is a level, the value of the last day of a period, when
    `is_level` says so (its mart then has rows for `dim_date`'s reporting days); otherwise (a ratio, a
    distinct count) it is worked out over the whole period.
    Every answer is split by origin.
    """

    name: str
    label: str
    description: str
    unit: str
    mart: str
    date: str
    numerator: Aggregate
    denominator: Aggregate | None
    filters: tuple[str, ...]
    dimensions: tuple[str, ...]
    additive_over: tuple[str, ...]
    currency: Literal["kept", "ignored"]
    is_level: bool

    @classmethod
    def from_dict(cls, definition: Mapping[str, Any]) -> Metric:
        """Read a definition as YAML or JSON has it. Raises MetricInvalid naming the field."""
        name = str(definition.get("name", "?"))
        known = set(cls.__dataclass_fields__)
        if unknown := set(definition) - known:
            raise MetricInvalid(f"metric {name}: unknown field {sorted(unknown)}; use {sorted(known)}")
        try:
            numerator, denominator = definition["numerator"], definition.get("denominator")
            unit, additive = str(definition["unit"]), tuple(definition["additive_over"])
            amounts_only = unit.startswith("paisa")
            ratio_of_counts = unit == "count"
            made = cls(
                name=name,
                label=definition["label"],
                description=definition["description"],
                unit=unit,
                mart=definition["mart"],
                date=definition["date"],
                numerator=_aggregate(name, numerator),
                denominator=None if denominator is None else _aggregate(name, denominator),
                filters=tuple(definition.get("filters", ())),
                dimensions=tuple(definition["dimensions"]),
                additive_over=additive,
                currency=definition.get("currency", "ignored" if ratio_of_counts else "kept"),
                is_level=definition.get(
                    "is_level", amounts_only and bool(additive) and "date" not in additive
                ),
            )
        except KeyError as error:
            raise MetricInvalid(f"metric {name}: field {error} is missing") from None
        made._check(amounts_only=amounts_only)
        return made

    def _check(self, *, amounts_only: bool) -> None:
        if not _NAME.fullmatch(self.name):
            raise MetricInvalid(f"metric {self.name!r}: a name is lower case letters, digits and underscores")
        if self.unit not in UNITS:
            raise MetricInvalid(f"metric {self.name}: unit {self.unit!r}; use one of {', '.join(UNITS)}")
        if self.currency not in ("kept", "ignored") or (amounts_only and self.currency == "ignored"):
            raise MetricInvalid(f"metric {self.name}: an amount keeps its currency; leave `currency` out")
        if strange := set(self.additive_over) - {*self.dimensions, "date"}:
            raise MetricInvalid(
                f"metric {self.name}: additive over {sorted(strange)}, which is no dimension of it"
            )
        if self.denominator is not None and self.additive_over:
            raise MetricInvalid(f"metric {self.name}: a ratio adds up over nothing; its parts do")

    @property
    def columns(self) -> set[str]:
        """Every column of the mart that the definition names."""
        named = {self.date, "origin", *self.dimensions, *self.numerator.columns}
        for condition in self.filters:
            named |= columns_in(condition)
        if self.currency == "kept":
            named.add("currency")
        return named if self.denominator is None else named | self.denominator.columns

    @property
    def split_always(self) -> tuple[str, ...]:
        """What every answer is split by: figures of two origins, or of two currencies, are never added."""
        return ("origin", "currency") if self.currency == "kept" else ("origin",)

    def as_dict(self) -> dict[str, Any]:
        """The definition as plain values, for `metrics.json`; `from_dict` reads it back."""
        plain = asdict(self)
        plain["numerator"] = _aggregate_as_dict(self.numerator)
        plain["denominator"] = None if self.denominator is None else _aggregate_as_dict(self.denominator)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    def select(
        self,
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Any] | None = None,
        period: Period | None = None,
    ) -> tuple[str, list[Any]]:
        """The question as a SELECT with its parameters.

        `by` takes dimensions and at most one of `date`, `week`, `month`; `where` maps a dimension, `origin` or
        `currency` to a value or a list of values; `period` is its first and last day. Raises MetricInvalid.
        """
        grains = [name for name in by if name in TIME_GRAINS]
        if len(grains) > 1:
            raise MetricInvalid(f"metric {self.name}: {' and '.join(grains)} together; choose one")
        self._known([name for name in by if name not in TIME_GRAINS], {*self.dimensions, *self.split_always})
        self._known(list(where or {}), {*self.dimensions, *self.split_always})
        split = [*self.split_always, *(name for name in by if name not in self.split_always)]
        keys = [f"{self._grain(name)} AS {name}" if name in TIME_GRAINS else name for name in split]

        dates: list[Any] = list(period or ())
        in_period = "{} BETWEEN ? AND ?" if period else "TRUE"
        conditions, parameters = [in_period.format(self.date), *self.filters], list(dates)
        for name, value in (where or {}).items():
            values = list(value) if isinstance(value, list | tuple | set) else [value]
            conditions.append(f"list_contains(?, {name})")
            parameters.append(values)
        if self.is_level and "date" not in grains:
            day = "calendar_date"
            group = f" GROUP BY {_truncated(grains[0], day)}" if grains else ""
            conditions.append(f"{self.date} IN ({_LAST_DAYS} AND {in_period.format(day)}{group})")
            parameters += dates
        return (
            f"SELECT {', '.join(keys)}, {self._figures()} FROM {self.mart} "  # noqa: S608 - checked names; values are bound
            f"WHERE {' AND '.join(f'({condition})' for condition in conditions)} GROUP BY ALL ORDER BY ALL",
            parameters,
        )

    @property
    def macro(self) -> str:
        """The metric as a DuckDB table macro: `SELECT * FROM metric_gmv(date '2026-01-01', date '2026-01-31',
        dimensions := ['vendor_id'])`; a dimension that is not asked for is NULL."""
        asked = {name: f"list_contains(dimensions, '{name}')" for name in (*TIME_GRAINS, *self.dimensions)}
        keys = [
            *self.split_always,
            *(
                f"CASE WHEN {is_asked} THEN {self._grain(name) if name in TIME_GRAINS else name} END AS {name}"
                for name, is_asked in asked.items()
            ),
        ]
        in_period = "(from_date IS NULL OR {0} >= from_date) AND (to_date IS NULL OR {0} <= to_date)"
        conditions = [in_period.format(self.date), *self.filters]
        if self.is_level:
            day = "calendar_date"
            bucket = (
                f"CASE WHEN {asked['month']} THEN {_truncated('month', day)} "
                f"WHEN {asked['week']} THEN {_truncated('week', day)} END"
            )
            last_days = f"{_LAST_DAYS} AND ({in_period.format(day)}) GROUP BY {bucket}"
            conditions.append(f"{asked['date']} OR {self.date} IN ({last_days})")
        return (
            f"CREATE OR REPLACE MACRO metric_{self.name}("  # noqa: S608 - names of a checked definition
            "from_date := CAST(NULL AS DATE), to_date := CAST(NULL AS DATE), dimensions := CAST([] AS VARCHAR[])"
            f") AS TABLE SELECT {', '.join(keys)}, {self._figures()} FROM {self.mart} "
            f"WHERE {' AND '.join(f'({condition})' for condition in conditions)} GROUP BY ALL"
        )

    def _figures(self) -> str:
        above = f"{self.numerator.sql} AS numerator"
        if self.denominator is None:
            return f"{above}, CAST(NULL AS BIGINT) AS denominator, {self.numerator.sql} AS value"
        value = f"{self.numerator.sql} / nullif({self.denominator.sql}, 0)"
        return f"{above}, {self.denominator.sql} AS denominator, CAST({value} AS DOUBLE) AS value"

    def _grain(self, name: str) -> str:
        return self.date if name == "date" else _truncated(name, self.date)

    def _known(self, names: Sequence[str], allowed: set[str]) -> None:
        if strange := [name for name in names if name not in allowed]:
            raise MetricInvalid(
                f"metric {self.name} has no dimension {strange[0]!r}; it has {', '.join(sorted(allowed))}",
                metric=self.name,
            )


def columns_in(expression: str) -> set[str]:
    """The column names in a simple SQL expression: what is left without text, numbers and SQL's own words."""
    bare = re.sub(r"'[^']*'", " ", expression)
    return {word for word in re.findall(r"\b[a-z_][a-z0-9_]*\b", bare) if word not in _WORDS_OF_SQL}


def _truncated(grain: str, day: str) -> str:
    return f"CAST(date_trunc('{grain}', {day}) AS DATE)"


def _aggregate(metric: str, definition: Mapping[str, Any]) -> Aggregate:
    kinds = [kind for kind in ("sum", "count", "count_distinct") if kind in definition]
    if len(kinds) != 1 or set(definition) - {*kinds, "where"}:
        raise MetricInvalid(
            f"metric {metric}: {dict(definition)}; give one of sum, count, count_distinct, and `where`"
        )
    kind = cast(Literal["sum", "count", "count_distinct"], kinds[0])
    return Aggregate(kind, str(definition[kind]), definition.get("where"))


def _aggregate_as_dict(aggregate: Aggregate) -> dict[str, str]:
    plain: dict[str, str] = {aggregate.kind: aggregate.of}
    return plain | ({"where": aggregate.where} if aggregate.where else {})
