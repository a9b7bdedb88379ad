"""A kirana shop in Delhi, from what was owed before it opened to the summary of its day, papers and mails included."""

from __future__ import annotations

import asyncio
import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from pypdf import PdfReader
from typer.testing import CliRunner

from commerce.ledger.verification import verify
from foundation import clock
from foundation.database import read
from foundation.settings import settings
from sauda.main import application
from tests.journeys.people import Someone, trader

pytestmark = [pytest.mark.committing, pytest.mark.slow]
DEADLINE_SECONDS = 90
GSTIN = "07AAPFU0939F1ZX"


class Post:
    """A mail server that keeps what it is handed."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0)
        self.taken.append(envelope.content)
        return "250 OK"

    def about(self, words: str) -> EmailMessage | None:
        """The first mail that has these words."""
        mails = (message_from_bytes(each, policy=policy.default) for each in list(self.taken))
        return next((mail for mail in mails if words in plain(mail)), None)


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else body.get_content()


@pytest.fixture
def post(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """The mail server of a new installation."""
    keeper = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    settings.cache_clear()
    yield keeper
    controller.stop()


@contextmanager
def worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "sauda", "worker"], env=dict(os.environ))
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def until(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (seen := found()):
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.05)
    return seen


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def customer(shop: Someone, name: str, **more: Any) -> str:
    hours = {"heard_from": "00:00", "heard_until": "23:59", "language": "en", "channel": "mail"}
    made: str = shop.post("/customers", {"name": name, **hours, **more})["customer"]["id"]
    return made


def priced(shop: Someone, name: str, unit: str, price: str) -> str:
    """A good of the trade with the shop's price."""
    [product] = [one for one in shop.ask("/products", q=name)["items"] if one["name"] == name]
    shop.put(f"/products/{product['id']}/shop-price", {"unit": unit, "unit_price": price})
    found: str = product["id"]
    return found


def test_a_day_in_a_shop(post: Post, client: httpx.Client):
    assert CliRunner().invoke(application("seed"), ["seed"]).exit_code == 0
    shop = trader(client, "retailer", "Sharma Kirana", country="IN", state="07", zone="Delhi")
    shop.put("/tax/profile", {"profile": "regular", "registration_number": GSTIN})
    now = shop.ask("/billing/settings")
    shop.put("/billing/settings", {"upi_address": "sharma@upi", "rounds_to_rupee": True})
    assert now["draft_hours"] == 4
    sugar, biscuits = priced(shop, "Sugar", "kg", "44"), priced(shop, "Biscuits", "packet", "10")

    # The old khata is opened: two customers, one of whom owes from before.
    ramesh = customer(shop, "Ramesh Kumar", email="ramesh@home.example", opening_balance="250")
    sita = customer(shop, "Sita Devi", phone="98100 12345", channel="none")
    assert shop.ask("/customers/total-pending")["owed"] == "250.00"

    # Goods come in, half of them owed to Gupta.
    line = {"product_id": sugar, "quantity": "50", "unit": "kg", "cost": "2000"}
    shop.post("/stock-ins", {"lines": [line], "paid_by": "owed", "supplier": {"name": "Gupta Traders"}})
    shop.post(
        "/stock-ins",
        {"lines": [{"product_id": biscuits, "quantity": "24", "cost": "190"}], "paid_by": "cash"},
    )

    with worker():
        # Somebody buys and pays; nobody asks for a name.
        counter = shop.post(
            "/invoices",
            {"changes": [{"do": "add", "product_id": biscuits, "unit": "packet", "quantity": "2"}]},
        )
        assert (counter["state"], counter["kind"], counter["payable"]) == ("paid", "tax_invoice", "20.00")

        # Ramesh's bill is made by and by: fifty rupees of sugar, three packets, one step taken back, something new.
        draft = shop.post(
            "/bill-drafts",
            {
                "customer_id": ramesh,
                "changes": [{"do": "add", "product_id": sugar, "unit": "kg", "worth": "50"}],
            },
        )
        path = f"/bill-drafts/{draft['id']}"
        shop.act(
            f"{path}/changes",
            {"changes": [{"do": "add", "product_id": biscuits, "unit": "packet", "quantity": "30"}]},
        )
        shop.act(f"{path}/undo")
        three = {"do": "add", "product_id": biscuits, "unit": "packet", "quantity": "3"}
        new = {"do": "add_new", "name": "Clay lamp", "unit": "piece", "quantity": "4"}
        seen = shop.act(f"{path}/changes", {"changes": [three, new]})
        assert seen["problem"]["code"] == "bill-unpriced"
        assert shop.post(f"{path}/confirmation", {}, status=409)["code"] == "bill-unpriced"
        lamp = next(row for row in seen["lines"] if row["name"] == "Clay lamp")
        shop.act(f"{path}/changes", {"changes": [{"do": "change", "line": lamp["id"], "unit_price": "2.50"}]})
        unknown = shop.post(f"{path}/confirmation", {}, status=409)
        assert unknown["code"] == "tax-rate-unknown"
        shop.act(f"{path}/changes", {"changes": [{"do": "remove", "line": lamp["id"]}]})
        seen = shop.act(f"{path}/changes", {"changes": [{"do": "terms", "discount": "5.50"}]})
        assert (seen["bill"]["total"], seen["bill"]["round_off"], seen["bill"]["payable"]) == (
            "74.50",
            "0.50",
            "75.00",
        )
        bill = shop.post(f"{path}/confirmation", {"payments": [{"mode": "upi", "amount": "25"}]})
        assert (bill["state"], bill["open"], bill["customer"]["balance"]) == ("part_paid", "50.00", "300.00")

        # The mail has the paper; paper and slip have the amounts.
        mail = until(lambda: post.about(bill["number"]), "the bill's mail")
        assert mail["To"] == "ramesh@home.example"
        [attached] = list(mail.iter_attachments())
        for paper in (
            attached.get_content(),
            shop.fetch(f"/invoices/{bill['id']}/pdf"),
            shop.fetch(f"/invoices/{bill['id']}/slip", width=58),
        ):
            shown = text_of(paper)
            for told in (bill["number"], GSTIN, "75.00", "25.00", "Rupees seventy-five only"):
                assert told in shown
        link = re.search(r"http\S+(/b/\S+)", plain(mail))
        assert link is not None
        opened = client.get(link.group(1))
        assert opened.status_code == 200
        assert "75.00" in text_of(opened.content)

        # Money comes in; the same twice within minutes is asked about.
        shop.post("/ledger/payment", {"customer_id": ramesh, "amount": "100", "mode": "cash"})
        twice = {"customer_id": ramesh, "amount": "100", "mode": "cash"}
        assert shop.post("/ledger/payment", twice, status=409)["code"] == "khata-entry-duplicate"
        shop.post("/ledger/credit", {"customer_id": sita, "amount": "80"})

        # One bill is wrong and goes; of another a packet comes back.
        wrong = shop.post(
            "/invoices",
            {
                "customer_id": sita,
                "changes": [{"do": "add", "product_id": sugar, "unit": "kg", "quantity": "5"}],
            },
        )
        shop.act(f"/invoices/{wrong['id']}/cancel", {"reason": "for the neighbour"})
        back = {
            "lines": [{"line_no": 1, "quantity": "1"}],
            "reason": "broken",
            "mode": "cash",
            "is_sound": False,
        }
        note = shop.post(f"/invoices/{counter['id']}/credit-notes", back)
        assert note["payable"] == "10.00"
        shop.post("/expenses", {"head": "refreshments", "amount": "40", "mode": "cash"})

        # Ramesh is reminded of what he owes at that moment.
        soon = (clock.now() + timedelta(seconds=2)).isoformat()
        reminder = shop.post("/reminders", {"kind": "payment_due", "customer_id": ramesh, "remind_at": soon})
        until(lambda: shop.ask(f"/reminders/{reminder['id']}")["state"] == "sent", "the reminder")
        until(lambda: post.about("200.00"), "the reminder's mail")

    # The day is told, and adds up.
    day = shop.ask("/summary/daily")
    figures = day["figures"]
    assert (figures["bills"]["count"], figures["bills"]["total"]) == (2, "95.00")
    assert figures["cancelled"] == {"count": 1, "total": "220.00"}
    assert figures["returns"] == {"count": 1, "total": "10.00"}
    assert figures["sales"] == {"paid": "45.00", "on_credit": "50.00"}
    assert {row["mode"]: row["amount"] for row in figures["payments"]} == {"cash": "110.00", "upi": "25.00"}
    assert figures["khata"] == {"given": "130.00", "collected": "100.00", "outstanding": "280.00"}
    assert (figures["expenses"]["total"], figures["stock_ins"]["total"]) == ("40.00", "2190.00")
    assert figures["new_customers"] == 2
    assert [row["name"] for row in day["top_goods"]] == ["Biscuits", "Sugar"]
    assert shop.ask("/customers/total-pending")["owed"] == "280.00"
    statement = shop.ask(f"/ledger/{ramesh}/statement")
    assert statement["closing"] == "200.00"
    levels = {row["name"]: row["on_hand"] for row in shop.ask("/stock/levels")["items"]}
    assert (levels["Biscuits"], levels["Sugar"]) == ("19", "48.863")
    with read() as session:
        assert [found for found in verify(session) if "seal" not in found.check] == []
