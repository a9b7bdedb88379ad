"""What one person did, and what was done to one, is read of the audit log along an index."""

from migrations import online

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_audit_entries_of_actor", "audit_entries", ["actor_id", "recorded_at", "id"])
    online.create_index("ix_audit_entries_of_subject", "audit_entries", ["subject_id", "recorded_at", "id"])
