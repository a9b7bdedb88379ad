"""Log-ins for looking around a simulated market: one of each role, made by the identity verbs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from commerce.identity import service as identity
from commerce.identity.errors import EmailTaken
from commerce.identity.passwords import hash_password
from foundation.database import write
from foundation.settings import settings


@dataclass(frozen=True)
class DemoUser:
    """A log-in and what it sees."""

    email: str
    full_name: str
    role: str
    business_id: UUID | None
    is_new: bool


def demo_password(home: Path) -> str:
    """The password of all demo log-ins: `SAUDA_DEMO_PASSWORD`, or one made up once and kept under `home`."""
    given = settings().sauda_demo_password
    if given is not None and given.get_secret_value():
        return given.get_secret_value()
    kept = home / "simulation" / "demo-password"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(9), encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()


def make_demo_users(*, password: str, vendor: UUID, retailer: UUID) -> list[DemoUser]:
    """Register the demo log-ins; those that are there already stay as they are (`is_new` is False)."""
    hashed = hash_password(password)
    wanted = (
        ("admin@sauda.example", "Asha Admin", "admin", None),
        ("loan@sauda.example", "Lokendra Loan", "loan_officer", None),
        ("analyst@sauda.example", "Anil Analyst", "analyst", None),
        ("vendor@sauda.example", "Vimala Vendor", "vendor", vendor),
        ("retailer@sauda.example", "Ramesh Retailer", "retailer", retailer),
    )
    return [_made(email, name, role, business, hashed) for email, name, role, business in wanted]


def _made(email: str, full_name: str, role: str, business_id: UUID | None, password_hash: str) -> DemoUser:
    try:
        write(
            lambda session: identity.register(
                session,
                email=email,
                full_name=full_name,
                password_hash=password_hash,
                role=role,
                business_id=business_id,
            )
        )
    except EmailTaken:
        return DemoUser(email, full_name, role, business_id, is_new=False)
    return DemoUser(email, full_name, role, business_id, is_new=True)
