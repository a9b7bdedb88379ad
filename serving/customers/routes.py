"""A shop's customers: taken in, found, changed and forgotten, and what they owe."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.customers import queries, service
from commerce.customers.details import Details
from commerce.customers.errors import (
    CustomerDuplicate,
    CustomerErased,
    CustomerInvalid,
    CustomerNotFound,
    CustomerOwes,
)
from commerce.customers.queries import CustomerFilter
from commerce.customers.service import Preferences
from commerce.identity import challenges
from commerce.identity.errors import CodeRejected, TooManyAttempts
from commerce.khata import service as khata
from commerce.khata.errors import KhataEntryInvalid
from commerce.parties import service as parties
from commerce.parties.errors import TaxProfileInvalid
from foundation import database
from foundation.errors import VersionMismatch
from serving.customers.schemas import (
    BalanceOut,
    Channel,
    CodeIn,
    CustomerAddedOut,
    CustomerChangeIn,
    CustomerIn,
    CustomerOut,
    Language,
    TotalPendingOut,
)
from serving.dependencies import KEYED, VERSION, IdempotencyKey, IfMatch, Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/customers", tags=["customers"])
unversioned = APIRouter(prefix="/api/customers", tags=["customers"])

Seer = Annotated[Caller, may("customers:read")]
Teller = Annotated[Caller, may("customers:write")]
Owner = Annotated[Caller, may("customers:erase")]

_PREFERENCES = frozenset(Preferences.__dataclass_fields__)
_DETAILS = frozenset(Details.__dataclass_fields__)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(CustomerInvalid, CustomerDuplicate, TaxProfileInvalid, KhataEntryInvalid)
    ),
)
def add_customer(
    customer: CustomerIn, caller: Teller, request: IdempotencyKey, write: Writer, read: Reader
) -> CustomerAddedOut:
    """Take a customer in and open their khata, with what they owe from before; warns of names that sound the same."""
    told = customer.model_dump()

    def work(session: Session) -> UUID:
        customer_id = service.add_customer(
            session,
            business_id=caller.own_business_id,
            details=Details(**{name: told[name] for name in _DETAILS} | {"aliases": tuple(customer.aliases)}),
            preferences=Preferences(
                **{name: told[name] for name in _PREFERENCES} | {"purposes": tuple(customer.purposes)}
            ),
            confirm_duplicate=customer.confirm_duplicate,
            actor_id=caller.user_id,
            request=request,
        )
        owed = customer.opening_balance_paisa
        if owed and not khata.is_opened(session, customer_id=customer_id):
            khata.open_balance(
                session,
                business_id=caller.own_business_id,
                customer_id=customer_id,
                amount_paisa=owed,
                actor_id=caller.user_id,
            )
        return customer_id

    customer_id = write(work)

    def ask(session: Session) -> CustomerAddedOut:
        facts = {"business_id": caller.own_business_id, "customer_id": customer_id}
        return CustomerAddedOut(
            customer=CustomerOut.of(service.get_customer(session, **facts)),
            namesakes=[CustomerOut.of(one) for one in service.namesakes(session, **facts)],
        )

    return read(ask)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_customers(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: taken in last; `oldest`: first.")
    ] = "newest",
    is_owing: Annotated[bool | None, Query(description="Those whose khata is not settled, or is.")] = None,
    language: Annotated[Language | None, Query(description="Who is written to in it.")] = None,
    channel: Annotated[Channel | None, Query(description="Who is reached by it.")] = None,
) -> Page[CustomerOut]:
    """The shop's customers without those that were erased."""
    order = queries.CUSTOMERS_BY[sort]
    chosen = CustomerFilter(is_owing, language, channel)
    rows = read(
        lambda session: queries.customers(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: CustomerOut.of(service.known(row)), key=order.key)


@router.get("/search", responses=GUARDED)
def search_customers(
    caller: Seer,
    read: Reader,
    q: Annotated[
        SearchText,
        Query(
            description="A name, nickname or landmark as it sounds, in any script, or last digits of a phone."
        ),
    ],
) -> list[CustomerOut]:
    """Who may be meant, the likeliest first; fifty at most."""
    found = read(lambda session: service.search(session, business_id=caller.own_business_id, query=q))
    return [CustomerOut.of(one) for one in found]


def list_customer_balances(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["owed", "newest"],
        Query(description="`owed`: who owes most first; `newest`: taken in last."),
    ] = "owed",
) -> Page[BalanceOut]:
    """What customers owe, without those whose khata is settled; below zero is what they paid ahead."""
    order = queries.BALANCES_BY[sort]
    rows = read(
        lambda session: queries.customers(
            session,
            caller.own_business_id,
            chosen=CustomerFilter(is_owing=True),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )

    def shown(row: RowMapping) -> BalanceOut:
        known = service.known(row)
        return BalanceOut(
            id=known.id,
            name=known.name,
            phone=known.details.phone,
            balance_paisa=known.balance_paisa,
            currency=known.currency,
        )

    return asked.page(rows, shown, key=order.key)


def read_total_pending(caller: Seer, read: Reader) -> TotalPendingOut:
    """What all customers owe together, and what the shop owes to those that paid ahead."""

    def ask(session: Session) -> TotalPendingOut:
        shop = parties.get_business(session, business_id=caller.own_business_id)
        return TotalPendingOut(**queries.total_pending(session, shop.id), currency=shop.currency)

    return read(ask)


for _at, _suffix in ((router, ""), (unversioned, "_unversioned")):
    _at.add_api_route(
        "/balances",
        list_customer_balances,
        name=f"list_customer_balances{_suffix}",
        responses=merged(GUARDED, describe(CursorInvalid)),
    )
    _at.add_api_route(
        "/total-pending", read_total_pending, name=f"read_total_pending{_suffix}", responses=GUARDED
    )


@router.get("/{customer_id}", responses=merged(GUARDED, describe(CustomerNotFound)))
def read_customer(customer_id: UUID, caller: Seer, read: Reader, request: Request) -> CustomerOut:
    """One customer with what they owe; of one who was erased nothing but that."""
    shown = _customer(read, caller, customer_id)
    request.scope[VERSION] = shown.version
    return shown


@router.patch(
    "/{customer_id}",
    responses=merged(
        GUARDED,
        CONDITIONAL,
        describe(
            CustomerNotFound,
            CustomerErased,
            CustomerInvalid,
            CustomerDuplicate,
            TaxProfileInvalid,
            VersionMismatch,
        ),
    ),
)
def change_customer(
    customer_id: UUID,
    changed: CustomerChangeIn,
    caller: Teller,
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> CustomerOut:
    """Change what is known of a customer: a new phone, another nickname, when to write and by what."""
    write(
        lambda session: service.change_customer(
            session,
            business_id=caller.own_business_id,
            customer_id=customer_id,
            changes=changed.changes,
            seen=seen,
            confirm_duplicate=changed.confirm_duplicate,
        )
    )
    return _customer(read, caller, customer_id)


@router.post(
    "/{customer_id}/erasure",
    status_code=HTTPStatus.ACCEPTED,
    responses=merged(GUARDED, describe(CustomerNotFound, TooManyAttempts)),
)
def ask_customer_erasure(customer_id: UUID, caller: Owner, write: Writer) -> None:
    """Mail the owner who asks a code that confirms the erasure of a customer."""

    def work(session: Session) -> None:
        name = service.get_customer(session, business_id=caller.own_business_id, customer_id=customer_id).name
        challenges.ask_confirmation(
            session,
            user_id=caller.user_id,
            act=_erasure(customer_id),
            told=f"Give this code to forget your customer {name} for good. The books stay as they are.",
        )

    write(work)


@router.post(
    "/{customer_id}/erasure/confirmation",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(
        GUARDED, describe(CustomerNotFound, CustomerErased, CustomerOwes, CodeRejected, TooManyAttempts)
    ),
)
def erase_customer(customer_id: UUID, given: CodeIn, caller: Owner, write: Writer) -> None:
    """Forget a customer for good by the code that was mailed: names, addresses, messages. The books keep the id."""
    act = _erasure(customer_id)
    # Counted for itself: what is refused below leaves nothing else behind.
    database.write(lambda session: challenges.count_confirmation(session, user_id=caller.user_id, act=act))

    def work(session: Session) -> None:
        service.erase_customer(
            session,
            business_id=caller.own_business_id,
            customer_id=customer_id,
            erased_by=caller.user_id,
        )
        challenges.confirm(session, user_id=caller.user_id, act=act, code=given.code)

    write(work)


def _erasure(customer_id: UUID) -> str:
    return f"erase customer {customer_id}"


def _customer(read: Read, caller: Caller, customer_id: UUID) -> CustomerOut:
    return CustomerOut.of(
        read(
            lambda session: service.get_customer(
                session, business_id=caller.own_business_id, customer_id=customer_id
            )
        )
    )
