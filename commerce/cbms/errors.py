"""What is refused of reports to Nepal's tax office."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound


class CbmsSettingInvalid(Invalid):
    """Credentials or a business that cannot report."""

    code = "cbms-setting-invalid"


class CbmsReportNotFound(NotFound):
    """No report of such a document is kept."""

    code = "cbms-report-not-found"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"no report of document {invoice_id} is kept; `GET /api/v1/tax/cbms` lists those that there are",
            invoice_id=str(invoice_id),
        )


class CbmsReported(Conflict):
    """The tax office has the document: it is not sent again."""

    code = "cbms-reported"
