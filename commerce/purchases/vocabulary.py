"""The words of what a shop buys beside orders."""

from typing import Final

STOCK_IN_KINDS: Final = ("stock_in", "reversal")
PAYMENT_KINDS: Final = ("payment", "reversal")
MODES: Final = ("cash", "upi", "card", "bank", "cheque")
OWED: Final = "owed"
PAID_BY: Final = (*MODES, OWED)
"""How goods were paid when they came, or that they are still to be."""
AMOUNT_MAX_PAISA: Final = 10_000_000_000
"""A crore of rupees: what is bought or paid at once beyond that is a slip of the finger."""
INPUT_TAX: Final = ("regular", "vat")
"""The profiles of who sets off the tax that suppliers charge (CGST Act s. 16; Nepal, VAT Act 2052 s. 17)."""
