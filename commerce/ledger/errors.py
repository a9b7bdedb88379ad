"""What the ledger refuses."""

from foundation.errors import Conflict, Invalid, NotFound


class AccountNotFound(NotFound):
    code = "account-not-found"


class EntryUnbalanced(Invalid):
    code = "entry-unbalanced"


class CreditLimitExceeded(Conflict):
    """What is owed and promised, and this on top, would pass the limit."""

    code = "credit-limit-exceeded"


class DocumentDateBackwards(Conflict):
    """A series already holds a document of a later day."""

    code = "document-date-backwards"
