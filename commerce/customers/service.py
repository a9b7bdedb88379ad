"""Verbs of a shop's customers: take them in, change, find and forget them.

What is personal is sealed with the customer's own key (`foundation/personal.py`) and read in memory only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.customers import details as personal_details
from commerce.customers import queries, words
from commerce.customers.details import Details
from commerce.customers.errors import (
    CustomerDuplicate,
    CustomerErased,
    CustomerInvalid,
    CustomerNotFound,
    CustomerOwes,
)
from commerce.customers.events import CustomerAdded, CustomerForgotten
from commerce.customers.models import Customer, CustomerProfile
from commerce.customers.vocabulary import HEARD_FROM, HEARD_UNTIL, WANTED_UNASKED
from commerce.language.sound import sound
from commerce.ledger import service as ledger
from commerce.messaging import service as messaging
from commerce.parties import service as parties
from commerce.parties.models import Business
from commerce.parties.vocabulary import COUNTRIES
from commerce.reminders import queries as reminders
from commerce.tax.vocabulary import REGISTERED
from foundation import clock, personal
from foundation.errors import VersionMismatch
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount
from foundation.personal import FORGOTTEN, SubjectKey, blind_index


@dataclass(frozen=True)
class Preferences:
    """How a customer wants to be spoken to, and how it stands to the tax office."""

    language: str = "hi"
    channel: str = "whatsapp"
    purposes: tuple[str, ...] = WANTED_UNASKED
    heard_from: time = HEARD_FROM
    heard_until: time = HEARD_UNTIL
    tax_profile: str = "unregistered"
    state: str | None = None


NOBODY = Preferences(channel="none", purposes=())
"""Of who was erased: nobody is spoken to."""


@dataclass(frozen=True)
class Known:
    """A customer as the shop reads them; of one who was erased the name is a word for that, and nothing else."""

    id: UUID
    details: Details = field(repr=False)
    account_id: UUID
    currency: str
    preferences: Preferences
    balance_paisa: int
    version: int
    created_at: datetime
    is_erased: bool

    @property
    def name(self) -> str:
        return self.details.name


def add_customer(
    session: Session,
    *,
    business_id: UUID,
    details: Details,
    preferences: Preferences = Preferences(),
    confirm_duplicate: bool = False,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Take a customer in and open their khata; the customer's id.

    Somebody who has the phone or e-mail of another is taken for a slip unless `confirm_duplicate` says that they
    share it. Raises CustomerInvalid, CustomerDuplicate, RequestKeyReused.
    """
    customer_id = uuid7()
    if request is not None and (earlier := claim(session, request, customer_id)) is not None:
        return earlier
    shop = parties.get_business(session, business_id=business_id)
    details, preferences = _checked(shop, details, preferences)
    phone_index, email_index = _indexes(details)
    if not confirm_duplicate and (
        found := queries.with_address(session, business_id, phone_index, email_index)
    ):
        raise CustomerDuplicate(found)
    now = clock.now()
    subject = personal.new_subject(session, made_at=now, subject_id=customer_id)
    session.flush()
    account_id = ledger.open_khata(
        session, business_id=business_id, customer_id=customer_id, currency=shop.currency
    )
    session.add(
        Customer(
            id=customer_id,
            business_id=business_id,
            account_id=account_id,
            currency=shop.currency,
            created_by=actor_id,
            created_at=now,
        )
    )
    session.flush()
    session.add(
        CustomerProfile(
            customer_id=customer_id,
            business_id=business_id,
            details_sealed=details.sealed(subject),
            phone_index=phone_index,
            email_index=email_index,
            words=words.words_of(business_id, details.names, details.phone),
            **_columns(preferences),
            version=1,
        )
    )
    session.flush()
    publish(
        session,
        CustomerAdded(customer_id=str(customer_id)),
        business_id=business_id,
        actor_id=actor_id,
        channel=channel,
    )
    return customer_id


def change_customer(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    changes: Mapping[str, Any],
    seen: frozenset[int] | None = None,
    confirm_duplicate: bool = False,
) -> None:
    """Change what is named: fields of `Details` and of `Preferences`; None empties one that may be empty.

    `seen` are the versions that the caller has read.
    Raises CustomerNotFound, CustomerErased, CustomerInvalid, CustomerDuplicate, VersionMismatch.
    """
    row = _locked(session, business_id, customer_id)
    if seen is not None and row.version not in seen:
        raise VersionMismatch(
            f"customer {customer_id} is at version {row.version}, and {' or '.join(map(str, sorted(seen)))} was seen; "
            "read it again first",
            version=row.version,
        )
    shop = parties.get_business(session, business_id=business_id)
    subject = personal.subject(session, customer_id)
    assert subject is not None
    preferences = Preferences(
        **_preferences(vars(row)) | {name: value for name, value in changes.items() if name in _PREFERENCES}
    )
    before = Details.opened(subject, row.details_sealed)
    details, preferences = _checked(shop, personal_details.changed(before, changes), preferences)
    phone_index, email_index = _indexes(details)
    new_phone = None if phone_index == row.phone_index else phone_index
    new_email = None if email_index == row.email_index else email_index
    if not confirm_duplicate and (found := queries.with_address(session, business_id, new_phone, new_email)):
        raise CustomerDuplicate(found)
    row.details_sealed = details.sealed(subject)
    row.phone_index, row.email_index = phone_index, email_index
    row.words = words.words_of(business_id, details.names, details.phone)
    for name, value in _columns(preferences).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()


def erase_customer(
    session: Session, *, business_id: UUID, customer_id: UUID, erased_by: UUID | None = None
) -> None:
    """Forget a customer for good: names, addresses, messages and reminders. The books keep the id.

    Raises CustomerNotFound, CustomerErased, CustomerOwes: who owes something is asked for it first, or it is written
    off.
    """
    # First, as a reminder that is being sent holds its row before it asks for anything of its customer's.
    reminders.forget(session, business_id, customer_id)
    row = _locked(session, business_id, customer_id)
    customer = session.get_one(Customer, customer_id)
    owed = ledger.lock_exposure(session, account_id=customer.account_id).posted_paisa
    if owed:
        raise CustomerOwes(
            f"the khata of customer {customer_id} stands at {format_amount(owed, customer.currency)}; settle it by "
            "a payment or a correction first",
            customer_id=str(customer_id),
            balance_paisa=owed,
        )
    session.delete(row)
    customer.erased_at = clock.now()
    session.flush()
    messaging.forget(session, customer_id)
    personal.forget(session, customer_id)
    audit.record(
        session,
        "customer-erased",
        business_id=business_id,
        actor_id=erased_by,
        facts={"customer_id": str(customer_id)},
    )
    publish(
        session,
        CustomerForgotten(customer_id=str(customer_id)),
        business_id=business_id,
        actor_id=erased_by,
        channel="api",
    )


def get_customer(session: Session, *, business_id: UUID, customer_id: UUID) -> Known:
    """One customer, erased or not. Raises CustomerNotFound."""
    row = queries.customer(session, business_id, customer_id)
    if row is None:
        raise CustomerNotFound(customer_id)
    return known(row)


def search(session: Session, *, business_id: UUID, query: str) -> list[Known]:
    """Who may be meant by a name, a nickname, a landmark, or the last digits of a phone, the likeliest first."""
    asked = words.asked(business_id, query)
    if not asked:
        return []
    heard = sound(query)
    found = [known(row) for row in queries.found_by_words(session, business_id, asked)]
    return sorted(found, key=lambda one: -max(_likeness(heard, name) for name in one.details.names))


def namesakes(session: Session, *, business_id: UUID, customer_id: UUID) -> list[Known]:
    """Other customers whose name sounds the same: to be looked at, for they may be the same person."""
    own = get_customer(session, business_id=business_id, customer_id=customer_id)
    heard = sound(own.name)
    return [
        other
        for other in search(session, business_id=business_id, query=own.name)
        if other.id != customer_id and any(sound(name) == heard for name in other.details.names)
    ]


def names_of(session: Session, *, business_id: UUID, customers: Sequence[UUID]) -> dict[UUID, str]:
    """What customers are called, by id; a word for it of those who were erased."""
    return {row["id"]: known(row).name for row in queries.customers_of(session, business_id, customers)}


def known(row: RowMapping) -> Known:
    """A row of `queries` in plain words."""
    facts = {name: row[name] for name in ("id", "account_id", "currency", "balance_paisa", "created_at")}
    if row["details_sealed"] is None:
        return Known(**facts, details=Details(FORGOTTEN), preferences=NOBODY, version=0, is_erased=True)
    key = SubjectKey(id=row["id"], sealed_key=row["sealed_key"], made_at=row["key_made_at"])
    return Known(
        **facts,
        details=Details.opened(personal.subject_of(key), row["details_sealed"]),
        preferences=Preferences(**_preferences(dict(row))),
        version=row["version"],
        is_erased=False,
    )


_PREFERENCES = tuple(one.name for one in fields(Preferences))


def _preferences(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _PREFERENCES} | {"purposes": tuple(row["purposes"])}


def _columns(preferences: Preferences) -> dict[str, Any]:
    return {**vars(preferences), "purposes": list(preferences.purposes)}


def _checked(shop: Business, details: Details, preferences: Preferences) -> tuple[Details, Preferences]:
    details = personal_details.checked(details, country=shop.country)
    known, state = COUNTRIES.get(shop.country), preferences.state
    if known is not None and state is not None and state not in known.states:
        raise CustomerInvalid("state", state, f"give one of {', '.join(known.states)}")
    if preferences.heard_from >= preferences.heard_until:
        raise CustomerInvalid(
            "heard_from",
            f"{preferences.heard_from:%H:%M}",
            f"give an hour before {preferences.heard_until:%H:%M}",
        )
    number = details.registration_number and "".join(details.registration_number.split()).upper()
    if preferences.tax_profile in REGISTERED and state is None and shop.country == "IN":
        state = (number or "")[:2] or None
    number = parties.checked_registration(shop.country, state or "", preferences.tax_profile, number or None)
    return replace(details, registration_number=number), replace(preferences, state=state)


def _indexes(details: Details) -> tuple[bytes | None, bytes | None]:
    phone = blind_index("customer's phone", details.phone) if details.phone else None
    email = blind_index("customer's mail", details.email) if details.email else None
    return phone, email


def _locked(session: Session, business_id: UUID, customer_id: UUID) -> CustomerProfile:
    row = queries.lock_profile(session, business_id, customer_id)
    if row is None:
        get_customer(session, business_id=business_id, customer_id=customer_id)
        raise CustomerErased(customer_id)
    return row


def _likeness(heard: str, name: str) -> float:
    return fuzz.token_set_ratio(heard, sound(name))
