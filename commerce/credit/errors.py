"""What the credit desk refuses."""

from commerce.ledger.errors import CreditLimitExceeded
from foundation.errors import Conflict, Invalid, NotFound


class AgreementNotFound(NotFound):
    code = "no-credit-agreement"


class AgreementExists(Conflict):
    code = "credit-agreement-exists"


class PaymentInvalid(Invalid):
    code = "payment-invalid"


class PaymentNotFound(NotFound):
    code = "payment-not-found"


class PaymentReversedAlready(Conflict):
    code = "payment-reversed-already"


class LimitInvalid(Invalid):
    code = "limit-invalid"


class PublicationUnfit(Invalid):
    code = "publication-unfit"


class AdoptionRefused(Conflict):
    code = "adoption-refused"


class ApprovalNeeded(AdoptionRefused):
    code = "approval-needed"


class RunNotAdopted(NotFound):
    code = "run-not-adopted"


class CurrencyMismatch(Invalid):
    code = "currency-mismatch"


__all__ = [
    "AdoptionRefused",
    "AgreementExists",
    "AgreementNotFound",
    "ApprovalNeeded",
    "CreditLimitExceeded",
    "CurrencyMismatch",
    "LimitInvalid",
    "PaymentInvalid",
    "PaymentNotFound",
    "PaymentReversedAlready",
    "PublicationUnfit",
    "RunNotAdopted",
]
