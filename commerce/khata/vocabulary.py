"""The words of a customer's khata."""

from datetime import timedelta
from typing import Final

KINDS: Final = ("opening", "debit", "payment", "reversal")
"""What stands in a khata beside bills: what was owed before, what is written up without a bill, what came in, and
what undoes one of these."""
MODES: Final = ("cash", "upi", "card", "bank", "cheque")
REVERSAL_REASONS: Final = ("bounced", "mistake")
DUPLICATE_WITHIN: Final = timedelta(minutes=5)
AMOUNT_MAX_PAISA: Final = 10_000_000_000
"""A crore of rupees: what is written into a shop's khata beyond that is a slip of the finger."""
