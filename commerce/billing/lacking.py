"""What the paper of a bill would lack by law: told before it is given out, never in the way of a sale."""

from __future__ import annotations

from commerce.billing.facts import Counter
from commerce.tax.bill import BillWarning, TaxedBill
from commerce.tax.requirements import COMPOSITION_WORDS, Named, PaperFacts, missing_on

NUMBER_TO_COME = "1"
"""Stands for the number, which a bill gets when it is issued and not before."""


def lacking(bill: TaxedBill, at: Counter) -> list[BillWarning]:
    """What the law asks for and the paper will not have, each with its rule and what to do."""
    buyer = at.named_buyer()
    facts = PaperFacts(
        number=NUMBER_TO_COME,
        day=at.day,
        seller=at.shop,
        buyer=Named(state=bill.buyer.state)
        if buyer is None
        else Named(buyer.name, buyer.address, bill.buyer.state, buyer.number),
        turnover=at.turnover,
        remark=COMPOSITION_WORDS if at.profile == "composition" else None,
    )
    return [
        BillWarning(f"paper-lacks-{one.field.replace('.', '-')}", f"{one.rule}; {one.way_out}", one.line_no)
        for one in missing_on(bill, facts)
    ]
