"""The chart of accounts that every book starts with. Names as in Indian and Nepali trade practice (Tally groups)."""

CHART = {
    "cash": "asset",
    "bank": "asset",
    "clearing": "asset",  # money that an imported history says was paid, by a way it does not name
    "sales": "income",
    "unbilled_sales": "income",  # what customers owe for goods that nobody named: no bill was made of it
    "sales_returns": "income",
    "output_tax": "liability",  # charged to buyers, owed to the state
    "input_tax": "asset",  # paid to sellers, to be set off
    "purchases": "expense",
    "purchase_returns": "expense",
    "rounding": "expense",
    "bad_debts": "expense",
    "debts_forgiven": "income",  # the other side of a write-off, in the debtor's book
    "discount_allowed": "expense",  # for paying in time; no sale less, and no tax of one
    "discount_received": "income",
    "interest_income": "income",
    "interest_expense": "expense",
    "cancellation_income": "income",  # fees for orders that were called off late
    "cancellation_expense": "expense",
    "stock_adjustments": "expense",
    "supplier_dues": "liability",  # for goods of suppliers who keep no book here; whose it is stands with them
    "rent": "expense",
    "electricity": "expense",
    "salaries": "expense",
    "transport": "expense",
    "refreshments": "expense",
    "telephone": "expense",
    "repairs": "expense",
    "packing": "expense",
    "bank_charges": "expense",
    "licence_fees": "expense",
    "other_expenses": "expense",
    "opening_balances": "equity",
}
EXPENSES = (
    "rent",
    "electricity",
    "salaries",
    "transport",
    "refreshments",
    "telephone",
    "repairs",
    "packing",
    "bank_charges",
    "licence_fees",
    "other_expenses",
)
"""The accounts of what a shop spends on other things than goods."""
SOURCES = (
    "delivery",
    "return",
    "payment",
    "bounce",
    "opening",
    "write_off",
    "reinstatement",
    "cancel_fee",
    "fee_waiver",
    "cancel_credit",
    "interest",
    "cash_discount",
    "discount_reversal",
    "khata",
    "bill",
    "bill_cancellation",
    "bill_return",
    "stock-in",
    "supplier-payment",
    "expense",
    "adjustment",
    "import",
)
"""All that an entry can come of; what undoes each stands in `commerce/corrections/vocabulary.py`. The last two come
with an imported history alone."""
PARTY_ACCOUNTS = {"receivable": "asset", "payable": "liability"}
KHATA = "khata"
"""A customer's account in a shop's book: what they owe, or with a negative balance what they paid ahead."""

SEAL_VERSION = 1
"""Version of the canonical text that seals hash (`seals.py`)."""
