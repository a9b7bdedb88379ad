"""Whose payment a line of a bank may be: by reference, by amount, by name, with a score and the reasons. Pure.

A proposal for a person who looks at it; nothing is recorded by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from rapidfuzz import fuzz

from commerce.language.sound import sound

SCORE_MIN: Final = 25
PROPOSED_MAX: Final = 5
NAME_ALIKE_MIN: Final = 80
"""Below, two names have no more in common than any two (rapidfuzz ratio of 0 to 100)."""

REFERENCE_SCORE: Final = 60
DOCUMENT_SCORE: Final = 50
AMOUNT_SCORE: Final = 30
SEVERAL_SCORE: Final = 20
NAME_SCORE: Final = 40
# What everybody is called tells nobody apart.
_COMMON_WORDS: Final = """
    store stores shop kirana general trader traders enterprises and sons pvt ltd private limited the suppliers supply
    mart bhandar pasal udyog upi neft imps rtgs payment transfer from to by cr bank fonepay
"""
_COMMON: Final = frozenset(sound(_COMMON_WORDS).split())


@dataclass(frozen=True)
class Customer:
    """What is known of a retailer that may have paid."""

    retailer_id: UUID
    name: str
    debts: Sequence[int]
    """Open debts in minor units, oldest due first."""
    documents: Sequence[str] = ()
    """Numbers of its orders, invoices and cheques that are not paid."""
    claims: Sequence[tuple[int, str | None, UUID]] = ()
    """Amount, reference and id of what it says that it paid."""


class Match(NamedTuple):
    """A retailer that may have paid, how much speaks for it (0 to 100), and what."""

    retailer_id: UUID
    score: int
    reasons: tuple[str, ...]
    claim_id: UUID | None
    """What it says that it paid, of this amount: the line is likely that."""


class Recorded(NamedTuple):
    """A payment that is recorded already and belongs to no line yet."""

    payment_id: UUID
    retailer_id: UUID
    amount_paisa: int
    paid_on: date
    reference: str | None


def propose(
    narration: str, reference: str | None, amount_paisa: int, customers: Iterable[Customer]
) -> list[Match]:
    """The retailers that may have paid this, the likeliest first, PROPOSED_MAX at most."""
    said = _tokens(f"{narration} {reference or ''}")
    heard = _distinct(narration)
    found = [_judged(said, heard, amount_paisa, customer) for customer in customers]
    likely = [match for match in found if match.score >= SCORE_MIN]
    likely.sort(key=lambda match: (-match.score, match.retailer_id))
    return likely[:PROPOSED_MAX]


def _judged(said: set[str], heard: str, amount_paisa: int, customer: Customer) -> Match:
    score, reasons = 0, []
    claimed = [claim_id for claimed, _, claim_id in customer.claims if claimed == amount_paisa]
    if any(_is_said(known, said) for _, known, _ in customer.claims if known):
        score += REFERENCE_SCORE
        reasons.append("the reference is of a payment that it claims")
    named = next((number for number in customer.documents if _is_said(number, said)), None)
    if named is not None:
        score += DOCUMENT_SCORE
        reasons.append(f"names {named}")
    if claimed:
        score += AMOUNT_SCORE
        reasons.append("the amount is one that it claims to have paid")
    elif amount_paisa in customer.debts or amount_paisa == sum(customer.debts):
        score += AMOUNT_SCORE
        reasons.append("the amount is an open debt, or all of them")
    elif amount_paisa in _sums(customer.debts):
        score += SEVERAL_SCORE
        reasons.append("the amount is its oldest debts together")
    alike = fuzz.token_set_ratio(_distinct(customer.name), heard) if heard else 0.0
    if alike >= NAME_ALIKE_MIN:
        score += round(NAME_SCORE * (alike - NAME_ALIKE_MIN + 20) / (120 - NAME_ALIKE_MIN))
        reasons.append("the name sounds alike")
    return Match(customer.retailer_id, min(score, 100), tuple(reasons), claimed[0] if claimed else None)


def already(
    reference: str | None,
    amount_paisa: int,
    booked_on: date,
    recorded: Iterable[Recorded],
    *,
    within_days: int,
) -> list[Recorded]:
    """Payments that this line may be, though somebody recorded them before it came: same amount, near in time.

    One of the same reference comes first.
    """
    near = [
        one
        for one in recorded
        if one.amount_paisa == amount_paisa and abs((one.paid_on - booked_on).days) <= within_days
    ]
    said = _tokens(reference or "")
    near.sort(
        key=lambda one: (
            not (one.reference and _is_said(one.reference, said)),
            abs((one.paid_on - booked_on).days),
            one.payment_id,
        )
    )
    return near[:PROPOSED_MAX]


def _tokens(text: str) -> set[str]:
    """Words, numbers and their joined neighbours, without what banks put between them."""
    parts = re.findall(r"[A-Z0-9]+", text.upper())
    joined = {
        "".join(parts[begin : begin + size]) for size in (2, 3, 4) for begin in range(len(parts) - size + 1)
    }
    return {part.lstrip("0") for part in parts} | {part.lstrip("0") for part in joined}


def _is_said(number: str, said: set[str]) -> bool:
    """Whether a number stands in what was said; too short a one stands everywhere."""
    digits = re.findall(r"[A-Z0-9]+", number.upper())
    whole = "".join(digits).lstrip("0")
    longest = max((part.lstrip("0") for part in digits), key=len, default="")
    return (len(whole) >= 4 and whole in said) or (len(longest) >= 6 and longest in said)


def _distinct(text: str) -> str:
    return " ".join(
        word for word in sound(text).split() if word not in _COMMON and not word.isdigit() and len(word) > 1
    )


def _sums(debts: Sequence[int]) -> set[int]:
    sums, total = set(), 0
    for debt in debts:
        total += debt
        sums.add(total)
    return sums
