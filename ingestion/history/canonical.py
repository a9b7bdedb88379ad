"""The canonical layout of history: one row per line of a document, whatever file it came from.

`docs/importing.md` describes it for people. Prices and quantities are exact decimals; a float of a file
passes through its shortest decimal text (2.55 is 2.55, never 2.54999…).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

import polars as pl

Kind = Literal["sale", "cancellation", "adjustment", "bad_debt"]
KINDS: tuple[Kind, ...] = get_args(Kind)

PRICE_DECIMALS = 6
QUANTITY_DECIMALS = 3
# A price has 6 decimals and a quantity 3, so their product is whole in units of 10^-9 of the major unit.
EXACT_DECIMALS = PRICE_DECIMALS + QUANTITY_DECIMALS
MAX_PRICE = Decimal(10) ** 12
MAX_QUANTITY = Decimal(10) ** 11
MAX_AMOUNT_PAISA = 10**15

PRICE = pl.Decimal(18, PRICE_DECIMALS)
QUANTITY = pl.Decimal(14, QUANTITY_DECIMALS)

LINES = pl.Schema(
    {
        "row_no": pl.Int64(),  # 1 stands right under the header; with the file's hash it identifies the line
        "document_no": pl.String(),
        "document_ordinal": pl.Int64(),  # 0, 1, 2 … in order of each document's first row
        "kind": pl.Enum(KINDS),
        "product_code": pl.String(),
        "description": pl.String(),
        "unit": pl.String(),
        "quantity": QUANTITY,  # negative where goods come back
        "unit_price": PRICE,  # in major units of the trader's currency
        "amount_paisa": pl.Int64(),  # price times quantity, half-even once per line
        "occurred_at": pl.Datetime("us", "UTC"),
        "customer_ref": pl.String(),  # null: the walk-in
        "customer_name": pl.String(),
        "country": pl.String(),  # ISO 3166 alpha-2 of the customer
        "original_row_no": pl.Int64(),  # of a cancellation: the sale line it takes back, where found
    }
)

REJECTS = pl.Schema(
    {
        "row_no": pl.Int64(),
        "reason": pl.String(),
        "amount": pl.Decimal(38, EXACT_DECIMALS),  # null where price or quantity cannot be read
    }
)

# What a mapping may bind to a column of the file. The first five must be there.
REQUIRED_FIELDS = ("document_no", "product_code", "quantity", "unit_price", "occurred_at")
OPTIONAL_FIELDS = (
    "kind",
    "description",
    "unit",
    "customer_ref",
    "customer_name",
    "country",
    "original_document_no",
)
FIELDS = REQUIRED_FIELDS + OPTIONAL_FIELDS
