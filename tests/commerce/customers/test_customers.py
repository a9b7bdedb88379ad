"""A shop's customers: found by what people call them, sealed, and forgotten for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
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
from commerce.customers.service import Preferences
from commerce.ledger import service as ledger
from commerce.parties.errors import TaxProfileInvalid
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import VersionMismatch
from tests.commerce.factories import business

pytestmark = pytest.mark.committing

DELHI = {"country": "IN", "state": "07"}
GSTIN = "27AAPFU0939F1ZV"


@pytest.fixture
def shop(migrated: Server) -> UUID:
    return write(lambda session: business(session, **DELHI))


def add(shop: UUID, name: str, *, preferences: Preferences = Preferences(), **given: Any) -> UUID:
    sure = given.pop("confirm_duplicate", False)
    return write(
        lambda session: service.add_customer(
            session,
            business_id=shop,
            details=Details(name, **given),
            preferences=preferences,
            confirm_duplicate=sure,
        )
    )


def get(shop: UUID, customer_id: UUID) -> service.Known:
    with read((shop,)) as session:
        return service.get_customer(session, business_id=shop, customer_id=customer_id)


def found(shop: UUID, query: str) -> list[str]:
    with read((shop,)) as session:
        return [one.name for one in service.search(session, business_id=shop, query=query)]


def change(shop: UUID, customer_id: UUID, **changes: Any) -> None:
    seen = changes.pop("seen", None)
    write(
        lambda session: service.change_customer(
            session, business_id=shop, customer_id=customer_id, changes=changes, seen=seen
        )
    )


def test_what_is_personal_is_sealed_and_read_back(shop: UUID):
    customer_id = add(
        shop,
        " Ramesh  Kumar ",
        nickname="Chhotu",
        phone="98100 12345",
        email="Ramesh@Shop.Example",
        landmark="behind the temple",
        aliases=("रमेश भाई",),
    )
    known = get(shop, customer_id)
    assert known.details == Details(
        "Ramesh Kumar",
        "Chhotu",
        "+919810012345",
        "ramesh@shop.example",
        "behind the temple",
        aliases=("रमेश भाई",),
    )
    assert (known.balance_paisa, known.preferences) == (0, Preferences())
    assert "Ramesh" not in repr(known)
    assert "98100" not in repr(known)
    with read((shop,)) as session:
        row = session.execute(
            text("SELECT CAST(customer AS text) FROM app.customers customer WHERE id = :id"),
            {"id": customer_id},
        ).scalar_one()
    for word in ("Ramesh", "Chhotu", "9810012345", "shop.example", "temple", "रमेश"):
        assert word not in row
        assert word.encode().hex() not in row


@pytest.mark.parametrize(
    "query",
    [
        "ramesh",
        "Ramesh Kumar",
        "kumar ramesh",
        "ram",
        "rameesh",
        "रमेश",
        "chotu",
        "mandir",
        "12345",
        "98100 12345",
    ],
)
def test_a_customer_is_found_by_what_people_say(shop: UUID, query: str):
    add(shop, "Ramesh Kumar", nickname="Chhotu", phone="9810012345", landmark="Hanuman mandir")
    add(shop, "Suresh Gupta", phone="9810099999", landmark="school")
    other = write(lambda session: business(session, **DELHI))
    add(other, "Ramesh Kumar", phone="9810012345")
    assert found(shop, query) == ["Ramesh Kumar"]


def test_the_likeliest_comes_first_and_nonsense_finds_nobody(shop: UUID):
    for name in ("Sita Ram Sharma", "Ram Prasad", "Ram"):
        add(shop, name)
    assert found(shop, "ram prasad") == ["Ram Prasad"]
    assert set(found(shop, "ram")) == {"Sita Ram Sharma", "Ram Prasad", "Ram"}
    assert found(shop, "xyzzy") == found(shop, "  ") == found(shop, "%_") == []


def test_a_shared_phone_is_warned_of_and_may_be_meant(shop: UUID):
    first = add(shop, "Sita", phone="9810012345")
    with pytest.raises(CustomerDuplicate) as refused:
        add(shop, "Gita", phone="+91 98100-12345")
    assert refused.value.facts == {"customers": [str(first)]}
    second = add(shop, "Gita", phone="9810012345", confirm_duplicate=True)
    change(shop, second, nickname="Guddi")  # keeps the phone that it has
    with pytest.raises(CustomerDuplicate):
        change(shop, add(shop, "Mita"), phone="9810012345")
    namesake = add(shop, "सीता")
    with read((shop,)) as session:
        alike = service.namesakes(session, business_id=shop, customer_id=namesake)
    assert [one.id for one in alike] == [first]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"aliases": tuple("abcdefghijk")}, "aliases"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(shop: UUID, given: dict[str, Any], field: str):
    with pytest.raises(CustomerInvalid) as refused:
        add(shop, given.pop("name", "Ramesh"), **given)
    assert refused.value.facts == {"field": field}
    with read((shop,)) as session:
        assert not queries.customers(session, shop, limit=10)


def test_a_registered_customer_stands_where_its_number_says(shop: UUID):
    registered = add(
        shop,
        "Sharma Stores",
        registration_number=GSTIN.lower(),
        preferences=Preferences(tax_profile="regular"),
    )
    assert get(shop, registered).preferences.state == "27"
    assert get(shop, registered).details.registration_number == GSTIN
    for number in (None, GSTIN[:-1] + "X"):
        with pytest.raises(TaxProfileInvalid):
            add(shop, "Other", registration_number=number, preferences=Preferences(tax_profile="regular"))
    with pytest.raises(CustomerInvalid, match="state"):
        add(shop, "Other", preferences=Preferences(state="99"))


def test_a_change_names_what_was_seen(shop: UUID):
    customer_id = add(shop, "Ramesh", phone="9810012345")
    change(shop, customer_id, phone="9899012345", name="Ramesh Ji", language="en", seen=frozenset({1}))
    known = get(shop, customer_id)
    assert (known.name, known.details.phone, known.preferences.language) == (
        "Ramesh Ji",
        "+919899012345",
        "en",
    )
    assert found(shop, "99012345") == ["Ramesh Ji"]
    assert found(shop, "10012345") == []
    with pytest.raises(VersionMismatch):
        change(shop, customer_id, name="Somebody", seen=frozenset({1}))
    change(shop, customer_id, phone=None)
    assert get(shop, customer_id).details.phone is None


def erase(shop: UUID, customer_id: UUID) -> None:
    write(lambda session: service.erase_customer(session, business_id=shop, customer_id=customer_id))


def test_who_was_erased_is_an_id_in_the_books(shop: UUID):
    customer_id = add(shop, "Ramesh Kumar", phone="9810012345")
    erase(shop, customer_id)
    known = get(shop, customer_id)
    assert (known.name, known.details.phone, known.is_erased) == ("(forgotten)", None, True)
    assert found(shop, "ramesh") == []
    with read((shop,)) as session:
        assert queries.customers(session, shop, limit=10) == []
        assert service.names_of(session, business_id=shop, customers=[customer_id]) == {
            customer_id: "(forgotten)"
        }
    for again in (lambda: erase(shop, customer_id), lambda: change(shop, customer_id, name="Back")):
        with pytest.raises(CustomerErased):
            again()
    add(shop, "Ramesh Kumar", phone="9810012345")  # the phone is free again


def test_who_owes_is_not_erased(shop: UUID):
    customer_id = add(shop, "Ramesh")

    def owe(session: Session) -> None:
        ledger.move_exposure(session, account_id=get(shop, customer_id).account_id, posted_paisa=5_00)

    write(owe)
    with pytest.raises(CustomerOwes, match=r"5\.00"):
        erase(shop, customer_id)
    assert get(shop, customer_id).name == "Ramesh"


def test_another_shop_sees_nobody(shop: UUID):
    customer_id = add(shop, "Ramesh")
    other = write(lambda session: business(session, **DELHI))
    with read((other,)) as session, pytest.raises(CustomerNotFound):
        service.get_customer(session, business_id=other, customer_id=customer_id)
    with read((other,)) as session:
        assert session.execute(text("SELECT count(*) FROM app.customers")).scalar_one() == 0
