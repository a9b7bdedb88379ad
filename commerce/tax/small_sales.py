"""Sales too small for an invoice of their own, and the one invoice of a day that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from commerce.tax.bill import BilledLine, TaxedBill, added_up, summed
from commerce.tax.calculation import Party
from commerce.tax.errors import BillInvalid
from commerce.tax.vocabulary import CONSUMER, REGISTERED
from foundation.money import to_rupees

SMALL_SALE_PAISA: Final = 200_00
"""Below it a sale to somebody unregistered needs no invoice of its own (CGST Act s. 31(3)(b), Rule 46)."""


def needs_own_invoice(bill: TaxedBill, *, is_asked_for: bool = False) -> bool:
    """Whether the sale needs an invoice of its own, or goes into the day's consolidated one.

    CGST Act s. 31(3)(b) with the fourth proviso to Rule 46: below 200 rupees, the buyer is not registered and does
    not ask for one.
    """
    return not (
        bill.seller.country == "IN"
        and bill.seller.profile in ("regular", "composition")
        and bill.buyer.profile not in REGISTERED
        and bill.total_paisa < SMALL_SALE_PAISA
        and not is_asked_for
    )


def consolidated(bills: Sequence[TaxedBill]) -> TaxedBill:
    """The one invoice of a day's small sales: equal goods at equal rates in one line, all parts added up.

    Raises BillInvalid where a sale is not of that day, that seller, or needs an invoice of its own.
    """
    if not bills:
        raise BillInvalid("bills", "none", "there is nothing to consolidate")
    first = bills[0]
    gathered: dict[tuple[object, ...], BilledLine] = {}
    for number, bill in enumerate(bills, start=1):
        if needs_own_invoice(bill):
            raise BillInvalid(
                "bills",
                to_rupees(bill.total_paisa),
                "only sales below 200 rupees to buyers who are not registered are consolidated",
                line_no=number,
            )
        if (bill.seller, bill.days.invoiced, bill.place) != (first.seller, first.days.invoiced, first.place):
            raise BillInvalid(
                "bills", bill.days.invoiced, "one seller, one day, one place of supply", line_no=number
            )
        for line in bill.lines:
            taxed, said = line.taxed, line.said
            key = (said.good, said.unit, taxed.hsn, taxed.supply, taxed.rate, taxed.cess_rate)
            gathered[key] = _joined(gathered.get(key), line, len(gathered) + 1)
    lines = tuple(gathered.values())
    return replace(
        first,
        kind="consolidated_invoice"
        if any(line.taxed.supply == "taxable" for line in lines)
        else "bill_of_supply",
        buyer=Party(first.seller.country, first.seller.state, CONSUMER),
        lines=lines,
        parts=added_up(line.parts for line in lines),
        discount_paisa=sum(line.discount_paisa for line in lines),
        round_off_paisa=sum(bill.round_off_paisa for bill in bills),
        gives_input_tax=False,
        summary=summed(lines, first.turnover),
        warnings=(),
        trace={**first.trace, "bills": len(bills), "rule": "CGST Rule 46, fourth proviso; Rule 49"},
    )


def _joined(one: BilledLine | None, other: BilledLine, line_no: int) -> BilledLine:
    if one is None:
        return replace(other, line_no=line_no)
    return BilledLine(
        line_no=one.line_no,
        said=replace(
            one.said,
            quantity=one.said.quantity + other.said.quantity,
            amount_paisa=one.before_discount_paisa + other.before_discount_paisa,
            unit_price=None,
            discount_paisa=one.said.discount_paisa + other.said.discount_paisa,
        ),
        before_discount_paisa=one.before_discount_paisa + other.before_discount_paisa,
        discount_paisa=one.discount_paisa + other.discount_paisa,
        taxed=replace(
            one.taxed,
            parts=added_up((one.parts, other.parts)),
            value_paisa=one.taxed.value_paisa + other.taxed.value_paisa,
        ),
    )
