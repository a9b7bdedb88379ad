"""Bills that are being made: what each word changes, what is undone, and how long they are kept."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing import drafting, queries, service
from commerce.billing.draft import AddGoods, ChangeLine, Content, RemoveLine, SetTerms
from commerce.billing.drafting import AddNew
from commerce.billing.errors import (
    BillDraftClosed,
    BillDraftInvalid,
    BillDraftNotFound,
    BillDraftOpen,
    BillUnpriced,
    NothingToUndo,
)
from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased
from foundation import clock
from foundation.database import write
from foundation.embedded_postgres import Server
from foundation.errors import VersionMismatch
from tests.commerce.billing.counter import Shop, add
from tests.commerce.conftest import CALLERS, Crowd

GOODS = [UUID(int=n) for n in range(1, 5)]
quantities = st.decimals("0.001", 1000, places=3)
words = st.one_of(
    st.builds(AddGoods, st.sampled_from(GOODS), st.just("packet"), quantities),
    st.builds(
        AddGoods,
        st.sampled_from(GOODS),
        st.just("kg"),
        worth_paisa=st.integers(1, 10_000),
        unit_price=quantities,
    ),
    st.builds(ChangeLine, st.integers(1, 6), quantity=quantities),
    st.builds(ChangeLine, st.integers(1, 6), worth_paisa=st.integers(1, 10_000)),
    st.builds(RemoveLine, st.integers(1, 6)),
    st.builds(SetTerms, discount_paisa=st.integers(0, 10_000), customer_id=st.none() | st.uuids()),
)


@given(st.lists(words, max_size=30))
def test_any_words_leave_a_draft_that_reads_back_as_it_was_written(said: list[drafting.Change]):
    content = Content()
    for word in said:
        with suppress(BillDraftInvalid):  # a line that is not there
            content = word.applied(content)
    assert Content.of_data(content.as_data()) == content
    ids = [line.id for line in content.lines]
    assert len(set(ids)) == len(ids)
    assert all(line_id < content.next_line for line_id in ids)
    assert all((line.quantity is None) != (line.worth_paisa is None) for line in content.lines)


def test_more_of_a_good_at_the_same_price_adds_to_its_line_and_at_another_stands_apart():
    good = GOODS[0]
    content = Content()
    for word in (
        add(good, "2"),
        add(good, "3"),
        add(good, "1", unit_price="9"),
        add(good, worth_paisa=50_00),
    ):
        content = word.applied(content)
    assert [(line.id, line.quantity, line.worth_paisa) for line in content.lines] == [
        (1, 5, None),
        (2, 1, None),
        (3, None, 50_00),
    ]


committing = pytest.mark.committing


@pytest.fixture
def shop(migrated: Server) -> Shop:
    return Shop()


@committing
def test_a_draft_shows_what_it_would_come_to_and_is_confirmed_as_shown(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "2"), customer=shop.customer)
    shop.say(draft, add(shop.sugar, "1", "kg"), SetTerms(discount_paisa=4_00))
    seen = shop.shown(draft)
    assert seen.bill is not None
    assert (seen.bill.payable_paisa, seen.problem) == (60_00, None)
    bill = shop.confirm(draft)
    assert shop.paper(bill)["total_paisa"] == 60_00
    assert shop.balance() == 60_00
    with pytest.raises(BillDraftClosed, match=str(bill)):
        shop.say(draft, add(shop.biscuits, "1"))
    with pytest.raises(BillDraftClosed, match="confirmed"):
        shop.confirm(draft)


@committing
def test_each_step_is_undone_and_lines_that_come_later_have_numbers_of_their_own(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "2"))
    shop.say(draft, add(shop.sugar, "1", "kg"), ChangeLine(1, quantity=Decimal(5)))
    undo = partial(drafting.undo, business_id=shop.id, draft_id=draft)
    write(undo)
    assert [(line.id, line.quantity) for line in shop.shown(draft).content.lines] == [(1, 2)]
    shop.say(draft, add(shop.sugar, "3", "kg"))
    assert [line.id for line in shop.shown(draft).content.lines] == [1, 3]
    write(undo)
    with pytest.raises(NothingToUndo):
        write(undo)


@committing
def test_words_are_said_all_or_none_of_them(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "2"))
    with pytest.raises(BillDraftInvalid, match="the draft has 1, 2"):
        shop.say(draft, add(shop.sugar, "1", "kg"), RemoveLine(9))
    assert len(shop.shown(draft).content.lines) == 1


@committing
def test_a_customer_has_one_draft_at_a_time_and_others_have_theirs(shop: Shop, crowd: Crowd):
    answers = crowd([partial(shop.begin, add(shop.biscuits, "1"), customer=shop.customer)] * CALLERS)
    [draft] = [answer for answer in answers if isinstance(answer, UUID)]
    assert {error.facts["draft_id"] for error in answers if isinstance(error, BillDraftOpen)} == {str(draft)}
    assert shop.begin(customer=shop.take_in("Sita")) != shop.begin()
    nobodys = shop.begin(add(shop.biscuits, "1"))
    with pytest.raises(BillDraftOpen):
        shop.say(nobodys, SetTerms(customer_id=shop.customer))
    write(partial(drafting.cancel_draft, business_id=shop.id, draft_id=draft))
    shop.say(nobodys, SetTerms(customer_id=shop.customer))
    assert shop.shown(nobodys).row.customer_id == shop.customer
    shop.say(nobodys, SetTerms(is_unnamed=True))
    assert shop.shown(nobodys).row.customer_id is None


@committing
def test_a_draft_is_kept_for_the_shops_hours_after_it_was_last_touched(shop: Shop):
    write(
        lambda session: service.change_settings(
            session, business_id=shop.id, wanted=service.Settings(draft_hours=1)
        )
    )
    draft = shop.begin(add(shop.biscuits, "1"), customer=shop.customer)
    with clock.at(clock.now() + timedelta(minutes=50)):
        shop.say(draft, add(shop.biscuits, "1"))
    with clock.at(clock.now() + timedelta(minutes=100)):
        assert shop.shown(draft)
    with clock.at(clock.now() + timedelta(minutes=111)):
        with pytest.raises(BillDraftNotFound, match="lapsed"):
            shop.confirm(draft)
        assert shop.begin(customer=shop.customer) != draft


@committing
def test_a_draft_that_was_changed_by_another_is_not_confirmed_as_it_was(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "1"))
    shop.say(draft, add(shop.biscuits, "1"))
    with pytest.raises(VersionMismatch, match="version 2"):
        shop.confirm(draft, versions={1})
    assert shop.confirm(draft, versions={2})


@committing
def test_a_draft_with_goods_that_have_no_price_says_so_until_one_is_said(shop: Shop):
    draft = shop.begin(AddNew("Amla candy", "packet", Decimal(2)), add(shop.biscuits, "1"))
    seen = shop.shown(draft)
    assert isinstance(seen.problem, BillUnpriced)
    assert [line.unit_price for line in seen.lines] == [None, 10]
    with pytest.raises(BillUnpriced):
        shop.confirm(draft)
    shop.say(draft, ChangeLine(1, unit_price=Decimal(5)))
    assert shop.shown(draft).problem is None
    assert shop.paper(shop.confirm(draft))["total_paisa"] == 20_00


@committing
def test_a_new_good_is_made_once_however_often_it_is_named(shop: Shop):
    draft = shop.begin(AddNew("Amla candy", "packet", Decimal(2)))
    shop.say(draft, AddNew(" amla  Candy", "packet", Decimal(1)))
    [line] = shop.shown(draft).content.lines
    assert line.quantity == 3


@committing
def test_a_price_of_a_line_goes_with_its_unit_and_nothing_is_no_price(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "2", unit_price="9"))
    with pytest.raises(BillDraftInvalid, match="more than nothing"):
        shop.say(draft, ChangeLine(1, unit_price=Decimal(0)))
    shop.say(draft, ChangeLine(1, unit="carton"))
    assert isinstance(shop.shown(draft).problem, BillUnpriced)


@committing
def test_a_draft_of_who_was_forgotten_is_shown_given_to_another_or_let_go(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "2"), customer=shop.customer)
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=shop.customer))
    assert isinstance(shop.shown(draft).problem, CustomerErased)
    with pytest.raises(CustomerErased):
        shop.confirm(draft)
    shop.say(draft, SetTerms(is_unnamed=True))
    assert shop.shown(draft).problem is None
    write(partial(drafting.cancel_draft, business_id=shop.id, draft_id=draft))


@committing
def test_another_shops_drafts_are_not_there(shop: Shop):
    draft = Shop().begin()
    for call in (shop.shown, shop.confirm):
        with pytest.raises(BillDraftNotFound):
            call(draft)
    with pytest.raises(BillDraftNotFound):
        shop.say(uuid4(), add(shop.biscuits, "1"))


@committing
def test_drafts_are_deleted_a_day_after_they_lapsed(shop: Shop):
    draft = shop.begin(add(shop.biscuits, "1"))
    there = partial(queries.lock_draft, business_id=shop.id, draft_id=draft)
    for hours, is_there in ((27, True), (29, False)):
        moment = datetime.now(UTC) + timedelta(hours=hours)
        write(partial(drafting.delete_lapsed, now=moment))
        assert (write(there) is not None) == is_there


def test_a_draft_says_what_the_law_wants_on_its_paper_and_is_confirmed_all_the_same(migrated: Server):
    shop = Shop("regular")

    def lacks(draft):
        return {warning.code: warning.message for warning in shop.shown(draft).lacking}

    small = shop.begin(add(shop.biscuits, "1"))
    assert set(lacks(small)) == {"paper-lacks-seller-address"}
    write(
        lambda session: service.change_settings(
            session, business_id=shop.id, wanted=service.Settings(address="14, Gandhi Nagar")
        )
    )
    assert lacks(small) == {}
    large = shop.begin(add(shop.biscuits, "5000"))
    assert "Rule 46(e)" in lacks(large)["paper-lacks-buyer-name"]
    assert "ask the buyer for its name" in lacks(large)["paper-lacks-buyer-name"]
    assert shop.paper(shop.confirm(large))["kind"] == "tax_invoice"
    named = shop.begin(add(shop.biscuits, "5000"), customer=shop.customer)
    assert "paper-lacks-buyer-name" not in lacks(named)
    assert "paper-lacks-buyer-address" in lacks(named)
