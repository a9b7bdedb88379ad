"""Goods are found by code, barcode and name, by sound, with slips, a page at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.catalogue import queries, search
from commerce.catalogue import service as catalogue
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import business, product

OWN = text("SELECT id FROM app.products WHERE owner_id = :owner")

# English, Hindi and Nepali names of goods as shops know them.
GOODS = {
    "Sugar": {"hi": ["चीनी"], "ne": ["चिनी"]},
    "Salt": {"hi": ["नमक"], "ne": ["नुन"]},
    "Rice": {"hi": ["चावल"], "ne": ["चामल"]},
    "Mustard oil": {"hi": ["सरसों का तेल"], "ne": ["तोरीको तेल"]},
    "Chickpeas": {"hi": ["काबुली चना"], "ne": ["काबुली चना"]},
    "Cumin": {"hi": ["जीरा"], "ne": ["जिरा"]},
    "Toothpaste": {"hi": ["टूथपेस्ट"], "ne": ["टुथपेस्ट"]},
    "Biscuits": {"hi": ["बिस्कुट"], "ne": ["बिस्कुट"]},
    "Incense sticks": {"hi": ["अगरबत्ती"], "ne": ["धूप"]},
    "Potato": {"hi": ["आलू"], "ne": ["आलु"]},
}


@pytest.fixture(scope="module")
def owner(migrated: Server) -> UUID:
    """A vendor with goods of its own: the run's other tests add shared ones."""

    def make(session: Any) -> UUID:
        vendor = business(session, is_vendor=True)
        for name, names in GOODS.items():
            product(session, name=name, names=names, owner_id=vendor)
        product(session, name="Iodised salt 1 kg", owner_id=vendor, barcode="8901058000290", sku="TATA-SALT")
        return vendor

    return write(make)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("cheeni", "Sugar"),
        ("chini", "Sugar"),
        ("चिनी", "Sugar"),
        ("chin", "Sugar"),
        ("suger", "Sugar"),
        ("namak", "Salt"),
        ("noon", "Salt"),
        ("chawal", "Rice"),
        ("chamal", "Rice"),
        ("sarson tel", "Mustard oil"),
        ("sarso ka tail", "Mustard oil"),
        ("zeera", "Cumin"),
        ("toothpest", "Toothpaste"),
        ("biskut", "Biscuits"),
        ("agarbati", "Incense sticks"),
        ("aloo", "Potato"),
        ("आलु", "Potato"),
        ("8901058000290", "Iodised salt 1 kg"),
        ("tata-salt", "Iodised salt 1 kg"),
        ("kg iodized salt", "Iodised salt 1 kg"),
        ("mustrad oil", "Mustard oil"),
        ("oil of mustard", "Mustard oil"),
        ("iodised namak", "Iodised salt 1 kg"),
        ("kabuli chole", "Chickpeas"),
        ("biscuit ka packet", "Biscuits"),
    ],
)
def test_a_good_is_the_first_found_however_it_is_spelt(owner: UUID, asked: str, name: str) -> None:
    with read() as session:
        rows = queries.listed(
            session, viewer_id=owner, own_only=True, now=clock.now(), search=asked, limit=200
        )
        own = set(session.execute(OWN, {"owner": owner}).scalars())
    assert next(row["name"] for row in rows if row["id"] in own) == name


@pytest.mark.parametrize("asked", ["motorcycle", "%", "_", "'", "🙂", "%%%"])
def test_what_is_not_there_is_not_found(owner: UUID, asked: str) -> None:
    with read() as session:
        rows = queries.listed(session, viewer_id=owner, own_only=True, now=clock.now(), search=asked)
        own = set(session.execute(OWN, {"owner": owner}).scalars())
    assert [row for row in rows if row["id"] in own] == []


def test_a_good_in_english_alone_is_found_in_the_languages_of_the_trade(migrated: Server) -> None:
    vendor = write(lambda session: business(session, is_vendor=True))
    names = ("Tata salt 1 kg", "Basmati rice 5 kg", "Olive oil", "Garlic pickle", "Black pepper")
    made = {
        name: write(lambda session, name=name: product(session, name=name, owner_id=vendor)) for name in names
    }
    for asked, name in (
        ("tata namak", "Tata salt 1 kg"),
        ("टाटा नुन", "Tata salt 1 kg"),
        ("basmati chawal", "Basmati rice 5 kg"),
        ("basmati chamal 5 kg", "Basmati rice 5 kg"),
        ("jaitun ka tel", "Olive oil"),
        ("lahsun ka achaar", "Garlic pickle"),
        ("लसुनको अचार", "Garlic pickle"),
        ("मरिच", "Black pepper"),
    ):
        with read() as session:
            rows = queries.listed(session, viewer_id=vendor, own_only=True, now=clock.now(), search=asked)
        found = [row["id"] for row in rows if row["id"] in made.values()]
        assert found[:1] == [made[name]], asked


def test_the_search_reads_the_index_of_words(own_world: str) -> None:
    # In a database of its own: what others have put into this one decides what is cheapest there.
    with read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        values = {"viewer_id": uuid4(), "vendor_id": None, "category": None, "limit": 10}
        values |= {"after_sku": None, "after_id": None, "after_closeness": None}
        # Of everybody's goods: those of an owner with a few are rightly read one by one.
        question = search.FOUND.format(whose="true", offered="true")
        plan = "\n".join(
            session.execute(
                text(f"EXPLAIN {question}"), {**values, **(search.words_of("tata namak") or {})}
            ).scalars()
        )
    assert plan.count("Index Cond") > plan.count("ix_product_search_words") >= 4
    assert "Seq Scan" not in plan


def test_a_changed_name_is_found_and_the_old_one_is_not(owner: UUID) -> None:
    item = write(lambda session: product(session, name="Item", owner_id=owner, names={"ne": ["गहत"]}))

    def hits(asked: str) -> bool:
        with read() as session:
            rows = queries.listed(session, viewer_id=owner, own_only=True, now=clock.now(), search=asked)
        return item in [row["id"] for row in rows]

    assert hits("gahat")
    write(lambda session: catalogue.name_product(session, product_id=item, names={"hi": ["मटर"]}))
    assert hits("matar")
    assert not hits("gahat")


@pytest.mark.parametrize("search", [None, "page"])
def test_pages_hold_every_good_once_in_one_order(migrated: Server, search: str | None) -> None:
    word = uuid4().hex[:6]
    vendor = write(lambda session: business(session, is_vendor=True))
    made = [
        write(lambda session: product(session, name=f"Page good {word}", owner_id=vendor)) for _ in range(7)
    ]
    for item in made:
        write(
            lambda session, item=item: catalogue.set_offer(
                session, vendor_id=vendor, product_id=item, unit="packet", unit_price=5, currency="NPR"
            )
        )
    buyer = write(business)
    seen: list[UUID] = []
    after = None
    for _ in range(4):
        with read() as session:
            rows = queries.listed(
                session,
                viewer_id=buyer,
                vendor_id=vendor,
                now=clock.now(),
                search=search,
                after=after,
                limit=2,
            )
        seen += [row["id"] for row in rows]
        after = rows[-1]["sort_key"]
    assert sorted(seen) == sorted(made)
