"""What the credit desk refuses."""

from commerce.ledger.errors import CreditLimitExceeded
from foundation.errors import Conflict, Invalid, NotFound


class AgreementNotFound(NotFound):
    code = "no-credit-agreement"


class AgreementExists(Conflict):
    code = "credit-agreement-exists"


class PaymentInvalid(Invalid):
    code = "payment-invalid"


class LimitInvalid(Invalid):
    code = "limit-invalid"


class CurrencyMismatch(Invalid):
    code = "currency-mismatch"


__all__ = [
    "AgreementExists",
    "AgreementNotFound",
    "CreditLimitExceeded",
    "CurrencyMismatch",
    "LimitInvalid",
    "PaymentInvalid",
]
