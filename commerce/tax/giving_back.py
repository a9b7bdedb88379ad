"""What comes back of a bill: credit notes at its rates, never more than its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from commerce.tax.bill import BilledLine, TaxedBill, added_up, summed
from commerce.tax.calculation import Parts, share
from commerce.tax.errors import BillInvalid


def given_back(parts: Parts, *, quantity: Decimal, already: Decimal, now: Decimal) -> Parts:
    """What a credit note gives back of a line of `quantity` of which `already` came back and `now` comes.

    At the rate of the bill, whatever holds since (CGST Act s. 34). All notes of a line add up to it and never to
    more. Raises BillInvalid.
    """
    if already < 0 or now <= 0 or already + now > quantity:
        raise BillInvalid(
            "quantity", now, f"{max(quantity - already, Decimal(0))} of the line is left to give back"
        )
    total = parts.total_paisa
    return share(
        parts,
        before_paisa=int(total * already / quantity),
        after_paisa=int(total * (already + now) / quantity),
    )


def credit_note(bill: TaxedBill, back: Mapping[int, tuple[Decimal, Decimal]]) -> TaxedBill:
    """The note that gives back of a bill: by line number, how much came back before and how much comes now.

    Parts, rates and rules are the bill's; a rounding of the bill is not given back. Raises BillInvalid.
    """
    known = {line.line_no: line for line in bill.lines}
    if not back or not set(back) <= set(known):
        raise BillInvalid("lines", sorted(set(back) - set(known)), f"the bill has lines 1 to {len(known)}")
    lines = tuple(
        _taken_back(known[line_no], already, now) for line_no, (already, now) in sorted(back.items())
    )
    return replace(
        bill,
        kind="credit_note",
        lines=lines,
        parts=added_up(line.parts for line in lines),
        discount_paisa=0,
        round_off_paisa=0,
        summary=summed(lines, bill.turnover),
        warnings=(),
        trace={**bill.trace, "rule": "the rates of the bill (CGST Act s. 34)"},
    )


def _taken_back(line: BilledLine, already: Decimal, now: Decimal) -> BilledLine:
    parts = given_back(line.parts, quantity=line.said.quantity, already=already, now=now)
    whole, taxed = line.parts.total_paisa, line.taxed
    value = taxed.value_paisa * parts.total_paisa // whole if whole else 0
    is_valued_apart = taxed.value_paisa != line.parts.taxable_paisa
    said = line.said
    return BilledLine(
        line_no=line.line_no,
        said=replace(
            said,
            quantity=now,
            unit_price=None,
            amount_paisa=parts.total_paisa,
            discount_paisa=0,
            pieces=None if said.pieces is None else said.pieces * now / said.quantity,
        ),
        before_discount_paisa=parts.total_paisa,
        discount_paisa=0,
        taxed=replace(
            taxed,
            parts=parts,
            value_paisa=value if is_valued_apart else parts.taxable_paisa,
            trace={**taxed.trace, "given_back": "the rate of the bill (CGST Act s. 34)"},
        ),
    )


def credit_note_until(country: str, invoiced: date) -> date | None:
    """The last day on which a credit note may take tax back: 30 November after the fiscal year (CGST Act s. 34(2)).

    None where no day is set. After it a note gives back the price without touching the tax.
    """
    if country != "IN":
        return None
    return date(invoiced.year + (1 if invoiced.month >= 4 else 0), 11, 30)
