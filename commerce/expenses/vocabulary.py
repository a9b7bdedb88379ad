"""The words of what a shop spends."""

from datetime import timedelta
from typing import Final

from commerce.ledger.vocabulary import EXPENSES

KINDS: Final = ("expense", "reversal")
HEADS: Final = EXPENSES
"""The heads that every shop has, each an account of its book; a head of its own belongs to one of them."""
MODES: Final = ("cash", "upi", "card", "bank", "cheque")
DUPLICATE_WITHIN: Final = timedelta(minutes=5)
AMOUNT_MAX_PAISA: Final = 10_000_000_000
"""A crore of rupees: what is spent at once beyond that is a slip of the finger."""
OWN_HEADS_MAX: Final = 100
