"""From raw cells to accepted lines, rejects with their reasons, and an exact reconciliation. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from foundation import clock
from ingestion.history import originals
from ingestion.history.canonical import (
    EXACT_DECIMALS,
    FIELDS,
    KINDS,
    LINES,
    MAX_AMOUNT_PAISA,
    MAX_PRICE,
    MAX_QUANTITY,
    OPTIONAL_FIELDS,
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    REJECTS,
)
from ingestion.history.mapping import KindRule, Mapping
from ingestion.history.readers import RawHistory

NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$"
DOCUMENT = ("document_no", "customer_ref", "kind", "day")  # numbers begin again each fiscal year
MAX_LINES = 32_000  # of one document; the record numbers them in 16 bits
LONGEST = {"document_no": 28, "product_code": 60, "customer_ref": 60}  # what the record has room for
EXACT_PER_PAISA = 10 ** (EXACT_DECIMALS - 2)


@dataclass(frozen=True)
class Reconciliation:
    """File total = imported + rejected + rounding + already in, to the last decimal. In major units."""

    file_total: Decimal
    imported: Decimal
    rejected: Decimal
    rounding: Decimal
    already_in: Decimal = Decimal(0)
    """Of documents that another file had brought."""

    @property
    def difference(self) -> Decimal:
        """Zero, or something was lost."""
        return self.file_total - self.imported - self.rejected - self.rounding - self.already_in


@dataclass(frozen=True)
class Classified:
    """A file, judged: every row is in `lines` (canonical.LINES), in `rejects` (canonical.REJECTS) or in already."""

    file_hash: str
    lines: pl.DataFrame
    rejects: pl.DataFrame
    reconciliation: Reconciliation
    already_in: int = 0
    """How many lines stood in documents that another file had brought."""

    @property
    def document_count(self) -> int:
        return int(self.lines["document_ordinal"].n_unique())


def classify(raw: RawHistory, mapping: Mapping, *, units: Collection[str]) -> Classified:
    """Judge every row of `raw`; goods can be counted in `units`. A bad row becomes a reject."""
    frame = _with_kind(_typed(raw.cells, mapping), mapping)
    frame = frame.with_columns(_reason(units, mapping.file.earliest_date).alias("reason"))
    total = exact_sum(frame["exact"])
    good = frame.filter(pl.col("reason").is_null())
    bad = frame.filter(pl.col("reason").is_not_null())
    lines = _documents(good.with_columns(_half_even_paisa().alias("amount_paisa")))
    lines = originals.match(lines, mapping.cancellations)
    imported = exact_sum(lines["amount_paisa"], decimals=2)
    rejects = pl.concat(
        [
            bad.select("row_no", "reason", as_decimal("exact", EXACT_DECIMALS).alias("amount")),
            raw.malformed.select("row_no", "reason", pl.lit(None, REJECTS["amount"]).alias("amount")),
        ]
    ).sort("row_no")
    reconciliation = Reconciliation(
        file_total=total,
        imported=imported,
        rejected=exact_sum(bad["exact"]),
        rounding=exact_sum(good["exact"]) - imported,
    )
    lines = lines.select([pl.col(name).cast(kind) for name, kind in LINES.items()])
    return Classified(raw.file_hash, lines, rejects, reconciliation)


def _typed(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The cells as text and as whole numbers: `price_micro`, `quantity_milli`, their product `exact`."""
    texts = [
        _text(cells[name]) for name in cells.columns if name in FIELDS and not cells[name].dtype.is_temporal()
    ]
    frame = cells.with_columns(texts)
    absent = [name for name in OPTIONAL_FIELDS if name not in frame.columns]
    frame = frame.with_columns([pl.lit(None, pl.String).alias(name) for name in absent])
    frame = frame.with_columns(
        _whole(frame["unit_price"], PRICE_DECIMALS, MAX_PRICE).alias("price_micro"),
        _whole(frame["quantity"], QUANTITY_DECIMALS, MAX_QUANTITY).alias("quantity_milli"),
        _moment(frame["occurred_at"], mapping).alias("moment"),
        pl.col("description").str.replace_all(r"\s+", " "),
        pl.col("unit").fill_null(mapping.products.unit),
        _country(mapping).alias("country"),
    )
    return frame.with_columns((pl.col("price_micro") * pl.col("quantity_milli")).alias("exact"))


def _text(cells: pl.Series) -> pl.Series:
    """Cells as trimmed text, empty ones null. A whole float loses its `.0`: customer 17850.0 is 17850."""
    text = cells.cast(pl.String)
    if cells.dtype.is_float():
        text = text.str.strip_suffix(".0")
    text = text.str.replace_all("\x00", "", literal=True).str.strip_chars()
    return text.set(text == "", None).alias(cells.name)


def _latin_digits(text: pl.Series) -> pl.Series:
    """The digits of every script as 0 to 9: ५ is 5, as a trader of Nepal may write it."""
    written = text.filter(text.str.contains(r"[^\x00-\x7f]")).unique().to_list()
    if not written:
        return text
    return text.replace(
        written, ["".join(str(unicodedata.decimal(sign, sign)) for sign in value) for value in written]
    )


def _plain(text: pl.Series) -> pl.Series:
    """Numbers without exponent: 1e-05 becomes 0.00001. They are rare, so Python's Decimal may do it."""
    written = text.filter(text.str.contains(r"^[+-]?[0-9]+\.?[0-9]*[eE][+-]?[0-9]{1,2}$")).unique().to_list()
    if not written:
        return text
    return text.replace(written, [f"{Decimal(value):f}" for value in written])


def _whole(text: pl.Series, decimals: int, limit: Decimal) -> pl.Series:
    """The number times 10^decimals; null where it is none, has more decimals, or reaches `limit`."""
    plain = _plain(_latin_digits(text))
    plain = plain.set(~plain.str.contains(NUMBER).fill_null(False), None)
    fraction = plain.str.extract(r"\.([0-9]*?)0*$").str.len_chars().fill_null(0)
    whole_part = plain.str.extract(r"^[+-]?0*([0-9]*)").str.len_chars()
    fits = (fraction <= decimals) & (whole_part <= len(str(int(limit))) - 1)
    plain = plain.set(~fits.fill_null(False), None)
    return plain.cast(pl.Decimal(38, decimals), strict=False).to_physical()


def _moment(cells: pl.Series, mapping: Mapping) -> pl.Series:
    """Aware moments in UTC; null where the cell is none, or names an hour that the clocks skipped."""
    if cells.dtype == pl.Date:
        cells = cells.cast(pl.Datetime("us"))
    if not cells.dtype.is_temporal():
        cells = _latin_digits(cells)
        aware = _with_offset(cells)
        return aware.zip_with(
            aware.is_not_null(), _local(_parsed(cells, mapping.file.datetime_format), mapping)
        )
    if not isinstance(cells.dtype, pl.Datetime):
        return pl.Series(cells.name, [None] * cells.len(), pl.Datetime("us", "UTC"))
    if cells.dtype.time_zone is not None:
        return cells.dt.cast_time_unit("us").dt.convert_time_zone("UTC")
    return _local(cells, mapping)


def _local(cells: pl.Series, mapping: Mapping) -> pl.Series:
    moments = cells.dt.cast_time_unit("us").dt.replace_time_zone(
        mapping.trader.time_zone, ambiguous="earliest", non_existent="null"
    )
    return moments.dt.convert_time_zone("UTC")


def _with_offset(text: pl.Series) -> pl.Series:
    """ISO 8601 with an offset (`Z`, `+05:45`); null where there is none."""
    plain = text.str.replace("T", " ", literal=True).str.replace(r"Z$", "+00:00")
    return plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)


def _parsed(text: pl.Series, datetime_format: str | None) -> pl.Series:
    if datetime_format is not None:
        return _timed(text, datetime_format)
    # ISO 8601 by hand, because one column may hold days, minutes and seconds.
    plain = text.str.replace("T", " ", literal=True)
    found = _timed(plain, "%Y-%m-%d %H:%M:%S%.f")
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        found = found.zip_with(found.is_not_null(), _timed(plain, form))
    return found


def _timed(text: pl.Series, form: str) -> pl.Series:
    if "%H" in form or "%I" in form or "%T" in form or "%X" in form:
        return text.str.to_datetime(form, time_unit="us", strict=False)
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def _country(mapping: Mapping) -> pl.Expr:
    code = pl.when(pl.col("country").str.contains(r"^[A-Z]{2}$")).then(pl.col("country"))
    if not mapping.countries:
        return code
    named = pl.col("country").replace_strict(mapping.countries, default=None, return_dtype=pl.String)
    return pl.coalesce(named, code)


def _with_kind(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    by_rule = pl.lit(None, pl.String)
    for rule in reversed(mapping.kinds):
        by_rule = pl.when(_fits(rule)).then(pl.lit(rule.kind)).otherwise(by_rule)
    given = pl.col("kind").str.to_lowercase()
    day = pl.col("moment").dt.convert_time_zone(mapping.trader.time_zone).dt.date()
    return frame.with_columns(
        pl.coalesce(given, by_rule, pl.lit("sale")).alias("kind"), day.alias("day")
    ).with_columns(pl.int_range(1, pl.len() + 1).over(DOCUMENT).alias("line_of_document"))


def _fits(rule: KindRule) -> pl.Expr:
    signs = {
        "negative": lambda column: column < 0,
        "zero": lambda column: column == 0,
        "positive": lambda column: column > 0,
    }
    conditions = []
    if rule.document_prefix is not None:
        conditions.append(pl.col("document_no").str.starts_with(rule.document_prefix))
    if rule.product_codes is not None:
        conditions.append(pl.col("product_code").is_in(rule.product_codes))
    if rule.quantity is not None:
        conditions.append(signs[rule.quantity](pl.col("quantity_milli")))
    if rule.unit_price is not None:
        conditions.append(signs[rule.unit_price](pl.col("price_micro")))
    if rule.customer is not None:
        missing = pl.col("customer_ref").is_null()
        conditions.append(missing if rule.customer == "missing" else ~missing)
    return pl.all_horizontal(conditions).fill_null(False)


def _reason(units: Collection[str], earliest: date) -> pl.Expr:
    """Why a row cannot be taken in; null for a good one. The first fault found is named, with its value."""
    sale, cancellation = pl.col("kind") == "sale", pl.col("kind") == "cancellation"
    quantity, price = pl.col("quantity_milli"), pl.col("price_micro")
    faults: list[tuple[pl.Expr, pl.Expr]] = [
        (pl.col("document_no").is_null(), pl.lit("document number is missing")),
        (pl.col("product_code").is_null(), pl.lit("product code is missing")),
        (pl.col("quantity").is_null(), pl.lit("quantity is missing")),
        (quantity.is_null(), _not_a_number("quantity", QUANTITY_DECIMALS, MAX_QUANTITY)),
        (pl.col("unit_price").is_null(), pl.lit("unit price is missing")),
        (price.is_null(), _not_a_number("unit_price", PRICE_DECIMALS, MAX_PRICE)),
        (pl.col("occurred_at").is_null(), pl.lit("date is missing")),
        (
            pl.col("moment").is_null(),
            pl.format(
                "date '{}' is not a moment of the trader's time zone", pl.col("occurred_at").cast(pl.String)
            ),
        ),
        (
            pl.col("day") < earliest,
            pl.format(
                f"date '{{}}' lies before {earliest}, the mapping's file.earliest_date",
                pl.col("occurred_at").cast(pl.String),
            ),
        ),
        (
            pl.col("moment") > clock.now(),
            pl.format("date '{}' lies in the future", pl.col("occurred_at").cast(pl.String)),
        ),
        (~pl.col("kind").is_in(KINDS), pl.format(f"kind '{{}}' is none of {', '.join(KINDS)}", "kind")),
        (quantity == 0, pl.lit("quantity is zero")),
        (sale & (quantity < 0), pl.format("a sale of {} is negative and no cancellation", "quantity")),
        ((sale | cancellation) & (price < 0), pl.format("unit price {} is negative", "unit_price")),
        (cancellation & (quantity > 0), pl.format("a cancellation of {} is not negative", "quantity")),
        ((pl.col("kind") == "bad_debt") & (price == 0), pl.lit("a bad debt of zero is none")),
        (
            ~pl.col("unit").is_in(list(units)),
            pl.format(f"unit '{{}}' is none of {', '.join(sorted(units))}", "unit"),
        ),
        (
            pl.col("unit") != pl.col("unit").first().over("product_code"),
            pl.format(
                "unit '{}' is not '{}', which {} is counted in",
                "unit",
                pl.col("unit").first().over("product_code"),
                "product_code",
            ),
        ),
        *[
            (
                pl.col(column).str.len_chars() > longest,
                pl.lit(f"{column.replace('_', ' ')} is longer than {longest} characters"),
            )
            for column, longest in LONGEST.items()
        ],
        (pl.col("line_of_document") > MAX_LINES, pl.lit(f"the document has more than {MAX_LINES} lines")),
        (
            pl.col("exact").abs() > MAX_AMOUNT_PAISA * EXACT_PER_PAISA,
            pl.format("amount of {} at {} is beyond what a line may be", "quantity", "unit_price"),
        ),
    ]
    reason = pl.lit(None, pl.String)
    for fault, text in reversed(faults):
        reason = pl.when(fault).then(text).otherwise(reason)
    return reason


def _not_a_number(column: str, decimals: int, limit: Decimal) -> pl.Expr:
    name = column.replace("_", " ")
    return pl.format(
        f"{name} '{{}}' is no number below {limit:,.0f} with at most {decimals} decimals", column
    )


def _half_even_paisa() -> pl.Expr:
    """`exact` in paisa, half-even: the floor, and one up beyond the half or at the half of an odd floor."""
    floor: pl.Expr = pl.col("exact") // EXACT_PER_PAISA
    rest = pl.col("exact") % EXACT_PER_PAISA
    half = EXACT_PER_PAISA // 2
    up = (rest > half) | ((rest == half) & (floor % 2 == 1))
    rounded: pl.Expr = floor + up.cast(pl.Int128)
    return rounded.cast(pl.Int64)


def _documents(good: pl.DataFrame) -> pl.DataFrame:
    """Number the documents in the order of time. One has one number, customer, kind and moment, its first."""
    frame = good.with_columns(
        pl.col("row_no").min().over(DOCUMENT).alias("first_row"),
        pl.col("moment").min().over(DOCUMENT).alias("occurred_at"),
        as_decimal("price_micro", PRICE_DECIMALS).alias("unit_price"),
        as_decimal("quantity_milli", QUANTITY_DECIMALS).alias("quantity"),
    ).sort("occurred_at", "first_row", "row_no")
    return frame.with_columns((pl.col("first_row").rle_id().cast(pl.Int64)).alias("document_ordinal"))


def as_decimal(column: str, decimals: int) -> pl.Expr:
    """A whole number as the decimal it stands for."""
    # Whole part and rest apart: scaled up in one piece a large amount would not fit into 38 digits.
    decimal, scale = pl.Decimal(38, decimals), 10**decimals
    whole: pl.Expr = pl.col(column) // scale
    rest: pl.Expr = pl.col(column) % scale
    return whole.cast(decimal).add(rest.cast(decimal).truediv(pl.lit(Decimal(scale), decimal)))


def exact_sum(numbers: pl.Series, *, decimals: int = EXACT_DECIMALS) -> Decimal:
    """The sum of whole numbers that stand for decimals."""
    return Decimal(int(numbers.cast(pl.Int128).sum() or 0)).scaleb(-decimals)
