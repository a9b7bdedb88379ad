"""Adoption: commerce is asked, by name, to take the run's predictions over."""

import dagster as dg
from sqlalchemy.orm import Session

from foundation import database, jobs
from orchestration.defs.publication.assets import publication

ADOPT_PUBLICATION = "adopt_publication"
"""The workflow of commerce that is enqueued; a test compares it with the one that is registered."""


@dg.asset(deps=[publication], group_name="adoption")
def adoption(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Enqueue the adoption. Commerce decides by its own bounds, once per run."""
    run_id = context.run.run_id

    def enqueue(session: Session) -> str:
        return jobs.enqueue(session, ADOPT_PUBLICATION, run_id, workflow_id=f"adopt-{run_id}")

    return dg.MaterializeResult(metadata={"workflow": database.write(enqueue)})
