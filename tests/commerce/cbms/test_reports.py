"""Documents are reported to an office that speaks the protocol, that is dead, that talks nonsense, and once for all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.billing.draft import AddGoods
from commerce.cbms import queries, service
from commerce.cbms.errors import CbmsReported, CbmsReportNotFound, CbmsSettingInvalid
from commerce.cbms.workflows import queue_document, report_once
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.settings import settings
from tests.commerce.billing.counter import Shop

pytestmark = pytest.mark.committing

CRORE = 10**7
PASSWORD = "from-the-office"


class Office:
    """The tax office's system on this machine: it keeps what it took, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.says: str | None = None
        """What it answers instead of taking anything."""
        self.kills: int | None = None
        """The process that it ends once it has taken a document, before it answers."""
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                answer = office.answer(self.path, body)
                if office.kills is not None:
                    os.kill(office.kills, signal.SIGKILL)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, body: dict[str, Any]) -> str:
        self.asked.append((path, body))
        if self.says is not None:
            return self.says
        if body["password"] != PASSWORD:
            return "100"
        number = body["invoice_number"] if path == "/api/bill" else f"return:{body['credit_note_number']}"
        if number in self.taken:
            return "101"
        if path == "/api/billreturn" and body["ref_invoice_number"] not in self.taken:
            return "105"
        self.taken[number] = body
        return "200"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    office = Office()
    monkeypatch.setenv("CBMS_URL", office.url)
    monkeypatch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
    settings.cache_clear()
    yield office
    office.server.shutdown()
    office.server.server_close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def shop(migrated: Server) -> Shop:
    shop = Shop("vat", country="NP", state="NP-P3")
    settle(shop)
    return shop


def settle(shop: Shop, password: str | None = PASSWORD, turnover: int = 25 * CRORE, **given: Any) -> None:
    facts = {"username": "shop", "is_active": True, **given}
    write(
        lambda session: service.change_settings(
            session, business_id=shop.id, password=password, turnover_rupees=turnover, **facts
        )
    )


def sell(shop: Shop, **given: Any) -> UUID:
    return shop.sell(AddGoods(shop.biscuits, "packet", Decimal(10)), **given)


def queued(invoice_id: UUID) -> bool:
    return queue_document(str(invoice_id), None)


def state(shop: Shop, invoice_id: UUID) -> tuple[str, int, int | None]:
    with read((shop.id,)) as session:
        row = queries.report(session, shop.id, invoice_id)
    assert row is not None
    return row["state"], row["tries"], row["code"]


def again(shop: Shop, invoice_id: UUID) -> None:
    write(lambda session: service.resend(session, business_id=shop.id, invoice_id=invoice_id))


def test_a_bill_and_its_note_are_taken_once(shop: Shop, office: Office):
    bill = sell(shop, customer=shop.customer)
    assert queued(bill)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill) == ("accepted", 1, 200)
    [(path, body)] = office.asked
    paper = shop.paper(bill)
    assert path == "/api/bill"
    told = {name: body[name] for name in ("invoice_number", "buyer_name", "seller_pan", "isrealtime")}
    assert told == {
        "invoice_number": paper["number"],
        "buyer_name": "Ramesh",
        "seller_pan": "301234567",
        "isrealtime": True,
    }
    parts = body["taxable_sales_vat"] + body["vat"] + body["tax_exempted_sales"]
    assert round(parts * 100) == round(body["total_sales"] * 100) == paper["total_paisa"]
    note = shop.give_back(bill, (1, "2"))
    assert queued(note)
    assert report_once(str(note), 0) == "ended"
    path, body = office.asked[-1]
    assert (path, body["ref_invoice_number"]) == ("/api/billreturn", paper["number"])
    assert state(shop, note)[0] == "accepted"
    assert queued(bill)
    assert report_once(str(bill), 0) == "nothing to send"
    with pytest.raises(CbmsReported):
        again(shop, bill)
    assert len(office.asked) == 2


def test_a_cancelled_bill_that_the_office_has_is_told_as_its_return(shop: Shop, office: Office):
    bill = sell(shop)
    queued(bill)
    report_once(str(bill), 0)
    shop.cancel(bill)
    assert queued(bill)
    assert state(shop, bill) == ("pending", 0, None)
    office.says = "103"
    assert report_once(str(bill), 1) == "again"
    office.says = None
    assert report_once(str(bill), 1) == "ended"
    assert state(shop, bill) == ("accepted", 2, 200)
    [(_, told), *_, (path, body)] = office.asked
    number = shop.paper(bill)["number"]
    assert path == "/api/billreturn"
    assert (body["ref_invoice_number"], body["credit_note_number"]) == (number, number)
    assert (body["reason_for_return"], body["total_sales"]) == ("typed wrong", told["total_sales"])
    assert queued(bill)
    assert [report_once(str(bill), turn) for turn in (0, 1, 2)] == ["nothing to send"] * 3
    with pytest.raises(CbmsReported):
        again(shop, bill)


def test_a_bill_that_is_cancelled_before_it_was_reported_is_told_first(shop: Shop, office: Office):
    bill = sell(shop)
    queued(bill)
    shop.cancel(bill)
    queued(bill)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill)[0] == "pending"
    assert report_once(str(bill), 1) == "ended"
    assert [path for path, _ in office.asked] == ["/api/bill", "/api/billreturn"]
    assert state(shop, bill)[0] == "accepted"


def test_nothing_is_reported_of_who_need_not(shop: Shop, office: Office):
    settle(shop, turnover=20 * CRORE)
    assert not queued(sell(shop))
    settle(shop, password=None, is_active=False)
    assert not queued(sell(shop))
    other = Shop("regular")
    assert not queued(sell(other))
    with pytest.raises(CbmsSettingInvalid, match="registered for VAT in Nepal"):
        settle(other)
    with pytest.raises(CbmsSettingInvalid, match="no password yet"):
        settle(Shop("vat", country="NP", state="NP-P3"), password=None)
    assert office.asked == []


@pytest.mark.parametrize("said", ["<html>busy</html>", "", "102", "103", '{"code": 200}', "999"])
def test_an_answer_that_decides_nothing_is_asked_for_again(shop: Shop, office: Office, said: str):
    bill = sell(shop)
    queued(bill)
    office.says = said
    assert report_once(str(bill), 0) == "again"
    assert state(shop, bill)[:2] == ("pending", 1)
    office.says = None
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill) == ("accepted", 2, 200)
    assert office.asked[-1][1]["isrealtime"] is False


def test_a_dead_office_is_tried_often_and_then_a_person_is_asked(
    shop: Shop, office: Office, monkeypatch: pytest.MonkeyPatch
):
    bill = sell(shop)
    queued(bill)
    monkeypatch.setenv("CBMS_URL", "http://127.0.0.1:1")
    settings.cache_clear()
    assert report_once(str(bill), 0) == "again"
    assert state(shop, bill) == ("pending", 1, None)
    monkeypatch.setattr(service, "TRIES_MAX", 2)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill)[0] == "failed"
    monkeypatch.setenv("CBMS_URL", office.url)
    settings.cache_clear()
    again(shop, bill)
    assert report_once(str(bill), 0) == "nothing to send"  # of the round before
    assert report_once(str(bill), 1) == "ended"
    assert state(shop, bill)[0] == "accepted"


def test_wrong_credentials_wait_for_a_person(shop: Shop, office: Office):
    settle(shop, password="mistyped")
    bill = sell(shop)
    queued(bill)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill) == ("failed", 1, 100)
    settle(shop)
    again(shop, bill)
    assert report_once(str(bill), 1) == "ended"
    assert state(shop, bill)[0] == "accepted"


@pytest.mark.parametrize("code", [101, 104])
def test_what_the_office_will_not_have_so_is_looked_at(shop: Shop, office: Office, code: int):
    bill = sell(shop)
    queued(bill)
    office.says = str(code)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill) == ("refused", 1, code)


def test_a_sender_that_is_killed_after_the_office_took_it_reports_once(shop: Shop, office: Office):
    bill = sell(shop)
    queued(bill)
    code = (
        "import commerce.tables; from commerce.cbms.workflows import report_once; "
        f"input(); report_once({str(bill)!r}, 0)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, text=True) as sender:
        office.kills = sender.pid
        sender.communicate("\n", timeout=120)
    assert sender.returncode == -signal.SIGKILL
    office.kills = None
    assert state(shop, bill) == ("pending", 1, None)
    assert report_once(str(bill), 0) == "ended"
    assert state(shop, bill) == ("already_there", 2, 101)
    assert len(office.taken) == 1


def test_credentials_stand_sealed_and_in_no_job(shop: Shop, office: Office):
    bill = sell(shop)
    queued(bill)
    with read() as session:
        kept = session.execute(
            text("SELECT password_sealed FROM app.cbms_settings WHERE business_id = :id"), {"id": shop.id}
        ).scalar_one()
        jobs = session.execute(
            text("SELECT inputs FROM dbos.workflow_input WHERE workflow_uuid = :id"),
            {"id": f"{service.REPORT}:{bill}:0:0"},
        ).scalar_one()
        [row] = queries.reports(session, shop.id, state="pending", limit=5)
    assert row["invoice_id"] == bill
    assert PASSWORD.encode() not in bytes(kept)
    assert str(bill) in jobs
    assert PASSWORD not in jobs
    assert PASSWORD not in repr(service.Sending("/api/bill", {"password": PASSWORD}, is_repeat=False))


def test_the_report_of_another_shop_is_not_there(shop: Shop):
    bill = sell(shop)
    queued(bill)
    for own, asked in ((Shop(), bill), (shop, uuid4())):
        with pytest.raises(CbmsReportNotFound):
            again(own, asked)


def test_nothing_goes_into_our_own_network(shop: Shop, office: Office, monkeypatch: pytest.MonkeyPatch):
    bill = sell(shop)
    queued(bill)
    for url in ("http://10.0.0.1", "https://169.254.169.254", "http://192.168.1.1:8080"):
        monkeypatch.setenv("CBMS_URL", url)
        settings.cache_clear()
        assert report_once(str(bill), 0) == "again"
    assert state(shop, bill) == ("pending", 3, None)
    assert office.asked == []
