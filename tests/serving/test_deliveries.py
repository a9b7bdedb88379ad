"""When orders come and who received them, through HTTP."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from commerce.delivery import queries
from foundation import clock, database
from foundation.clock import business_day
from foundation.object_store import object_store
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff" + bytes(100)


@pytest.fixture
def market(person: Register) -> Market:
    return open_market(person, on_hand=100)


def delivered(client: httpx.Client, market: Market, quantity: str = "2") -> tuple[str, str]:
    """The ids of an order and of the delivery of one packet of it."""
    order_id = market.place(client, quantity)["id"]
    url = f"/api/v1/orders/{order_id}"
    client.post(f"{url}/accept", json={}, headers=market.vendor.headers)
    one = {"lines": [{"line_no": 1, "quantity": "1"}]}
    answer = client.post(f"{url}/deliveries", json=one, headers=keyed(market.vendor))
    assert answer.status_code == 201, answer.text
    return order_id, answer.json()["id"]


def prove(
    client: httpx.Client, who: Person, delivery_id: str, key: str | None = None, **told: Any
) -> httpx.Response:
    return client.post(
        f"/api/v1/deliveries/{delivery_id}/proofs",
        json={"received_by": "Maya", **told},
        headers=keyed(who, key),
    )


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@pytest.mark.parametrize("name", ["माया चौधरी 🙂", "<script>alert(1)</script>", "O'Brien\"; DROP TABLE--"])
def test_the_retailer_sees_who_received_its_goods_as_it_was_written(
    client: httpx.Client, market: Market, name: str
):
    order_id, delivery_id = delivered(client, market)
    place = {"latitude": "28.6019049", "longitude": 81.6174}
    told = prove(
        client,
        replace(market.vendor, position="collector"),
        delivery_id,
        received_by=f" {name} ",
        place=place,
        note="left at the back door",
        photo=encoded(JPEG),
        signature=encoded(PNG),
    )
    assert told.status_code == 201, told.text
    proof = told.json()
    assert (proof["received_by"], proof["latitude"], proof["longitude"]) == (name, "28.60190", "81.61740")
    seen = client.get(f"/api/v1/orders/{order_id}", headers=market.retailer.headers).json()
    shown = seen["deliveries"][0]["proof"]
    assert (shown["id"], shown["received_by"], shown["has_photo"]) == (proof["id"], name, True)
    url = f"/api/v1/deliveries/{delivery_id}/proofs"
    assert client.get(url, headers=market.retailer.headers).json() == [proof]
    for what, picture, kind in (("photo", JPEG, "image/jpeg"), ("signature", PNG, "image/png")):
        file = client.get(f"{url}/{proof['id']}/{what}", headers=market.retailer.headers)
        assert (file.content, file.headers["content-type"]) == (picture, kind)
        assert file.headers["x-content-type-options"] == "nosniff"
    with database.read() as session:
        rows = session.execute(text("SELECT CAST(proof AS text) FROM app.delivery_proofs proof")).scalars()
        assert not [row for row in rows if name in row], "the name is nowhere in the clear"


def test_told_again_the_newest_holds_and_a_repeated_request_tells_once(client: httpx.Client, market: Market):
    order_id, delivery_id = delivered(client, market)
    key = uuid4().hex
    first = prove(client, market.vendor, delivery_id, key)
    assert prove(client, market.vendor, delivery_id, key).json() == first.json()
    second = prove(client, market.vendor, delivery_id, received_by="Ramesh").json()
    url = f"/api/v1/deliveries/{delivery_id}/proofs"
    assert client.get(url, headers=market.vendor.headers).json() == [second, first.json()]
    order = client.get(f"/api/v1/orders/{order_id}", headers=market.vendor.headers).json()
    assert order["deliveries"][0]["proof"]["received_by"] == "Ramesh"
    missing = client.get(f"{url}/{second['id']}/photo", headers=market.vendor.headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "delivery-proof-not-found")


def test_what_proves_nothing_is_refused(client: httpx.Client, market: Market):
    order_id, delivery_id = delivered(client, market)
    back = {"lines": [{"line_no": 1, "quantity": "1"}], "reason": "torn"}
    returned = client.post(
        f"/api/v1/orders/{order_id}/returns", json=back, headers=keyed(market.vendor)
    ).json()["id"]
    for where, told, refused in (
        (delivery_id, {"photo": encoded(b"<svg/>")}, (400, "photo-invalid")),
        (delivery_id, {"signature": encoded(b"%PDF-1.7")}, (400, "photo-invalid")),
        (delivery_id, {"photo": encoded(PNG + bytes(1_100_000))}, (413, "body-too-large")),
        (delivery_id, {"received_by": "  "}, (422, "malformed")),
        (delivery_id, {"received_by": "x" * 121}, (422, "malformed")),
        (delivery_id, {"place": {"latitude": "91", "longitude": "0"}}, (422, "malformed")),
        (delivery_id, {"received_at": "2099-01-01T00:00:00Z"}, (400, "delivery-proof-invalid")),
        (returned, {}, (400, "delivery-proof-invalid")),
        (delivery_id, {"received_at": "2020-01-01T00:00:00Z"}, (400, "delivery-proof-invalid")),
    ):
        answer = prove(client, market.vendor, where, **told)
        assert (answer.status_code, answer.json()["code"]) == refused, answer.text
    url = f"/api/v1/deliveries/{delivery_id}/proofs"
    assert client.get(url, headers=market.vendor.headers).json() == []


def test_nobody_else_sees_who_received_it(client: httpx.Client, market: Market, person: Register):
    order_id, delivery_id = delivered(client, market)
    proof = prove(client, market.vendor, delivery_id, photo=encoded(PNG)).json()
    url = f"/api/v1/deliveries/{delivery_id}/proofs"
    for role in ("vendor", "retailer"):
        for path in (url, f"{url}/{proof['id']}/photo", f"{url}/{proof['id']}/signature"):
            answer = client.get(path, headers=person(role).headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "delivery-not-found"), (role, path)
    stranger = prove(client, person("vendor"), delivery_id)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "delivery-not-found")
    for role in ("admin", "analyst", "loan_officer"):
        headers = person(role).headers
        assert client.get(url, headers=headers).status_code == 403
        order = client.get(f"/api/v1/orders/{order_id}", headers=headers)
        assert order.json()["deliveries"][0]["proof"] is None
        assert "Maya" not in order.text


def test_who_received_it_is_forgotten_with_the_pictures(
    client: httpx.Client, market: Market, person: Register
):
    order_id, delivery_id = delivered(client, market)
    proof = prove(client, market.vendor, delivery_id, photo=encoded(JPEG), note="Maya's brother").json()
    prove(client, market.vendor, delivery_id, signature=encoded(PNG))
    folder = f"proofs/{market.vendor.own}/{delivery_id}"
    assert len(object_store().list(folder)) == 2
    headers = person("admin").headers
    for _ in range(2):  # once more, as after a break between the rows and the files
        gone = client.delete(f"/api/v1/deliveries/{delivery_id}/receivers", headers=headers)
        assert gone.status_code == 204, gone.text
    assert object_store().list(folder) == []
    url = f"/api/v1/deliveries/{delivery_id}/proofs"
    told = client.get(url, headers=market.retailer.headers).json()
    assert {(one["received_by"], one["note"], one["has_photo"], one["has_signature"]) for one in told} == {
        ("(forgotten)", None, False, False)
    }
    assert told[1]["received_at"] == proof["received_at"], "that it was received stays"
    photo = client.get(f"{url}/{proof['id']}/photo", headers=market.vendor.headers)
    assert photo.status_code == 404
    order = client.get(f"/api/v1/orders/{order_id}", headers=market.retailer.headers).json()
    assert order["deliveries"][0]["proof"]["received_by"] == "(forgotten)"


def test_a_picture_that_no_proof_names_is_forgotten_too(
    client: httpx.Client, market: Market, person: Register
):
    _, delivery_id = delivered(client, market)
    folder = f"proofs/{market.vendor.own}/{delivery_id}"
    for refused in (
        prove(client, market.vendor, delivery_id, received_at="2099-01-01T00:00:00Z", photo=encoded(PNG)),
        prove(client, person("vendor"), delivery_id, photo=encoded(PNG)),
    ):
        assert refused.status_code in (400, 404)
    assert object_store().list(folder) == [], "what is refused puts nothing"
    _, bare = delivered(client, market)
    picture = f"proofs/{market.vendor.own}/{bare}/a-picture"
    object_store().put(
        picture, PNG
    )  # as where the proof itself was refused, or the machine stopped before it
    gone = client.delete(f"/api/v1/deliveries/{bare}/receivers", headers=person("admin").headers)
    assert gone.status_code == 204, gone.text
    assert object_store().list(f"proofs/{market.vendor.own}/{bare}") == []


def test_a_key_reads_who_received_it_with_the_scope_for_it(client: httpx.Client, market: Market):
    order_id, delivery_id = delivered(client, market)
    prove(client, market.vendor, delivery_id)
    for scopes, receiver in ((["orders:read"], None), (["orders:read", "proofs:read"], "Maya")):
        made = client.post(
            "/api/v1/api-keys", json={"name": "A till", "scopes": scopes}, headers=market.retailer.headers
        ).json()
        headers = {"Authorization": f"Bearer {made['key']}"}
        order = client.get(f"/api/v1/orders/{order_id}", headers=headers).json()
        proof = order["deliveries"][0]["proof"]
        assert (proof and proof["received_by"]) == receiver, scopes


def test_a_vendor_that_wants_proofs_is_told_what_lacks_one(client: httpx.Client, market: Market):
    _, before = delivered(client, market)
    rules = client.put("/api/v1/order-rules", json={"needs_proof": True}, headers=market.vendor.headers)
    assert rules.json()["needs_proof"] is True
    made = [delivered(client, market)[1] for _ in range(3)]
    prove(client, market.vendor, made[1])
    url = "/api/v1/deliveries/without-proof"
    first = client.get(url, params={"limit": 1}, headers=market.vendor.headers).json()
    cursor = first["next_cursor"]
    rest = client.get(url, params={"limit": 1, "cursor": cursor}, headers=market.vendor.headers).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == [made[2], made[0]]
    assert rest["next_cursor"] is None
    assert first["items"][0]["total"] == "10.50"
    client.put("/api/v1/order-rules", json={}, headers=market.vendor.headers)
    _, later = delivered(client, market)
    listed = client.get(url, headers=market.vendor.headers).json()["items"]
    assert not {before, later} & {one["id"] for one in listed}


def test_the_paper_of_a_proof_cannot_be_changed(client: httpx.Client, market: Market):
    _, delivery_id = delivered(client, market)
    proof_id = prove(client, market.vendor, delivery_id).json()["id"]
    with pytest.raises(ProgrammingError, match="permission denied"):
        database.write(
            lambda session: session.execute(
                text("UPDATE app.delivery_proofs SET received_at = now() WHERE id = :id"), {"id": proof_id}
            )
        )
    with database.read() as session:
        assert len(queries.proofs_of(session, [UUID(delivery_id)])) == 1


# Slots ---------------------------------------------------------------------------------------


def test_a_slot_is_offered_chosen_and_given_up(client: httpx.Client, market: Market, person: Register):
    day = business_day(clock.now(), "Asia/Kathmandu") + timedelta(days=5)
    offer = {
        "zone": "Birendranagar",
        "weekday": day.isoweekday(),
        "begins": "09:00",
        "ends": "12:00",
        "capacity": 1,
        "cutoff_hours": 12,
    }
    slots, vendor, retailer = "/api/v1/delivery-slots", market.vendor.headers, market.retailer.headers
    offered = client.post(slots, json=offer, headers=vendor)
    assert offered.status_code == 201, offered.text
    again = client.post(slots, json=offer, headers=vendor)
    assert (again.status_code, again.json()["code"]) == (409, "delivery-slot-exists")
    second = client.post(slots, json={**offer, "begins": "14:00", "ends": "16:00"}, headers=vendor).json()
    first_page = client.get(slots, params={"limit": 1}, headers=vendor).json()
    assert first_page["items"] == [offered.json()]
    cursor = first_page["next_cursor"]
    rest = client.get(slots, params={"limit": 1, "cursor": cursor}, headers=vendor).json()
    assert rest == {"items": [second], "next_cursor": None}

    seen = {"vendor_id": str(market.vendor.own), "days": 7}
    opened = client.get(f"{slots}/open", params=seen, headers=retailer).json()
    assert [one["slot_id"] for one in opened] == [offered.json()["id"], second["id"]]
    assert opened[0]["begins_at"] == f"{day}T03:15:00Z"
    chosen = {"slot_id": opened[0]["slot_id"], "day": opened[0]["day"]}
    placed = client.post("/api/v1/orders", json=market.wish(slot=chosen), headers=keyed(market.retailer))
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert (order["promised_on"], order["slot_id"]) == (str(day), chosen["slot_id"])
    times = {name: opened[0][name] for name in ("begins_at", "ends_at", "change_until")}
    for who in (market.vendor, market.retailer, person("admin")):
        shown = client.get(f"/api/v1/orders/{order['id']}", headers=who.headers).json()
        assert shown["slot"] == times
    full = client.post("/api/v1/orders", json=market.wish(slot=chosen), headers=keyed(market.retailer))
    assert (full.status_code, full.json()["code"]) == (409, "delivery-slot-full")
    days = client.get(f"{slots}/days", params={"first": str(day), "days": 1}, headers=vendor).json()
    assert [(one["taken"], one["capacity"]) for one in days] == [(1, 1), (0, 1)]

    url = f"/api/v1/orders/{order['id']}/slot"
    moved = client.put(url, json={"slot_id": second["id"], "day": str(day)}, headers=retailer)
    assert (moved.status_code, moved.json()["slot"]["begins_at"]) == (200, f"{day}T08:15:00Z")
    given_up = client.delete(url, headers=retailer).json()
    assert (given_up["slot"], given_up["slot_id"]) == (None, None)
    assert given_up["promised_on"] < str(day)


def test_a_vendor_closes_a_day_changes_a_slot_and_ends_it(client: httpx.Client, market: Market):
    day = business_day(clock.now(), "Asia/Kathmandu") + timedelta(days=5)
    offer = {"zone": "Birendranagar", "weekday": day.isoweekday(), "begins": "09:00", "ends": "12:00"}
    slots, vendor = "/api/v1/delivery-slots", market.vendor.headers
    for wrong in ({"capacity": 0}, {"capacity": 1, "begins": "09:00+05:45"}, {"capacity": 1, "weekday": 0}):
        answer = client.post(slots, json={**offer, **wrong}, headers=vendor)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    backwards = client.post(slots, json={**offer, "capacity": 1, "ends": "08:00"}, headers=vendor)
    assert (backwards.status_code, backwards.json()["code"]) == (400, "delivery-slot-invalid")
    slot_id = client.post(slots, json={**offer, "capacity": 2}, headers=vendor).json()["id"]
    closed = client.put(f"{slots}/{slot_id}/days/{day}", json={"is_closed": True}, headers=vendor)
    assert (closed.status_code, closed.json()["is_closed"], closed.json()["is_exception"]) == (
        200,
        True,
        True,
    )
    wish = market.wish(slot={"slot_id": slot_id, "day": str(day)})
    refused = client.post("/api/v1/orders", json=wish, headers=keyed(market.retailer))
    assert (refused.status_code, refused.json()["code"]) == (409, "delivery-slot-closed")
    other = client.put(f"{slots}/{slot_id}/days/{day + timedelta(days=1)}", json={}, headers=vendor)
    assert (other.status_code, other.json()["code"]) == (400, "delivery-slot-invalid")
    reopened = client.put(f"{slots}/{slot_id}/days/{day}", json={}, headers=vendor).json()
    assert (reopened["is_closed"], reopened["is_exception"], reopened["capacity"]) == (False, False, 2)
    changed = client.patch(f"{slots}/{slot_id}", json={"capacity": 7, "cutoff_hours": 1}, headers=vendor)
    assert (changed.json()["capacity"], changed.json()["cutoff_hours"]) == (7, 1)
    assert client.delete(f"{slots}/{slot_id}", headers=vendor).status_code == 204
    assert client.get(slots, headers=vendor).json()["items"] == []
    gone = client.delete(f"{slots}/{slot_id}", headers=vendor)
    assert (gone.status_code, gone.json()["code"]) == (404, "delivery-slot-not-found")
