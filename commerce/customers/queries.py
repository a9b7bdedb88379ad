"""Questions about a shop's customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.customers.models import CustomerProfile
from commerce.customers.vocabulary import FOUND_MAX
from foundation.keyset import Order, page

CUSTOMERS_BY = {
    "newest": Order((("created_at", "timestamptz"), ("id", "uuid")), is_descending=True),
    "oldest": Order((("created_at", "timestamptz"), ("id", "uuid"))),
}
# What is owed changes with every bill and has no index: a shop's customers, some thousand at most, are sorted.
BALANCES_BY = {
    "owed": Order((("balance_paisa", "bigint"), ("id", "uuid")), is_descending=True),
    "newest": CUSTOMERS_BY["newest"],
}

_CUSTOMERS = """
    SELECT customer.id, customer.business_id, customer.account_id, customer.currency, customer.created_at,
           customer.erased_at, profile.details_sealed, profile.tax_profile, profile.state, profile.language,
           profile.channel, profile.purposes, profile.heard_from, profile.heard_until, profile.version,
           khata.posted_paisa AS balance_paisa, subject.sealed_key, subject.made_at AS key_made_at
    FROM app.customers customer
    JOIN app.receivables khata ON khata.account_id = customer.account_id
    LEFT JOIN app.customer_profiles profile ON profile.customer_id = customer.id
    LEFT JOIN app.subject_keys subject ON subject.id = customer.id
    WHERE customer.business_id = :business_id
"""
_THERE = "customer.erased_at IS NULL"
_CUSTOMER_IS = {
    "is_owing": "(khata.posted_paisa <> 0) = :is_owing",
    "language": "profile.language = :language",
    "channel": "profile.channel = :channel",
}


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers of a list; None does not filter."""

    is_owing: bool | None = None
    """Those whose khata is not settled, or those whose is."""
    language: str | None = None
    channel: str | None = None


def customers(
    session: Session,
    business_id: UUID,
    *,
    chosen: CustomerFilter = CustomerFilter(),
    by: Order = CUSTOMERS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A shop's customers that are not erased, with what each owes."""
    values = {**vars(chosen), "business_id": business_id}
    rows = f"{_CUSTOMERS} AND {_THERE}"
    return page(session, rows, values, filters=_CUSTOMER_IS, by=by, after=after, limit=limit)


_CUSTOMER = text(f"{_CUSTOMERS} AND customer.id = :customer_id")


def customer(session: Session, business_id: UUID, customer_id: UUID) -> RowMapping | None:
    """One customer of a shop, erased or not."""
    values = {"business_id": business_id, "customer_id": customer_id}
    return session.execute(_CUSTOMER, values).mappings().one_or_none()


_CUSTOMERS_OF = text(f"{_CUSTOMERS} AND customer.id = ANY (CAST(:customers AS uuid[]))")


def customers_of(session: Session, business_id: UUID, customers: Sequence[UUID]) -> Sequence[RowMapping]:
    """These customers of a shop, erased or not."""
    values = {"business_id": business_id, "customers": list(customers)}
    return session.execute(_CUSTOMERS_OF, values).mappings().all()


def lock_profile(session: Session, business_id: UUID, customer_id: UUID) -> CustomerProfile | None:
    """What is known of a customer, locked; None of one who was erased, or of another shop."""
    return session.scalar(
        select(CustomerProfile)
        .where(CustomerProfile.business_id == business_id, CustomerProfile.customer_id == customer_id)
        .with_for_update(key_share=True)
    )


def found_by_words(
    session: Session, business_id: UUID, asked: Sequence[Sequence[int]]
) -> Sequence[RowMapping]:
    """Customers that have of each word one of its hashes, newest first; some dozens at most."""
    each = " ".join(f"AND profile.words && CAST(:word_{at} AS bigint[])" for at in range(len(asked)))
    values: dict[str, Any] = {f"word_{at}": list(hashes) for at, hashes in enumerate(asked)}
    query = f"{_CUSTOMERS} AND {_THERE} {each} ORDER BY customer.created_at DESC LIMIT {FOUND_MAX}"
    return session.execute(text(query), values | {"business_id": business_id}).mappings().all()


def with_address(
    session: Session, business_id: UUID, phone_index: bytes | None, email_index: bytes | None
) -> list[UUID]:
    """The customers of a shop that have this phone or this e-mail."""
    rows = session.execute(
        text("""
            SELECT customer_id FROM app.customer_profiles
            WHERE business_id = :business_id AND phone_index = :phone_index
            UNION SELECT customer_id FROM app.customer_profiles
            WHERE business_id = :business_id AND email_index = :email_index
        """),
        {"business_id": business_id, "phone_index": phone_index, "email_index": email_index},
    )
    return list(rows.scalars())


def total_pending(session: Session, business_id: UUID) -> RowMapping:
    """What all customers of a shop owe, and what it owes to some of them, by its currency."""
    return (
        session.execute(
            text("""
                SELECT count(*) FILTER (WHERE khata.posted_paisa > 0) AS customers,
                       CAST(coalesce(sum(khata.posted_paisa) FILTER (WHERE khata.posted_paisa > 0), 0) AS bigint)
                           AS owed_paisa,
                       CAST(coalesce(-sum(khata.posted_paisa) FILTER (WHERE khata.posted_paisa < 0), 0) AS bigint)
                           AS advances_paisa
                FROM app.customers customer JOIN app.receivables khata ON khata.account_id = customer.account_id
                WHERE customer.business_id = :business_id
            """),
            {"business_id": business_id},
        )
        .mappings()
        .one()
    )
