"""Why a file of history cannot be taken in at all. A single bad line is a reject, none of these."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from foundation.errors import Invalid


class UnreadableFile(Invalid):
    """The file is missing, empty, broken, or of a format that is not read."""

    code = "history-file-unreadable"


class BadMapping(Invalid):
    """The mapping file has an unknown key, a missing one, or a value that does not fit."""

    code = "history-mapping-invalid"


class UnknownColumn(Invalid):
    """The mapping names a column that the file does not have."""

    code = "history-column-unknown"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for an error text: ` (did you mean 'InvoiceNo'?)`, or nothing where no known word is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return f" (did you mean '{by_folded[found[0]]}'?)" if found else ""
