"""What the credit desk does when the data side asks: adopt a publication."""

from __future__ import annotations

from typing import Any

from commerce.credit import adoption
from commerce.credit.errors import AdoptionRefused
from commerce.credit.ports import Publications, PublishedRuns
from foundation import jobs
from foundation.database import write

ADOPT_PUBLICATION = "adopt_publication"


@jobs.workflow(ADOPT_PUBLICATION)
def adopt_publication(run_id: str) -> None:
    """Adopt a run, once however often it is asked for."""
    jobs.step("adopt", answer, run_id)


def answer(run_id: str, publications: Publications | None = None) -> dict[str, Any]:
    """Adopt a run, or say why not: a refusal is an answer, recorded as one, and nothing that fails the work."""
    try:
        return {"outcome": "adopted", "is_new": adopt_run(run_id, publications=publications).is_new}
    except AdoptionRefused as refusal:
        return {"outcome": refusal.code, **refusal.facts}


def adopt_run(
    run_id: str, *, is_approved: bool = False, publications: Publications | None = None
) -> adoption.Adoption:
    """Read a published run, then adopt it. Raises what the port and `adoption.adopt` raise."""
    # Read first: no object store is waited for inside a transaction.
    published = (publications or PublishedRuns()).scores(run_id)
    return write(lambda session: adoption.adopt(session, published=published, is_approved=is_approved))
