"""Lists of what a shop says and its customers allow, planted with rows that their orders and filters tell apart."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

import httpx

from commerce.messaging import saying
from commerce.messaging.sandbox import contact_of
from foundation import database
from tests.serving.conftest import Register
from tests.serving.planting import Listed, Planted, down, made, only, up


def _messages(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    first, second, third = (
        made(client, "/customers", shop, name=name, phone=phone, confirm_duplicate=True)["customer"]["id"]
        for name, phone in (("Ramesh", "9841234567"), ("Sita", "9841234568"), ("Gita", None))
    )
    due = {"template": "payment-due", "values": {"date": "30-11-2026", "amount": "NPR 5.00"}}
    bill_id = uuid4()
    said = database.write(
        lambda session: saying.say(
            session,
            business_id=shop.own,
            customer_id=UUID(first),
            purpose="bill",
            template="bill",
            values={"number": "1", "date": "30-11-2026", "amount": "NPR 5.00"},
            key="bill:1",
            about=bill_id,
        )
    )
    made(client, "/messages", shop, customer_id=second, purpose="reminder", channel="sms", **due)
    made(client, "/messages", shop, customer_id=third, purpose="reminder", **due)
    offer = {"template": "offer", "values": {"text": "Sugar is cheap"}}
    made(client, "/messages", shop, customer_id=first, purpose="offer", **offer)
    form = {"button": "wrong", "message": str(said.message_id)}
    assert client.post(f"/sandbox/{contact_of(UUID(first))}", data=form).status_code == 303
    return Planted(
        shop,
        [
            only("customer_id", first),
            only("state", "suppressed"),
            only("purpose", "offer"),
            only("direction", "in"),
            only("channel", "sms"),
            only("button", "wrong"),
            only("about", bill_id),
        ],
    )


def _consents(client: httpx.Client, person: Register) -> Planted:
    shop = person("retailer")
    customer = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    for channel, is_given in (("sms", False), ("all", False), ("mail", True)):
        told = {"channel": channel, "purpose": "reminder", "is_given": is_given}
        made(client, f"/customers/{customer}/consents", shop, **told)
    return Planted(shop, [only("channel", "sms")], within={"customer_id": customer})


MESSAGE_LISTS: Final = (
    Listed("/messages", {"newest": down("said_at"), "oldest": up("said_at")}, _messages),
    Listed(
        "/customers/{customer_id}/consents",
        {"newest": down("recorded_at"), "oldest": up("recorded_at")},
        _consents,
    ),
)
