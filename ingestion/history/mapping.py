"""How a file of history is meant: its columns, settlement, stock, walk-in, cancellations. Written as TOML.

Built-in mappings are the files of `mappings/`; `load` takes the name of one or the path of another. Whose
history it is stands in the mapping's `[trader]`, or is given beside it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestion.history.canonical import FIELDS, Kind
from ingestion.history.errors import BadMapping, nearest

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
AT_HOME = {"IN": ("INR", "Asia/Kolkata"), "NP": ("NPR", "Asia/Kathmandu")}
"""Currency and time zone that follow from the country."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trader(_Part):
    """Whose books these are."""

    name: str = Field(min_length=1)
    country: Country
    state: str = Field("", description="Of India and Nepal; a GST state code or an ISO 3166-2:NP province.")
    zone: str = Field("", description="The area it delivers to.")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    time_zone: str = Field(
        description="Of the file's times that carry none, and of the trader's business day."
    )

    @model_validator(mode="before")
    @classmethod
    def _at_home(cls, given: Any) -> Any:
        if isinstance(given, dict) and (home := AT_HOME.get(str(given.get("country")))):
            return {"currency": home[0], "time_zone": home[1], **given}
        return given

    @model_validator(mode="after")
    def _somewhere(self) -> Trader:
        if self.country in AT_HOME and not self.state:
            raise ValueError(f"a trader of {self.country} needs a state; write it like NP-P6 or 27")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"time zone '{value}' is not known; write it like Asia/Kathmandu") from None
        return value


class FileFormat(_Part):
    """What the format does not say by itself."""

    encoding: str = "utf-8-sig"
    delimiter: str = Field(",", min_length=1, max_length=1)
    sheet: str | None = Field(None, description="Of an XLSX; the first one when not given.")
    datetime_format: str | None = Field(
        None, description="As chrono and strftime write it; ISO 8601 when not given."
    )
    earliest_date: date = Field(
        date(2000, 1, 1), ge=date(1900, 1, 1), description="What lies before it is taken for a slip."
    )


class Columns(_Part):
    """The file's column for each canonical field."""

    document_no: str
    product_code: str
    quantity: str
    unit_price: str
    occurred_at: str
    kind: str | None = None
    description: str | None = None
    unit: str | None = None
    customer_ref: str | None = None
    customer_name: str | None = None
    country: str | None = None
    original_document_no: str | None = None

    def bound(self) -> dict[str, str]:
        """Canonical field to the file's column, of those that are bound."""
        return {field: column for field in FIELDS if (column := getattr(self, field)) is not None}


class KindRule(_Part):
    """A kind, and what a line must be to be of it. All conditions given must hold."""

    kind: Kind
    document_prefix: str | None = None
    product_codes: list[str] | None = None
    quantity: Literal["negative", "positive"] | None = None
    unit_price: Literal["negative", "zero", "positive"] | None = None
    customer: Literal["missing", "present"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> KindRule:
        if self.model_fields_set == {"kind"}:
            raise ValueError("a rule of [[kinds]] needs at least one condition beside its kind")
        return self


class Cash(_Part):
    """Every document is paid on the spot; the money stands on a clearing account until its bank is known."""

    kind: Literal["cash"]


class Terms(_Part):
    """Documents are debts. No file says when they were paid, so a rule does, and its entries say so."""

    kind: Literal["terms"]
    due_days: int = Field(ge=0, le=365)
    paid_days_after_due: int = Field(ge=-365, le=3650, description="The assumed payment, marked as assumed.")


class Stock(_Part):
    """`untracked`, or one `opening` movement per product, as large as the history needs."""

    mode: Literal["untracked", "opening"] = "untracked"


class Customers(_Part):
    """How customers are called, and who stands for lines without one."""

    name_pattern: str = "Customer {ref}"
    walk_in_name: str = "Walk-in customers"

    @field_validator("name_pattern")
    @classmethod
    def _has_ref(cls, value: str) -> str:
        if "{ref}" not in value:
            raise ValueError(f"'{value}' does not hold {{ref}}; write it like Customer {{ref}}")
        return value


class Cancellations(_Part):
    """How a cancellation finds the sale line it takes back.

    `latest-earlier-sale`: the last earlier line equal in every field of `match` that still has the quantity.
    `document`: the line of the same product in the document named by `columns.original_document_no`.
    `none`: it stands by itself. One that finds nothing stands by itself too and is counted.
    """

    originals: Literal["latest-earlier-sale", "document", "none"] = "none"
    match: list[Literal["customer_ref", "product_code", "unit_price"]] = [
        "customer_ref",
        "product_code",
        "unit_price",
    ]


class Products(_Part):
    """Codes that are not goods (postage, fees), and the unit where the file names none."""

    services: list[str] = []
    unit: str = "piece"


class Mapping(_Part):
    """The whole meaning of a file."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    trader: Trader
    columns: Columns
    settlement: Cash | Terms = Field(discriminator="kind")
    file: FileFormat = FileFormat()
    stock: Stock = Stock()
    customers: Customers = Customers()
    cancellations: Cancellations = Cancellations()
    products: Products = Products()
    rounding: Literal["half-even-per-line"] = "half-even-per-line"
    kinds: list[KindRule] = []
    countries: dict[str, Country] = {}

    @model_validator(mode="after")
    def _document_is_bound(self) -> Mapping:
        if self.cancellations.originals == "document" and self.columns.original_document_no is None:
            raise ValueError("cancellations.originals = 'document' needs columns.original_document_no")
        return self

    def fingerprint(self) -> str:
        """Changes exactly when the mapping means something else."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def built_in() -> list[str]:
    """Names of the mappings that come with Sauda."""
    folder = resources.files("ingestion.history") / "mappings"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def load(name_or_path: str, trader: dict[str, str] | None = None) -> Mapping:
    """The built-in mapping of this name, or the one in this TOML file; `trader` goes before its [trader].

    Raises BadMapping.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml":
        if not path.is_file():
            raise BadMapping(f"mapping file {path} does not exist", path=str(path))
        return parse(_text_of(path), source=str(path), trader=trader)
    known = built_in()
    if name_or_path not in known:
        raise BadMapping(
            f"no mapping is called '{name_or_path}'{nearest(name_or_path, known)}; there are {', '.join(known)}, "
            "or give the path of a .toml file of your own",
            name=name_or_path,
            known=known,
        )
    text = (resources.files("ingestion.history") / "mappings" / f"{name_or_path}.toml").read_text("utf-8")
    return parse(text, source=name_or_path, trader=trader)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadMapping(
            f"mapping {path} line {line} holds bytes that are not UTF-8; save the file as UTF-8",
            path=str(path),
        ) from None


def parse(text: str, *, source: str, trader: dict[str, str] | None = None) -> Mapping:
    """A mapping from TOML text; BadMapping lists all that is wrong, with the nearest known keys."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"mapping {source} is not TOML: {error}", source=source) from None
    if trader and isinstance(data.get("trader", {}), dict):
        data["trader"] = {**data.get("trader", {}), **trader}
    if "trader" not in data:
        raise BadMapping(
            f"mapping {source} does not say whose history it is; add --trader NAME --country NP --state NP-P6 "
            "(outside of India and Nepal --currency and --time-zone, and no state), or write a mapping of your "
            "own with [trader]",
            source=source,
        )
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        problems = [_problem(detail) for detail in error.errors(include_url=False)]
        raise BadMapping(
            f"mapping {source}: {'; '.join(problems)}", source=source, problems=problems
        ) from None


def _problem(detail: Any) -> str:
    location = [str(part) for part in detail["loc"]]
    where = ".".join(location)
    if detail["type"] == "extra_forbidden":
        return f"unknown key '{where}'{nearest(location[-1], _known_keys(location[:-1]))}"
    if detail["type"] == "missing":
        return f"key '{where}' is missing{_option(location)}"
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        given = detail["input"].get("kind") if isinstance(detail["input"], dict) else detail["input"]
        return f"{where}.kind: {given!r} is none of 'cash', 'terms'"
    said = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    if detail["type"] == "value_error":  # our own words, which name the value
        return f"{where or 'mapping'}: {said}"
    pattern = detail.get("ctx", {}).get("pattern")
    wanted = _PATTERNS.get(pattern, f"should {said}")
    return f"{where}: {detail['input']!r} {wanted}{_option(location)}"


_PATTERNS = {
    r"^[A-Z]{2}$": "is no country; give two capital letters of ISO 3166, such as NP",
    r"^[A-Z]{3}$": "is no currency; give three capital letters of ISO 4217, such as NPR",
    r"^[a-z0-9-]+$": "is no name; use small letters, digits and hyphens",
}


def _option(location: list[str]) -> str:
    """How the command line says the same, where it can."""
    if location[:1] != ["trader"] or len(location) != 2:
        return ""
    return f" (or --{'trader' if location[1] == 'name' else location[1].replace('_', '-')})"


def _known_keys(parents: list[str]) -> Iterable[str]:
    parts: dict[str, type[BaseModel]] = {
        "": Mapping,
        "trader": Trader,
        "columns": Columns,
        "file": FileFormat,
        "stock": Stock,
        "customers": Customers,
        "cancellations": Cancellations,
        "products": Products,
        "kinds": KindRule,
        "settlement": Terms,
    }
    return parts.get(parents[0] if parents else "", Mapping).model_fields
