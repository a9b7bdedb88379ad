"""The base of every payload and view, and how money, quantities and ids look in the API.

Inside, amounts are whole paisa and their names end in `_paisa`; outside they are decimal strings in
rupees without the suffix (`amount_paisa=123450` is `"amount": "1234.50"`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AliasGenerator,
    Base64Encoder,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EncodedBytes,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from foundation.clock import FIRST_DAY, LAST_DAY
from foundation.money import AMOUNT_PATTERN, format_quantity, to_paisa, to_rupees

T = TypeVar("T")
Origin = Literal["real", "imported", "simulated"]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A calendar day that a payload or filter may name."""
CurrencyCode = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class _StrictBase64(Base64Encoder):
    """Base64 that passes over line breaks alone: the lenient one drops what it does not know and keeps the rest."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error as error:
            raise PydanticCustomError(
                "base64_decode",
                "this is no base64; encode the bytes of the file, without `data:…;base64,` before them",
            ) from error


Base64File = Annotated[bytes, EncodedBytes(encoder=_StrictBase64)]
"""A file within JSON."""


def _outside(name: str) -> str:
    return name.removesuffix("_paisa")


class Payload(BaseModel):
    """What a client sends. An unknown field is refused: it is a typing error or a misunderstanding."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=_outside, str_strip_whitespace=True
    )

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if _has_nul(value):
            raise ValueError("a text may not hold the character NUL")
        return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, (list, tuple, set, frozenset)) and any(map(_has_nul, value))


class View(BaseModel):
    """What a client gets, read from an object of the same field names."""

    model_config = ConfigDict(
        from_attributes=True, frozen=True, alias_generator=AliasGenerator(serialization_alias=_outside)
    )


class Page(View, Generic[T]):
    """One page of a list, in a stable order."""

    items: list[T]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one."
    )


def _paisa(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('write the amount as a string, like "1234.50"')
    return to_paisa(str(value))


def written(pattern: str, example: str) -> BeforeValidator:
    """Numbers must be written as `pattern` says: what a decimal would else take, `1_000` or `1e9`, is refused."""
    form = re.compile(pattern.removesuffix("$"))

    def checked(value: Any) -> Any:
        if isinstance(value, (str, int, float)) and not form.fullmatch(told := str(value)):
            if told.startswith("-") and form.fullmatch(told[1:]):
                raise ValueError(f'{told!r} is negative; give one that is not, like "{example}"')
            raise ValueError(f'{told[:40]!r} is not written like "{example}", or has too many digits')
        return value

    return BeforeValidator(checked)


_WALL_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"

WallTime = Annotated[
    time,
    written(_WALL_PATTERN, "09:00"),
    WithJsonSchema({"type": "string", "pattern": _WALL_PATTERN, "examples": ["09:00"]}),
]
"""An hour of the day without a zone, as the clock on the business's wall shows it."""

_AMOUNT_SCHEMA = {"type": "string", "pattern": AMOUNT_PATTERN, "examples": ["1234.50"]}
_QUANTITY_PATTERN = r"^[0-9]{1,11}(\.[0-9]{1,3})?$"
_QUANTITY_SCHEMA = {"type": "string", "pattern": _QUANTITY_PATTERN, "examples": ["2.5"]}
_PRICE_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
_PRICE_SCHEMA = {"type": "string", "pattern": _PRICE_PATTERN, "examples": ["42.50"]}

Rupees = Annotated[
    int, PlainSerializer(to_rupees, return_type=str, when_used="json"), WithJsonSchema(_AMOUNT_SCHEMA)
]
"""An amount in a view: paisa inside, a decimal string outside."""

RupeesIn = Annotated[int, BeforeValidator(_paisa), WithJsonSchema(_AMOUNT_SCHEMA)]
"""An amount in a payload: a decimal string outside, paisa inside."""

Quantity = Annotated[
    Decimal,
    Field(gt=0, max_digits=14, decimal_places=3),
    written(_QUANTITY_PATTERN, "2.5"),
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema(_QUANTITY_SCHEMA),
]
"""How much of a unit: three decimals at most, above zero."""

QuantityOrNone = Annotated[
    Decimal,
    Field(ge=0, max_digits=14, decimal_places=3),
    written(_QUANTITY_PATTERN, "2.5"),
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema(_QUANTITY_SCHEMA),
]
"""How much of a unit, or nothing of it."""

QuantityOut = Annotated[
    Decimal,
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema(_QUANTITY_SCHEMA),
]

MovedOut = Annotated[
    Decimal,
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^-?" + _QUANTITY_PATTERN[1:], "examples": ["-2.5"]}),
]
"""A quantity that came, or went below zero."""

UnitPrice = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=6),
    written(_PRICE_PATTERN, "42.50"),
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema(_PRICE_SCHEMA),
]
"""The price of one unit in rupees; six decimals at most, because a price may be finer than a paisa."""


def _no_binary(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError('write the price as a string, like "42.50"')
    return value


UnitPriceIn = Annotated[UnitPrice, BeforeValidator(_no_binary)]
"""The price in a payload: money, so a JSON number with decimals is refused."""


class WarningOut(View):
    """What was done and looks wrong, or will be in the way later, with the code that the refusal would have then."""

    code: str = Field(examples=["tax-rate-unknown"])
    message: str = Field(
        examples=[
            "a delivery would be refused: the tax on Salt (SALT-1KG) is not known: its seller charges tax and never "
            "said which class it is of; state its tax class by `PUT /api/v1/products/{id}/tax-class`"
        ]
    )
