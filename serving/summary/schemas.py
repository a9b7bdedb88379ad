"""Views of a shop's day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from commerce.summary.service import Figures, Summary
from serving.shapes import QuantityOut, Rupees, View


class CountedOut(View):
    """How many papers, and what they come to."""

    count: int
    total_paisa: Rupees


class BillsOut(CountedOut):
    """Bills that hold."""

    tax_paisa: Rupees


class SalesOut(View):
    """What of the day's bills was paid on the day, and what is written up."""

    paid_paisa: Rupees
    on_credit_paisa: Rupees


class TakenOut(View):
    """Money that came in one way; below zero: more went back."""

    mode: str = Field(examples=["cash"])
    amount_paisa: Rupees


class KhataDayOut(View):
    """What was written up, and what was collected of it."""

    given_paisa: Rupees = Field(
        description="Of the day's bills what was not paid, and debits without a bill."
    )
    collected_paisa: Rupees = Field(
        description="Payments less what bounced, beside what was paid of the day's own bills."
    )
    outstanding_paisa: Rupees = Field(description="What all customers owe at the end of the day.")


class StockedOut(CountedOut):
    """Goods that came beside orders."""

    owed_paisa: Rupees


class FiguresOut(View):
    """What a day came to, by the day on the papers."""

    bills: BillsOut
    cancelled: CountedOut = Field(description="Bills of the day that hold no longer.")
    returns: CountedOut = Field(description="Credit notes of the day.")
    sales: SalesOut
    payments: list[TakenOut] = Field(description="At the counter and for khatas, the most first.")
    khata: KhataDayOut
    expenses: CountedOut
    stock_ins: StockedOut
    new_customers: int

    @classmethod
    def of(cls, told: Figures) -> FiguresOut:
        """As the API shows it."""
        return cls(
            bills=BillsOut(count=told.bills, total_paisa=told.bills_paisa, tax_paisa=told.tax_paisa),
            cancelled=CountedOut(count=told.cancelled, total_paisa=told.cancelled_paisa),
            returns=CountedOut(count=told.returns, total_paisa=told.returns_paisa),
            sales=SalesOut(paid_paisa=told.paid_paisa, on_credit_paisa=told.on_credit_paisa),
            payments=[TakenOut(**row) for row in told.payments],
            khata=KhataDayOut(
                given_paisa=told.khata_given_paisa,
                collected_paisa=told.khata_collected_paisa,
                outstanding_paisa=told.outstanding_paisa,
            ),
            expenses=CountedOut(count=told.expenses, total_paisa=told.expenses_paisa),
            stock_ins=StockedOut(
                count=told.stock_ins, total_paisa=told.stock_ins_paisa, owed_paisa=told.stock_ins_owed_paisa
            ),
            new_customers=told.new_customers,
        )


class SoldOut(View):
    """A good and what it brought."""

    product_id: UUID
    sku: str = Field(examples=["SUGAR"])
    name: str = Field(examples=["Sugar, loose"])
    unit: str = Field(examples=["kg"])
    quantity: QuantityOut
    total_paisa: Rupees


class DailySummaryOut(View):
    """A shop's day beside the same weekday a week before."""

    day: date
    compared_with: date
    currency: str = Field(examples=["INR"])
    figures: FiguresOut
    week_before: FiguresOut
    top_goods: list[SoldOut] = Field(description="Ten at most, by the money that they brought.")
    low_stock: int = Field(description="Goods under their threshold now, whatever the day.")

    @classmethod
    def of(cls, told: Summary) -> DailySummaryOut:
        """As the API shows it."""
        return cls(
            day=told.day,
            compared_with=told.compared_with,
            currency=told.currency,
            figures=FiguresOut.of(told.today),
            week_before=FiguresOut.of(told.week_before),
            top_goods=[SoldOut(**row) for row in told.top_goods],
            low_stock=told.low_stock,
        )
