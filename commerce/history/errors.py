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
    """The trader is known here with another currency."""

    code = "import-trader-differs"


class ProductDiffers(Conflict):
    """A product is known here with another unit, or with a stock that this history did not make."""

    code = "import-product-differs"


class ImportRunsElsewhere(Conflict):
    """Another process takes the same file in, or a batch came out of turn."""

    code = "import-runs-elsewhere"


class ImportDoesNotReconcile(Conflict):
    """What the record holds of a file is not what was read from it."""

    code = "import-does-not-reconcile"
