"""What the credit desk refuses."""

from commerce.ledger.errors import AllocationInvalid, CreditLimitExceeded
from foundation.errors import Conflict, Forbidden, Invalid, NotFound


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


class PaymentDuplicate(Conflict):
    """The same retailer paid the same amount minutes ago."""

    code = "payment-duplicate"


class PaymentLarge(Conflict):
    """The payment is more than ten times what is owed: perhaps a zero too many."""

    code = "payment-large"


class OpeningsFaulty(Invalid):
    """Lines of the sheet cannot be taken in, so none was; `faults` says which and why."""

    code = "openings-faulty"


class EvidenceInvalid(Invalid):
    """The picture is none, or of a kind that is not taken."""

    code = "evidence-invalid"


class ClaimNotFound(NotFound):
    code = "payment-claim-not-found"


class ClaimDecidedAlready(Conflict):
    code = "payment-claim-decided"


class ItemNotFound(NotFound):
    code = "credit-item-not-found"


class WriteOffNotFound(NotFound):
    code = "write-off-not-found"


class WriteOffDecidedAlready(Conflict):
    code = "write-off-decided"


class SecondPersonNeeded(Forbidden):
    """Who asks for it cannot approve it."""

    code = "second-person-needed"


class PeriodInvalid(Invalid):
    code = "statement-period-invalid"


class ChequeInvalid(Invalid):
    """A cheque that cannot be taken in, or cannot be deposited yet."""

    code = "cheque-invalid"


class ChequeNotFound(NotFound):
    code = "cheque-not-found"


class ChequeMoveInvalid(Conflict):
    """The cheque is not in the state that this starts from."""

    code = "cheque-move-invalid"


class PromiseInvalid(Invalid):
    code = "promise-invalid"


class CollectorUnknown(Invalid):
    """Only the vendor's own people collect for it."""

    code = "collector-unknown"


class InterestRuleInvalid(Invalid):
    """The rule of late interest is out of bounds, or there is none."""

    code = "interest-rule-invalid"


class BankFileInvalid(Invalid):
    """The file is no statement of a bank that can be understood, or not by this layout."""

    code = "bank-file-invalid"


class BankFileKnown(Conflict):
    """The same file came in before."""

    code = "bank-file-known"


class BankLineNotFound(NotFound):
    code = "bank-line-not-found"


class BankLineDecided(Conflict):
    """The line is recorded as payments already."""

    code = "bank-line-decided"


class BankLineInvalid(Invalid):
    """What was said of a line of a bank cannot be."""

    code = "bank-line-invalid"


class CreditStopped(Conflict):
    """The vendor gives this retailer no credit for new orders, whatever its limit is."""

    code = "credit-stopped"


class StopInvalid(Invalid):
    """What is wanted of orders over the limit is out of bounds."""

    code = "credit-stop-invalid"


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
    "AllocationInvalid",
    "ApprovalNeeded",
    "BankFileInvalid",
    "BankFileKnown",
    "BankLineDecided",
    "BankLineInvalid",
    "BankLineNotFound",
    "ChequeInvalid",
    "ChequeMoveInvalid",
    "ChequeNotFound",
    "ClaimDecidedAlready",
    "ClaimNotFound",
    "CollectorUnknown",
    "CreditLimitExceeded",
    "CreditStopped",
    "CurrencyMismatch",
    "EvidenceInvalid",
    "InterestRuleInvalid",
    "ItemNotFound",
    "LimitInvalid",
    "OpeningsFaulty",
    "PaymentDuplicate",
    "PaymentInvalid",
    "PaymentLarge",
    "PaymentNotFound",
    "PaymentReversedAlready",
    "PeriodInvalid",
    "PromiseInvalid",
    "PublicationUnfit",
    "RunNotAdopted",
    "SecondPersonNeeded",
    "StopInvalid",
    "WriteOffDecidedAlready",
    "WriteOffNotFound",
]
