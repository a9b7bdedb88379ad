"""Papers and links by HTTP: printed by who wrote them, opened by customers who hold a link, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.khata import service as khata
from commerce.papers import links
from commerce.papers.errors import LinkExpired, LinkInvalid
from foundation import database
from foundation.embedded_postgres import Server
from foundation.settings import settings
from serving import rates
from tests.commerce.billing.counter import Shop, Tender, add
from tests.commerce.papers.made import letters, read_back
from tests.serving.conftest import Person, Register
from tests.serving.market import open_market
from tests.serving.test_invoices import deliver, listed

pytestmark = pytest.mark.committing
V1 = "/api/v1"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def indian(migrated: Server) -> Shop:
    return Shop("regular")


@pytest.fixture
def nepali(migrated: Server) -> Shop:
    return Shop("pan", country="NP", state="NP-P6")


def keeper(shop: Shop) -> Person:
    return Person(uuid4(), "keeper@shop.example", "retailer", shop.id, "owner")


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return " ".join(read_back(answer.content))


def path_of(url: str) -> str:
    return url.removeprefix(links.public_url())


def test_a_bill_is_printed_on_a_sheet_and_on_slips(client: httpx.Client, indian: Shop) -> None:
    bill = indian.sell(add(indian.biscuits, "3"), customer=indian.customer)
    number = indian.paper(bill)["number"]
    headers = keeper(indian).headers
    for path in ("pdf", "slip", "slip?width=58", "pdf"):
        answer = client.get(f"{V1}/invoices/{bill}/{path}", headers=headers)
        told = text_of(answer)
        assert number in told
        assert "30.00" in told
        assert "Copy" not in told
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    lines = client.get(f"{V1}/invoices/{bill}/slip?width=58&form=text", headers=headers)
    assert lines.headers["content-type"].startswith("text/plain")
    assert number in lines.text
    assert max(map(len, lines.text.splitlines())) <= 40
    refused = client.get(f"{V1}/invoices/{bill}/slip?width=70", headers=headers)
    assert refused.status_code == 422
    assert client.get(f"{V1}/invoices/{bill}/copies", headers=headers).json() == []


def test_in_nepal_each_print_after_the_first_is_a_copy_with_its_count(
    client: httpx.Client, nepali: Shop
) -> None:
    bill = nepali.sell(add(nepali.biscuits, "3"))
    who = keeper(nepali)
    told = [
        text_of(client.get(f"{V1}/invoices/{bill}/{path}", headers=who.headers))
        for path in ("pdf", "slip", "pdf")
    ]
    assert ["Copy of Original" in each for each in told] == [False, True, True]
    assert "Copy of Original (2)" in told[2]
    link = client.post(f"{V1}/invoices/{bill}/link", headers=who.headers).json()
    # However often a link is opened it is the same copy; another link is another.
    later = links.link_to("bill", bill, now=datetime.now(UTC) + timedelta(seconds=5))
    for url, number in ((link["url"], 3), (link["url"], 3), (later.url, 4), (link["url"], 3)):
        assert f"Copy of Original ({number})" in text_of(client.get(path_of(url)))
    copies = client.get(f"{V1}/invoices/{bill}/copies", headers=who.headers).json()
    assert [(row["copy_no"], row["form"]) for row in copies] == [
        (0, "sheet"),
        (1, "slip"),
        (2, "sheet"),
        (3, "link"),
        (4, "link"),
    ]
    assert [row["printed_by"] for row in copies] == [str(who.user_id)] * 3 + [None, None]


def test_the_buyers_print_of_a_vendors_paper_is_a_copy(client: httpx.Client, person: Register) -> None:
    market = open_market(person)
    assert deliver(client, market).status_code == 201
    (invoice,) = listed(client, market.vendor)
    path = f"{V1}/invoices/{invoice['id']}"
    assert "Copy of Original" in text_of(client.get(f"{path}/pdf", headers=market.retailer.headers))
    assert "Copy" not in text_of(client.get(f"{path}/pdf", headers=market.vendor.headers))
    refused = client.post(f"{path}/link", headers=market.retailer.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "invoice-not-found")
    link = client.post(f"{path}/link", headers=market.vendor.headers).json()
    assert invoice["number"] in text_of(client.get(path_of(link["url"])))


def test_invoices_are_read_with_the_names_of_then(
    client: httpx.Client, indian: Shop, person: Register
) -> None:
    bill = indian.sell(add(indian.biscuits, "3"), customer=indian.customer)
    market = open_market(person)
    assert deliver(client, market).status_code == 201
    (invoice,) = listed(client, market.vendor)

    def read() -> list[Any]:
        answers = [
            client.get(f"{V1}/invoices/{bill}", headers=keeper(indian).headers),
            client.get(f"{V1}/invoices/{invoice['id']}", headers=market.retailer.headers),
        ]
        return [answer.json() | {"customer": None} for answer in answers]

    before = read()
    assert before[0]["buyer"] == {
        "name": "Ramesh",
        "address": None,
        "phone": None,
        "registration_number": None,
        "profile": "unregistered",
    }
    assert before[1]["buyer"] is None

    def rename(session: Session) -> None:
        for table, ids in (
            ("businesses", [indian.id, market.vendor.own, market.retailer.own]),
            ("products", [indian.biscuits, market.product_id]),
        ):
            session.execute(
                text(f"UPDATE app.{table} SET name = name || ' (new)' WHERE id = ANY (CAST(:ids AS uuid[]))"),
                {"ids": ids},
            )
        customers.change_customer(
            session, business_id=indian.id, customer_id=indian.customer, changes={"name": "Suresh"}
        )

    database.write(rename)
    assert read() == before
    answer = client.get(f"{V1}/invoices/{bill}", headers=keeper(indian).headers).json()
    assert answer["customer"]["name"] == "Suresh"


def test_a_link_opens_a_bill_without_a_log_in_for_seven_days(client: httpx.Client, indian: Shop) -> None:
    bill = indian.sell(add(indian.biscuits, "3"), customer=indian.customer)
    made = client.post(f"{V1}/invoices/{bill}/link", headers=keeper(indian).headers)
    assert made.status_code == 200, made.text
    until = datetime.fromisoformat(made.json()["until"])
    assert timedelta(days=6, hours=23) < until - datetime.now(UTC) <= timedelta(days=7)
    url = made.json()["url"]
    assert str(bill) not in url
    assert bill.hex not in url
    answer = client.get(path_of(url))
    assert "30.00" in text_of(answer)
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline")
    over = links.link_to("bill", bill, now=datetime.now(UTC) - timedelta(days=7, seconds=1))
    refused = client.get(path_of(over.url))
    assert (refused.status_code, refused.json()["code"]) == (404, "link-expired")
    page = client.get(path_of(over.url), headers=BROWSER)
    assert page.status_code == 404
    assert "Ask the shop for a new one" in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_a_link_that_was_changed_opens_nothing(client: httpx.Client, indian: Shop) -> None:
    bill = indian.sell(add(indian.biscuits, "3"))
    token = links.link_to("bill", bill).token
    for place in range(0, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        wrong = token[:place] + other + token[place + 1 :]
        with pytest.raises(LinkInvalid):
            links.opened("bill", wrong)
    for wrong in (token[:-4], token + "AAAA", "x", "é", links.link_to("khata", bill).token):
        answer = client.get(f"/b/{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (404, "link-invalid")
    nothing = client.get(f"/b/{links.link_to('bill', uuid4()).token}", headers=BROWSER)
    assert nothing.status_code == 404
    assert "not whole" in nothing.text
    with pytest.raises(LinkExpired):
        links.opened("bill", links.link_to("bill", bill, now=datetime(2020, 1, 1, tzinfo=UTC)).token)


def pay(shop: Shop, paisa: int) -> None:
    database.write(
        lambda session: khata.record_payment(
            session, business_id=shop.id, customer_id=shop.customer, amount_paisa=paisa, mode="cash"
        )
    )


def khata_link(client: httpx.Client, shop: Shop, customer: UUID) -> Any:
    return client.post(f"{V1}/customers/{customer}/khata-link", headers=keeper(shop).headers)


def test_a_customer_sees_the_khata_by_a_link(client: httpx.Client, indian: Shop) -> None:
    first = indian.sell(add(indian.biscuits, "3"), customer=indian.customer)
    second = indian.sell(add(indian.sugar, "2", "kg"), customer=indian.customer)
    pay(indian, 50_00)
    link = khata_link(client, indian, indian.customer).json()
    answer = client.get(path_of(link["url"]))
    assert answer.status_code == 200
    numbers = [indian.paper(each)["number"] for each in (first, second)]
    for words in ("Ramesh", "आपको देना है", "68.00", "भुगतान", "−50.00", "+88.00", *numbers):
        assert words in answer.text
    # What is settled is not among what is open.
    still_open = answer.text.partition("जो बाकी है")[2].partition("लेन-देन")[0]
    assert numbers[0] not in still_open
    assert numbers[1] in still_open
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", answer.text)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert (client.get(path_of(link["url"]) + "x").status_code, client.get("/k/x").status_code) == (404, 404)


def test_a_name_cannot_write_into_the_page(client: httpx.Client, indian: Shop) -> None:
    customer = indian.take_in("<script>alert(1)</script>", language="en")
    page = client.get(path_of(khata_link(client, indian, customer).json()["url"]))
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "Nothing is owed." in page.text
    assert "Nothing is written here yet." in page.text


def test_who_was_erased_has_no_khata_to_be_seen(client: httpx.Client, indian: Shop) -> None:
    link = khata_link(client, indian, indian.customer).json()
    assert letters("आपका खाता") in letters(client.get(path_of(link["url"])).text)
    database.write(
        lambda session: customers.erase_customer(session, business_id=indian.id, customer_id=indian.customer)
    )
    assert client.get(path_of(link["url"])).json()["code"] == "link-invalid"
    assert khata_link(client, indian, indian.customer).json()["code"] == "customer-erased"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RATE_LIMIT_ANONYMOUS", "3")
    settings.cache_clear()
    rates.forget()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    rates.forget()


@pytest.mark.usefixtures("few")
def test_who_tries_many_links_is_slowed_down(client: httpx.Client, indian: Shop) -> None:
    bill = indian.sell(add(indian.biscuits, "1"), tenders=[Tender("cash", 10_00)])
    path = path_of(links.link_to("bill", bill).url)
    answers = [client.get(path).status_code for _ in range(4)]
    assert answers[-1] == 429
    assert 200 in answers
