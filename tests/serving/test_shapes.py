"""Payloads hold what their description says: how numbers are written, and what a text may hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from foundation.money import AMOUNT_PAISA_MAX, to_rupees
from serving.pricing.schemas import SlabIn
from serving.products.schemas import ProductIn
from serving.shapes import Payload, Quantity, RupeesIn, UnitPriceIn


class Form(Payload):
    """One field of each kind."""

    amount_paisa: RupeesIn = 0
    quantity: Quantity = Decimal(1)
    unit_price: UnitPriceIn = Decimal(1)


# Huge exponents stand here because reading one as a number takes seconds or all memory.
@pytest.mark.parametrize(
    "written", ["1_000", "1e400000", "1e999999", "1e2", "+5", ".5", "5.", "१२", "5\n", "NaN", "1" * 20]
)
@pytest.mark.parametrize("field", ["amount", "quantity", "unit_price"])
def test_a_number_is_written_as_its_pattern_says(field: str, written: str) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({field: written})


@pytest.mark.parametrize("field", ["amount", "unit_price"])
def test_money_as_a_binary_number_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match="as a string"):
        Form.model_validate({field: 42.5})


@pytest.mark.parametrize("written", ["1_000", "1e3"])
def test_so_are_the_numbers_of_a_scheme(written: str) -> None:
    with pytest.raises(ValidationError):
        SlabIn.model_validate({"begins_at": written, "off": "5"})
    with pytest.raises(ValidationError):
        SlabIn.model_validate({"begins_at": "5", "off": written})


def test_what_the_pattern_allows_is_taken_whole() -> None:
    form = Form.model_validate(
        {
            "amount": to_rupees(AMOUNT_PAISA_MAX),
            "quantity": "99999999999.999",
            "unit_price": "999999999.999999",
        }
    )
    assert form.amount_paisa == AMOUNT_PAISA_MAX
    assert (form.quantity, form.unit_price) == (Decimal("99999999999.999"), Decimal("999999999.999999"))
    assert Form.model_validate({"amount": "-12.5", "quantity": 2.5}).amount_paisa == -1250


@pytest.mark.parametrize(
    "names", [{"ne": ["a\0b"]}, {"ne": ["good"], "hi": ["good", "\0"]}], ids=["first", "further"]
)
def test_no_text_at_any_depth_holds_nul(names: dict[str, Any]) -> None:
    product = {"sku": "A", "name": "A", "category": "a", "base_unit": "packet"}
    assert ProductIn.model_validate({**product, "names": {"ne": ["good"]}}).sku == "A"
    with pytest.raises(ValidationError, match="NUL"):
        ProductIn.model_validate({**product, "names": names})
