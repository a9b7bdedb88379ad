"""Lists of credit, invoices, risk and webhooks, planted for the test of their orders and filters."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Row as SqlRow
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.ordering import service as ordering
from commerce.parties import service as parties
from foundation import clock, database
from foundation.ids import uuid7
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, open_market
from tests.serving.planting import (
    By,
    Filter,
    Listed,
    Planted,
    Row,
    down,
    made,
    only,
    put_row,
    read,
    set_row,
    up,
)

TODAY: Final = clock.business_day(clock.now(), "Asia/Kathmandu")


def _day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def _of(retailer: Person, name: str = "counterparty_id") -> Filter:
    return Filter({name: str(retailer.own)}, lambda row: bool(row["retailer_id"] == str(retailer.own)))


def _customers(person: Register) -> tuple[Market, Market]:
    """Two customers of one vendor."""
    first = open_market(person)
    return first, open_market(person, vendor=first.vendor)


def _delivered(client: httpx.Client, market: Market) -> Row:
    order = market.place(client)
    for step in ("accept", "deliveries"):
        made(client, f"/orders/{order['id']}/{step}", market.vendor)
    return order


def _claims(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    for market, amount in ((first, "5.00"), (second, "6.00"), (second, "7.00")):
        claim = {"vendor_id": str(market.vendor.own), "amount": amount, "mode": "upi"}
        last = made(client, "/credit/claims", market.retailer, **claim)
    made(client, f"/credit/claims/{last['id']}/decline", first.vendor, reason="not here")
    assert len(read(client, second.retailer, "/credit/claims", counterparty_id=str(first.vendor.own))) == 2
    return Planted(first.vendor, [only("state", "declined"), _of(first.retailer)])


def _write_offs(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    for market, bound in ((first, "0.00"), (second, "21.00")):
        _delivered(client, market)
        policy = {"write_off_max": bound}
        assert client.put("/api/v1/credit/policy", json=policy, headers=market.vendor.headers).is_success
        [item] = read(client, market.vendor, f"/credit/items/{market.retailer.own}")
        made(client, "/credit/write-offs", market.vendor, item_id=item["id"], reason="the shop closed")
    return Planted(first.vendor, [only("state", "approved"), _of(first.retailer, "retailer_id")])


def _approvals(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    stop = {"mode": "hold-all", "reason": "season"}
    for market in (first, second, second):
        path = f"/api/v1/credit/stop/{market.retailer.own}"
        assert client.put(path, json=stop, headers=market.vendor.headers).is_success
        order = market.place(client, "1")
    made(client, f"/credit/approvals/{order['id']}/decline", first.vendor, reason="pay first")
    listed = read(client, second.retailer, "/credit/approvals", counterparty_id=str(first.vendor.own))
    assert len(listed) == 2
    return Planted(first.vendor, [only("state", "declined"), _of(first.retailer)])


def _brought(client: httpx.Client, vendor: Person, *days: int) -> Row:
    """A bank's file with a line of so many days from today each, the last of which is money that went."""
    lines = [f"{TODAY + timedelta(days=day)},UPI/{uuid4().hex[:12]},,5.00,100\n" for day in days]
    lines.append(f"{TODAY + timedelta(days=days[-1])},charges {uuid4().hex[:8]},5.00,,95\n")
    file = "Date,Narration,Withdrawal,Deposit,Balance\n" + "".join(lines)
    return made(client, "/credit/bank-statements", vendor, file=b64encode(file.encode()).decode())


def _bank_statements(client: httpx.Client, person: Register) -> Planted:
    vendor = person("vendor")
    for days in ((-30, -21), (-20, -11), (-10, -1)):
        _brought(client, vendor, *days)
    return Planted(
        vendor,
        [
            Filter({"first": _day(-15)}, lambda row: row["last_day"] >= _day(-15)),
            Filter({"last": _day(-15)}, lambda row: row["first_day"] <= _day(-15)),
        ],
    )


def _bank_lines(client: httpx.Client, person: Register) -> Planted:
    vendor = person("vendor")
    _brought(client, vendor, -9, -7)
    later = _brought(client, vendor, -5, -3)
    return Planted(
        vendor,
        [
            only("state", "out"),
            only("statement_id", later["id"]),
            Filter({"first": _day(-7)}, lambda row: row["booked_on"] >= _day(-7)),
            Filter({"last": _day(-7)}, lambda row: row["booked_on"] <= _day(-7)),
        ],
    )


def _history(client: httpx.Client, person: Register) -> Planted:
    with clock.at(clock.now() - timedelta(days=3)):
        first, second = _customers(person)
    for market in (first, second):
        _delivered(client, market)
    paid = {"retailer_id": str(second.retailer.own), "amount": "5.00", "mode": "cash", "paid_on": _day(-1)}
    made(client, "/credit/payment", first.vendor, **paid)
    filters = [
        _of(second.retailer),
        only("kind", "payment"),
        Filter({"first": _day(0)}, lambda row: row["document_date"] >= _day(0)),
        Filter({"last": _day(-1)}, lambda row: row["document_date"] <= _day(-1)),
    ]
    for sort, expected in (("newest", ["payment", "charge"]), ("oldest", ["charge", "payment"])):
        for asked in ({}, {"counterparty_id": str(first.vendor.own)}):
            rows = read(client, second.retailer, "/credit/history", sort=sort, **asked)
            assert [row["kind"] for row in rows] == expected
    return Planted(first.vendor, filters)


def _past_limits(client: httpx.Client, person: Register) -> Planted:
    market = open_market(person)
    path = f"/api/v1/credit/limits/{market.retailer.own}"
    for limit in ("200.00", "300.00"):
        wanted = {"limit": limit, "reason": "a good year"}
        assert client.put(path, json=wanted, headers=market.vendor.headers).is_success
    return Planted(market.vendor, within={"retailer_id": market.retailer.own})


def _consents(client: httpx.Client, person: Register) -> Planted:
    retailer, vendors = person("retailer"), [str(person("vendor").own) for _ in range(3)]
    for vendor_id in (vendors[2], None, *vendors[:2]):
        made(client, "/credit/consents", retailer, vendor_id=vendor_id)
    made(client, "/credit/consents/withdraw", retailer, vendor_id=vendors[0])
    return Planted(retailer, [Filter({"is_granted": False}, lambda row: not row["is_granted"])])


def _cheques(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    for number, (market, days) in enumerate(((first, 5), (second, -2), (second, 3))):
        cheque = {"bank": "Nabil", "number": f"00{number}", "amount": "5", "cheque_date": _day(days)}
        last = made(client, "/credit/cheques", first.vendor, retailer_id=str(market.retailer.own), **cheque)
    made(client, f"/credit/cheques/{last['id']}/return", first.vendor, reason="asked for it")
    listed = read(client, second.retailer, "/credit/cheques", counterparty_id=str(first.vendor.own))
    assert len(listed) == 2
    return Planted(
        first.vendor,
        [
            only("state", "returned"),
            _of(first.retailer),
            Filter({"since": _day(3)}, lambda row: row["cheque_date"] >= _day(3)),
            Filter({"by": _day(3)}, lambda row: row["cheque_date"] <= _day(3)),
        ],
    )


def _promises(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    for market, days in ((first, 9), (second, 3), (second, 6)):
        _delivered(client, market)
        promised = {"retailer_id": str(market.retailer.own), "amount": "5.00", "due_on": _day(days)}
        made(client, "/credit/promises", first.vendor, **promised)
    paid = {"retailer_id": str(first.retailer.own), "amount": "5.00", "mode": "cash"}
    made(client, "/credit/payment", first.vendor, **paid)
    return Planted(first.vendor, [_of(second.retailer, "retailer_id"), only("outcome", "kept")])


def _collection_run(client: httpx.Client, person: Register) -> Planted:
    first, second = _customers(person)
    third = open_market(person, vendor=first.vendor)
    set_row("businesses", second.retailer.own, zone="Attariya")
    sheet = "retailer,number,amount,document_date,due_date\n"
    for market, amount, days in ((first, 700, -40), (second, 500, -20), (third, 900, -30)):
        sheet += f"{market.retailer.own},old,{amount},{_day(-60)},{_day(days)}\n"
    made(client, "/credit/openings", first.vendor, sheet=b64encode(sheet.encode()).decode())
    collector = {"collector_id": str(first.vendor.user_id)}
    path = f"/api/v1/credit/collectors/{third.retailer.own}"
    assert client.put(path, json=collector, headers=first.vendor.headers).is_success
    return Planted(first.vendor, [only("zone", "Attariya"), only("collector_id", first.vendor.user_id)])


def _invoices(client: httpx.Client, person: Register) -> Planted:
    with clock.at(clock.now() - timedelta(days=3)):
        first = open_market(person)
        database.write(partial(_deliver, first))
    second = open_market(person, vendor=first.vendor)
    order = _delivered(client, second)
    back = {"lines": [{"line_no": 1, "quantity": "1"}], "reason": "broken"}
    made(client, f"/orders/{order['id']}/returns", first.vendor, **back)
    bill = _bill(client, first.vendor)
    _, note, _, oldest = read(client, first.vendor, "/invoices")
    asked = {"counterparty_id": str(first.vendor.own)}
    assert len(read(client, second.retailer, "/invoices", **asked)) == 2
    return Planted(
        first.vendor,
        [
            _of(first.retailer),
            only("kind", "credit_note"),
            only("number", note["number"]),
            only("order_id", oldest["order_id"]),
            only("customer_id", bill["customer_id"]),
            only("state", "part_paid"),
            only("till", "T1"),
            Filter({"is_bill": "true"}, lambda row: row["order_id"] is None),
            Filter({"is_bill": "false"}, lambda row: row["order_id"] is not None),
            Filter({"first": _day(-1)}, lambda row: row["document_date"] >= _day(-1)),
            Filter({"last": _day(-1)}, lambda row: row["document_date"] <= _day(-1)),
        ],
    )


def _bill(client: httpx.Client, shop: Person) -> Row:
    """A bill over the counter, half of it paid."""
    assert client.put("/api/v1/tills/T1", json={"name": "Front"}, headers=shop.headers).is_success
    customer = made(client, "/customers", shop, name="Ramesh")["customer"]["id"]
    good = {"do": "add_new", "name": "Candy", "unit": "packet", "quantity": "2", "unit_price": "5"}
    paid = [{"mode": "cash", "amount": "5"}]
    return made(client, "/invoices", shop, customer_id=customer, changes=[good], payments=paid, till="T1")


def _deliver(market: Market, session: Session) -> None:
    sides = {"vendor_id": market.vendor.own, "retailer_id": market.retailer.own}
    order_id = ordering.place(session, **sides, wishes=[ordering.Wish(market.product_id, Decimal(2))])
    for verb in (ordering.accept, ordering.deliver):
        verb(session, order_id=order_id, actor=ordering.Actor("vendor"))


def _rules(client: httpx.Client, person: Register) -> Planted:
    admin, name = person("admin"), f"busy-{uuid4().hex[:8]}"
    rules = [
        made(client, "/risk-control/rules", admin, name=name, condition=f"owed >= {least}")
        for least in (3, 2, 1)
    ]
    made(client, f"/risk-control/rules/{rules[0]['id']}/retirement", admin)
    assert [rule["name"] for rule in read(client, admin, "/risk-control/rules", name=name)] == [name] * 3
    return Planted(admin, [only("state", "retired")], asked={"name": name})


def _alerted(client: httpx.Client, person: Register) -> tuple[Person, Person, list[Market], list[Row]]:
    """An admin who owns one of three alerts on two customers of a vendor, by two rules."""
    admin, vendor = person("admin"), person("vendor")
    markets = [open_market(person, vendor=vendor) for _ in range(2)]
    alerts = []
    for number, (market, state) in enumerate(
        ((markets[0], "open"), (markets[1], "acknowledged"), (markets[1], "open"))
    ):
        name = f"late-{uuid4().hex[:8]}"
        rule = made(client, "/risk-control/rules", admin, name=name, condition="owed >= 1")
        [limit] = read(client, market.retailer, "/credit/limits")
        alert = {
            "rule_id": UUID(rule["id"]),
            "agreement_id": UUID(limit["agreement_id"]),
            "vendor_id": vendor.own,
            "retailer_id": market.retailer.own,
            "day": TODAY,
        }
        told = {"rule_name": name, "currency": "NPR", "owed_paisa": 100, "figures": "{}", "state": state}
        owner = admin.user_id if state == "acknowledged" else None
        raised_at = clock.now() + timedelta(seconds=number)
        alert_id = uuid7()
        put_row("risk_alerts", id=alert_id, **alert, **told, owner_id=owner, raised_at=raised_at)
        alerts.append({**alert, "alert_id": alert_id, "rule_name": name})
    return admin, vendor, markets, alerts


def _alerts(client: httpx.Client, person: Register) -> Planted:
    admin, vendor, markets, alerts = _alerted(client, person)
    # A vendor sees its own, whomever it asks for, and cannot find out who looks after which.
    whole = read(client, vendor, "/risk-control/alerts")
    assert read(client, vendor, "/risk-control/alerts", vendor_id=str(vendor.own)) == whole
    assert read(client, vendor, "/risk-control/alerts", vendor_id=str(uuid4())) == []
    assert read(client, vendor, "/risk-control/alerts", owner_id=str(admin.user_id)) == []
    return Planted(
        admin,
        [
            only("state", "acknowledged"),
            only("rule_name", alerts[0]["rule_name"]),
            _of(markets[0].retailer, "retailer_id"),
            only("owner_id", admin.user_id),
        ],
        asked={"vendor_id": str(vendor.own)},
    )


def _actions(client: httpx.Client, person: Register) -> Planted:
    admin, vendor, markets, alerts = _alerted(client, person)
    for number, (alert, kind, state) in enumerate(
        ((alerts[0], "hold", "due"), (alerts[1], "stop", "due"), (alerts[2], "hold", "taken"))
    ):
        now = clock.now() + timedelta(seconds=number)
        found = {name: value for name, value in alert.items() if name != "rule_name"}
        decided_at = None if state == "due" else now
        done = {"kind": kind, "state": state, "due_at": now, "decided_at": decided_at}
        put_row("risk_actions", id=uuid7(), **found, **done, policy_version=f"{alert['rule_name']} 1")
    # Nobody else is to find them waiting.
    for alert in alerts[:2]:
        database.write(partial(_skip_actions, alert["alert_id"]))
    whole = read(client, vendor, "/risk-control/actions")
    assert read(client, vendor, "/risk-control/actions", vendor_id=str(vendor.own)) == whole
    return Planted(
        admin,
        [
            only("state", "taken"),
            only("kind", "stop"),
            only("alert_id", alerts[0]["alert_id"]),
            _of(markets[0].retailer, "retailer_id"),
        ],
        asked={"vendor_id": str(vendor.own)},
    )


def _skip_actions(alert_id: UUID, session: Session) -> None:
    skipped = "UPDATE app.risk_actions SET state = 'skipped', reason_code = 'not-allowed', decided_at = now()"
    session.execute(text(f"{skipped} WHERE alert_id = :id"), {"id": alert_id})


def _endpoints(client: httpx.Client, person: Register) -> Planted:
    vendor = person("vendor")
    endpoints = [
        made(client, "/webhooks/endpoints", vendor, url=f"https://shop.example/{n}") for n in range(3)
    ]
    path = f"/api/v1/webhooks/endpoints/{endpoints[1]['id']}"
    assert client.patch(path, json={"is_enabled": False}, headers=vendor.headers).is_success
    return Planted(vendor, [Filter({"is_enabled": True}, lambda row: row["is_enabled"])])


def _deliveries(client: httpx.Client, person: Register) -> Planted:
    market = open_market(person)
    endpoint = made(client, "/webhooks/endpoints", market.vendor, url="https://shop.example/")
    path = f"/api/v1/webhooks/endpoints/{endpoint['id']}"
    # Nothing is to be sent there.
    assert client.patch(path, json={"is_enabled": False}, headers=market.vendor.headers).is_success
    for _ in range(2):
        market.place(client)
    for number, row in enumerate(database.write(partial(_told, market.vendor))):
        at = clock.now() + timedelta(seconds=number)
        sent = {"state": "delivered", "delivered_at": at} if number else {"state": "failed"}
        whom = {"business_id": market.vendor.own, "endpoint_id": UUID(endpoint["id"])}
        put_row(
            "webhook_deliveries",
            id=uuid7(),
            **whom,
            **sent,
            event_id=row.id,
            event_type=row.type,
            turn=1,
            tries=1,
            created_at=at,
        )
    return Planted(
        market.vendor,
        [only("state", "failed"), only("event_type", "order-placed")],
        within={"endpoint_id": endpoint["id"]},
    )


def _told(vendor: Person, session: Session) -> Sequence[SqlRow[Any]]:
    told = (
        "SELECT id, type FROM app.domain_events WHERE business_id = :id OR counterparty_id = :id ORDER BY id"
    )
    return session.execute(text(told), {"id": vendor.own}).all()


NGULTRUM: Final = {
    "country": "BT",
    "state": "Thimphu",
    "zone": "Thimphu",
    "currency": "BTN",
    "time_zone": "Asia/Thimphu",
    "tax_profile": "foreign",
}
"""A country of their own, so that no row of another test stands in the lists of lenders."""


def _owing(client: httpx.Client) -> list[UUID]:
    """Two retailers over there, each of which owes two vendors; the first owes less."""
    sides = {"vendor": (True, False), "retailer": (False, True)}

    def open_books(session: Session) -> dict[str, list[UUID]]:
        made: dict[str, list[UUID]] = {side: [] for side in sides}
        for side, (is_vendor, is_retailer) in sides.items():
            for number in range(2):
                business = parties.create_business(
                    session, name=f"{side} {number}", is_vendor=is_vendor, is_retailer=is_retailer, **NGULTRUM
                )
                made[side].append(business.id)
        for vendor_id in made["vendor"]:
            for retailer_id in made["retailer"]:
                terms = {"limit_paisa": 1_000_00, "net_days": 15, "reason": "test", "approved_by": uuid4()}
                credit.agree(session, vendor_id=vendor_id, retailer_id=retailer_id, **terms)
        return made

    books = database.write(open_books)
    for vendor_id, amounts in zip(books["vendor"], ((100, 300), (50, 200)), strict=True):
        sheet = "retailer,number,amount,document_date,due_date\n"
        for retailer_id, amount in zip(books["retailer"], amounts, strict=True):
            sheet += f"{retailer_id},old,{amount},{_day(-9)},{_day(-2)}\n"
        owner = Person(uuid4(), "", "vendor", vendor_id, "owner")
        made(client, "/credit/openings", owner, sheet=b64encode(sheet.encode()).decode())
    return books["retailer"]


def _risk_exposure(client: httpx.Client, person: Register) -> Planted:
    _owing(client)
    admin = person("admin")
    path = "/api/v1/risk-control/exposure"
    told = client.get(path, params={"currency": "BTN"}, headers=admin.headers).json()
    assert [total["currency"] for total in told["total"]] == ["BTN"]
    return Planted(admin, asked={"currency": "BTN"})


def _exposures(client: httpx.Client, person: Register) -> Planted:
    owing, lender = _owing(client), person("loan_officer")
    path = f"/api/v1/financial-metrics/advisory-limits/{owing[0]}"
    advice = {"limit": "30.00", "reason": "one season"}
    assert client.put(path, json=advice, headers=lender.headers).is_success
    over = Filter({"over_advice": True}, lambda row: bool(row["retailer_id"] == str(owing[0])))
    return Planted(lender, [over], asked={"currency": "BTN"})


def _by_moment(name: str) -> dict[str, By]:
    return {"newest": down(name), "oldest": up(name)}


def _pressing(row: Row) -> tuple[int, Decimal]:
    return (-row["days_past_due"], -Decimal(row["overdue"]))


def _register(client: httpx.Client, person: Register) -> Planted:
    return Planted(
        _invoices(client, person).who,
        [
            Filter({"first": _day(-1)}, lambda row: row["document_date"] >= _day(-1)),
            Filter({"last": _day(-1)}, lambda row: row["document_date"] <= _day(-1)),
        ],
        asked={"first": _day(-10)},
    )


def _reports(client: httpx.Client, person: Register) -> Planted:
    planted = _invoices(client, person)
    papers = read(client, planted.who, "/invoices")
    for minutes, (paper, state) in enumerate(zip(papers[:2], ("pending", "refused"), strict=True)):
        moment = clock.now() - timedelta(minutes=minutes)
        ended = None if state == "pending" else moment
        put_row(
            "cbms_reports",
            invoice_id=paper["id"],
            business_id=planted.who.own,
            state=state,
            queued_at=moment,
            ended_at=ended,
        )
    return Planted(planted.who, [only("state", "refused")])


CREDIT_LISTS: Final = (
    Listed("/credit/claims", _by_moment("claimed_at"), _claims),
    Listed("/credit/write-offs", _by_moment("requested_at"), _write_offs),
    Listed("/credit/approvals", _by_moment("requested_at"), _approvals),
    Listed("/credit/bank-statements", _by_moment("imported_at"), _bank_statements),
    Listed("/credit/bank-lines", _by_moment("booked_on"), _bank_lines),
    Listed("/credit/history", _by_moment("recorded_at"), _history),
    Listed("/credit/limits/{retailer_id}/history", _by_moment("valid_from"), _past_limits),
    Listed(
        "/credit/consents",
        {"vendor": By(lambda row: row["vendor_id"] or ""), "newest": down("recorded_at")},
        _consents,
    ),
    Listed("/credit/cheques", {"earliest": up("cheque_date"), "latest": down("cheque_date")}, _cheques),
    Listed("/credit/promises", {**_by_moment("recorded_at"), "due": up("due_on")}, _promises),
    Listed(
        "/credit/collection-run",
        {
            "pressing": By(_pressing),
            "zone": By(lambda row: (row["zone"], *_pressing(row))),
            "owed": down("overdue", Decimal),
        },
        _collection_run,
    ),
    Listed("/invoices", _by_moment("issued_at"), _invoices),
    Listed("/tax/cbms", _by_moment("queued_at"), _reports),
    Listed("/tax/sales-register", {"day": up("document_date"), "latest": down("document_date")}, _register),
    Listed(
        "/risk-control/rules",
        {"name": By(lambda row: (row["name"], row["version"])), "newest": down("written_at")},
        _rules,
    ),
    Listed("/risk-control/alerts", _by_moment("raised_at"), _alerts),
    Listed("/risk-control/actions", _by_moment("due_at"), _actions),
    Listed(
        "/risk-control/exposure", {"vendor": up("vendor_id"), "owed": down("owed", Decimal)}, _risk_exposure
    ),
    Listed(
        "/financial-metrics/exposures",
        {
            "exposure": down("exposure", Decimal),
            "owed": down("owed", Decimal),
            "retailer": up("retailer_id"),
        },
        _exposures,
    ),
    Listed("/webhooks/endpoints", {"oldest": up("created_at"), "newest": down("created_at")}, _endpoints),
    Listed("/webhooks/endpoints/{endpoint_id}/deliveries", _by_moment("created_at"), _deliveries),
)
