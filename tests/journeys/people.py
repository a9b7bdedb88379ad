"""Somebody with a browser or a program, who has nothing but the API, a mailbox and an authenticator."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pyotp
from typer.testing import CliRunner

from commerce.messaging import service as messaging
from foundation import database
from sauda.main import application

PASSWORD = "a long phrase of nobody"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(60)


class Someone:
    """Asks the API with a token or a key; what comes back must have the status that the story tells."""

    def __init__(self, client: httpx.Client, bearer: str | None = None) -> None:
        self.client = client
        self.bearer = bearer
        self.business_id = ""
        self.id = ""

    def log_in(self, email: str, **second_factor: str) -> dict[str, Any]:
        given = {"email": email, "password": PASSWORD, **second_factor}
        answer = self.client.post("/api/v1/auth/login", json=given)
        assert answer.status_code == 200, answer.text
        return self.take(answer.json())

    def take(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """Speak for whom the tokens are from now on."""
        self.bearer, self.id = tokens["access_token"], tokens["user"]["id"]
        self.business_id = tokens["user"]["business_id"] or ""
        return tokens

    def ask(self, path: str, *, status: int = 200, **parameters: Any) -> Any:
        answer = self.client.get(f"/api/v1{path}", params=parameters, headers=self._headers())
        assert answer.status_code == status, answer.text
        return answer.json()

    def fetch(self, path: str, **parameters: Any) -> bytes:
        """A file."""
        answer = self.client.get(f"/api/v1{path}", params=parameters, headers=self._headers())
        assert answer.status_code == 200, answer.text
        return answer.content

    def post(self, path: str, body: Any = None, *, status: int = 201, key: str | None = None) -> Any:
        return self.send("POST", path, body, status=status, key=key)

    def act(self, path: str, body: Any = None, *, status: int = 200, key: str | None = None) -> Any:
        """A POST that moves something and makes nothing new."""
        return self.send("POST", path, body, status=status, key=key)

    def put(self, path: str, body: Any, *, status: int = 200) -> Any:
        return self.send("PUT", path, body, status=status)

    def delete(self, path: str, *, status: int = 204) -> Any:
        return self.send("DELETE", path, None, status=status)

    def send(self, method: str, path: str, body: Any, *, status: int = 200, key: str | None = None) -> Any:
        headers = {**self._headers(), "Idempotency-Key": key or uuid4().hex}
        content = {} if method == "DELETE" else {"json": {} if body is None else body}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **content)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}


def new_address() -> str:
    return f"{uuid4().hex}@people.example"


def trader(client: httpx.Client, role: str, name: str, **place: str) -> Someone:
    """A vendor or retailer who registered with a business, in Surkhet if nothing else is said, and logged in."""
    email = new_address()
    business = {"name": name, "country": "NP", "state": "NP-P6", "zone": "Birendranagar", **place}
    person = {
        "email": email,
        "password": PASSWORD,
        "full_name": "Some One",
        "role": role,
        "business": business,
    }
    someone = Someone(client)
    someone.post("/auth/register", person)
    someone.log_in(email)
    return someone


def member(client: httpx.Client, owner: Someone, position: str) -> Someone:
    """Somebody whom the owner invited by mail, and who took it up."""
    email = new_address()
    owner.post("/members/invitations", {"position": position, "full_name": "Some Two", "email": email})
    joining = Someone(client)
    joining.post("/auth/invitations/accept", {"token": token_in(mail_to(email)), "password": PASSWORD})
    joining.log_in(email)
    return joining


def administrator(client: httpx.Client) -> Someone:
    """An administrator, from the command line to the confirmed authenticator."""
    email = new_address()
    arguments = ["add-admin", email, "--name", "Asha", "--password-stdin"]
    done = CliRunner().invoke(application("add-admin"), arguments, input=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    someone = Someone(client)
    assert someone.log_in(email)["must_set_up_second_factor"]
    assert someone.ask("/orders", status=403)["code"] == "second-factor-missing"
    secret = someone.act("/auth/second-factor")["secret"]
    confirmed = someone.act("/auth/second-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    assert len(confirmed["recovery_codes"]) == 10
    # From now on a log-in asks for it; a recovery code stands in for the phone, once.
    refused = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert refused.json()["code"] == "second-factor-needed"
    someone.log_in(email, second_factor=confirmed["recovery_codes"][0])
    return someone


def mail_to(email: str) -> str:
    """The newest mail, as its reader sees it."""
    with database.read() as session:
        return messaging.inbox(session, channel="mail", recipient=email)[0].body


def token_in(body: str) -> str:
    return next(line for line in body.splitlines() if re.fullmatch(r"[A-Za-z0-9_-]{10,60}", line))


def goods(vendor: Someone, name: str, *, unit_price: str, on_hand: str, **more: Any) -> str:
    """A product of the vendor's own, by the packet, offered and on the shelf."""
    facts = {
        "sku": f"P-{uuid4().hex[:10]}",
        "name": name,
        "category": "staples",
        "base_unit": "packet",
        **more,
    }
    product: str = vendor.post("/products", facts)["id"]
    vendor.post(f"/products/{product}/offers", {"unit": "packet", "unit_price": unit_price})
    shelf = {"kind": "opening", "lines": [{"product_id": product, "quantity": on_hand}]}
    vendor.post("/stock/receipts", shelf)
    return product


def wish(vendor: Someone, **quantities: str) -> dict[str, Any]:
    """Lines of goods at a vendor, for a quote or an order."""
    lines = [{"product_id": product, "quantity": quantity} for product, quantity in quantities.items()]
    return {"vendor_id": vendor.business_id, "lines": lines}


def deliver(vendor: Someone, retailer: Someone, product: str, quantity: str) -> dict[str, Any]:
    """An order that was placed, accepted and delivered whole."""
    order = retailer.post("/orders", wish(vendor, **{product: quantity}))
    vendor.act(f"/orders/{order['id']}/accept")
    whole: dict[str, Any] = vendor.post(f"/orders/{order['id']}/deliveries")["order"]
    return whole
