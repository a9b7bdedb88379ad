"""What taking in history refuses."""

from __future__ import annotations

from foundation.errors import Conflict, NotFound


class ImportNotFound(NotFound):
    """No import of this id was opened."""

    code = "import-not-found"


class MappingChanged(Conflict):
    """The file was taken in, in part or whole, by another mapping; it cannot mean two things."""

    code = "import-mapping-changed"


class TraderDiffers(Conflict):
    """The trader is known here with another country, currency or time zone."""

    code = "import-trader-differs"


class ImportOverlaps(Conflict):
    """The file holds documents that another file brought."""

    code = "import-overlaps"


class ImportOvertaken(Conflict):
    """Since the file was broken off, another one brought some of its documents."""

    code = "import-overtaken"


class ProductDiffers(Conflict):
    """A product is known here with another unit, or with a stock that this history did not make."""

    code = "import-product-differs"


class ImportRunsElsewhere(Conflict):
    """Another process takes the same file in, or a batch came out of turn."""

    code = "import-runs-elsewhere"


class ImportDoesNotReconcile(Conflict):
    """What the record holds of a file is not what was read from it."""

    code = "import-does-not-reconcile"
