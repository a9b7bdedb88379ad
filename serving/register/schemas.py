"""Views of a sales register."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from commerce.register.service import Document, Period, Summed
from serving.shapes import MovedOut, QuantityOut, Rupees, View


class RegisteredOut(View):
    """A document of the register. Amounts of a credit note are below zero, of a cancelled bill zero."""

    id: UUID
    document_date: date
    bikram_day: str | None = Field(description="In Nepal, of years whose calendar was published.")
    number: str = Field(examples=["25-26/000001"])
    kind: str = Field(examples=["tax_invoice"])
    buyer: str | None = Field(description="Null of a sale to nobody by name.")
    buyer_number: str | None = Field(description="GSTIN or PAN.")
    place_of_supply: str | None
    original_number: str | None = Field(description="Of a credit note: what it gives back of.")
    is_cancelled: bool
    currency: str = Field(examples=["INR"])
    taxable_paisa: Rupees = Field(description="Value of what is taxed.")
    untaxed_paisa: Rupees = Field(description="Value of what is nil-rated, exempt, or sold without tax.")
    cgst_paisa: Rupees
    sgst_paisa: Rupees
    igst_paisa: Rupees
    cess_paisa: Rupees
    vat_paisa: Rupees
    round_off_paisa: Rupees
    total_paisa: Rupees = Field(description="With the round-off: what is to be paid.")

    @classmethod
    def of(cls, one: Document) -> RegisteredOut:
        """As the API shows it."""
        own = {"buyer": one.buyer, "buyer_number": one.buyer_number, "bikram_day": one.bikram_day}
        return cls(**{name: one[name] for name in cls.model_fields if name not in own}, **own)


class HsnOut(View):
    """What was sold of an HSN in a unit at a rate, less what came back."""

    hsn: str | None = Field(examples=["1905"])
    unit: str = Field(examples=["packet"])
    supply: str = Field(examples=["taxable"])
    rate: QuantityOut = Field(description="Percent.", examples=["5"])
    cess_rate: QuantityOut = Field(examples=["0"])
    quantity: MovedOut
    taxable_paisa: Rupees
    cgst_paisa: Rupees
    sgst_paisa: Rupees
    igst_paisa: Rupees
    cess_paisa: Rupees
    vat_paisa: Rupees
    total_paisa: Rupees


class SeriesOut(View):
    """A series of documents in the period."""

    series: str = Field(description="The number without its serial.", examples=["25-26/"])
    kind: str = Field(examples=["tax_invoice"])
    first_number: str = Field(examples=["25-26/000001"])
    last_number: str = Field(examples=["25-26/000120"])
    total: int
    cancelled: int
    missing: int = Field(description="Numbers between the first and the last that no document has: 0.")


class RegisterSummaryOut(View):
    """A period by HSN and by series."""

    first: date
    last: date
    by_hsn: list[HsnOut] = Field(description="As table 12 of GSTR-1 has it; cancelled bills are not in it.")
    series: list[SeriesOut] = Field(description="As table 13 of GSTR-1 has it.")

    @classmethod
    def of(cls, period: Period, told: Summed) -> RegisterSummaryOut:
        """As the API shows it."""
        return cls(
            first=period.first,
            last=period.last,
            by_hsn=[HsnOut(**row) for row in told.by_hsn],
            series=[SeriesOut(**row) for row in told.series],
        )
