"""What the ledger refuses."""

from foundation.errors import Conflict, Invalid, NotFound


class AccountNotFound(NotFound):
    code = "account-not-found"


class EntryUnbalanced(Invalid):
    code = "entry-unbalanced"


class CreditLimitExceeded(Conflict):
    """What is owed and promised, and this on top, would pass the limit."""

    code = "credit-limit-exceeded"


class AllocationInvalid(Conflict):
    """A credit cannot settle so much of this debt: less of it is open, or less is left of the credit."""

    code = "allocation-invalid"


class DocumentDateBackwards(Conflict):
    """A series already holds a document of a later day."""

    code = "document-date-backwards"


class BookPeriodInvalid(Invalid):
    """The period of a book is none, or too long to be written at once."""

    code = "book-period-invalid"


class EntryDayInvalid(Invalid):
    """The day of an entry lies before the business came here, too far back, or ahead."""

    code = "entry-day-invalid"


class EntryDuplicate(Conflict):
    """The same was written a moment ago."""

    code = "entry-duplicate"


class EntryReversed(Conflict):
    """The entry is undone already, or is what undid one."""

    code = "entry-reversed"
